"""``firstday deploy`` and ``firstday remove`` against an embedded AWS: their effects and their messages."""

import json
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.arns import BOUNDARY_NAME
from firstday.aws_calls import AccountSession, DeploymentError
from firstday.cli.deploy_steps import ONCE_MORE, carried_out, packaged, planned
from firstday.deployment.events import Report
from firstday.deployment.removal import MembersRemain, Removal
from firstday.deployment.stack import Stack
from tests.helpers.deployer import EXAMPLE, Deployer, deploying
from tests.helpers.deployments import deploy_stack
from tests.helpers.embedded_aws import IDENTITY, TARGET

MEMBER = "dev-simple-user"
ANOTHER_TIMEOUT = ("maximum_session_seconds = 14400", "maximum_session_seconds = 7200")
SECOND_GROUP = EXAMPLE.read_text(encoding="utf-8").partition('[[groups]]\nname = "operators"')
CERTIFICATE = "arn:aws:acm:ap-northeast-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"
ACCOUNTS = "\n[accounts]\n"
DOMAIN = f'\n[domain]\nname = "portal.example.com"\ncertificate_arn = "{CERTIFICATE}"\n{ACCOUNTS}'

NOTHING_ALLOWED = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
NOBODY = {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
NOBODY_TRUSTED = {"Version": "2012-10-17", "Statement": [NOBODY]}
BROKEN = {"RestApiId": "x", "ResponseType": "THROTTLED"}


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Deployer]:
    """Nothing is deployed."""
    with deploying(tmp_path) as deployer:
        yield deployer


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployer]:
    with deploying(tmp_path_factory.mktemp("deploy")) as deployer:
        deployer.deploy()
        yield deployer


@pytest.fixture
def deployer(first: Deployer) -> Iterator[Deployer]:
    """The example is deployed, before each test and after it."""
    yield first
    first.deploy("--allow-data-loss")


def without_operators(deployer: Deployer) -> Deployer:
    return deployer.with_settings(("".join(SECOND_GROUP[1:]), ""))


def put_into(deployer: Deployer, group: str) -> None:
    iam = deployer.client("iam")
    iam.create_user(UserName="carol")
    iam.add_user_to_group(GroupName=group, UserName="carol")


def take_out(deployer: Deployer, group: str) -> None:
    iam = deployer.client("iam")
    iam.remove_user_from_group(GroupName=group, UserName="carol")
    iam.delete_user(UserName="carol")


def tables(deployer: Deployer) -> list[str]:
    names: list[str] = deployer.client("dynamodb").list_tables()["TableNames"]
    return sorted(names)


def logs(deployer: Deployer) -> list[str]:
    return sorted(found["logGroupName"] for found in deployer.client("logs").describe_log_groups()["logGroups"])


def stacks(deployer: Deployer, account_id: str) -> list[str]:
    found = deployer.client("cloudformation", account_id).describe_stacks()["Stacks"]
    return sorted(stack["StackName"] for stack in found)


def test_everything_is_told_before_it_is_done_and_a_no_leaves_nothing(empty: Deployer) -> None:
    said = empty.deploy(typed="n\n", status=1).output
    assert "The stack firstday in the account dev (123456789012):" in said
    assert "    the table of members\n" in said
    assert "    the switch-role group developers\n" in said
    assert "    the role stg-SwitchRole-Operations\n" in said
    assert said.endswith("Do this? [y/N] Nothing was changed.\n")
    assert stacks(empty, IDENTITY) == stacks(empty, TARGET) == []


def test_whoever_is_asked_has_seen_the_plan_also_beside_json(empty: Deployer) -> None:
    result = empty.deploy("--json", typed="n\n", status=1)
    assert "    the table of members\n" in result.stderr.partition("Do this?")[0]
    assert result.stdout == ""


def test_a_first_deployment_ends_with_where_the_portal_is_and_what_comes_next(empty: Deployer) -> None:
    result = empty.deploy(typed="y\n")
    url = result.stdout.partition("The portal is at ")[2].splitlines()[0]
    assert url == empty.aws.portal_url
    assert f"  export FIRSTDAY_PORTAL_URL={url}\n  firstday invite NAME\n" in result.stdout
    assert "WARNING" not in result.output
    assert stacks(empty, IDENTITY) == ["firstday", "firstday-roles"]
    assert stacks(empty, TARGET) == ["firstday-roles"]


