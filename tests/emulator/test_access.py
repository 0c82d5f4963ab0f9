"""There is no way round the signatures and policies of the embedded AWS."""

import hashlib
import http.client
from typing import Any
from urllib.parse import urlencode

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from tests.helpers.embedded_aws import (
    IDENTITY,
    REGION,
    PlainMinistack,
    Refused,
    User,
    allow,
    client_of,
    document,
    new_user,
    root_client,
)

FORM = "application/x-www-form-urlencoded; charset=utf-8"


@pytest.fixture(scope="module")
def reader(aws: EmbeddedAWS) -> User:
    """A user who may do one harmless thing."""
    return new_user(aws, allow("iam:GetUser"))


def send(
    aws: EmbeddedAWS, method: str, path: str, body: str = "", headers: dict[str, str] | None = None
) -> tuple[int, str]:
    """One raw request to the AWS endpoint: status and body."""
    connection = http.client.HTTPConnection("127.0.0.1", aws.port, timeout=20)
    try:
        connection.request(method, path, body or None, headers or {})
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def signed(aws: EmbeddedAWS, user: User, service: str, method: str, path: str, body: str, **headers: str) -> Any:
    """The headers of a request that ``user`` signed."""
    request = AWSRequest(method, aws.endpoint_url + path, data=body, headers=headers)
    SigV4Auth(Credentials(user.access_key_id, user.secret_access_key), service, REGION).add_auth(request)
    return dict(request.headers.items())


@pytest.mark.parametrize("access_key_id", ["test", IDENTITY, "000000000000", "AKIAUNKNOWN234567ABC"])
def test_keys_that_were_not_issued_are_refused(aws: EmbeddedAWS, access_key_id: str) -> None:
    with Refused("InvalidClientTokenId"):
        client_of(aws.endpoint_url, "iam", access_key_id, "test").list_users()
    with Refused("InvalidAccessKeyId"):
        client_of(aws.endpoint_url, "s3", access_key_id, "test").list_buckets()


def test_plain_ministack_still_takes_account_numbers_for_root(plain: PlainMinistack) -> None:
    plain.client("iam", "test", "wrong").list_users()
    plain.client("iam", IDENTITY, "wrong").list_users()


def test_root_needs_its_secret(aws: EmbeddedAWS) -> None:
    root = aws.root_credentials(IDENTITY)
    with Refused("SignatureDoesNotMatch"):
        client_of(aws.endpoint_url, "iam", root.access_key_id, "test").list_users()
    assert root_client(aws, "sts").get_caller_identity()["Arn"].endswith(":root")


def test_root_credentials_differ_with_each_run() -> None:
    first, second = (EmbeddedAWS(accounts=(IDENTITY,), region=REGION).root_credentials(IDENTITY) for _ in range(2))
    assert first != second
    assert len(first.secret_access_key) >= 40


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/_ministack/reset"),
        ("POST", "/_ministack/config"),
        ("GET", "/_ministack/health"),
        ("GET", "/_ministack/lambda-code/portal"),
        ("GET", "/_localstack/health"),
        ("GET", "/_aws/execute-api/abcd/api/"),
        ("GET", "/health"),
        ("GET", "/"),
        ("GET", "/some-bucket/some-key"),
        ("OPTIONS", "/"),
        ("GET", "/v2/_catalog"),
        ("GET", "/oauth2/authorize"),
        ("POST", "/oauth2/token"),
        ("POST", "/Execute"),
        ("GET", "/iceberg/v1/config"),
        ("GET", "/2015-03-31/functions"),
        ("GET", "/restapis"),
    ],
)
def test_nothing_answers_an_unsigned_request(aws: EmbeddedAWS, method: str, path: str) -> None:
    status, body = send(aws, method, path)
    assert status == 403, body


def test_the_administrative_paths_are_closed_for_signed_requests_too(aws: EmbeddedAWS, reader: User) -> None:
    headers = signed(aws, reader, "s3", "POST", "/_ministack/reset", "")
    assert send(aws, "POST", "/_ministack/reset", "", headers)[0] == 403
    assert root_client(aws, "iam").get_user(UserName=reader.name)


def test_a_query_cannot_name_one_action_and_the_body_another(aws: EmbeddedAWS, reader: User) -> None:
    body = urlencode({"Action": "CreateUser", "UserName": "smuggled", "Version": "2010-05-08"})
    path = f"/?Action=GetUser&UserName={reader.name}&Version=2010-05-08"
    headers = signed(aws, reader, "iam", "POST", path, body, **{"Content-Type": FORM})
    status, answer = send(aws, "POST", path, body, headers)
    assert status == 403, answer


def test_a_target_header_cannot_name_another_action(aws: EmbeddedAWS, reader: User) -> None:
    body = urlencode({"Action": "CreateUser", "UserName": "smuggled", "Version": "2010-05-08"})
    extra = {"Content-Type": FORM, "X-Amz-Target": "IAMService.GetUser"}
    headers = signed(aws, reader, "iam", "POST", "/", body, **extra)
    assert send(aws, "POST", "/", body, headers)[0] == 403


