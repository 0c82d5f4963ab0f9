"""The access log of an API of the embedded AWS has every call, also refused ones."""

import json
import time
import uuid
from typing import Any

import pytest

from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from tests.system import sample_portal
from tests.system.embedded_aws import IDENTITY, REGION, TARGET, User, allow, new_role, new_user
from tests.system.portal_requests import call, signed, signed_for

Credentials = tuple[str, ...]


@pytest.fixture(scope="module")
def stack(aws: EmbeddedAWS) -> dict[str, str]:
    return sample_portal.deployed(aws)


@pytest.fixture
def path() -> str:
    """A path of the admin API that no other test calls."""
    return f"/admin/members/{uuid.uuid4().hex}%2B"


def logged(aws: EmbeddedAWS, path: str) -> dict[str, Any]:
    """The one event about ``path``."""
    logs = aws.session(IDENTITY).client("logs")
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=sample_portal.LOG_GROUP)
    events = [json.loads(event["message"]) for page in pages for event in page["events"]]
    (found,) = [event for event in events if event["path"] == path]
    return dict(found)


def keys_of(user: User) -> Credentials:
    return user.access_key_id, user.secret_access_key


def test_a_call_that_is_served_is_logged_with_the_callers_arn(
    aws: EmbeddedAWS, stack: dict[str, str], path: str
) -> None:
    api = f"arn:aws:execute-api:{REGION}:{IDENTITY}:{stack['RestAPIId']}/*"
    user = new_user(aws, allow("sts:AssumeRole"))
    role = new_role(aws, {}, allow("execute-api:Invoke", resource=api))
    session = user.client("sts").assume_role(RoleArn=role, RoleSessionName=user.name)
    credentials = session["Credentials"]
    keys = (credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"])
    answer = call(aws, path, "DELETE", signed(aws, path, *keys, method="DELETE"))
    event = logged(aws, path)
    assert event["requestId"] == answer.headers["x-amzn-requestid"]
    assert event["requestId"] == answer.event["requestContext"]["requestId"]
    assert abs(int(event.pop("requestTimeEpoch")) / 1000 - time.time()) < 60
    assert event.pop("requestTime").endswith(" +0000")
    assert event.pop("requestId") != event["extendedRequestId"]
    assert event.pop("extendedRequestId") == answer.event["requestContext"]["extendedRequestId"]
    assert event == {
        "httpMethod": "DELETE",
        "path": path,
        "resourcePath": "/admin/members/{name}",
        "status": "200",
        "sourceIp": "127.0.0.1",
        "userArn": session["AssumedRoleUser"]["Arn"],
        "responseType": "-",
        "message": "-",
    }


@pytest.mark.usefixtures("stack")
def test_a_client_can_choose_the_request_id_of_a_call_but_not_the_extended_one(aws: EmbeddedAWS) -> None:
    chosen = {"x-amzn-RequestId": f"chosen-{uuid.uuid4().hex}", "x-amz-apigw-id": "chosen"}
    paths = [f"/start/{uuid.uuid4().hex}" for _ in range(2)]
    answers = [call(aws, path, headers=chosen) for path in paths]
    events = [logged(aws, path) for path in paths]
    assert {event["requestId"] for event in events} == {chosen["x-amzn-RequestId"]}
    extended = [event["extendedRequestId"] for event in events]
    assert extended == [answer.headers["x-amz-apigw-id"] for answer in answers]
    assert len({*extended, "chosen"}) == 3


@pytest.mark.usefixtures("stack")
def test_a_call_without_a_signature_is_logged(aws: EmbeddedAWS, path: str) -> None:
    answer = call(aws, path)
    event = logged(aws, path)
    assert (answer.status, event["status"]) == (404, "404")
    assert event["requestId"] == answer.headers["x-amzn-requestid"]
    assert (event["userArn"], event["responseType"]) == ("-", "MISSING_AUTHENTICATION_TOKEN")
    assert event["message"] == "Missing Authentication Token"


@pytest.mark.usefixtures("stack")
def test_a_call_with_a_bad_signature_is_logged_without_a_name(aws: EmbeddedAWS, path: str) -> None:
    user = new_user(aws)
    assert call(aws, path, headers=signed(aws, path, user.access_key_id, "guessed")).status == 403
    event = logged(aws, path)
    assert (event["status"], event["userArn"], event["responseType"]) == ("403", "-", "INVALID_SIGNATURE")


@pytest.mark.usefixtures("stack")
def test_a_call_with_a_key_that_does_not_exist_is_logged(aws: EmbeddedAWS, path: str) -> None:
    assert call(aws, path, headers=signed(aws, path, "AKIAUNKNOWN234567ABC", "guessed")).status == 403
    event = logged(aws, path)
    assert (event["status"], event["userArn"]) == ("403", "-")
    assert event["message"] == "The security token included in the request is invalid."


@pytest.mark.usefixtures("stack")
def test_a_call_without_the_permission_is_logged_with_the_callers_arn(aws: EmbeddedAWS, path: str) -> None:
    user = new_user(aws)
    assert call(aws, path, headers=signed(aws, path, *keys_of(user))).status == 403
    event = logged(aws, path)
    assert (event["status"], event["userArn"], event["responseType"]) == ("403", user.arn, "ACCESS_DENIED")
    assert event["message"].startswith(f"User: {user.arn} is not authorized to perform: execute-api:Invoke")
    assert event["resourcePath"] == "/admin/members/{name}"


def test_calls_to_the_execute_api_address_are_logged_with_the_stage(
    aws: EmbeddedAWS, stack: dict[str, str], path: str
) -> None:
    sent = f"/restapis/{stack['RestAPIId']}/prod/_user_request_{path}"
    headers = signed_for(aws.endpoint_url + sent, *keys_of(new_user(aws)))
    assert call(aws, sent, headers=headers, port=aws.port).status == 403
    assert logged(aws, f"/prod{path}")["responseType"] == "ACCESS_DENIED"


@pytest.mark.usefixtures("stack")
def test_a_public_call_and_an_unknown_path_are_logged(aws: EmbeddedAWS) -> None:
    name = uuid.uuid4().hex
    assert call(aws, f"/start/{name}?lang=ja").status == 200
    public = logged(aws, f"/start/{name}")
    assert (public["status"], public["userArn"], public["resourcePath"]) == ("200", "-", "/start/{name}")
    assert call(aws, f"/{name}").status == 404
    unknown = logged(aws, f"/{name}")
    assert (unknown["resourcePath"], unknown["responseType"]) == ("-", "MISSING_AUTHENTICATION_TOKEN")


@pytest.mark.usefixtures("stack")
def test_what_is_sent_cannot_break_a_line_of_the_log(aws: EmbeddedAWS) -> None:
    name = f"{uuid.uuid4().hex}%22,%0A$context.stage"
    assert call(aws, f"/start/{name}").status == 200
    assert logged(aws, f"/start/{name}")["path"] == f"/start/{name}"


@pytest.mark.parametrize(
    ("account", "arn", "line", "problem"),
    [
        (False, "log-group:some", '{"id":"$context.requestId"}', "CloudWatch Logs role ARN must be set"),
        (True, "log-group:some", '{"path":"$context.path"}', "at least one of $context.requestId"),
        (True, "stream:some", '{"id":"$context.requestId"}', "Invalid ARN"),
    ],
)
def test_a_stage_that_aws_would_refuse_is_refused(
    aws: EmbeddedAWS, account: bool, arn: str, line: str, problem: str
) -> None:
    session = aws.session(IDENTITY if account else TARGET)
    sample_portal.deployed(aws)  # so that the account has a role for logs
    setting = {"DestinationArn": f"arn:aws:logs:{REGION}:{IDENTITY}:{arn}", "Format": line}
    definition: dict[str, Any] = {"swagger": "2.0", "info": {"title": "api", "version": "1"}, "paths": {}}
    api = {"Ref": "Api"}
    body = {
        "Resources": {
            "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Body": definition}},
            "Deployment": {"Type": "AWS::ApiGateway::Deployment", "Properties": {"RestApiId": api}},
            "Stage": {
                "Type": "AWS::ApiGateway::Stage",
                "Properties": {
                    "RestApiId": api,
                    "StageName": "prod",
                    "DeploymentId": {"Ref": "Deployment"},
                    "AccessLogSetting": setting,
                },
            },
        }
    }
    cloudformation, name = session.client("cloudformation"), f"refused-{uuid.uuid4().hex[:8]}"
    assert sample_portal.apply(cloudformation, name, body) != "CREATE_COMPLETE"
    events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    assert any(problem in event.get("ResourceStatusReason", "") for event in events), events
