"""The table of trust policies on the embedded AWS, by real requests: both have to give the same answer."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.admin.policy_evaluation.callers import Caller
from chalicelib.admin.policy_evaluation.mfa_contexts import WITH_MFA, WITHOUT_MFA
from chalicelib.admin.policy_evaluation.trust import MFADemand, grants, may_assume, requires_mfa, trusts
from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from tests.helpers import trust_cases as cases
from tests.helpers.embedded_aws import IDENTITY, REGION, TARGET, User, allow, document, enable_device, root_client
from tests.helpers.trust_cases import CASES, GONE, GONE_ID, GROUP_CASES, MADE, MEMBER

ASSUME = document(allow("sts:AssumeRole"))
GRANT = json.loads(ASSUME)


@dataclass(frozen=True)
class Attempts:
    """Users who try to get into roles: the member, another member, and a user of another account.

    ``iam`` are clients of each account, made once, as making one takes longer than a request.
    """

    iam: dict[str, Any]
    dev: User
    without_mfa: tuple[Any, ...]
    with_mfa: Any
    ops: tuple[Any, ...]
    vendor: Any

    def grant(self, *, is_granted: bool) -> None:
        """Give the member the permission to assume every role, or take it away."""
        if is_granted:
            self.iam[IDENTITY].put_user_policy(UserName="dev", PolicyName="grant", PolicyDocument=ASSUME)
        else:
            self.iam[IDENTITY].delete_user_policy(UserName="dev", PolicyName="grant")

    def role(self, policy: Any, account: str = IDENTITY) -> tuple[str, Any]:
        """The ARN of a new role, and its trust policy as IAM keeps it. Users and roles that it names exist then."""
        gone = f"arn:aws:iam::{IDENTITY}:user/members/{GONE}"
        text = json.dumps(policy)
        if GONE_ID in text:
            self.iam[IDENTITY].create_user(UserName=GONE, Path="/members/")
        name = f"role-{uuid.uuid4().hex[:8]}"
        iam = self.iam[account]
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=text.replace(GONE_ID, gone))["Role"]["Arn"]
        if GONE_ID in text:
            self.iam[IDENTITY].delete_user(UserName=GONE)
        return str(arn), iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]


def enters(sts: Any, role_arn: str, name: str = "dev", **more: str) -> bool:
    """Whether AssumeRole is allowed."""
    try:
        sts.assume_role(RoleArn=role_arn, RoleSessionName=name, **more)
    except sts.exceptions.ClientError as error:
        if error.response["Error"]["Code"] != "AccessDenied":
            raise
        return False
    return True


@pytest.fixture(scope="module")
def attempts() -> Iterator[Attempts]:
    with EmbeddedAWS(accounts=(IDENTITY, TARGET), region=REGION, port=0, portal_port=0) as aws:
        dev, ops = user_of(aws, "dev"), user_of(aws, "ops")
        user_of(aws, "example-a", path="/")
        user_of(aws, "dev", account=TARGET, path="/")
        vendor = user_of(aws, "example-vendor", account=TARGET, path="/")
        roles = root_client(aws, "iam")
        for path, name in [
            ("/", "example-admin"),
            ("/", "example-sso-administrator"),
            ("/aws-reserved/sso.amazonaws.com/", "AWSReservedSSO_example_0123456789abcdef"),
        ]:
            service = cases.policy(cases.allow({"Service": "ec2.amazonaws.com"}))
            roles.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=json.dumps(service))
        enable_device(dev)
        sessions = [dev.client("sts").get_session_token(**mfa)["Credentials"] for mfa in ({}, dev.mfa())]
        without, with_mfa = (dev.with_session("sts", one) for one in sessions)
        ops_session = ops.with_session("sts", ops.client("sts").get_session_token()["Credentials"])
        yield Attempts(
            iam={account: aws.session(account).client("iam") for account in (IDENTITY, TARGET)},
            dev=dev,
            without_mfa=(dev.client("sts"), without),
            with_mfa=with_mfa,
            ops=(ops.client("sts"), ops_session),
            vendor=vendor.client("sts"),
        )


def user_of(aws: EmbeddedAWS, name: str, account: str = IDENTITY, path: str = "/members/") -> User:
    """A user with an access key who may assume every role."""
    iam = aws.session(account).client("iam")
    arn = iam.create_user(UserName=name, Path=path)["User"]["Arn"]
    iam.put_user_policy(UserName=name, PolicyName="grant", PolicyDocument=ASSUME)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return User(aws, name, arn, key["AccessKeyId"], key["SecretAccessKey"])


def member_now() -> Caller:
    """The embedded AWS has its own clock."""
    return replace(MEMBER, at=datetime.now(UTC))


@pytest.mark.parametrize("name", CASES)
def test_the_judge_and_the_embedded_aws_say_the_same(attempts: Attempts, name: str) -> None:
    case = CASES[name]
    arn, policy = attempts.role(case.policy, case.account)
    caller, given_id = member_now(), {"ExternalId": case.external_id} if case.external_id else {}
    demand, may = requires_mfa(policy, caller), trusts(policy, caller)
    by_dev = [enters(one, arn, **given_id) for one in attempts.without_mfa]
    by_ops = [enters(one, arn, "ops", **given_id) for one in attempts.ops]
    by_vendor = enters(attempts.vendor, arn, "vendor", **given_id)
    with_mfa = enters(attempts.with_mfa, arn, **given_id)
    if may is None:  # by a condition that nobody here meets
        assert demand in (MFADemand.YES, MFADemand.NO)
        assert not (demand is MFADemand.YES and any([*by_dev, *by_ops, by_vendor]))
        return
    assert enters(attempts.with_mfa, arn) is may
    assert not given_id or with_mfa is trusts(policy, caller, external_id=case.external_id)
    if not any([*by_dev, *by_ops, with_mfa]):
        assert demand is MFADemand.NOBODY or (demand is MFADemand.YES and may is False)
    else:
        assert demand is (MFADemand.NO if any([*by_dev, *by_ops, by_vendor]) else MFADemand.YES)


@pytest.mark.parametrize("name", CASES)
def test_both_say_the_same_of_a_member_without_a_grant(attempts: Attempts, name: str) -> None:
    case = CASES[name]
    arn, policy = attempts.role(case.policy, case.account)
    attempts.grant(is_granted=False)
    try:
        is_in = enters(attempts.with_mfa, arn)
    finally:
        attempts.grant(is_granted=True)
    answer = may_assume(policy, [], arn, member_now())
    assert is_in is answer or (answer is None and not is_in)
    assert name not in MADE or answer is case.alone


@pytest.mark.parametrize("account", [IDENTITY, TARGET])
@pytest.mark.parametrize("name", GROUP_CASES)
def test_both_say_the_same_of_groups_policies(attempts: Attempts, name: str, account: str) -> None:
    """With MFA and without, by key and in a session, under the member's name and another's."""
    policies, role_arn = in_account(GROUP_CASES[name], account)
    iam = attempts.iam[IDENTITY]
    with_role(attempts, role_arn)
    attempts.grant(is_granted=False)
    groups = [f"group-{uuid.uuid4().hex[:8]}" for _ in policies]
    for group, policy in zip(groups, policies, strict=True):
        iam.create_group(GroupName=group)
        iam.put_group_policy(GroupName=group, PolicyName="test", PolicyDocument=json.dumps(policy))
        iam.add_user_to_group(GroupName=group, UserName="dev")
    requests = zip((*attempts.without_mfa, attempts.with_mfa), (*WITHOUT_MFA, WITH_MFA), strict=True)
    try:
        for (sts, mfa), session_name in product(requests, ("dev", "ops")):
            answer = grants(policies, role_arn, member_now(), session_name=session_name, mfa=mfa)
            assert enters(sts, role_arn, session_name) is answer, (mfa, session_name)
    finally:
        for group in groups:
            iam.remove_user_from_group(GroupName=group, UserName="dev")
        attempts.grant(is_granted=True)


def in_account(case: cases.GroupCase, account: str) -> tuple[list[Any], str]:
    """The policies and the role, in another account than the table's, or the same."""
    of_case = case.role_arn.split(":")[4]
    moved = json.dumps([case.policies, case.role_arn]).replace(of_case, account)
    policies, role_arn = json.loads(moved)
    return policies, role_arn