def test_deploying_again_changes_nothing_and_asks_nothing(deployer: Deployer) -> None:
    result = deployer.run("deploy", "--profile", IDENTITY, "--account-profile", f"stg={TARGET}")
    assert result.stdout.startswith("Nothing to change.\n")
    assert "Do this?" not in result.output
    assert deployer.deployed()["is_changed"] is False


def test_a_group_that_was_deleted_by_hand_is_made_again_by_hand_and_is_the_stacks_again(deployer: Deployer) -> None:
    """Deploying without a change does not correct it, so the doctor's remedy is not to deploy."""
    iam, group = deployer.client("iam"), {"GroupName": "operators"}
    iam.delete_group_policy(**group, PolicyName="firstday")
    iam.delete_group(**group)
    said = deployer.deploy().output
    assert "\nNothing to change.\n" in said
    assert "      aws iam create-group --path /switch-role/ --group-name operators\n" in said
    assert "      firstday deploy" not in said
    iam.create_group(**group, Path="/switch-role/")
    deployer.with_settings(("stg-SwitchRole-Operations", "stg-SwitchRole-Other")).deploy()
    (statement,) = iam.get_group_policy(**group, PolicyName="firstday")["PolicyDocument"]["Statement"]
    assert statement["Resource"] == [f"arn:aws:iam::{TARGET}:role/stg-SwitchRole-Other"]


def test_a_change_of_the_settings_is_told_in_words(deployer: Deployer) -> None:
    changed = deployer.with_settings(ANOTHER_TIMEOUT, ('name = "operators"', 'name = "operations"'))
    answer = changed.deployed()
    told = {
        stack["account_id"]: {(each["kind"], each["resource"]) for each in stack["changes"]}
        for stack in answer["stacks"]
        if stack["changes"]
    }
    assert ("created", "the switch-role group operations") in told[IDENTITY]
    assert ("removed", "the switch-role group operators") in told[IDENTITY]
    assert told[TARGET] == {("changed", "the role stg-SwitchRole-S3ReadOnly")}
    (portal, _, roles) = answer["stacks"]
    assert portal["name"] == "firstday"
    assert roles["changes"][0]["details"] == ["MaxSessionDuration"]


def test_the_address_stays_though_the_pages_change(deployer: Deployer) -> None:
    before = deployer.deployed()
    changed = deployer.with_settings(('organisation = "Example Corp"', 'organisation = "Another Example"'))
    after = changed.deployed()
    assert "the portal's API" in {each["resource"] for each in after["stacks"][0]["changes"]}
    assert after["portal_url"] == before["portal_url"]
    gateway = deployer.client("apigateway")
    assert [api["id"] for api in gateway.get_rest_apis()["items"]] == [after["outputs"]["RestAPIId"]]
    address = f"{deployer.aws.endpoint_url}/restapis/{after['outputs']['RestAPIId']}/prod/_user_request_/start"
    with urllib.request.urlopen(address) as answer:  # noqa: S310  the scheme is http
        assert "Another Example" in answer.read().decode()


def test_a_group_with_somebody_in_it_is_not_given_up_unless_that_is_meant(deployer: Deployer) -> None:
    put_into(deployer, "operators")
    changed = without_operators(deployer)
    said = changed.deploy(status=1).output
    assert "The switch-role group operators: 1 user in it would be taken out: carol." in said
    assert "Nothing was changed. If it is meant, add --allow-data-loss." in said
    iam = deployer.client("iam")
    assert [user["UserName"] for user in iam.get_group(GroupName="operators")["Users"]] == ["carol"]
    assert "would be taken out: carol." in changed.deploy("--allow-data-loss").stderr
    assert [group["GroupName"] for group in iam.list_groups(PathPrefix="/switch-role/")["Groups"]] == ["developers"]
    iam.delete_user(UserName="carol")


