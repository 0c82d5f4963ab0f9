"""API Gateway, Lambda and CloudFormation of the embedded AWS, as the portal uses them."""

import hashlib
import json
import re
from typing import Any

import pytest

from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from tests.helpers import embedded_aws as embedded
from tests.helpers import sample_portal
from tests.helpers.portal_requests import call, signed


@pytest.fixture(scope="module")
def stack(aws: EmbeddedAWS) -> dict[str, str]:
    """The sample portal, deployed and reachable at the portal's address."""
    return sample_portal.deployed(aws)


@pytest.mark.usefixtures("stack")
def test_the_portals_address_leads_to_the_api_without_a_stage_in_the_path(aws: EmbeddedAWS) -> None:
    answer = call(aws, "/start?lang=ja")
    assert answer.status == 200
    assert answer.event["path"] == answer.event["requestContext"]["path"] == "/start"
    assert answer.event["queryStringParameters"] == {"lang": "ja"}
    assert answer.event["headers"]["host"] == f"127.0.0.1:{aws.portal_port}"
    assert answer.event["requestContext"]["domainName"] == "127.0.0.1"
    assert answer.headers.get_all("Set-Cookie") == ["a=1", "b=2"]


def test_the_execute_api_path_has_the_stage_in_it(aws: EmbeddedAWS, stack: dict[str, str]) -> None:
    path = f"/restapis/{stack['RestAPIId']}/prod/_user_request_/start"
    assert call(aws, path, port=aws.port).event["requestContext"]["path"] == "/prod/start"


@pytest.mark.usefixtures("stack")
def test_a_client_cannot_choose_its_address(aws: EmbeddedAWS) -> None:
    event = call(aws, "/start", headers={"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}).event
    assert event["requestContext"]["identity"]["sourceIp"] == "127.0.0.1"
    assert event["headers"]["x-forwarded-for"] == "127.0.0.1"
    assert event["headers"]["x-forwarded-proto"] == "http"


@pytest.mark.usefixtures("stack")
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/nothing-here"),
        ("PUT", "/start"),
        ("OPTIONS", "/start"),
        ("GET", "/admin/members/jane"),
        ("GET", "/_ministack/health"),
        ("POST", "/_ministack/reset"),
        ("GET", "/health"),
    ],
)
def test_what_is_not_public_is_the_apis_own_not_found_page(aws: EmbeddedAWS, method: str, path: str) -> None:
    answer = call(aws, path, method)
    assert (answer.status, answer.text) == (404, sample_portal.NOT_FOUND)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"


def test_a_function_without_a_free_execution_is_the_apis_own_answer_with_its_variables(
    aws: EmbeddedAWS, stack: dict[str, str]
) -> None:
    functions, name = embedded.root_client(aws, "lambda"), stack["FunctionName"]
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    answer = call(aws, "/start", "POST")
    functions.delete_function_concurrency(FunctionName=name)
    assert answer.status == 504
    assert re.fullmatch(r"POST /start, \d{13} ms, \.", answer.text)
    assert call(aws, "/start", "POST").status == 200


def test_plain_ministack_still_ignores_gateway_responses_of_a_definition(plain: embedded.PlainMinistack) -> None:
    definition = {
        "swagger": "2.0",
        "info": {"title": "api", "version": "1"},
        "paths": {},
        "x-amazon-apigateway-gateway-responses": {"THROTTLED": {"statusCode": 418}},
    }
    body = {
        "Resources": {"Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Body": definition}}},
        "Outputs": {"Id": {"Value": {"Ref": "Api"}}},
    }
    cloudformation = plain.client("cloudformation")
    sample_portal.apply(cloudformation, "api", body)
    api_id = sample_portal.outputs(cloudformation, "api")["Id"]
    response = plain.client("apigateway").get_gateway_response(restApiId=api_id, responseType="THROTTLED")
    assert response["defaultResponse"] is True


