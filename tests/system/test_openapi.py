"""The admin API answers every request as its OpenAPI document says, and answers administrators only.

The tests have their own sandbox, as they create members by the hundred and offboard them again.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import pytest
import requests
import schemathesis
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from firstday.openapi.document import document
from firstday.openapi.examples import MEMBER
from firstday.sandbox.run_sandbox import running
from firstday.sandbox.running_sandbox import as_record
from tests.helpers.console_password import CHOOSE
from tests.helpers.embedded_aws import REGION, allow, new_role, new_user
from tests.helpers.running_sandbox import Member, RunningSandbox
from tests.helpers.settings_makers import file_with_console_passwords

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
MEMBERS = (MEMBER, "dev-other-user")


def exercised() -> Any:
    """The document, in which names that exist are as likely as all others together."""
    found = document()
    known = {"UserName": list(MEMBERS), "GroupName": ["developers", "operators"]}
    for name, values in known.items():
        found["components"]["schemas"][name] = {"anyOf": [{"enum": values}, found["components"]["schemas"][name]]}
    return found


schema = schemathesis.openapi.from_dict(exercised())
# The signature is made for each request as it is sent.
schema.config.generation.update(with_security_parameters=False)
OPERATIONS: list[Any] = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
each_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)


def example(operation: Any) -> Case[Any]:
    """The request that the document shows."""
    described = operation.definition.raw
    body = described.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
    query = {one["name"]: one["example"] for one in described.get("parameters", []) if "example" in one}
    found: Case[Any] = operation.Case(
        path_parameters={"user_name": MEMBER} if "{user_name}" in operation.path else None,
        query=query,
        **({} if body is None else {"body": body, "media_type": "application/json"}),
    )
    return found


class Signed(requests.auth.AuthBase):
    """Signs what requests is about to send, with the query written as SigV4 has it: a space is %20, not +."""

    def __init__(self, access_key_id: str, secret_access_key: str, session_token: str | None = None) -> None:
        self._signer = SigV4Auth(
            Credentials(access_key_id, secret_access_key, session_token), "execute-api", REGION
        )

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        body = request.body.encode() if isinstance(request.body, str) else request.body
        address = urlsplit(str(request.url))
        query = parse_qsl(address.query, keep_blank_values=True)
        request.url = urlunsplit(address._replace(query=urlencode(query, quote_via=quote, safe="")))
        unsigned = AWSRequest(request.method, request.url, data=body)
        self._signer.add_auth(unsigned)
        request.headers.update(dict(unsigned.headers.items()))
        return request


class AdminAPI:
    """The API as an administrator calls it."""

    def __init__(self, sandbox: RunningSandbox) -> None:
        self.sandbox = sandbox
        self.session = requests.Session()
        self.session.trust_env = False
        environment = sandbox.admin_environment
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
        self.auth = Signed(*(environment[name] for name in names))

    def call(self, case: Case[Any]) -> schemathesis.Response:
        """Send a generated request, check the answer, and make sure that the members exist again."""
        answer = self.call_as(self.auth, case)
        if case.method == "DELETE" and answer.status_code == 200:
            self.invite_members()
        return answer

    def call_as(self, auth: Signed | None, case: Case[Any]) -> schemathesis.Response:
        url = self.sandbox.portal_url
        return case.call_and_validate(base_url=url, session=self.session, auth=auth, checks=CHECKS)

    def basis(self) -> str:
        """The present basis for a change of the member."""
        url = f"{self.sandbox.portal_url}/admin/members/{MEMBER}/offboarding"
        return str(self.session.get(url, auth=self.auth, timeout=30).json()["basis"])

    def prove_member(self) -> None:
        """The member has opened a new link and registered a device."""
        sandbox = self.sandbox
        member = Member(sandbox, MEMBER, sandbox.home, sandbox.browser())
        page = member.enter_codes(member.scan(member.begin(sandbox.invite(MEMBER)["invitation_url"])))
        assert page.heading == CHOOSE

    def begin_anew(self) -> None:
        """Nothing of the member's is left."""
        offboarded = self.sandbox.firstday("offboard", MEMBER, "--yes")
        assert offboarded.returncode == 0, offboarded.stderr

    def invite_members(self) -> None:
        url = f"{self.sandbox.portal_url}/admin/invitations"
        for user_name in MEMBERS:
            answer = self.session.post(url, json={"user_name": user_name}, auth=self.auth, timeout=30)
            assert answer.status_code == 200, answer.text


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AdminAPI]:
    settings_file = file_with_console_passwords(tmp_path_factory.mktemp("settings"))
    with running(port=0, portal_port=0, member=MEMBER, settings_file=settings_file) as running_one:
        home = tmp_path_factory.mktemp("admin")
        api = AdminAPI(RunningSandbox(as_record(running_one), home, running_one.aws))
        api.invite_members()
        yield api


@pytest.fixture(scope="module")
def strangers(api: AdminAPI) -> Mapping[str, Signed | None]:
    """Everybody who is not an administrator, though IAM lets some invoke every route."""
    aws, everything = api.sandbox.aws, allow("execute-api:Invoke", "sts:AssumeRole")
    nothing, user = new_user(aws, path="/"), new_user(aws, everything, path="/")
    role = new_role(aws, {}, everything)
    session = user.client("sts").assume_role(RoleArn=role, RoleSessionName=user.name)["Credentials"]
    return {
        "nobody": None,
        "a user": Signed(nothing.access_key_id, nothing.secret_access_key),
        "a user who may invoke all": Signed(user.access_key_id, user.secret_access_key),
        "another role": Signed(session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"]),
    }


@each_operation
def test_the_example_in_the_document_is_answered_as_it_says(operation: Any, api: AdminAPI) -> None:
    case = example(operation)
    if operation.path.endswith("/password-reset"):
        api.prove_member()
    if operation.path == "/admin/invitations":  # an example before has suspended the member
        api.begin_anew()
    for sent in (case.query, case.body):
        if isinstance(sent, dict) and "basis" in sent:
            sent["basis"] = api.basis()
    assert api.call(case).status_code == 200


@pytest.mark.parametrize("caller", ["nobody", "a user", "a user who may invoke all", "another role"])
@each_operation
def test_who_is_no_administrator_is_refused(
    operation: Any, caller: str, api: AdminAPI, strangers: Mapping[str, Signed | None]
) -> None:
    answer = api.call_as(strangers[caller], example(operation))
    assert answer.status_code == (404 if caller == "nobody" else 403)


@schema.parametrize()
@settings(max_examples=25, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_is_sent_is_answered_as_the_document_says(case: Case[Any], api: AdminAPI) -> None:
    api.call(case)