def test_an_account_without_a_profile_is_left_and_its_commands_are_printed(deployer: Deployer) -> None:
    changed = deployer.with_settings(ANOTHER_TIMEOUT)
    said = changed.run("deploy", "--yes", "--profile", IDENTITY).stdout
    assert "The roles of the account stg (210987654321) were not looked at." in said
    assert "  --account-profile stg=PROFILE\n" in said
    assert "  firstday template target --account stg > stg.json\n" in said
    role = deployer.client("iam", TARGET).get_role(RoleName="stg-SwitchRole-S3ReadOnly")["Role"]
    assert role["MaxSessionDuration"] == 14400


def test_the_printed_template_is_what_deploy_deploys(deployer: Deployer) -> None:
    printed = json.loads(deployer.run("template", "target", "--account", "stg").stdout)
    found = deployer.client("cloudformation", TARGET).get_template(StackName="firstday-roles")["TemplateBody"]
    assert found == printed
    portal = json.loads(deployer.run("template", "portal").stdout)
    assert portal["Resources"]["RestAPI"]["Properties"]["StageName"] == "prod"


def test_a_profile_of_the_wrong_account_is_noticed_before_anything_is_done(deployer: Deployer) -> None:
    said = deployer.run("deploy", "--yes", "--profile", TARGET, status=1).output
    assert TARGET in said
    assert "Traceback" not in said
    crossed = ("deploy", "--yes", "--profile", IDENTITY, "--account-profile", f"stg={IDENTITY}")
    assert IDENTITY in deployer.run(*crossed, status=1).output


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--profile", "nobody"), "The config profile (nobody) could not be found"),
        (("--profile", IDENTITY, "--account-profile", "prod=x"), 'no account "prod"; [accounts] has: dev, stg'),
    ],
)
def test_a_mistake_of_ones_own_is_told_in_words(deployer: Deployer, options: tuple[str, ...], words: str) -> None:
    said = deployer.run("deploy", "--yes", *options, status=1).output
    assert words in said
    assert said.startswith("firstday: ")


def test_a_second_stage_in_the_same_account_is_refused_with_the_way_out(deployer: Deployer) -> None:
    said = deployer.deploy("--stage", "test", status=1).output
    assert "has a portal already" in said
    assert "each stage needs an identity account of its own" in said
    assert stacks(deployer, IDENTITY) == ["firstday", "firstday-roles"]
    assert "cannot name a stage" in deployer.deploy("--stage", "roles", status=2).output


def test_another_stage_has_a_stack_and_an_address_of_its_own(empty: Deployer) -> None:
    answer = json.loads(empty.deploy("--stage", "test", "--json").stdout)
    assert stacks(empty, IDENTITY) == ["firstday-roles", "firstday-test"]
    (stage,) = empty.client("apigateway").get_stages(restApiId=answer["outputs"]["RestAPIId"])["item"]
    assert stage["stageName"] == "test"


def test_what_failed_is_named_and_mending_it_is_enough(empty: Deployer) -> None:
    greedy = empty.with_settings((ACCOUNTS, f"\nmaximum_concurrency = 950\n{ACCOUNTS}"))
    gateway, another = empty.client("apigateway"), f"arn:aws:iam::{IDENTITY}:role/another-log-role"
    patch = {"op": "replace", "path": "/cloudwatchRoleArn", "value": another}
    gateway.update_account(patchOperations=[patch])
    said = greedy.deploy(status=1).output
    assert f"API Gateway's logging role of the account, now {another}, is replaced." in said
    assert gateway.get_account()["cloudwatchRoleArn"] == another
    assert "The stack firstday could not be deployed (ROLLBACK_COMPLETE)." in said
    assert "APIHandler (AWS::Lambda::Function): Specified ReservedConcurrentExecutions" in said
    assert tables(empty) == []
    said = empty.deploy().stdout
    assert "What a failed first deployment had left of this stack, nothing but its name, was deleted." in said
    assert "The portal is at" in said


def test_a_first_deployment_is_tried_once_more_where_api_gateway_does_not_know_its_new_log_role_yet(
    tmp_path: Path,
) -> None:
    with deploying(tmp_path, refused_log_roles=1) as deployer:
        result = deployer.deploy()
        assert "AccessLogAccount (AWS::ApiGateway::Account): The role ARN does not have required" in result.stderr
        assert result.stderr.count(ONCE_MORE) == 1
        assert f"The portal is at {deployer.aws.portal_url}\n" in result.stdout
        assert "Nothing to change." in deployer.deploy().stdout


