"""A member tries to get further than their roles, also after an administrator's mistake, and is always stopped."""

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.helpers.admin_credentials import called
from tests.helpers.admin_credentials import key as key_of
from tests.helpers.attempts import Attempt, Control, Row
from tests.helpers.lambda_role import IDENTITY, KEY_RETIREMENT, SWEEPER, client_with, function_of
from tests.helpers.member_attempts import (
    ADMINISTRATOR,
    BOUNDARY,
    ITSELF,
    MIGHT,
    NAMES,
    OF_A_SESSION,
    OF_OTHERS,
    OTHER,
    OTHER_ROLE,
    OWN_ROLE,
    ROLES,
    TRUST,
    WITH_A_MIGHTY_ROLE,
    WITH_MFA,
    WITH_THE_KEY_ALONE,
    WITH_THE_ROLE,
    assuming,
)
from tests.helpers.running_sandbox import Member, RunningSandbox


def attempts(*tables: tuple[Row, ...]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("attempt", [Attempt(*row) for table in tables for row in table], ids=str)


@dataclass
class Restless:
    """The member's key, the session that it got for a code, and a session of their role."""

    key: Credentials
    session: Credentials
    role: Credentials


@pytest.fixture(scope="module")
def member(sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> Restless:
    person = Member(sandbox, ITSELF, tmp_path_factory.mktemp(ITSELF), sandbox.browser())
    person.first_day(sandbox.invite(ITSELF)["invitation_url"])
    assert person.device is not None
    key = key_of(person)
    mfa = {"SerialNumber": f"arn:aws:iam::{IDENTITY}:mfa/{ITSELF}", "TokenCode": person.device.code()}
    session = session_of(client_with(sandbox, key)("sts").get_session_token(**mfa))
    return Restless(
        key, session, session_of(client_with(sandbox, session)("sts").assume_role(**assuming(OWN_ROLE)))
    )


def session_of(answer: Any) -> Credentials:
    found = answer["Credentials"]
    return Credentials(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])


@pytest.fixture(scope="module")
def places(sandbox: RunningSandbox) -> dict[str, str]:
    """The names of the targets of the attacks; another member has a password, and a device to be enabled."""
    function, iam = function_of(sandbox), sandbox.root("iam")
    sandbox.invite(OTHER)
    iam.create_login_profile(UserName=OTHER, Password="correct Horse battery 1")
    iam.create_virtual_mfa_device(VirtualMFADeviceName=OTHER)
    variables = function["Environment"]["Variables"]
    sweeper = function_of(sandbox, SWEEPER)["Role"]
    stack = sandbox.root("cloudformation").describe_stack_resources(StackName="firstday")["StackResources"]
    ids = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in stack}
    return {
        "own_role": function["Role"].rpartition("/")[2],
        "sweeper_role": sweeper.rpartition("/")[2],
        "sweeper_role_arn": sweeper,
        "key_retirement_role_arn": function_of(sandbox, KEY_RETIREMENT)["Role"],
        "census_role_arn": function_of(sandbox, "census")["Role"],
        "watcher_role_arn": function_of(sandbox, "audit-watcher")["Role"],
        "access_log_role_arn": f"{ROLES}/{ids['AccessLogRole']}",
        "logs": ids["PortalLogs"],
        "access_logs": ids["AccessLogs"],
        "members": variables["MEMBERS_TABLE"],
        "audit": variables["AUDIT_TABLE"],
        "function": function["FunctionName"],
        "own_role_arn": function["Role"],
        "api": sandbox.root("apigateway").get_rest_apis()["items"][0]["id"],
        "code_bucket": f"firstday-{IDENTITY}-{sandbox.record['region']}",
    }


@attempts(WITH_THE_KEY_ALONE)
def test_a_key_without_a_code_is_worth_nothing(
    sandbox: RunningSandbox, member: Restless, places: dict[str, str], attempt: Attempt
) -> None:
    attempt.make(client_with(sandbox, member.key), places)


@attempts(WITH_MFA, OF_A_SESSION, OF_OTHERS, NAMES)
def test_with_mfa_a_member_has_their_roles_and_nothing_else(
    sandbox: RunningSandbox, member: Restless, places: dict[str, str], attempt: Attempt
) -> None:
    attempt.make(client_with(sandbox, member.session), places)


@attempts(WITH_THE_ROLE)
def test_a_role_leads_to_no_other_and_not_to_the_portal(
    sandbox: RunningSandbox, member: Restless, places: dict[str, str], attempt: Attempt
) -> None:
    attempt.make(client_with(sandbox, member.role), places)


@pytest.fixture(params=MIGHT, ids=lambda arn: arn.rpartition("/")[2])
def mighty(sandbox: RunningSandbox, member: Restless, request: pytest.FixtureRequest) -> Iterator[Restless]:
    iam, role = sandbox.root("iam"), OWN_ROLE.rpartition("/")[2]
    iam.attach_role_policy(RoleName=role, PolicyArn=request.param)
    yield member
    iam.detach_role_policy(RoleName=role, PolicyArn=request.param)


