"""Trust policies and groups' policies, evaluated for one member: a yes is never only a guess."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.admin.policy_evaluation.callers import USERS_TRIED, Caller
from chalicelib.admin.policy_evaluation.trust import MFADemand, grants, may_assume, requires_mfa, trusts
from chalicelib.admin.policy_evaluation.trust_reasons import reasons
from chalicelib.settings.records import Settings
from firstday.stack import policies
from tests.helpers.settings_makers import any_settings, example_settings
from tests.helpers.trust_cases import CASES, GONE_ID, GROUP_CASES, MADE, MEMBER

NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
CALLER = Caller("aws", "123456789012", "dev-simple-user", NOW)
ROLE = "arn:aws:iam::123456789012:role/dev-SwitchRole-S3FullAccess"
MFA = "aws:MultiFactorAuthPresent"
WITH_MFA = {"Bool": {MFA: "true"}}
USER_NAMES = st.from_regex(r"[A-Za-z0-9_+=,.@-]{2,64}", fullmatch=True)


def statement(**changes: object) -> dict[str, object]:
    """A plain statement that lets everybody of the account in with MFA; None takes an element away."""
    values = {
        "Effect": "Allow",
        "Principal": {"AWS": "123456789012"},
        "Action": "sts:AssumeRole",
        "Condition": WITH_MFA,
        **changes,
    }
    return {name: value for name, value in values.items() if value is not None}


def policy(*statements: dict[str, object], version: str = "2012-10-17") -> dict[str, Any]:
    return {"Version": version, "Statement": list(statements)}


def under(condition: dict[str, object]) -> dict[str, Any]:
    return policy(statement(Condition={**WITH_MFA, **condition}))


@given(any_settings(), USER_NAMES)
def test_the_portals_own_policies_are_right_for_every_member(settings: Settings, user_name: str) -> None:
    caller = Caller(settings.partition, settings.identity_account, user_name, NOW)
    assert trusts(policies.role_trust(settings), caller) is True
    assert requires_mfa(policies.role_trust(settings), caller) is MFADemand.YES
    assert trusts(policies.admin_role_trust(settings), caller) is False
    assert requires_mfa(policies.admin_role_trust(settings), caller) is MFADemand.YES
    below = replace(caller, path="/members/below/")
    assert trusts(policies.role_trust(settings), below) is False
    assert trusts(policies.admin_role_trust(settings), below) is False
    for group in settings.groups:
        document = policies.switch_role_group(settings, group)
        for role in settings.roles:
            arn = role.arn(settings.partition)
            assert grants([document], arn, caller) is (role in group.roles)


@pytest.mark.parametrize(
    ("principal", "is_trusted"),
    [
        ({"AWS": "123456789012"}, True),
        ({"AWS": "arn:aws:iam::123456789012:root"}, True),
        ({"AWS": ["arn:aws:iam::210987654321:root", CALLER.arn]}, True),
        ({"AWS": "*"}, True),
        ("*", True),
        ({"AWS": "210987654321"}, False),
        ({"AWS": "arn:aws:iam::123456789012:user/dev-simple-user"}, False),
        ({"AWS": "AIDAEXAMPLE0000000001"}, False),
        ({"Service": "ec2.amazonaws.com"}, False),
    ],
)
def test_a_principal_is_the_account_its_root_the_member_or_everybody(principal: object, is_trusted: bool) -> None:
    assert trusts(policy(statement(Principal=principal)), CALLER) is is_trusted


@pytest.mark.parametrize(
    ("action", "is_meant"),
    [
        ("sts:AssumeRole", True),
        ("STS:assumerole", True),
        (["sts:TagSession", "sts:Assume*"], True),
        ("*", True),
        ("sts:AssumeRoleWithSAML", False),
        ("sts:TagSession", False),
    ],
)
def test_an_action_may_have_wildcards(action: object, is_meant: bool) -> None:
    assert trusts(policy(statement(Action=action)), CALLER) is is_meant
    assert trusts(policy(statement(Action=None, NotAction=action)), CALLER) is not is_meant


@pytest.mark.parametrize(
    ("condition", "is_required"),
    [
        ({"Bool": {MFA: "true"}}, True),
        ({"Bool": {MFA.lower(): True}}, True),
        ({"Bool": {MFA: ["true"]}, "IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, True),
        ({"Null": {"aws:MultiFactorAuthAge": "false"}}, True),
        ({"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}, True),
        ({"BoolIfExists": {MFA: "true"}}, False),
        ({"Bool": {MFA: "false"}}, False),
        ({"Bool": {MFA: ["true", "false"]}}, False),
        ({"Null": {MFA: "false"}}, False),
        ({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, False),
        ({"StringEquals": {"sts:RoleSessionName": "somebody-else"}}, False),
        ({"ForAnyValue:Bool": {MFA: "true"}}, True),
        ({"ForAllValues:Bool": {MFA: "true"}}, False),
        ({}, False),
    ],
)
def test_mfa_is_required_only_where_no_request_passes_without(
    condition: dict[str, object], is_required: bool
) -> None:
    demand = MFADemand.YES if is_required else MFADemand.NO
    assert requires_mfa(policy(statement(Condition=condition)), CALLER) is demand


def test_one_statement_without_mfa_is_enough_to_get_in_without() -> None:
    loose = statement(Condition=None)
    assert requires_mfa(policy(statement(), loose), CALLER) is MFADemand.NO
    of_another_account = statement(Condition=None, Principal={"AWS": "210987654321"})
    assert requires_mfa(policy(statement(), of_another_account), CALLER) is MFADemand.NO
    assert requires_mfa(policy(of_another_account), CALLER) is MFADemand.NOBODY
    denied = statement(Effect="Deny", Principal="*", Condition={"BoolIfExists": {MFA: "false"}})
    assert requires_mfa(policy(loose, denied), CALLER) is MFADemand.YES
    # This Deny does not reach an access key, whose requests lack the key.
    assert requires_mfa(policy(loose, denied | {"Condition": {"Bool": {MFA: "false"}}}), CALLER) is MFADemand.NO
    # A Deny with unknown conditions cannot be relied on either.
    unsure = denied | {"Condition": {"BoolIfExists": {MFA: "false"}, "StringEquals": {"aws:SourceVpc": "vpc-1"}}}
    assert requires_mfa(policy(loose, unsure), CALLER) is MFADemand.NO


@pytest.mark.parametrize(
    ("condition", "fits"),
    [
        ({"StringLike": {"sts:RoleSessionName": "${aws:username}"}}, True),
        ({"StringEquals": {"sts:RoleSessionName": ["x", "${ aws:UserName }"]}}, True),
        ({"StringEquals": {"sts:RoleSessionName": "x-${aws:username}"}}, False),
        ({"StringEquals": {"sts:RoleSessionName": "${aws:userid}"}}, None),
        ({"StringEqualsIgnoreCase": {"aws:username": "DEV-simple-user"}}, True),
        ({"StringNotEquals": {"aws:username": ["a", "dev-simple-user"]}}, False),
        ({"StringNotLike": {"aws:username": ["a*", "b*"]}}, True),
        ({"StringLike": {"aws:username": "[d]ev*"}}, False),
        ({"StringLike": {"aws:username": "dev-simple-use?"}}, True),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::123456789012:user/members/*"}}, True),
        ({"ArnEquals": {"aws:PrincipalArn": "arn:*:iam::*:user/members/${aws:username}"}}, True),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam:*:user/members/*"}}, None),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}, False),
        ({"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::123456789012:user/members/*"}}, False),
        ({"StringEquals": {"sts:ExternalId": "a secret"}}, False),
        ({"StringNotEquals": {"sts:ExternalId": "a secret"}}, True),
        ({"StringEqualsIfExists": {"sts:ExternalId": "a secret"}}, True),
        ({"Null": {"sts:ExternalId": "true"}}, True),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-example"}}, None),
        ({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, None),
        ({"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}, True),
        ({"NumericLessThan": {"aws:MultiFactorAuthAge": "an hour"}}, None),
        ({"DateLessThan": {"aws:CurrentTime": "2026-11-29"}}, True),
        ({"DateLessThan": {"aws:CurrentTime": "tomorrow"}}, None),
        ({"StringStartsWith": {"aws:username": "dev"}}, None),
        ({"ForAllValues:StringEquals": {"aws:username": "dev-simple-user"}}, True),
        ({"ForSomeValues:StringEquals": {"aws:username": "dev-simple-user"}}, None),
        ({"StringEquals": {"aws:username": "${$}{aws:username}"}}, False),
        ({"StringEquals": {"aws:username": "${*}"}}, None),
    ],
)
def test_conditions_fit_do_not_fit_or_cannot_be_judged(condition: dict[str, object], fits: bool | None) -> None:
    assert trusts(under(condition), CALLER) is fits


@pytest.mark.parametrize("name", CASES)
def test_the_judge_is_right_in_every_case_of_the_table(name: str) -> None:
    case = CASES[name]
    assert requires_mfa(case.policy, MEMBER) is case.mfa
    assert trusts(case.policy, MEMBER) is case.trusts
    if case.external_id:
        assert trusts(case.policy, MEMBER, external_id=case.external_id) is True


@pytest.mark.parametrize("name", MADE)
def test_without_a_grant_only_a_role_of_the_account_that_names_the_member_is_open(name: str) -> None:
    case = CASES[name]
    role = f"arn:aws:iam::{case.account}:role/some-role"
    anything = policy({"Effect": "Allow", "Action": "*", "Resource": "*"})
    assert may_assume(case.policy, [], role, MEMBER) is case.alone
    assert may_assume(case.policy, [anything], role, MEMBER) is case.trusts
    nothing = policy({"Effect": "Deny", "Action": "*", "Resource": "*"})
    assert may_assume(case.policy, [anything, nothing], role, MEMBER) is False


@pytest.mark.parametrize("name", GROUP_CASES)
def test_the_judge_is_right_about_groups_too(name: str) -> None:
    case = GROUP_CASES[name]
    assert grants(case.policies, case.role_arn, MEMBER) is case.grants


REASONS: dict[str, tuple[Any, str]] = {
    "a version without variables": (
        policy(
            statement(Condition={**WITH_MFA, "StringLike": {"sts:RoleSessionName": "${aws:username}"}}),
            version="2008-10-17",
        ),
        "has the Version 2008-10-17, in which policy variables are plain text",
    ),
    "no version": (
        {"Statement": statement(Condition={"StringLike": {"sts:RoleSessionName": "${aws:username}"}})},
        "has the Version 2008-10-17, in which policy variables are plain text",
    ),
    "an external ID": (CASES["an external ID"].policy, "asks for an external ID"),
    "an external ID and MFA": (CASES["an external ID and MFA"].policy, "with the ID, it lets the member in"),
    "a deleted user": (
        CASES["a user who was deleted"].policy,
        f"names {GONE_ID}, a user or role that was deleted.",
    ),
    "a deleted user in a list": (
        CASES["a user who was deleted, and another"].policy,
        f"names {GONE_ID}, a user or role that was deleted.",
    ),
    "another user of the name": (
        policy(statement(Principal={"AWS": "arn:aws:iam::123456789012:user/dev"})),
        f"names arn:aws:iam::123456789012:user/dev, which is another user than {MEMBER.arn}.",
    ),
    "another user of the name, by a condition": (
        CASES["a user of the same name, by a condition"].policy,
        f"which is another user than {MEMBER.arn}.",
    ),
    "a role": (CASES["a role"].policy, "lets in no IAM user of the member’s account."),
    "a vendor": (CASES["a vendor"].policy, "lets in no IAM user of the member’s account."),
}


@pytest.mark.parametrize("why", REASONS)
def test_a_policy_that_lets_the_member_in_no_longer_says_why(why: str) -> None:
    document, words = REASONS[why]
    assert trusts(document, MEMBER) is False
    assert words in str(reasons(document, MEMBER)[0])


def test_there_is_no_reason_where_the_member_gets_in_or_may() -> None:
    assert reasons(CASES["MFA and its age"].policy, MEMBER) == []
    assert reasons(CASES["everybody of an organisation"].policy, MEMBER) == []
    assert reasons(None, MEMBER) == []
    # The policy alone does not show that another session name was the reason.
    assert reasons(under({"StringLike": {"sts:RoleSessionName": "x-${aws:username}"}}), CALLER) == []


def test_names_that_no_session_can_have_let_nobody_in() -> None:
    spaced = policy(statement(Condition={"StringEquals": {"sts:RoleSessionName": "with space"}}))
    assert requires_mfa(spaced, CALLER) is MFADemand.NOBODY
    named = policy(statement(Condition={"StringLike": {"sts:RoleSessionName": "ops-*"}}))
    assert requires_mfa(named, CALLER) is MFADemand.NO


def test_patterns_that_meet_in_no_user_who_was_tried_are_left_open() -> None:
    """A user whose name begins with a and ends with b would match; nobody knows whether there is one."""
    both = {"StringLike": {"aws:username": "a*c*b"}, "StringEqualsIgnoreCase": {"aws:username": "*"}}
    assert requires_mfa(policy(statement(Condition=both)), CALLER) is MFADemand.UNKNOWN
    many = [f"arn:aws:iam::123456789012:user/team-{n}/{n}" for n in range(USERS_TRIED)]
    crowd = policy(statement(Principal={"AWS": many}))
    assert requires_mfa(crowd, CALLER) is MFADemand.UNKNOWN
    assert requires_mfa(policy(statement(Principal={"AWS": many}, Condition=None)), CALLER) is MFADemand.NO


def test_variables_mean_nothing_in_a_policy_of_the_old_version() -> None:
    condition = {"StringLike": {"sts:RoleSessionName": "${aws:username}"}}
    assert trusts(policy(statement(Condition=condition), version="2008-10-17"), CALLER) is False


def test_a_deny_outdoes_an_allow_and_a_doubtful_one_leaves_it_open() -> None:
    deny = statement(Effect="Deny", Principal="*", Condition=None)
    assert trusts(policy(statement(), deny), CALLER) is False
    doubtful = deny | {"Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}
    assert trusts(policy(statement(), doubtful), CALLER) is None
    assert (
        trusts(policy(statement(), statement(Principal=None, NotPrincipal={"AWS": "1"}, Effect="Deny")), CALLER)
        is None
    )


def test_the_policies_of_several_groups_are_one() -> None:
    def of_group(effect: str, resource: str, **more: object) -> dict[str, Any]:
        return policy({"Effect": effect, "Action": ["sts:AssumeRole"], "Resource": resource, **more})

    one, other = of_group("Allow", ROLE), of_group("Allow", "arn:aws:iam::123456789012:role/other")
    assert grants([other, one], ROLE, CALLER) is True
    assert grants([other], ROLE, CALLER) is False
    assert grants([of_group("Allow", "arn:aws:iam::*:role/dev-*")], ROLE, CALLER) is True
    assert grants([one, of_group("Deny", "*")], ROLE, CALLER) is False
    assert grants([one, None], ROLE, CALLER) is None
    assert grants([], ROLE, CALLER) is False
    assert grants([of_group("Allow", ROLE, Condition=WITH_MFA)], ROLE, CALLER) is True


KEYS = st.sampled_from(["aws:SourceIp", "aws:PrincipalTag/team", "aws:RequestedRegion", "aws:SourceVpce", "x:y"])
OPERATORS = st.sampled_from(["StringEquals", "StringNotLike", "IpAddress", "Bool", "DateGreaterThan", "Whatever"])


@given(OPERATORS, KEYS, st.text(max_size=5))
def test_a_condition_of_which_nothing_is_known_is_never_a_yes(operator: str, key: str, value: str) -> None:
    known = policies.role_trust(example_settings())["Statement"]
    assert isinstance(known, list)
    more = {**known[0]["Condition"], operator: {**known[0]["Condition"].get(operator, {}), key: value}}
    document = policy({**known[0], "Condition": more})
    assert trusts(document, CALLER) is None
    assert requires_mfa(document, CALLER) is MFADemand.YES  # this one does not matter, as the other one insists


ELEMENTS = st.sampled_from(
    ["Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "Condition", "Version", "Statement"]
)
WORDS = st.sampled_from(
    ["Allow", "Deny", "*", "sts:AssumeRole", "Bool", MFA, "true", "2012-10-17", "${aws:x}", "[", ""]
)
JSON = st.recursive(
    WORDS | st.booleans() | st.none() | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ELEMENTS | WORDS, inner, max_size=4),
    max_leaves=12,
)


@given(JSON, st.lists(st.dictionaries(ELEMENTS, JSON, max_size=6), max_size=3))
def test_what_is_no_policy_is_no_error(junk: Any, statements: list[dict[str, object]]) -> None:
    for document in (junk, policy(*statements)):
        for answer in (
            trusts(document, CALLER),
            requires_mfa(document, CALLER).answer,
            grants([document], ROLE, CALLER),
            may_assume(document, [document], ROLE, CALLER),
        ):
            assert answer in (True, False, None)
        assert isinstance(reasons(document, CALLER), list)
