"""Parameters, bodies and permissions of calls to an API of the embedded AWS."""

import base64
import json
import secrets
from urllib.parse import quote

import pytest

from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from tests.helpers import sample_portal
from tests.helpers.embedded_aws import IDENTITY, REGION, PlainMinistack, allow, new_role, new_user, root_client
from tests.helpers.portal_requests import Answer, call, request, signed, signed_for

# Every character that IAM accepts besides letters and digits.
NAME = "a+b=c,d.e@f_g-h"
ENCODED = quote(NAME, safe="")
Credentials = tuple[str, ...]


@pytest.fixture(scope="module")
def api(aws: EmbeddedAWS) -> str:
    """The ARN of the sample portal's stage, for execute-api:Invoke."""
    return f"arn:aws:execute-api:{REGION}:{IDENTITY}:{sample_portal.deployed(aws)['RestAPIId']}/prod"


@pytest.fixture(scope="module")
def role_session(aws: EmbeddedAWS, api: str) -> tuple[Credentials, str]:
    """Credentials of a role that may call everything, and the ARN of the session."""
    user = new_user(aws, allow("sts:AssumeRole"))
    role = new_role(aws, {}, allow("execute-api:Invoke", resource=f"{api}/*/admin/*"))
    session = user.client("sts").assume_role(RoleArn=role, RoleSessionName=user.name)
    keys = session["Credentials"]
    return (keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"]), session["AssumedRoleUser"]["Arn"]


def call_signed(
    aws: EmbeddedAWS, path: str, credentials: Credentials, method: str = "GET", body: bytes = b""
) -> Answer:
    return call(aws, path, method, signed(aws, path, *credentials, method=method, body=body), body or None)


@pytest.mark.parametrize("written", [NAME, ENCODED, quote(NAME)])
def test_a_path_parameter_comes_as_it_was_sent(
    aws: EmbeddedAWS, role_session: tuple[Credentials, str], written: str
) -> None:
    for answer in (call(aws, f"/start/{written}"), call_signed(aws, f"/admin/members/{written}", role_session[0])):
        assert answer.status == 200, answer.text
        assert answer.event["pathParameters"] == {"name": written}
        assert answer.event["path"].endswith(f"/{written}")
        assert answer.event["requestContext"]["path"] == answer.event["path"]


def test_a_slash_in_a_path_parameter_stays_in_it(aws: EmbeddedAWS, role_session: tuple[Credentials, str]) -> None:
    answer = call_signed(aws, "/admin/members/a%2Fb%25", role_session[0])
    assert answer.event["pathParameters"] == {"name": "a%2Fb%25"}


def test_query_parameters_come_decoded(aws: EmbeddedAWS, role_session: tuple[Credentials, str]) -> None:
    query = f"?filter={ENCODED}&word=%E6%97%A5%20x&plus=a+b&empty="
    for answer in (
        call(aws, f"/start{query}"),
        call_signed(aws, f"/admin/members/x{query.replace('a+b', 'a%20b')}", role_session[0]),
    ):
        assert answer.status == 200, answer.text
        assert answer.event["queryStringParameters"] == {"filter": NAME, "word": "日 x", "plus": "a b", "empty": ""}


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_every_method_can_be_signed(aws: EmbeddedAWS, role_session: tuple[Credentials, str], method: str) -> None:
    body = b"" if method in ("GET", "DELETE") else json.dumps({"groups": ["developers"]}).encode()
    credentials, arn = role_session
    event = call_signed(aws, f"/admin/members/{ENCODED}", credentials, method, body).event
    assert (event["httpMethod"], event["body"]) == (method, body.decode() or None)
    assert event["requestContext"]["identity"]["userArn"] == arn
    assert event["requestContext"]["identity"]["accountId"] == IDENTITY


def test_the_signature_is_of_the_body(aws: EmbeddedAWS, role_session: tuple[Credentials, str]) -> None:
    path = "/admin/members/x"
    headers = signed(aws, path, *role_session[0], method="PUT", body=b"one")
    assert call(aws, path, "PUT", headers, b"two").status == 403


def test_the_execute_api_address_takes_the_same_calls(
    aws: EmbeddedAWS, role_session: tuple[Credentials, str]
) -> None:
    path = f"/restapis/{sample_portal.deployed(aws)['RestAPIId']}/prod/_user_request_/admin/members/{ENCODED}"
    headers = signed_for(aws.endpoint_url + path, *role_session[0], method="DELETE")
    event = call(aws, path, "DELETE", headers, port=aws.port).event
    assert event["pathParameters"] == {"name": ENCODED}
    assert event["requestContext"]["path"] == f"/prod/admin/members/{ENCODED}"


@pytest.mark.usefixtures("api")
@pytest.mark.parametrize(
    "path", ["/%72estapis/x/prod/_user_request_/start", "/restapis/x/y/%5Fuser_request_/start"]
)
def test_an_address_of_an_api_has_to_be_written_plainly(aws: EmbeddedAWS, path: str) -> None:
    assert call(aws, path, port=aws.port).status == 403
    assert call(aws, path).status in (403, 404)


def test_an_upload_comes_in_base64(aws: EmbeddedAWS, role_session: tuple[Credentials, str]) -> None:
    file = secrets.token_bytes(1_000_000)
    body = b'--x\r\nContent-Disposition: form-data; name="csv"; filename="a.csv"\r\n\r\n' + file + b"\r\n--x--\r\n"
    for path, headers in (
        ("/start", {}),
        ("/admin/members/x", signed(aws, "/admin/members/x", *role_session[0], method="POST", body=body)),
    ):
        answer = call(aws, path, "POST", headers | {"Content-Type": "multipart/form-data; boundary=x"}, body)
        assert answer.status == 200, answer.text
        assert answer.event["isBase64Encoded"] is True
        assert base64.b64decode(answer.event["body"]) == body


def test_a_text_body_comes_as_it_is(aws: EmbeddedAWS, role_session: tuple[Credentials, str]) -> None:
    body = json.dumps({"csv": "ユーザー名\r\n" * 40_000}, ensure_ascii=False).encode()
    assert len(body) > 600_000
    headers = signed(aws, "/admin/members/x", *role_session[0], method="POST", body=body)
    event = call(aws, "/admin/members/x", "POST", headers | {"Content-Type": "application/json"}, body).event
    assert (event["isBase64Encoded"], event["body"].encode()) == (False, body)


@pytest.mark.parametrize(
    ("resource", "allowed"),
    [
        ("GET/admin/members/a%2Bb", True),
        ("GET/admin/members/*", True),
        ("*/admin/*", True),
        ("GET/admin/members/a+b", False),
        ("PUT/admin/members/*", False),
        ("GET/admin/audit-events", False),
    ],
)
def test_a_call_is_authorized_on_method_and_path_as_sent(
    aws: EmbeddedAWS, api: str, resource: str, allowed: bool
) -> None:
    user = new_user(aws, allow("execute-api:Invoke", resource=f"{api}/{resource}"))
    answer = call_signed(aws, "/admin/members/a%2Bb", (user.access_key_id, user.secret_access_key))
    assert answer.status == (200 if allowed else 403)


@pytest.mark.usefixtures("api")
def test_a_denial_is_answered_as_the_api_defines_it(aws: EmbeddedAWS) -> None:
    user = new_user(aws)
    answer = call_signed(aws, "/admin/members/x", (user.access_key_id, user.secret_access_key))
    assert answer.status == 403
    assert answer.headers["x-amzn-ErrorType"] == "AccessDeniedException"
    message = json.loads(answer.text)["denied"]
    assert message.startswith(f"User: {user.arn} is not authorized to perform: execute-api:Invoke")


def test_a_call_is_the_last_use_of_a_key(aws: EmbeddedAWS, api: str) -> None:
    user = new_user(aws, allow("execute-api:Invoke", resource=f"{api}/*"))
    call_signed(aws, "/admin/members/x", (user.access_key_id, user.secret_access_key))
    iam = root_client(aws, "iam")
    used = iam.get_access_key_last_used(AccessKeyId=user.access_key_id)["AccessKeyLastUsed"]
    assert (used["ServiceName"], used["Region"]) == ("execute-api", REGION)


def test_plain_ministack_still_decodes_paths_and_ignores_binary_types_and_access_logs(
    plain: PlainMinistack,
) -> None:
    outputs = sample_portal.deploy(plain)
    gateway, api = plain.client("apigateway"), {"restApiId": outputs["RestAPIId"]}
    assert not gateway.get_rest_api(**api).get("binaryMediaTypes")
    assert not gateway.get_stage(**api, stageName="prod").get("accessLogSettings")
    path = f"/restapis/{outputs['RestAPIId']}/prod/_user_request_/start/{ENCODED}"
    answer = request(plain.port, path, headers=signed_for(plain.endpoint_url + path, IDENTITY, "test"))
    assert answer.event["pathParameters"] == {"name": NAME}