def with_role(attempts: Attempts, role_arn: str) -> None:
    """A role that trusts the identity account, if there is none of the name."""
    iam, (path, _, name) = attempts.iam[role_arn.split(":")[4]], role_arn.split(":role")[1].rpartition("/")
    trust = json.dumps(cases.policy(cases.allow()))
    if name not in {one["RoleName"] for one in iam.list_roles()["Roles"]}:
        iam.create_role(RoleName=name, Path=f"{path}/", AssumeRolePolicyDocument=trust)


def test_a_code_opens_what_a_session_with_mfa_opens(attempts: Attempts) -> None:
    arn, _ = attempts.role(CASES["MFA and its age"].policy)
    assert not enters(attempts.dev.client("sts"), arn)
    assert enters(attempts.dev.client("sts"), arn, **attempts.dev.mfa(1))


# Random policies of usual parts: if the judge says that a policy asks for MFA, no key alone gets in.
OPERATORS = st.sampled_from(
    ["Bool", "BoolIfExists", "Null", "StringEquals", "StringNotEquals", "ForAllValues:Bool", "ForAnyValue:Bool"]
)
VALUES = st.sampled_from(["true", "false", ["true", "false"], True])
NAMES = st.sampled_from(["dev", "d*", "*", "ops", "${aws:username}", "de?"])
CONDITIONS = st.one_of(
    st.none(),
    st.builds(lambda name, value: {name: {cases.PRESENT: value}}, OPERATORS, VALUES),
    st.builds(
        lambda operator, age: {operator: {cases.AGE: age}},
        st.sampled_from(["NumericLessThan", "NumericGreaterThan", "NumericGreaterThanIfExists"]),
        st.sampled_from(["3600", "7200"]),
    ),
    st.builds(
        lambda operator, key, value: {operator: {key: value}},
        st.sampled_from(["StringLike", "StringNotLike"]),
        st.sampled_from(["aws:username", "sts:RoleSessionName"]),
        NAMES,
    ),
)
STATEMENTS = st.builds(
    lambda effect, principal, one, other: {
        "Effect": effect,
        "Principal": principal,
        "Action": "sts:AssumeRole",
        "Condition": {**(one or {}), **(other or {})},
    },
    st.sampled_from(["Allow", "Allow", "Deny"]),
    st.sampled_from(["*", {"AWS": IDENTITY}, {"AWS": cases.DEV}, {"AWS": [cases.OPS]}, {"AWS": cases.VENDOR}]),
    CONDITIONS,
    CONDITIONS,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STATEMENTS, min_size=1, max_size=3), st.sampled_from(["2012-10-17", "2008-10-17"]))