def test_it_is_not_tried_for_ever(tmp_path: Path) -> None:
    with deploying(tmp_path, refused_log_roles=2) as deployer:
        result = deployer.deploy(status=1)
        assert result.stderr.count(ONCE_MORE) == 1
        assert "The stack firstday could not be deployed (ROLLBACK_COMPLETE)." in result.stderr.splitlines()[-1]
        assert tables(deployer) == []
        assert "The portal is at" in deployer.deploy().stdout


def test_a_domain_of_ones_own_is_mapped_and_its_record_printed(deployer: Deployer) -> None:
    said = deployer.with_settings((ACCOUNTS, DOMAIN)).deploy().stdout
    assert "The portal is at https://portal.example.com\n" in said
    gateway = deployer.client("apigateway")
    domain = gateway.get_domain_name(domainName="portal.example.com")
    assert f"  portal.example.com CNAME {domain['regionalDomainName']}\n" in said
    assert "  export AWS_DEFAULT_REGION=ap-northeast-1\n" in said
    (mapping,) = gateway.get_base_path_mappings(domainName="portal.example.com")["items"]
    assert mapping["stage"] == "prod"
    said = deployer.deploy(status=1).output
    assert "The domain portal.example.com: links with it that were sent so far would lead nowhere." in said
    assert gateway.get_domain_name(domainName="portal.example.com")


def test_tags_are_on_what_is_deployed(deployer: Deployer) -> None:
    tagged = deployer.with_settings((ACCOUNTS, f'\n[tags]\nCostCenter = "1234"\n{ACCOUNTS}'))
    answer = tagged.deployed()
    assert any("Tags" in each["details"] for stack in answer["stacks"] for each in stack["changes"])
    table = deployer.client("dynamodb").describe_table(TableName=answer["outputs"]["MembersTableName"])["Table"]
    tags = deployer.client("dynamodb").list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"]
    assert {"Key": "CostCenter", "Value": "1234"} in tags
    assert "Nothing to change." in tagged.deploy().stdout


def test_while_somebody_is_a_member_nothing_is_removed(deployer: Deployer) -> None:
    iam = deployer.client("iam")
    iam.create_user(UserName=MEMBER, Path="/members/")
    said = deployer.remove(status=1).output
    assert f"1 member remains, with an IAM user in the portal's groups: {MEMBER}." in said
    assert "firstday offboard NAME" in said
    iam.delete_user(UserName=MEMBER)
    put_into(deployer, "developers")
    assert "still in the group developers" in deployer.remove(status=1).output
    take_out(deployer, "developers")
    assert "Nothing to change." in deployer.deploy().stdout


def test_removing_leaves_exactly_what_it_says(empty: Deployer) -> None:
    outputs = empty.deployed()["outputs"]
    before = {"tables": tables(empty), "logs": logs(empty)}
    result = empty.remove("--json")
    assert "This would stay. --delete-data would delete" in result.stderr
    assert "  the stack firstday in the account dev (123456789012)\n" in result.stderr
    answer = json.loads(result.stdout)
    kept: dict[str, Any] = {each["logical_id"]: each["physical_id"] for each in answer["kept"]}
    assert tables(empty) == sorted([outputs["MembersTableName"], outputs["AuditTableName"]])
    assert set(tables(empty)) <= set(before["tables"])
    assert logs(empty) == before["logs"] == sorted(kept[name] for name in kept if name.endswith("Logs"))
    assert {kept["MembersTable"], kept["AuditTable"]} == set(tables(empty))
    assert [role["RoleName"] for role in empty.client("iam").list_roles()["Roles"]] == [kept["AccessLogRole"]]
    assert set(kept) - {"MembersTable", "AuditTable", "AccessLogRole", "AccessLogAccount"} == {
        name for name in kept if name.endswith("Logs")
    }
    assert stacks(empty, IDENTITY) == stacks(empty, TARGET) == []
    for account_id in (IDENTITY, TARGET):
        assert empty.client("s3", account_id).list_buckets()["Buckets"] == []
        assert empty.client("iam", account_id).list_groups()["Groups"] == []
        assert empty.client("lambda", account_id).list_functions()["Functions"] == []
    again = empty.remove().stdout
    assert again.startswith("Nothing to remove.\n\nLeft. An administrator of")
    assert all(name in again for name in tables(empty) + logs(empty))


