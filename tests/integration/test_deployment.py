"""Deploying into an embedded AWS: the same calls as into the real one."""

import hashlib
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from shutil import copyfile
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen
from zipfile import ZipFile

import pytest
from botocore.exceptions import ClientError

from firstday.aws_calls import DeploymentError
from firstday.deployment.code_bucket import CodeBucket
from firstday.deployment.plan import plan_portal, plan_target
from firstday.deployment.portal import DeployedPortal
from firstday.deployment.stack import Stack
from firstday.packaging import Package, build, merge
from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from tests.helpers.deployments import deploy_portal, deploy_stack, deploy_target
from tests.helpers.faked_clients import FakedClient
from tests.helpers.settings_makers import example_settings

SETTINGS = example_settings()
IDENTITY, TARGET = SETTINGS.identity_account, "210987654321"
BUCKET = f"firstday-{IDENTITY}-ap-northeast-1"


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAWS]:
    accounts = (IDENTITY, TARGET)
    with EmbeddedAWS(accounts=accounts, region=SETTINGS.region, port=0, portal_port=0) as embedded:
        yield embedded


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    return build(Path(__file__).parents[2], SETTINGS, tmp_path_factory.mktemp("package"))


@pytest.fixture(scope="module")
def portal(aws: EmbeddedAWS, package: Package) -> DeployedPortal:
    return deploy_portal(aws.session(IDENTITY), package, SETTINGS)


def client(aws: EmbeddedAWS, service: str, account_id: str = IDENTITY) -> Any:
    return aws.session(account_id).client(service)


def get(aws: EmbeddedAWS, portal: DeployedPortal, path: str) -> tuple[int, Any, str]:
    url = f"{aws.endpoint_url}/restapis/{portal.rest_api_id}/prod/_user_request_{path}"
    try:
        with urlopen(url) as answer:  # noqa: S310  the scheme is http
            return answer.status, answer.headers, answer.read().decode()
    except HTTPError as refused:
        with refused:
            return refused.code, refused.headers, refused.read().decode()


def test_the_deployed_portal_answers(aws: EmbeddedAWS, portal: DeployedPortal) -> None:
    status, headers, body = get(aws, portal, "/start")
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "Example Corp" in body