def test_no_policy_that_asks_for_mfa_opens_without(
    attempts: Attempts, statements: list[dict[str, Any]], version: str
) -> None:
    policy = cases.policy(*statements, version=version)
    arn, stored = attempts.role(policy)
    caller = member_now()
    demand = requires_mfa(stored, caller)
    opened = [
        *(enters(one, arn) for one in attempts.without_mfa),
        *(enters(one, arn, "ops") for one in attempts.ops),
    ]
    assert not (any(opened) and demand in (MFADemand.YES, MFADemand.NOBODY)), policy
    assert enters(attempts.with_mfa, arn) is trusts(stored, caller), policy
    attempts.iam[IDENTITY].delete_role(RoleName=arn.rpartition("/")[2])


GRANTS = st.builds(
    lambda effect, actions, resource, one, other: {
        "Effect": effect,
        **actions,
        "Resource": resource,
        "Condition": {**(one or {}), **(other or {})},
    },
    st.sampled_from(["Allow", "Allow", "Deny"]),
    st.sampled_from([{"Action": "sts:AssumeRole"}, {"Action": ["sts:*"]}, {"NotAction": "iam:*"}]),
    st.sampled_from(["*", "arn:aws:iam::*:role/Dev*", "arn:aws:iam::*:role/${aws:username}"]),
    CONDITIONS,
    CONDITIONS,
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(GRANTS, min_size=1, max_size=3),
    st.sampled_from(["2012-10-17", "2008-10-17"]),
    st.sampled_from([IDENTITY, TARGET]),
)
def test_no_policy_of_a_user_or_group_is_judged_otherwise(
    attempts: Attempts, statements: list[dict[str, Any]], version: str, account: str
) -> None:
    role_arn, policy = f"arn:aws:iam::{account}:role/Developer", cases.policy(*statements, version=version)
    with_role(attempts, role_arn)
    attempts.iam[IDENTITY].put_user_policy(UserName="dev", PolicyName="grant", PolicyDocument=json.dumps(policy))
    requests = zip((*attempts.without_mfa, attempts.with_mfa), (*WITHOUT_MFA, WITH_MFA), strict=True)
    try:
        for (sts, mfa), session_name in product(requests, ("dev", "ops")):
            answer = grants([policy], role_arn, member_now(), session_name=session_name, mfa=mfa)
            assert enters(sts, role_arn, session_name) is answer, (policy, mfa, session_name)
    finally:
        attempts.grant(is_granted=True)