def test_data_is_deleted_only_after_the_stacks_name_was_typed(empty: Deployer) -> None:
    empty.deploy()
    assert "Nothing was changed." in empty.remove("--delete-data", typed="yes\n", status=1).output
    assert tables(empty)
    said = empty.remove("--delete-data", typed="firstday\n").output
    assert "Type firstday to go on:" in said
    assert tables(empty) == logs(empty) == []
    assert "API Gateway's log setting" in said


def test_a_removal_that_failed_halfway_is_finished_by_the_next(empty: Deployer) -> None:
    empty.deploy()
    settings = empty.settings
    removal = Removal(settings, empty.aws.session, "prod")
    plan = removal.plan(delete_data=True)
    before = tables(empty), logs(empty)

    def somebody_comes(stack: str, _: object) -> Report:
        if stack == "firstday":
            put_into(empty, "operators")
        return lambda _: None

    with pytest.raises(
        DeploymentError, match=r"The stack firstday could not be removed \(DELETE_FAILED\)\. Switch"
    ):
        removal.carry_out(plan, somebody_comes)
    assert {each.physical_id for each in plan.deleted_data} <= {*tables(empty), *logs(empty)}
    assert logs(empty) == before[1]
    take_out(empty, "operators")
    empty.remove("--delete-data", typed="firstday\n")
    assert stacks(empty, IDENTITY) == tables(empty) == logs(empty) == []


def test_a_removal_that_was_interrupted_is_finished_by_the_next(empty: Deployer) -> None:
    empty.deploy()
    removal = Removal(empty.settings, empty.aws.session, "prod")
    plan = removal.plan(delete_data=True)

    def interrupted(stack: str, _: object) -> Report:
        def report(events: list[Any]) -> None:
            if stack == "firstday" and events:
                raise KeyboardInterrupt

        return report

    with pytest.raises(KeyboardInterrupt):
        removal.carry_out(plan, interrupted)
    while stacks(empty, IDENTITY):
        time.sleep(0.1)
    left = {*tables(empty), *logs(empty)}
    assert left == {each.physical_id for each in plan.deleted_data}
    without_data = empty.remove().stdout
    assert all(name in without_data for name in left)
    said = empty.remove("--delete-data", typed="firstday\n").output
    assert all(name in said.partition("Type firstday to go on:")[0] for name in left)
    assert tables(empty) == logs(empty) == []
    last = empty.remove().stdout
    assert "Nothing to remove." in last
    assert "the role that API Gateway writes logs with" in last


def test_roles_of_an_account_that_the_settings_gave_up_are_removed_too(empty: Deployer) -> None:
    empty.deploy()
    text = EXAMPLE.read_text(encoding="utf-8")
    changed = empty.with_settings((text[text.index('[[groups.roles]]\nprofile = "stg"') :], ""))
    changed.deploy()
    assert stacks(empty, TARGET) == ["firstday-roles"]
    wrong = ("--profile", IDENTITY, "--account-profile", f"stg={IDENTITY}")
    assert f"belongs into {TARGET}" in changed.run("remove", *wrong, "--yes", status=1).output
    assert "the stack firstday-roles in the account stg" in changed.remove().output
    assert stacks(empty, TARGET) == []


def test_what_a_failed_stage_has_left_goes_without_the_living_portal(deployer: Deployer) -> None:
    cloudformation = deployer.client("cloudformation")
    broken = {
        "Type": "AWS::ApiGateway::GatewayResponse",
        "Properties": {"RestApiId": "x", "ResponseType": "THROTTLED"},
    }
    with pytest.raises(DeploymentError):
        deploy_stack(Stack(cloudformation, "firstday-test"), {"Resources": {"Broken": broken}})
    put_into(deployer, "operators")
    said = deployer.run("remove", "--profile", IDENTITY, "--yes", "--stage", "test").output
    assert "the stack firstday-test in the account dev" in said
    assert "firstday-roles" not in said
    assert "the bucket" not in said
    assert stacks(deployer, IDENTITY) == ["firstday", "firstday-roles"]
    take_out(deployer, "operators")
    assert "Nothing to change." in deployer.deploy().stdout


