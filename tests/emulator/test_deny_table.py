"""The table of Deny statements on the embedded AWS, by real requests: both have to give the same answer."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.admin.policy_evaluation.conditions import like
from chalicelib.settings.records import ALLOWED_WITHOUT_MFA
from firstday.doctor.left_actions import Left
from firstday.doctor.mfa_denies import Asked, Denied, denied_by
from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from tests.helpers import deny_cases as cases
from tests.helpers.deny_cases import ASKED, CASES, DEV, NAME, STG, deny, policy
from tests.helpers.embedded_aws import IDENTITY, REGION, TARGET, User, allow, document, enable_device, new_role

# The codes of refusals; every other answer, of success or not, is of a request that was let through.
REFUSALS = {"AccessDenied", "AccessDeniedException", "403"}
BAD_CODES = {"AuthenticationCode1": "000000", "AuthenticationCode2": "000001"}
REQUESTS: dict[str, Callable[[User], Any]] = {
    "iam:CreateVirtualMFADevice": lambda user: user.client("iam").create_virtual_mfa_device(
        VirtualMFADeviceName=user.name
    ),
    "iam:EnableMFADevice": lambda user: user.client("iam").enable_mfa_device(
        UserName=user.name, SerialNumber=user.serial_number, **BAD_CODES
    ),
    "iam:GetUser": lambda user: user.client("iam").get_user(UserName=user.name),
    "iam:ListMFADevices": lambda user: user.client("iam").list_mfa_devices(UserName=user.name),
    "iam:ListVirtualMFADevices": lambda user: user.client("iam").list_virtual_mfa_devices(),
    "iam:ResyncMFADevice": lambda user: user.client("iam").resync_mfa_device(
        UserName=user.name, SerialNumber=user.serial_number, **BAD_CODES
    ),
    "sts:GetSessionToken": lambda user: user.client("sts").get_session_token(),
    "iam:ChangePassword": lambda user: user.client("iam").change_password(
        OldPassword="not-the-old-one", NewPassword="not-the-new-one"
    ),
}
# What the settings deny without MFA.
OTHERS: dict[str, Callable[[User], Any]] = {
    "iam:ListUsers": lambda user: user.client("iam").list_users(),
    "iam:ListAccessKeys": lambda user: user.client("iam").list_access_keys(UserName=user.name),
    "s3:ListAllMyBuckets": lambda user: user.client("s3").list_buckets(),
    "sts:AssumeRole": lambda user: user.client("sts").assume_role(RoleArn=DEV, RoleSessionName=user.name),
}


@dataclass(frozen=True)
class Member:
    """A member who may do everything that a policy does not deny, and their sessions."""

    iam: Any
    user: User
    without_mfa: Any
    with_mfa: Any
    buckets: Any

    def under(self, policy: Any) -> None:
        self.iam.put_user_policy(UserName=NAME, PolicyName="deny", PolicyDocument=json.dumps(policy))


@pytest.fixture(scope="module")
def member() -> Iterator[Member]:
    with EmbeddedAWS(accounts=(IDENTITY, TARGET), region=REGION, port=0, portal_port=0) as aws:
        iam = aws.session(IDENTITY).client("iam")
        arn = iam.create_user(UserName=NAME, Path="/members/")["User"]["Arn"]
        iam.put_user_policy(UserName=NAME, PolicyName="allow", PolicyDocument=document(allow("*")))
        for role, account in ((DEV, IDENTITY), (STG, TARGET)):
            new_role(aws, {}, account=account, name=role.rpartition("/")[2])
        key = iam.create_access_key(UserName=NAME)["AccessKey"]
        user = User(aws, NAME, arn, key["AccessKeyId"], key["SecretAccessKey"])
        enable_device(user)
        without, with_mfa = (user.client("sts").get_session_token(**mfa)["Credentials"] for mfa in ({}, user.mfa()))
        yield Member(
            iam,
            user,
            user.with_session("sts", without),
            user.with_session("sts", with_mfa),
            user.with_session("s3", without),
        )


def is_refused(request: Callable[[], Any]) -> bool:
    try:
        request()
    except ClientError as error:
        code, text = error.response["Error"]["Code"], error.response["Error"]["Message"]
        return code in REFUSALS and "old password" not in text.lower()
    return False


def enters(sts: Any, role_arn: str) -> bool:
    return not is_refused(lambda: sts.assume_role(RoleArn=role_arn, RoleSessionName=NAME))


def is_left(left: Left, action: str) -> bool:
    names = any(like(pattern.lower(), action.lower()) for pattern in left.patterns)
    return names is not left.is_all_but


def asked_now() -> Asked:
    """The embedded AWS has its own clock."""
    return replace(ASKED, caller=replace(ASKED.caller, at=datetime.now(UTC)))


def check(member: Member, policy: Any, denied: Denied | None) -> None:
    """Compare every answer; where one depends on something unknown, only what is certain."""
    found, is_certain = denied or cases.NOTHING, not (denied and denied.unknown)
    for action, request in REQUESTS.items():
        # A policy does not decide about it, whatever it says.
        is_more = action in found.by_key.more and action != "sts:GetSessionToken"
        if (is_more or is_certain) and found.has_mfa and denied is not None:
            assert is_refused(partial(request, member.user)) is is_more, (action, policy)
    for arn in ASKED.roles:
        is_closed = arn in found.closed
        if is_closed or is_certain:
            assert enters(member.with_mfa, arn) is not is_closed, (arn, policy)
    if denied is None or not is_certain or denied.limited or not denied.has_mfa:
        return
    for action, request in OTHERS.items():
        assert is_refused(partial(request, member.user)) is not is_left(found.by_key.left, action), policy
    assert enters(member.without_mfa, DEV) is is_left(found.in_session.left, "sts:AssumeRole"), policy
    is_open = not is_refused(member.buckets.list_buckets)
    assert is_open is is_left(found.in_session.left, "s3:ListAllMyBuckets"), policy


# IAM stores no such thing.
NO_POLICY = {"no policy", "an operator that nobody knows"}
# What two patterns with wildcards have in common is told in words.
IN_WORDS = {"wildcards that may meet"}


@pytest.mark.parametrize("name", [name for name in CASES if name not in NO_POLICY | IN_WORDS])
def test_the_doctor_and_the_embedded_aws_say_the_same(member: Member, name: str) -> None:
    policy = CASES[name].policy
    member.under(policy)
    check(member, policy, denied_by(policy, asked_now()))


# Random statements of usual parts.
ACTIONS = st.sampled_from(
    [
        {"Action": "*"},
        {"Action": "iam:*"},
        {"Action": ["sts:*", "s3:List*"]},
        {"Action": "iam:ChangePassword"},
        {"NotAction": "iam:*"},
        {"NotAction": cases.DOCUMENTED},
        {"NotAction": list(ALLOWED_WITHOUT_MFA)},
        {"NotAction": ["iam:List*", "sts:*"]},
    ]
)
RESOURCES = st.sampled_from(
    [
        {"Resource": "*"},
        {"Resource": "*"},
        {"Resource": cases.ITSELF},
        {"Resource": "arn:aws:iam::*:role/dev-*"},
        {"Resource": None, "NotResource": cases.OWN},
    ]
)
CONDITIONS = st.one_of(
    st.none(),
    st.builds(
        lambda operator, value: {operator: {cases.PRESENT: value}},
        st.sampled_from(["Bool", "BoolIfExists", "Null", "StringNotEquals", "ForAllValues:Bool"]),
        st.sampled_from(["true", "false", ["true", "false"], False]),
    ),
    st.builds(
        lambda operator, age: {operator: {cases.AGE: age}},
        st.sampled_from(["NumericLessThan", "NumericGreaterThan", "NumericGreaterThanIfExists"]),
        st.sampled_from(["3600", "7200"]),
    ),
)
STATEMENTS = st.builds(
    lambda actions, resources, condition: deny(condition, **actions, **resources), ACTIONS, RESOURCES, CONDITIONS
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STATEMENTS, min_size=1, max_size=3), st.sampled_from(["2012-10-17", "2008-10-17"]))
def test_no_combination_of_statements_is_judged_otherwise(
    member: Member, statements: list[dict[str, Any]], version: str
) -> None:
    made = policy(*statements, version=version)
    member.under(made)
    on_mfa = policy(*(one for one in statements if "Condition" in one), version=version)
    if len(on_mfa["Statement"]) == len(statements):
        check(member, made, denied_by(made, asked_now()))
    else:  # What another statement denies anyway is not compared with the settings.
        denied = denied_by(made, asked_now()) or cases.NOTHING
        for arn in ASKED.roles:
            assert enters(member.with_mfa, arn) is (arn not in denied.closed), made


def test_a_session_closes_roles_at_the_age_that_is_told(member: Member) -> None:
    """Last, as it moves the clock."""
    found = CASES["MFA of an hour, or none"]
    assert found.denied is not None
    assert found.denied.closed_after == 3600
    member.under(found.policy)
    assert enters(member.with_mfa, DEV)
    member.user.aws.move_clock(hours=1.1)
    assert not enters(member.with_mfa, DEV)
