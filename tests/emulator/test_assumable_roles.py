"""Which roles a member may assume if the settings name them by pattern: three judges say the same.

The embedded AWS by real requests, an independent evaluator, and Firstday's own judge, which is asked about a member
in the group.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given

from chalicelib.admin.policy_evaluation.callers import Caller
from chalicelib.admin.policy_evaluation.mfa_contexts import KEY_WITHOUT_MFA, SESSION_WITHOUT_MFA, WITH_MFA
from chalicelib.admin.policy_evaluation.trust import grants
from chalicelib.arns import BOUNDARY_NAME, MEMBERS_PATH
from chalicelib.settings.role_patterns import MFA_AND_OWN_NAME, assume_statements
from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from tests.helpers.embedded_aws import IDENTITY, REGION, User, enable_device, root_client
from tests.helpers.policy_evaluator import PolicyEvaluator, Request, policy_evaluator
from tests.helpers.role_attempts import (
    ALONE,
    BOUND,
    CASES,
    CODE_SESSION,
    EVERYTHING,
    GROUP,
    GROUP_POLICY,
    IN_GROUP,
    KEY,
    KEY_SESSION,
    LISTED,
    MEMBER_BOUNDARY,
    NAMES,
    ODD,
    OTHERS,
    POWERFUL,
    STG,
    TRUST,
    UNLISTED,
    Case,
    named,
)
from tests.helpers.role_places import PLACES, Place, any_places, role


@pytest.fixture(scope="module")
def clients() -> Iterator[dict[tuple[str, str], Any]]:
    """STS as each user with each kind of credentials."""
    accounts = (*LISTED, UNLISTED)
    with EmbeddedAWS(accounts=accounts, region=REGION, port=0, portal_port=0) as aws:
        _make_roles(aws)
        iam = root_client(aws, "iam")
        iam.create_group(GroupName=GROUP, Path="/switch-role/")
        iam.put_group_policy(GroupName=GROUP, PolicyName="firstday", PolicyDocument=json.dumps(GROUP_POLICY))
        boundary = iam.create_policy(
            PolicyName=BOUNDARY_NAME, Path=MEMBERS_PATH, PolicyDocument=json.dumps(MEMBER_BOUNDARY)
        )["Policy"]["Arn"]
        names = {case.caller for case in CASES.values()}
        yield {
            (name, kind): client
            for name in names
            for kind, client in _clients_of(_made(aws, name, boundary)).items()
        }


def _make_roles(aws: EmbeddedAWS) -> None:
    listed = [(name, account) for name in NAMES for account in LISTED if account != ODD]
    for name, account in (*listed, (ALONE, STG), *OTHERS):
        its = named(name)
        root_client(aws, "iam", account).create_role(
            RoleName=its["role_name"], Path=its["path"], AssumeRolePolicyDocument=json.dumps(TRUST)
        )


def _made(aws: EmbeddedAWS, name: str, boundary: str) -> User:
    iam = root_client(aws, "iam")
    limits = {"PermissionsBoundary": boundary} if name in BOUND else {}
    arn = iam.create_user(UserName=name, Path=MEMBERS_PATH, **limits)["User"]["Arn"]
    if name in IN_GROUP:
        iam.add_user_to_group(UserName=name, GroupName=GROUP)
    if name in POWERFUL:
        iam.put_user_policy(UserName=name, PolicyName="all", PolicyDocument=json.dumps(EVERYTHING))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    user = User(aws, name, arn, key["AccessKeyId"], key["SecretAccessKey"])
    enable_device(user)
    return user


def _clients_of(user: User) -> dict[str, Any]:
    sts = user.client("sts")
    sessions = {KEY_SESSION: sts.get_session_token(), CODE_SESSION: sts.get_session_token(**user.mfa())}
    return {KEY: sts} | {kind: user.with_session("sts", one["Credentials"]) for kind, one in sessions.items()}


@pytest.fixture(scope="module")
def evaluator() -> Iterator[PolicyEvaluator]:
    with policy_evaluator() as found:
        yield found


def is_let_in(sts: Any, case: Case) -> bool:
    """Whether AssumeRole is allowed; no role of such an ARN is a no as well."""
    try:
        sts.assume_role(RoleArn=case.role_arn, RoleSessionName=case.session_name)
    except sts.exceptions.ClientError as error:
        if error.response["Error"]["Code"] not in ("AccessDenied", "ValidationError"):
            raise
        return False
    return True


def request_of(case: Case) -> Request:
    user = f"arn:aws:iam::{IDENTITY}:user/members/{case.caller}"
    context = {"aws:username": case.caller, "sts:RoleSessionName": case.session_name}
    # An access key's request lacks the key.
    if case.credentials != KEY:
        context["aws:MultiFactorAuthPresent"] = str(case.credentials == CODE_SESSION).lower()
    return Request(user, case.role_arn, context)


def test_the_settings_are_named_by_pattern_and_by_arn() -> None:
    """Or the table would prove nothing."""
    for policy in (GROUP_POLICY, MEMBER_BOUNDARY):
        assuming = [one for one in policy["Statement"] if one["Action"] == ["sts:AssumeRole"]]
        assert [one["Resource"] for one in assuming] == [
            [f"arn:aws:iam::{STG}:role{ALONE}"],
            [f"arn:aws:iam::????????????:role{name}" for name in NAMES],
        ]


@pytest.mark.parametrize("name", CASES)
def test_the_embedded_aws_lets_in_whom_the_settings_mean_and_nobody_else(
    clients: dict[tuple[str, str], Any], name: str
) -> None:
    case = CASES[name]
    assert is_let_in(clients[case.caller, case.credentials], case) is case.is_allowed


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.is_of_some_role])
def test_the_independent_evaluator_says_the_same(evaluator: PolicyEvaluator, name: str) -> None:
    case = CASES[name]
    identity = [GROUP_POLICY] * (case.caller in IN_GROUP) + [EVERYTHING] * (case.caller in POWERFUL)
    boundary = [MEMBER_BOUNDARY] if case.caller in BOUND else []
    assert evaluator.allows(request_of(case), identity, boundary, TRUST) is case.is_allowed


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.caller == "dev"])
def test_so_does_firstdays_own_judge(name: str) -> None:
    case = CASES[name]
    member = Caller("aws", IDENTITY, "dev", datetime.now(UTC))
    mfa = {CODE_SESSION: WITH_MFA, KEY: KEY_WITHOUT_MFA, KEY_SESSION: SESSION_WITHOUT_MFA}[case.credentials]
    found = grants([GROUP_POLICY], case.role_arn, member, session_name=case.session_name, mfa=mfa)
    assert found is case.is_allowed


@given(any_places())
def test_the_independent_evaluator_opens_exactly_the_listed_roles(
    evaluator: PolicyEvaluator, places: list[Place]
) -> None:
    listed = [role(*place) for place in places]
    statements = assume_statements("aws", listed, by_pattern=True, conditions=MFA_AND_OWN_NAME)
    policy = {"Version": "2012-10-17", "Statement": statements}

    def is_open(place: Place) -> bool:
        return evaluator.allows(request_of(Case(True, *place)), [policy], trust=TRUST)

    assert {place for place in PLACES if is_open(place)} == set(places)