def test_whoever_came_after_the_question_keeps_everything_from_being_removed(deployer: Deployer) -> None:
    removal = Removal(deployer.settings, deployer.aws.session, "prod")
    plan = removal.plan(delete_data=True)
    put_into(deployer, "operators")
    with pytest.raises(MembersRemain, match="carol is still in the group operators"):
        removal.carry_out(plan, lambda *_: lambda _: None)
    take_out(deployer, "operators")
    assert "Nothing to change." in deployer.deploy().stdout


@dataclass
class Holding:
    """A session in which no table can be deleted."""

    session: AccountSession

    def client(self, service_name: str, region_name: str | None = None) -> Any:
        client = self.session.client(service_name, region_name)
        client.meta.events.register("before-call.dynamodb.DeleteTable", self._refuse)
        return client

    @staticmethod
    def _refuse(**_: object) -> None:
        error = {"Error": {"Code": "ResourceInUseException", "Message": "A backup is being made."}}
        raise ClientError(error, "DeleteTable")


def test_data_that_could_not_be_deleted_is_named_with_its_commands(empty: Deployer) -> None:
    empty.deploy()
    session = empty.aws.session(IDENTITY)
    removal = Removal(empty.settings, lambda of: Holding(session) if of == IDENTITY else None, "prod")
    plan = removal.plan(delete_data=True)
    (members,) = [kept for kept in plan.deleted_data if kept.logical_id == "MembersTable"]
    with pytest.raises(DeploymentError, match=rf"by hand:\n.*--table-name {members.physical_id} --region"):
        removal.carry_out(plan, lambda *_: lambda _: None)
    assert members.physical_id in tables(empty)
    assert stacks(empty, IDENTITY) == []


def test_a_removal_of_another_stage_or_identity_account_leaves_the_roles(deployer: Deployer) -> None:
    said = deployer.remove("--stage", "test", status=1).output
    assert f"There is no stack firstday-test in ap-northeast-1, but the account {IDENTITY} has the portal" in said
    stack = Stack(deployer.client("cloudformation", TARGET), "firstday-roles")
    template = dict(stack.template())
    parameter = template["Parameters"]["IdentityAccount"]
    other = {"Parameters": {"IdentityAccount": {**parameter, "Default": "111122223333"}}}
    deploy_stack(stack, {**template, **other})
    for said in deployer.remove(status=1).output, deployer.deploy(status=1).output:
        assert f"The roles in the account {TARGET} (stack firstday-roles) are there for the members of" in said
    assert stacks(deployer, TARGET) == ["firstday-roles"]
    deploy_stack(stack, template)


def test_names_that_are_taken_in_any_account_are_told_together_before_anything_is_made(empty: Deployer) -> None:
    iam, there = empty.client("iam"), empty.client("iam", TARGET)
    iam.create_group(GroupName="developers")
    policy = {"PolicyName": BOUNDARY_NAME, "Path": "/elsewhere/", "PolicyDocument": json.dumps(NOTHING_ALLOWED)}
    arn = iam.create_policy(**policy)["Policy"]["Arn"]
    role = {"RoleName": "stg-SwitchRole-Operations", "AssumeRolePolicyDocument": json.dumps(NOBODY_TRUSTED)}
    there.create_role(**role)
    said = empty.deploy(status=1).output
    assert "Names that the stack firstday needs are taken in the account dev (123456789012)." in said
    assert "the IAM group developers is there, and this stack has not made it.\n" in said
    assert "Name another one in the settings, or delete it if nobody needs it: aws iam delete-group" in said
    assert f"the IAM policy {BOUNDARY_NAME} is there" in said
    assert "the stack firstday-roles needs are taken in the account stg (210987654321)." in said
    assert "the IAM role stg-SwitchRole-Operations is there" in said
    assert "Traceback" not in said
    assert "<" not in said
    for account_id in (IDENTITY, TARGET):
        assert stacks(empty, account_id) == []
        assert empty.client("s3", account_id).list_buckets()["Buckets"] == []
    iam.delete_group(GroupName="developers")
    iam.delete_policy(PolicyArn=arn)
    there.delete_role(RoleName="stg-SwitchRole-Operations")
    assert "The portal is at" in empty.deploy().stdout


