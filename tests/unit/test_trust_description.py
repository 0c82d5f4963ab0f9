"""What is told of a trust policy: each demand in words and as it is written, and each opening."""

from typing import Any

import pytest
from hypothesis import given, settings

from firstday.stack import policies
from tests.helpers.trust_cases import IDENTITY, MFA, OTHER, OWN_NAME, REAL, ROOT, allow, deny, policy, under
from tests.helpers.trust_shapes import SETTINGS, TRUSTS, proposed, role, written

HEADING = 2


def comments(trust: Any, **more: Any) -> str:
    """All that is said about a role with this trust policy."""
    text = written(role(trust, **more))
    assert "[[groups.roles]]" in text, text
    return "\n".join(text.splitlines()[HEADING:])


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (MFA, "- MFA (Bool "),
        ({"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}, "- MFA that is not older than 1 h"),
        ({"NumericLessThanEquals": {"aws:MultiFactorAuthAge": "86400"}}, "- MFA that is not older than 1 day"),
        ({"Null": {"aws:MultiFactorAuthAge": "false"}}, "- MFA (Null "),
        ({"NumericLessThan": {"aws:MultiFactorAuthAge": "301"}}, "- MFA that is not older than 301 seconds"),
        ({"StringEquals": {"sts:ExternalId": "example-7"}}, '- the external id "example-7"'),
        (OWN_NAME, "- the user's own name as the session name"),
        ({"StringLike": {"sts:RoleSessionName": "team-*"}}, "- one of certain session names"),
        ({"StringLike": {"sts:SourceIdentity": "*"}}, "- a source identity, which members' profiles do not send"),
        ({"StringEquals": {"aws:RequestTag/team": "a"}}, "- session tags, which members' profiles do not send"),
        ({"ForAnyValue:StringEquals": {"aws:TagKeys": "team"}}, "- session tags, which members'"),
        ({"StringEquals": {"aws:PrincipalTag/team": "a"}}, "- the tag team of the IAM user"),
        ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, "- certain addresses"),
        ({"StringEquals": {"aws:SourceVpc": "vpc-1"}}, "- a certain VPC (StringEquals"),
        ({"StringEquals": {"aws:SourceVpce": "vpce-1"}}, "- a certain VPC endpoint"),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-example111"}}, "- users of an organisation"),
        ({"DateLessThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}}, "- a date before 2027-01-01T00:00:00Z"),
        ({"StringLike": {"aws:username": "a-*"}}, "- certain user names"),
        ({"StringEquals": {"aws:PrincipalType": "User"}}, "- an IAM user (StringEquals"),
        ({"StringEquals": {"aws:NewKey/X": "1"}}, '- also demands aws:NewKey/X (StringEquals aws:NewKey/X "1")'),
        ({"BinaryEquals": {"aws:username": "QQ=="}}, "- also demands aws:username (BinaryEquals"),
        ({"Null": {"sts:SourceIdentity": "true"}}, "- also demands sts:SourceIdentity (Null"),
        ({"StringEqualsIfExists": {"aws:SourceVpc": "vpc-1"}}, "- also demands aws:SourceVpc"),
    ],
)
def test_each_demand_is_told_in_words_and_as_it_is_written(condition: Any, words: str) -> None:
    told = comments(under(condition))
    assert words in told
    (operator,) = condition
    ((key, value),) = condition[operator].items()
    assert f'{operator} {key} "{value}"' in told


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}, "- MFA (denied where BoolIfExists"),
        (
            {"StringNotEquals": {"aws:Other": "x"}},
            "- also demands aws:Other (denied where StringNotEquals aws:Other",
        ),
        (
            {"Bool": {"aws:A": "true"}, "Null": {"aws:B": "true"}},
            '- also demands aws:B (denied where Bool aws:A "true" and Null aws:B "true")',
        ),
    ],
)
def test_what_a_deny_demands_is_told(condition: Any, words: str) -> None:
    assert words in comments(under(MFA, deny(condition)))


def test_a_deny_for_certain_users_is_not_for_everybody() -> None:
    user = f"arn:aws:iam::{IDENTITY}:user/example-a"
    some = {**deny({"Bool": {"aws:Some": "true"}}), "Principal": {"AWS": user}}
    told = comments(under(MFA, some))
    assert '- also demands aws:Some (denied to the IAM user example-a where Bool aws:Some "true")' in told
    del some["Condition"]
    assert "- all is denied to the IAM user example-a" in comments(under(MFA, some))


@pytest.mark.parametrize(
    "trust",
    [
        policy(allow(f"arn:aws:iam::{IDENTITY}:user/example-a", MFA)),
        under({**MFA, "ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{IDENTITY}:user/teams/*"}}),
        under({**MFA, "StringLike": {"sts:SourceIdentity": "*"}}),
    ],
)
def test_a_role_that_no_member_gets_into_is_told_so(trust: Any) -> None:
    assert "- No member gets in as it is" in comments(trust)
    assert "No member gets in" not in comments(under(MFA))
    assert "No member gets in" not in comments(under({**MFA, "StringEquals": {"aws:PrincipalTag/team": "a"}}))