def test_an_address_that_is_not_there_gets_a_page_of_its_own(aws: EmbeddedAWS, portal: DeployedPortal) -> None:
    status, headers, body = get(aws, portal, "/nowhere")
    assert (status, headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert headers["X-Frame-Options"] == "DENY"
    assert "This page does not exist" in body


def test_there_is_one_stage_and_no_second_one_of_sams(aws: EmbeddedAWS, portal: DeployedPortal) -> None:
    (stage,) = client(aws, "apigateway").get_stages(restApiId=portal.rest_api_id)["item"]
    assert stage["stageName"] == "prod"
    assert stage["methodSettings"]["*/*"]["dataTraceEnabled"] is False


def test_a_step_of_the_members_takes_a_whole_training_room_and_another_page_far_less(
    aws: EmbeddedAWS, portal: DeployedPortal
) -> None:
    with ThreadPoolExecutor(8) as everybody:
        steps = list(everybody.map(lambda _: get(aws, portal, "/start")[0], range(120)))
        others = list(everybody.map(lambda _: get(aws, portal, "/console/sign-in")[0], range(120)))
    assert set(steps) == {200}
    assert set(others) == {200, 429}


def test_the_outputs_lead_to_what_was_deployed(aws: EmbeddedAWS, portal: DeployedPortal) -> None:
    assert portal.portal_url == aws.portal_url
    assert portal.admin_role_arn == f"arn:aws:iam::{IDENTITY}:role/firstday-admin"
    keys = {
        name: [
            key["AttributeName"]
            for key in client(aws, "dynamodb").describe_table(TableName=name)["Table"]["KeySchema"]
        ]
        for name in (portal.members_table, portal.audit_table, portal.console_table)
    }
    assert keys == {
        portal.members_table: ["directory", "name"],
        portal.audit_table: ["pk", "sk"],
        portal.console_table: ["pk"],
    }
    assert client(aws, "lambda").get_function(FunctionName=portal.function_name)


@pytest.mark.usefixtures("portal")
def test_groups_boundary_and_baseline_are_there(aws: EmbeddedAWS) -> None:
    iam = client(aws, "iam")
    assert sorted(group["Arn"].split(":group")[1] for group in iam.list_groups()["Groups"]) == [
        "/members/firstday-members",
        "/quarantine/firstday-quarantine",
        "/suspended/firstday-suspended",
        "/switch-role/developers",
        "/switch-role/operators",
    ]
    boundary = f"arn:aws:iam::{IDENTITY}:policy/members/firstday-member-boundary"
    assert iam.get_policy(PolicyArn=boundary)["Policy"]["Path"] == "/members/"


@pytest.mark.usefixtures("portal")
def test_the_bucket_of_the_code_is_private_and_encrypted(aws: EmbeddedAWS) -> None:
    s3 = client(aws, "s3")
    block = s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"]
    assert set(block.values()) == {True}
    assert s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"]


def test_a_bucket_that_was_left_half_made_is_finished(
    aws: EmbeddedAWS, portal: DeployedPortal, package: Package
) -> None:
    s3 = client(aws, "s3")
    s3.delete_public_access_block(Bucket=BUCKET)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"})
    assert deploy_portal(aws.session(IDENTITY), package, SETTINGS) == portal
    assert set(s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"].values()) == {True}
    assert s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"


def code_of(aws: EmbeddedAWS, portal: DeployedPortal) -> str:
    function = client(aws, "lambda").get_function_configuration(FunctionName=portal.function_name)
    return str(function["CodeSha256"])


def planted(aws: EmbeddedAWS, key: str) -> None:
    content = {"Body": b"planted", "ChecksumAlgorithm": "SHA256"}
    client(aws, "s3").put_object(Bucket=BUCKET, Key=key, **content)


def test_what_somebody_puts_in_the_place_of_the_code_is_not_taken(
    aws: EmbeddedAWS, portal: DeployedPortal, package: Package, tmp_path: Path
) -> None:
    changed = replace(package, zip_path=tmp_path / "changed.zip")
    copyfile(package.zip_path, changed.zip_path)
    with ZipFile(changed.zip_path, "a") as packed:
        packed.writestr("note.txt", "changed")
    digest = hashlib.sha256(changed.zip_path.read_bytes())
    key = f"{digest.hexdigest()}.zip"
    planted(aws, key)
    plan = plan_portal(aws.session(IDENTITY), changed, SETTINGS)
    planted(aws, key)
    plan.execute()
    assert code_of(aws, portal) == b64encode(digest.digest()).decode()
    assert deploy_portal(aws.session(IDENTITY), package, SETTINGS) == portal


@pytest.mark.usefixtures("portal")
def test_a_long_template_is_read_in_the_version_that_was_sent(aws: EmbeddedAWS) -> None:
    bucket = CodeBucket(aws.session(IDENTITY), SETTINGS, IDENTITY)

    def exchanged(body: str) -> str:
        url = bucket.upload_template(body)
        planted(aws, urlsplit(url).path.rpartition("/")[2])
        return url

    topic = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
    stack = Stack(client(aws, "cloudformation"), "exchanged")
    change_set = stack.plan({**topic, "Metadata": {"Padding": "x" * 60_000}}, exchanged)
    assert change_set
    assert [change["ResourceChange"]["LogicalResourceId"] for change in change_set.changes] == ["Topic"]
    stack.discard(change_set)


def test_deploying_the_same_again_changes_nothing(
    aws: EmbeddedAWS, portal: DeployedPortal, package: Package
) -> None:
    events = client(aws, "cloudformation").describe_stack_events(StackName="firstday")["StackEvents"]
    objects = client(aws, "s3").list_objects_v2(Bucket=BUCKET)["Contents"]
    assert deploy_portal(aws.session(IDENTITY), package, SETTINGS) == portal
    assert client(aws, "cloudformation").describe_stack_events(StackName="firstday")["StackEvents"] == events
    assert client(aws, "s3").list_objects_v2(Bucket=BUCKET)["Contents"] == objects


def test_a_changed_template_is_brought_up_to_date(
    aws: EmbeddedAWS, portal: DeployedPortal, package: Package
) -> None:
    shorter = {"Resources": {"APIHandler": {"Properties": {"Timeout": 20}}}}
    changed = replace(package, template=merge(package.template, shorter))
    assert deploy_portal(aws.session(IDENTITY), changed, SETTINGS) == portal
    function = client(aws, "lambda").get_function_configuration(FunctionName=portal.function_name)
    assert function["Timeout"] == 20


def test_roles_are_deployed_into_each_account(aws: EmbeddedAWS) -> None:
    for account_id in (IDENTITY, TARGET):
        deploy_target(aws.session(account_id), SETTINGS, account_id)
    for role in SETTINGS.roles:
        iam = client(aws, "iam", role.account_id)
        found = iam.get_role(RoleName=role.role_name)["Role"]
        assert found["Arn"] == role.arn("aws")
        assert found["MaxSessionDuration"] == role.maximum_session_seconds
        (trust,) = found["AssumeRolePolicyDocument"]["Statement"]
        assert trust["Condition"]["Bool"] == {"aws:MultiFactorAuthPresent": "true"}


def test_credentials_of_another_account_are_refused_before_anything_is_done(
    aws: EmbeddedAWS, package: Package
) -> None:
    with pytest.raises(DeploymentError, match=f"are for the account {TARGET}, but this belongs into {IDENTITY}"):
        deploy_portal(aws.session(TARGET), package, SETTINGS)
    with pytest.raises(DeploymentError, match=f"belongs into {TARGET}"):
        deploy_target(aws.session(IDENTITY), SETTINGS, TARGET)
    assert not client(aws, "s3", TARGET).list_buckets()["Buckets"]


def test_a_bucket_goes_with_all_versions_that_are_in_it(aws: EmbeddedAWS) -> None:
    bucket = CodeBucket(aws.session(TARGET), SETTINGS, TARGET)
    bucket.make_sure_it_exists()
    first = bucket.put(b"code", "zip")
    assert bucket.put(b"code", "zip") == first
    s3 = client(aws, "s3", TARGET)
    s3.put_object(Bucket=bucket.name, Key=first.key, Body=b"planted", ChecksumAlgorithm="SHA256")
    assert bucket.put(b"code", "zip") != first
    s3.delete_object(Bucket=bucket.name, Key=first.key)
    bucket.remove()
    assert not bucket.exists()


def test_a_bucket_of_another_account_is_told_before_anything_is_done(package: Package) -> None:
    """The embedded AWS lets every account have a bucket of one name."""

    class Forbidding(FakedClient, service="cloudformation"):
        """For every other question, it answers that nothing exists."""

        def client(self, *_: object) -> "Forbidding":
            return self

        def get_caller_identity(self) -> dict[str, str]:
            return {"Account": IDENTITY, "Arn": f"arn:aws:iam::{IDENTITY}:user/admin"}

        def describe_stacks(self, **_: str) -> None:
            raise refusal("ValidationError", 400, "Stack with id firstday does not exist")

        def get_role(self, **_: str) -> None:
            raise refusal("NoSuchEntity", 404, "no")

        def head_bucket(self, **_: str) -> None:
            raise refusal("403", 403, "Forbidden")

    with pytest.raises(DeploymentError, match=f"The bucket {BUCKET} is there, and either is another account's"):
        plan_portal(Forbidding(), package, SETTINGS)


def refusal(code: str, status: int, message: str) -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "Operation")


def test_roles_of_another_identity_account_are_left_alone(aws: EmbeddedAWS) -> None:
    other = replace(SETTINGS, identity_account="111122223333")
    deploy_target(aws.session(TARGET), SETTINGS, TARGET)
    with pytest.raises(DeploymentError, match=f"members of the identity account {IDENTITY}, but these settings"):
        plan_target(aws.session(TARGET), other, TARGET)


def test_a_failed_deployment_says_what_failed_and_can_be_repeated(aws: EmbeddedAWS) -> None:
    stack = Stack(client(aws, "cloudformation", TARGET), "repeated")
    properties = {"RestApiId": "nowhere", "ResponseType": "THROTTLED"}
    broken = {"Type": "AWS::ApiGateway::GatewayResponse", "Properties": properties}
    with pytest.raises(
        DeploymentError, match=r"Broken \(AWS::ApiGateway::GatewayResponse\): .*Invalid API identifier"
    ):
        deploy_stack(stack, {"Resources": {"Broken": broken}})
    outputs = {"Done": {"Value": "yes"}}
    mended = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}, "Outputs": outputs}
    assert deploy_stack(stack, mended) == {"Done": "yes"}


def test_a_template_too_long_for_a_request_goes_through_the_bucket(
    aws: EmbeddedAWS, portal: DeployedPortal, package: Package
) -> None:
    padding = {"Metadata": {"Padding": "x" * 60_000}}
    padded = replace(package, template=merge(package.template, padding))
    assert deploy_portal(aws.session(IDENTITY), padded, SETTINGS) == portal
    keys = [found["Key"] for found in client(aws, "s3").list_objects_v2(Bucket=BUCKET)["Contents"]]
    assert [key for key in keys if key.endswith(".template.json")]