@attempts(WITH_A_MIGHTY_ROLE)
def test_whatever_a_role_of_the_identity_account_may_it_is_kept_from_the_portal(
    sandbox: RunningSandbox, mighty: Restless, places: dict[str, str], attempt: Attempt
) -> None:
    attempt.make(client_with(sandbox, mighty.role), places)


def test_with_all_of_lambda_a_role_still_makes_functions_with_other_roles(
    sandbox: RunningSandbox, member: Restless
) -> None:
    """So what stopped it above was the Deny, and the embedded AWS asks for iam:PassRole."""
    iam, name = sandbox.root("iam"), OWN_ROLE.rpartition("/")[2]
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName="another-function", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("a.py", "def b(event, context): ...")
    function: Any = {"FunctionName": "of-a-member", "Runtime": "python3.13", "Handler": "a.b"}
    function |= {"Role": role, "Code": {"ZipFile": code.getvalue()}}
    make = client_with(sandbox, member.role)("lambda").create_function
    for policy, refusal in zip(
        MIGHT, (None, "because no identity-based policy allows the iam:PassRole"), strict=False
    ):
        iam.attach_role_policy(RoleName=name, PolicyArn=policy)
        try:
            if refusal:
                with pytest.raises(ClientError, match=refusal):
                    make(**function | {"FunctionName": "another"})
            else:
                assert make(**function)["Role"] == role
        finally:
            iam.detach_role_policy(RoleName=name, PolicyArn=policy)
    sandbox.root("lambda").delete_function(FunctionName="of-a-member")
    iam.delete_role(RoleName="another-function")


def test_the_role_still_does_what_it_is_for(sandbox: RunningSandbox, member: Restless) -> None:
    s3 = client_with(sandbox, member.role)("s3")
    assert s3.list_buckets()["Buckets"]
    s3.put_object(Bucket=f"firstday-demo-{IDENTITY}", Key="mine.txt", Body=b"mine")


@pytest.mark.parametrize("path", ["/admin/members", "/admin/audit-events", f"/admin/members/{OTHER}/check"])
def test_no_route_of_the_admin_api_is_a_members(sandbox: RunningSandbox, member: Restless, path: str) -> None:
    for who, how in (
        (member.key, "with an explicit deny"),
        (member.session, "because no identity-based policy allows"),
        (member.role, "because no identity-based policy allows"),
    ):
        answer = called(sandbox, who, path)
        assert answer.status == 403
        assert how in answer.body


# An administrator's mistake: the member is given everything.
@pytest.fixture
def mistaken(sandbox: RunningSandbox, member: Restless) -> Iterator[Restless]:
    iam = sandbox.root("iam")
    iam.attach_user_policy(UserName=ITSELF, PolicyArn=ADMINISTRATOR)
    yield member
    iam.detach_user_policy(UserName=ITSELF, PolicyArn=ADMINISTRATOR)


@attempts(WITH_MFA)
def test_whatever_a_member_is_given_the_boundary_holds(
    sandbox: RunningSandbox, mistaken: Restless, places: dict[str, str], attempt: Attempt
) -> None:
    """Their policies allow everything now and nothing denies it, so only the boundary still refuses."""
    replace(attempt, stopped_by=Control.BOUNDARY).make(client_with(sandbox, mistaken.session), places)


@attempts(WITH_THE_KEY_ALONE[:6])
def test_whatever_a_member_is_given_the_deny_without_mfa_holds(
    sandbox: RunningSandbox, mistaken: Restless, places: dict[str, str], attempt: Attempt
) -> None:
    attempt.make(client_with(sandbox, mistaken.key), places)


def test_it_was_the_boundary_that_held(sandbox: RunningSandbox, mistaken: Restless) -> None:
    """Without it, the same call succeeds."""
    iam, buckets = sandbox.root("iam"), client_with(sandbox, mistaken.session)("s3").list_buckets
    with pytest.raises(ClientError, match="AccessDenied"):
        buckets()
    iam.delete_user_permissions_boundary(UserName=ITSELF)
    try:
        assert buckets()["Buckets"]
    finally:
        iam.put_user_permissions_boundary(UserName=ITSELF, PermissionsBoundary=BOUNDARY)


def test_the_worst_of_such_a_mistake_is_every_role_of_the_settings_with_mfa(
    sandbox: RunningSandbox, mistaken: Restless
) -> None:
    iam, sts = sandbox.root("iam"), client_with(sandbox, mistaken.session)("sts")
    assert sts.assume_role(**assuming(OTHER_ROLE))["Credentials"]
    # Taken out of the baseline group as well, the key alone opens no role: their trust policies ask for MFA.
    iam.remove_user_from_group(UserName=ITSELF, GroupName="firstday-members")
    try:
        for role in (OWN_ROLE, OTHER_ROLE):
            attempt = Attempt("", "sts:AssumeRole", "sts.assume_role", assuming(role), TRUST)
            attempt.make(client_with(sandbox, mistaken.key), {})
    finally:
        iam.add_user_to_group(UserName=ITSELF, GroupName="firstday-members")
    assert called(sandbox, mistaken.session, "/admin/members").status == 403