def test_a_parameter_given_twice_is_refused(aws: EmbeddedAWS, reader: User) -> None:
    body = f"Action=GetUser&Action=CreateUser&UserName={reader.name}&Version=2010-05-08"
    headers = signed(aws, reader, "iam", "POST", "/", body, **{"Content-Type": FORM})
    assert send(aws, "POST", "/", body, headers)[0] == 403


@pytest.mark.parametrize(
    ("action", "foreign"),
    [
        ("DeletePolicy", {"UserName": "{own}", "PolicyArn": f"arn:aws:iam::{IDENTITY}:policy/guard"}),
        ("CreateAccessKey", {"RoleName": "own", "UserName": "{victim}"}),
        ("CreateAccessKey", {"GroupName": "own", "UserName": "{victim}"}),
        ("AddUserToGroup", {"RoleName": "own", "GroupName": "admins", "UserName": "{own}"}),
        ("GetUser", {"Path": "/own/", "UserName": "{victim}"}),
        ("PutUserPolicy", {"PermissionsBoundary": "own", "UserName": "{own}", "PolicyName": "all"}),
    ],
)
def test_a_parameter_of_another_operation_changes_nothing(
    aws: EmbeddedAWS, action: str, foreign: dict[str, str]
) -> None:
    victim = new_user(aws, path="/admins/")
    boundary = {"Condition": {"StringEquals": {"iam:PermissionsBoundary": "own"}}}
    arn = f"arn:aws:iam::{IDENTITY}"
    user = new_user(
        aws,
        allow("iam:*", resource=[f"{arn}:user/own/*", f"{arn}:role/own", f"{arn}:group/own"]),
        allow("iam:DeletePolicy", resource=f"{arn}:user/members/*"),
        allow("iam:PutUserPolicy", **boundary),
    )
    names = {name: value.format(own=user.name, victim=victim.name) for name, value in foreign.items()}
    policy = {"PolicyDocument": document(allow("*"))} if action == "PutUserPolicy" else {}
    body = urlencode({"Action": action, "Version": "2010-05-08", **names, **policy})
    headers = signed(aws, user, "iam", "POST", "/", body, **{"Content-Type": FORM})
    status, answer = send(aws, "POST", "/", body, headers)
    assert (status, "AccessDenied" in answer) == (403, True), answer


def test_a_body_that_was_not_signed_is_refused(aws: EmbeddedAWS, reader: User) -> None:
    body = urlencode({"Action": "GetUser", "UserName": reader.name, "Version": "2010-05-08"})
    digest = hashlib.sha256(body.encode()).hexdigest()
    extra = {"Content-Type": FORM, "X-Amz-Content-SHA256": digest}
    headers = signed(aws, reader, "iam", "POST", "/", body, **extra)
    assert send(aws, "POST", "/", body, headers)[0] == 200
    assert send(aws, "POST", "/", body.replace("GetUser", "CreateUser"), headers)[0] == 403


def test_presigned_urls_are_not_served(aws: EmbeddedAWS) -> None:
    root = aws.root_credentials(IDENTITY)
    request = AWSRequest("GET", aws.endpoint_url + "/bucket/key")
    SigV4QueryAuth(Credentials(root.access_key_id, root.secret_access_key), "s3", REGION).add_auth(request)
    assert send(aws, "GET", str(request.url).removeprefix(aws.endpoint_url))[0] == 403


def test_only_names_of_this_machine_are_hosts(aws: EmbeddedAWS) -> None:
    for host in ("rebound.example", f"bucket.localhost:{aws.port}", f"abcdef12.execute-api.localhost:{aws.port}"):
        assert send(aws, "GET", "/", "", {"Host": host})[0] == 421


def test_services_that_the_sandbox_does_not_need_are_closed(aws: EmbeddedAWS) -> None:
    root = aws.root_credentials(IDENTITY)
    with pytest.raises(Exception, match=r"AccessDenied|InvalidAction|Forbidden"):
        client_of(aws.endpoint_url, "sqs", root.access_key_id, root.secret_access_key).list_queues()


def test_what_has_no_iam_action_is_denied(aws: EmbeddedAWS, reader: User) -> None:
    for service, method, path in [
        ("lambda", "GET", "/2015-03-31/functions/portal/no-such-thing"),
        ("apigateway", "HEAD", "/restapis"),
        ("s3", "PATCH", "/bucket/key"),
    ]:
        status, body = send(aws, method, path, "", signed(aws, reader, service, method, path, ""))
        assert status == 403, (service, body)


def test_a_session_needs_its_own_token(aws: EmbeddedAWS) -> None:
    user = new_user(aws)
    session = user.client("sts").get_session_token()["Credentials"]
    for token in (None, "made-up"):
        with Refused("InvalidClientTokenId"):
            client_of(aws.endpoint_url, "iam", session["AccessKeyId"], session["SecretAccessKey"], token).get_user()


@pytest.mark.parametrize("change", ["update", "delete"])
def test_deactivated_and_deleted_keys_stop_working(aws: EmbeddedAWS, change: str) -> None:
    user = new_user(aws, allow("iam:GetUser"))
    iam = root_client(aws, "iam")
    status = {"Status": "Inactive"} if change == "update" else {}
    getattr(iam, f"{change}_access_key")(UserName=user.name, AccessKeyId=user.access_key_id, **status)
    with Refused("InvalidClientTokenId"):
        user.client("iam").get_user()