def test_a_name_that_a_new_group_would_have_is_looked_at_in_an_upgrade_too(deployer: Deployer) -> None:
    iam = deployer.client("iam")
    iam.create_group(GroupName="operations")
    changed = deployer.with_settings(('name = "operators"', 'name = "operations"'))
    assert "the IAM group operations is there" in changed.deploy("--allow-data-loss", status=1).output
    iam.delete_group(GroupName="operations")
    assert "Nothing to change." in deployer.deploy().stdout


def test_a_stack_that_cannot_be_deployed_keeps_those_of_all_accounts_from_being_touched(empty: Deployer) -> None:
    """A protected table prevents a rollback, so the portal's template must not protect its tables."""
    key = {"AttributeName": "pk", "KeyType": "HASH"}
    table = {
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [key],
        "DeletionProtectionEnabled": True,
    }
    broken = {"Type": "AWS::ApiGateway::GatewayResponse", "DependsOn": "Table", "Properties": BROKEN}
    resources = {"Table": {"Type": "AWS::DynamoDB::Table", "Properties": table}, "Broken": broken}
    there = empty.client("cloudformation", TARGET)
    with pytest.raises(DeploymentError, match=r"ROLLBACK_FAILED.*delete-stack --stack-name firstday-roles"):
        deploy_stack(Stack(there, "firstday-roles"), {"Resources": resources})
    said = empty.deploy(status=1).output
    assert "The stack firstday-roles cannot be deployed as it is (ROLLBACK_FAILED)." in said
    assert said.endswith("Nothing was changed.\n")
    assert stacks(empty, IDENTITY) == []
    assert empty.client("s3").list_buckets()["Buckets"] == []


def test_what_somebody_else_changes_after_the_plan_keeps_all_of_it_from_being_done(deployer: Deployer) -> None:
    changed = deployer.with_settings(ANOTHER_TIMEOUT, ('name = "operators"', 'name = "operations"'))
    session_of = changed.aws.session
    with (
        packaged(EXAMPLE.parent, changed.settings, changed.settings_file, "prod") as package,
        planned(package, changed.settings, session_of, "prod") as plans,
    ):
        stack = Stack(deployer.client("cloudformation", TARGET), "firstday-roles")
        with_topic = {"Resources": {**stack.template()["Resources"], "Topic": {"Type": "AWS::SNS::Topic"}}}
        deploy_stack(stack, {**stack.template(), **with_topic})
        with pytest.raises(DeploymentError, match="Somebody has changed the stack firstday-roles") as caught:
            carried_out(plans, lambda _: lambda _: None, lambda _: None)
    assert "Run this again" in str(caught.value)
    assert str(caught.value).endswith("Nothing was changed.")
    groups = deployer.client("iam").list_groups(PathPrefix="/switch-role/")["Groups"]
    assert "operations" not in {group["GroupName"] for group in groups}


def test_of_two_first_deployments_the_one_that_began_later_says_so(empty: Deployer) -> None:
    settings, session_of = empty.settings, empty.aws.session
    with (
        packaged(EXAMPLE.parent, settings, empty.settings_file, "prod") as package,
        planned(package, settings, session_of, "prod") as plans,
    ):
        empty.deploy()
        with pytest.raises(DeploymentError, match="Somebody has changed the stack firstday"):
            carried_out(plans, lambda _: lambda _: None, lambda _: None)
    assert "Nothing to change." in empty.deploy().stdout


def protection(deployer: Deployer) -> dict[str, bool]:
    """Whether each table is protected against deletion, by its logical id."""
    database = deployer.client("dynamodb")
    tables_now = [database.describe_table(TableName=name)["Table"] for name in tables(deployer)]
    return {found["TableName"].split("-")[1]: found["DeletionProtectionEnabled"] for found in tables_now}