def test_a_signed_call_reaches_a_method_with_the_iam_authorizer(aws: EmbeddedAWS, stack: dict[str, str]) -> None:
    api = f"arn:aws:execute-api:{embedded.REGION}:{embedded.IDENTITY}:{stack['RestAPIId']}/*/*/admin/*"
    user = embedded.new_user(aws, embedded.allow("sts:AssumeRole"))
    role = embedded.new_role(aws, {}, embedded.allow("execute-api:Invoke", resource=api))
    session = user.client("sts").assume_role(RoleArn=role, RoleSessionName=user.name)["Credentials"]
    keys = (session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"])
    path = "/admin/members/jane%2Bdoe@example.com"
    answer = call(aws, path, headers=signed(aws, path, *keys))
    assert answer.status == 200, answer.text
    assert answer.event["pathParameters"] == {"name": "jane%2Bdoe@example.com"}
    identity = answer.event["requestContext"]["identity"]
    assert (
        identity["userArn"] == f"arn:aws:sts::{embedded.IDENTITY}:assumed-role/{role.rsplit('/')[-1]}/{user.name}"
    )


@pytest.mark.usefixtures("stack")
def test_a_call_signed_by_somebody_without_the_permission_is_denied(aws: EmbeddedAWS) -> None:
    user = embedded.new_user(aws)
    path = "/admin/members/jane"
    answer = call(aws, path, headers=signed(aws, path, user.access_key_id, user.secret_access_key))
    assert answer.status == 403
    assert "not authorized to perform: execute-api:Invoke" in answer.text


@pytest.mark.usefixtures("stack")
@pytest.mark.parametrize("key", ["test", embedded.IDENTITY, "AKIAUNKNOWN234567ABC"])
def test_a_call_signed_with_a_made_up_key_is_refused(aws: EmbeddedAWS, key: str) -> None:
    path = "/admin/members/jane"
    assert call(aws, path, headers=signed(aws, path, key, "test")).status == 403


@pytest.mark.usefixtures("stack")
def test_forged_credentials_of_other_kinds_are_refused(aws: EmbeddedAWS) -> None:
    root = aws.root_credentials(embedded.IDENTITY)
    path, scope = "/admin/members/jane", f"20260101/{embedded.REGION}/execute-api/aws4_request"
    for headers in (
        signed(aws, path, root.access_key_id, "wrong"),
        signed(aws, "/admin/members/other", root.access_key_id, root.secret_access_key),
        {"Authorization": "Bearer token"},
        {"Authorization": "AWS4-HMAC-SHA256 nonsense"},
        {"Authorization": f"AWS4-HMAC-SHA256 Credential=/{scope}, SignedHeaders=host, Signature=0"},
        {
            "Authorization": f"AWS4-ECDSA-P256-SHA256 Credential={root.access_key_id}/{scope}, "
            "SignedHeaders=host;x-amz-region-set, Signature=00",
            "X-Amz-Region-Set": "*",
        },
        {"Authorization": f"AWS {root.access_key_id}:c2lnbmF0dXJl"},
    ):
        assert call(aws, path, headers=headers).status == 403
    query = f"?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={embedded.IDENTITY}/x&X-Amz-Signature=x"
    assert call(aws, path + query).status == 403


def test_the_function_runs_as_its_role_and_knows_nothing_else_of_this_machine(
    aws: EmbeddedAWS, stack: dict[str, str]
) -> None:
    answer = json.loads(call(aws, "/start").text)
    role_name = stack["RoleArn"].rsplit("/", 1)[-1]
    assert answer["caller"] == f"arn:aws:sts::{embedded.IDENTITY}:assumed-role/{role_name}/{stack['FunctionName']}"
    environment = answer["environment"]
    assert environment["TABLE"] == "sample"
    assert environment["AWS_ENDPOINT_URL"] == aws.endpoint_url
    assert environment["AWS_REGION"] == embedded.REGION
    assert not {"AWS_PROFILE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"} & set(environment)
    root = aws.root_credentials(embedded.IDENTITY)
    assert root.secret_access_key not in json.dumps(answer)


def test_the_functions_credentials_cannot_be_computed(aws: EmbeddedAWS, stack: dict[str, str]) -> None:
    call(aws, "/start")
    function = f"arn:aws:lambda:{embedded.REGION}:{embedded.IDENTITY}:function:{stack['FunctionName']}"
    digest = hashlib.sha256(f"{function}:{stack['RoleArn']}".encode()).hexdigest()
    secret = hashlib.sha256(f"secret:{digest}".encode()).hexdigest()
    token = hashlib.sha256(f"token:{digest}".encode()).hexdigest()
    with embedded.Refused("InvalidClientTokenId"):
        embedded.client_of(
            aws.endpoint_url, "sts", f"ASIA{digest[:16].upper()}", secret, token
        ).get_caller_identity()


def test_what_the_function_prints_is_in_its_log_group(aws: EmbeddedAWS, stack: dict[str, str]) -> None:
    call(aws, "/start?remember=me")
    logs = embedded.root_client(aws, "logs")
    events = logs.filter_log_events(logGroupName=f"/aws/lambda/{stack['FunctionName']}")["events"]
    messages = [event["message"] for event in events]
    assert "to stdout: /start" in messages
    assert "to stderr: /start" in messages


def test_cloudformation_makes_changes_and_deletes_a_group(aws: EmbeddedAWS) -> None:
    session = aws.session(embedded.TARGET)
    cloudformation, iam = session.client("cloudformation"), session.client("iam")
    statement = embedded.allow("sts:AssumeRole", resource="arn:aws:iam::*:role/one")
    group: dict[str, Any] = {
        "GroupName": "sample-developers",
        "Path": "/switch-role/",
        "ManagedPolicyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
        "Policies": [{"PolicyName": "switch", "PolicyDocument": json.loads(embedded.document(statement))}],
    }
    body = {
        "Resources": {"Group": {"Type": "AWS::IAM::Group", "Properties": group}},
        "Outputs": {"Name": {"Value": {"Ref": "Group"}}, "Arn": {"Value": {"Fn::GetAtt": ["Group", "Arn"]}}},
    }
    assert sample_portal.apply(cloudformation, "group", body) == "CREATE_COMPLETE"
    assert sample_portal.outputs(cloudformation, "group") == {
        "Name": "sample-developers",
        "Arn": f"arn:aws:iam::{embedded.TARGET}:group/switch-role/sample-developers",
    }
    assert iam.get_group_policy(GroupName="sample-developers", PolicyName="switch")["PolicyDocument"][
        "Statement"
    ] == [statement]
    attached = iam.list_attached_group_policies(GroupName="sample-developers")["AttachedPolicies"]
    assert [policy["PolicyName"] for policy in attached] == ["ReadOnlyAccess"]

    group |= {"ManagedPolicyArns": [], "Policies": [group["Policies"][0] | {"PolicyName": "renamed"}]}
    assert sample_portal.apply(cloudformation, "group", body, "UPDATE") == "UPDATE_COMPLETE"
    assert iam.list_group_policies(GroupName="sample-developers")["PolicyNames"] == ["renamed"]
    assert iam.list_attached_group_policies(GroupName="sample-developers")["AttachedPolicies"] == []

    cloudformation.delete_stack(StackName="group")
    cloudformation.get_waiter("stack_delete_complete").wait(StackName="group", WaiterConfig={"Delay": 1})
    with embedded.Refused("NoSuchEntity"):
        iam.get_group(GroupName="sample-developers")


def test_plain_ministack_still_has_no_group_in_cloudformation(plain: embedded.PlainMinistack) -> None:
    body = {"Resources": {"Group": {"Type": "AWS::IAM::Group"}}}
    with embedded.Refused("ValidationError") as refused:
        sample_portal.apply(plain.client("cloudformation"), "group", body)
    assert "Unrecognized resource types: [AWS::IAM::Group]" in refused.message