@pytest.mark.parametrize(
    ("trust", "words"),
    [
        (policy(allow()), "No MFA: no condition asks for it."),
        (
            under({"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}),
            "No MFA: BoolIfExists is met by an access",
        ),
        (under({"Bool": {"aws:MultiFactorAuthPresent": ["true", "false"]}}), "is met by sessions without MFA"),
        (
            under({"ForAllValues:Bool": {"aws:MultiFactorAuthPresent": "true"}}),
            "No MFA: ForAllValues:Bool is met by",
        ),
        (under({"Null": {"aws:MultiFactorAuthPresent": "false"}}), "is met without MFA"),
        (policy(allow(), deny({"Bool": {"aws:MultiFactorAuthPresent": "false"}})), "misses access keys, whose"),
        (policy(allow(), deny({"Null": {"aws:MultiFactorAuthPresent": "true"}})), "misses sessions without MFA"),
        (policy(allow("*", MFA)), "It trusts everybody (*), and no condition limits it"),
        (
            policy(allow("*", {**MFA, "StringEquals": {"sts:ExternalId": "example-7"}})),
            "It trusts everybody (*), and no condition limits it",
        ),
        (
            policy(
                allow("*", MFA),
                {**deny({"ForAnyValue:StringNotEquals": {"aws:PrincipalOrgID": "o-example111"}}), "Principal": "*"},
            ),
            "It trusts everybody (*), and no condition limits it",
        ),
        (
            under({**MFA, "StringLike": {"sts:RoleSessionName": ["${aws:username}", "${aws:username}*"]}}),
            "- Any session name",
        ),
        (policy(allow([ROOT, OTHER], MFA)), f"It lets in users or roles of the account {OTHER}."),
        (
            policy(allow(["AIDAEXAMPLE0000000GONE", ROOT], MFA)),
            "It trusts a user that was deleted (AIDAEXAMPLE0000000GONE): a new one of that name does not get in.",
        ),
        (
            policy(allow(ROOT, OWN_NAME), version=None),
            "has the Version 2008-10-17, in which policy variables are plain text: it needs 2012-10-17.",
        ),
        (
            policy(allow(ROOT, {"StringNotLike": {"aws:username": "${aws:username}"}}), version="2008-10-17"),
            "Its Version is not 2012-10-17, so that policy variables such as ${aws:username} are plain text.",
        ),
        (under({**MFA, "StringNotEquals": {"aws:SourceVpc": "vpc-1"}}), "is met by a request without that key"),
        (policy(allow(f"arn:aws:iam::{IDENTITY}:user/example-a", MFA)), "- Any session name"),
    ],
)
def test_each_opening_is_told(trust: Any, words: str) -> None:
    assert words in comments(trust)


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"aws:PrincipalOrgID": "o-example111"}},
        {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-example111/*"}},
        {"StringEquals": {"aws:PrincipalAccount": IDENTITY}},
        {"StringEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}},
        {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{IDENTITY}:user/*"}},
    ],
)
def test_everybody_of_an_organisation_or_account_is_not_everybody(condition: Any) -> None:
    assert "It trusts everybody" not in comments(policy(allow("*", {**MFA, **condition})))
    ((operator, block),) = condition.items()
    negated = {operator.replace("Equals", "NotEquals").replace("Like", "NotLike").rpartition(":")[2]: block}
    assert "It trusts everybody" not in comments(policy(allow("*", MFA), {**deny(negated), "Principal": "*"}))


def test_a_trust_that_needs_no_grant_is_told_in_the_members_own_account_only() -> None:
    words = "the conditions of the group's policy do not hold for them"
    named = policy(allow(f"arn:aws:iam::{IDENTITY}:user/example-a", MFA))
    assert words in comments(named, account=IDENTITY)
    assert words in comments(policy(allow("*", MFA)), account=IDENTITY)
    assert words not in comments(named)
    assert words not in comments(under(MFA), account=IDENTITY)


def test_a_policy_of_firstdays_own_shape_leaves_nothing_open() -> None:
    assert "open" not in comments(policies.role_trust(SETTINGS))


def test_what_is_told_of_real_policies_about_mfa_is_right() -> None:
    for name, case in REAL.items():
        kept, _ = proposed(role(case.policy, account=case.account))
        for one in kept:
            assert any(gap.startswith("No MFA") for gap in one.trust.gaps) == (case.mfa.answer is False), name


@given(TRUSTS)
@settings(max_examples=200, deadline=None)
def test_no_condition_for_users_is_left_out(trust: Any) -> None:
    (kept, _) = proposed(role({**trust, "Version": "2012-10-17"}))
    for one in kept:
        told = "\n".join(demand for way in one.trust.ways for demand in way.demands)
        for statement in trust["Statement"]:
            blocks = statement.get("Condition", {})
            if statement["Effect"] != "Allow" or statement["Principal"] not in ("*", {"AWS": ROOT}, {"AWS": "*"}):
                continue
            for block in blocks.values() if isinstance(blocks, dict) else ():
                assert all(key in told for key in (block if isinstance(block, dict) else ()))