def test_the_tables_that_are_kept_are_protected_against_deletion_and_again_where_they_are_not(
    deployer: Deployer,
) -> None:
    assert protection(deployer) == {"MembersTable": True, "AuditTable": True, "ConsoleTable": False}
    database, members = deployer.client("dynamodb"), deployer.deployed()["outputs"]["MembersTableName"]
    with pytest.raises(
        ClientError, match=r"currently protected against deletion\. Disable deletion protection first\."
    ):
        database.delete_table(TableName=members)
    database.update_table(TableName=members, DeletionProtectionEnabled=False)
    said = deployer.deploy(typed="y\n").output
    assert "  The tables that outlive the stack are protected against deletion.\n" in said
    assert protection(deployer)["MembersTable"] is True
    assert "Nothing to change." in deployer.deploy().stdout


def test_what_is_in_the_package_is_listed_where_deploy_says(deployer: Deployer) -> None:
    path = deployer.deployed()["sbom"]
    assert f"What is in the package is listed in {path}\n" in deployer.deploy().stderr
    assert json.loads(Path(path).read_text())["bomFormat"] == "CycloneDX"


@pytest.mark.parametrize(("account_id", "stack"), [(IDENTITY, "firstday"), (TARGET, "firstday-roles")])
def test_termination_protection_of_one_stack_keeps_everything(
    deployer: Deployer, account_id: str, stack: str
) -> None:
    cloudformation = deployer.client("cloudformation", account_id)
    removal = Removal(deployer.settings, deployer.aws.session, "prod")
    plan = removal.plan(delete_data=True)
    cloudformation.update_termination_protection(StackName=stack, EnableTerminationProtection=True)
    said = deployer.remove(status=1).output
    assert f"The stack {stack} has termination protection." in said
    command = (
        f"aws cloudformation update-termination-protection --no-enable-termination-protection --stack-name {stack}"
    )
    assert f"{command} --region ap-northeast-1" in said
    assert said.endswith("Nothing was changed.\n")
    assert "Do this?" not in said
    with pytest.raises(DeploymentError, match="has termination protection"):  # also if it came after the plan
        removal.carry_out(plan, lambda *_: lambda _: None)
    assert stacks(deployer, IDENTITY) == ["firstday", "firstday-roles"]
    assert stacks(deployer, TARGET) == ["firstday-roles"]
    cloudformation.update_termination_protection(StackName=stack, EnableTerminationProtection=False)


def test_a_role_that_would_have_to_be_made_anew_under_its_own_name_is_refused(deployer: Deployer) -> None:
    name = 'role_name = "stg-SwitchRole-Operations"'
    said = deployer.with_settings((name, f'{name}\npath = "/moved/"')).deploy(status=1).output
    assert "AWS would have to make the IAM role stg-SwitchRole-Operations anew" in said
    assert "Nothing was changed. Give it another name in the settings." in said
    assert "Nothing to change." in deployer.deploy().stdout


def test_what_others_have_attached_to_the_roles_keeps_everything_from_being_removed(deployer: Deployer) -> None:
    iam, there = deployer.client("iam"), deployer.client("iam", TARGET)
    arn = "arn:aws:iam::aws:policy/SecurityAudit"
    role = {"RoleName": "stg-SwitchRole-Operations"}
    there.attach_role_policy(**role, PolicyArn=arn)
    there.put_role_policy(**role, PolicyName="theirs", PolicyDocument=json.dumps(NOTHING_ALLOWED))
    boundary = f"arn:aws:iam::{IDENTITY}:policy/members/{BOUNDARY_NAME}"
    iam.create_user(UserName="carol", PermissionsBoundary=boundary)
    said = deployer.remove(status=1).output
    assert f"aws iam detach-role-policy --role-name stg-SwitchRole-Operations --policy-arn {arn}" in said
    assert "aws iam delete-role-policy --role-name stg-SwitchRole-Operations --policy-name theirs" in said
    assert f"The user carol has the policy {boundary}" in said
    assert "Do this?" not in said
    assert stacks(deployer, TARGET) == ["firstday-roles"]
    with pytest.raises(DeploymentError, match="must detach all policies first"):
        Stack(deployer.client("cloudformation", TARGET), "firstday-roles").delete()
    there.detach_role_policy(**role, PolicyArn=arn)
    there.delete_role_policy(**role, PolicyName="theirs")
    iam.delete_user(UserName="carol")
    deployer.remove()
    assert stacks(deployer, IDENTITY) == stacks(deployer, TARGET) == []
