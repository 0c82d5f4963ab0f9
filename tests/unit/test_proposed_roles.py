"""What ``firstday roles import`` writes down: which roles, what the comments say, and what is left out."""

import tomllib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.settings.reader import parse
from chalicelib.settings.records import Role
from firstday.existing_roles.account_roles import AccountRole
from firstday.existing_roles.proposals import LeftOut, Proposal, proposals
from firstday.existing_roles.toml_text import toml_text
from firstday.stack import policies
from tests.helpers import documents
from tests.helpers.settings_makers import EXAMPLE, example_settings
from tests.helpers.trust_cases import (
    CASES,
    IDENTITY,
    MFA,
    NOW,
    OTHER,
    OWN_NAME,
    REAL,
    ROOT,
    allow,
    deny,
    policy,
    under,
)

SETTINGS = example_settings()
HEADING = 2


def role(trust: Any, name: str = "Deploy", *, account: str = OTHER, path: str = "/", **more: Any) -> AccountRole:
    return AccountRole(account, name, path, f"arn:aws:iam::{account}:role{path}{name}", trust, **more)


def proposed(*roles: AccountRole) -> tuple[list[Proposal], list[LeftOut]]:
    return proposals(SETTINGS, roles, NOW)


def written(*roles: AccountRole) -> str:
    return toml_text(SETTINGS, *proposed(*roles))


def pasted(text: str) -> dict[str, Role]:
    """The existing roles of the example with ``text`` at its end, by their names."""
    found = parse(f"{EXAMPLE.read_text('utf-8')}\n{text}\n")
    return {one.role_name: one for one in found.roles if one.is_existing}


def comments(trust: Any, **more: Any) -> str:
    """All that is said about a role with this trust policy."""
    text = written(role(trust, **more))
    assert "[[groups.roles]]" in text, text
    return "\n".join(text.splitlines()[HEADING:])


def reason(found: AccountRole) -> str:
    kept, ((left),) = proposed(found)
    assert kept == []
    assert left.role == found
    return left.reason


def test_a_role_that_trusts_the_account_is_written_down_with_all_that_it_takes() -> None:
    text = written(role(under(MFA), path="/teams/", maximum_session_seconds=14400))
    assert text.endswith(
        """\
# arn:aws:iam::210987654321:role/teams/Deploy, in the account stg (210987654321)
# It lets in each IAM user of 123456789012 to whom policies there grant the role. It demands:
# - MFA (Bool aws:MultiFactorAuthPresent "true")
# What is open in it:
# - Any session name: CloudTrail may show one user's actions under another's name.
[[groups.roles]]
profile = "stg-deploy"
account = "stg"
role_name = "Deploy"
path = "/teams/"
existing = true
maximum_session_seconds = 14400"""
    )
    found = pasted(text)["Deploy"]
    assert (found.profile, found.account_id, found.path) == ("stg-deploy", OTHER, "/teams/")
    assert (found.external_id, found.maximum_session_seconds) == ("", 14400)


def test_the_document_shows_what_is_printed() -> None:
    found = role(under({"StringEquals": {"sts:ExternalId": "example-7"}}), "SecurityAudit")
    (example,) = documents.fences(documents.ROOT / "docs" / "existing-roles.md", "toml")
    assert written(replace(found, maximum_session_seconds=14400)).endswith(example.rstrip())


def test_a_role_for_an_hour_says_nothing_of_its_sessions() -> None:
    assert "maximum_session_seconds" not in written(role(under(MFA)))


@pytest.mark.parametrize(
    ("condition", "external_id"),
    [
        ({"StringEquals": {"sts:ExternalId": "example-7"}}, "example-7"),
        ({"StringEquals": {"STS:externalid": ["example-7", "example-8"]}}, "example-7"),
        ({"StringLike": {"sts:ExternalId": "example-7"}}, "example-7"),
        ({"StringLike": {"sts:ExternalId": "example-*"}}, ""),
        ({"StringEqualsIfExists": {"sts:ExternalId": "example-7"}}, ""),
        ({"StringNotEquals": {"sts:ExternalId": "example-7"}}, ""),
        ({"StringEquals": {"sts:ExternalId": "${aws:username}"}}, ""),
        ({"StringEquals": {"sts:ExternalId": "not an id"}}, ""),
        ({"Null": {"sts:ExternalId": "false"}}, ""),
    ],
)
def test_an_external_id_is_written_down_where_the_trust_policy_demands_one_by_equality(
    condition: Any, external_id: str
) -> None:
    text = written(role(under({**MFA, **condition})))
    assert pasted(text)["Deploy"].external_id == external_id
    assert "externalid" in text.lower()


def test_who_needs_no_external_id_gets_none() -> None:
    with_id = {"StringEquals": {"sts:ExternalId": "example-7"}}
    both = policy(allow(ROOT, MFA), allow(f"arn:aws:iam::{IDENTITY}:user/example-a", with_id))
    assert pasted(written(role(both)))["Deploy"].external_id == ""
    wide = policy(allow(f"arn:aws:iam::{IDENTITY}:user/example-a", MFA), allow(ROOT, with_id))
    assert pasted(written(role(wide)))["Deploy"].external_id == "example-7"


def test_an_external_id_by_a_pattern_is_to_be_asked_for() -> None:
    text = written(role(under({"StringLike": {"sts:ExternalId": "example-*"}})))
    assert "# external_id = " in text


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (MFA, "- MFA (Bool "),
        ({"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}, "- MFA that is not older than 1 h"),
        ({"NumericLessThanEquals": {"aws:MultiFactorAuthAge": "86400"}}, "- MFA that is not older than 1 day"),
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


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (role(policy(allow({"Service": "ec2.amazonaws.com"}))), "it trusts the service ec2.amazonaws.com only"),
        (role(policy(allow(f"arn:aws:iam::{IDENTITY}:role/example"))), "it trusts the role example only"),
        (role(policy(allow("333333333333"))), "it trusts the account 333333333333 only"),
        (
            role(policy(allow({"Federated": "arn:aws:iam::210987654321:saml-provider/sso"}))),
            "it trusts the identity provider arn:aws:iam::210987654321:saml-provider/sso only",
        ),
        (
            role(policy(allow("AIDAEXAMPLE0000000GONE"))),
            "it trusts a user that was deleted (AIDAEXAMPLE0000000GONE)",
        ),
        (role(policy(allow([]))), "it trusts nobody"),
        (role({}), "its trust policy cannot be read"),
        (
            role(under({"StringEquals": {"aws:PrincipalType": "AssumedRole"}})),
            "its conditions let in no IAM user of 123456789012: a certain kind of caller",
        ),
        (role(under(MFA), path="/aws-service-role/ecs.amazonaws.com/"), "a service of AWS made it for itself"),
        (role(under(MFA), path="/aws-reserved/sso.amazonaws.com/"), "AWS keeps it, as for SSO"),
        (role(under(MFA), "STG-switchrole-s3readonly"), "firstday.toml has a role of that name there already"),
        (role(under(MFA), "firstday-admin", account=IDENTITY), "Firstday has made it"),
        (role(under(MFA), description="Members switch to it as the profile old"), "Firstday has made it"),
        (role(under(MFA), path="/a*b/"), "firstday.toml does not take it"),
        (role(under(MFA), "R" * 64), "the AWS console cannot switch to it"),
    ],
)
def test_whatever_is_left_out_has_a_reason_in_one_line(found: AccountRole, words: str) -> None:
    assert words in reason(found)
    (line,) = [one for one in written(found).splitlines() if found.arn in one]
    assert line.startswith("# Left out: ")
    assert words in line


def test_an_account_without_such_roles_is_told_so() -> None:
    text = written(role(policy(allow({"Service": "ec2.amazonaws.com"}))))
    assert "# There is none." in text
    assert pasted(text) == {}


@pytest.mark.parametrize(
    ("names", "profiles"),
    [
        (["Deploy", "deploy!", "DEPLOY?"], ["stg-deploy", "stg-deploy-2", "stg-deploy-3"]),
        (["stg-Deploy", "stg"], ["stg-deploy", "stg-2"]),
        (["+"], ["stg-2"]),
        (["a" * 64, "a" * 63], [f"stg-{'a' * 60}", f"stg-{'a' * 58}-2"]),
    ],
)
def test_profiles_are_named_after_account_and_role_and_each_once(names: list[str], profiles: list[str]) -> None:
    """The example has a profile stg."""
    from firstday.existing_roles.profile_names import ProfileNames

    proposing = ProfileNames("", [one.profile for one in SETTINGS.roles])
    assert [proposing.propose("stg", name) for name in names] == profiles


def test_the_prefix_is_left_to_the_settings_and_counted() -> None:
    text = EXAMPLE.read_text("utf-8").replace('# profile_prefix = "example-"', f'profile_prefix = "{"x" * 40}-"')
    prefixed = parse(text)
    found = proposals(prefixed, [role(under(MFA), "a" * 60)], NOW)
    (one,) = found[0]
    assert not one.profile.startswith("x")
    known = parse(f"{text}\n{toml_text(prefixed, *found)}").roles
    assert max(len(one.profile) for one in known) == 64


def test_more_than_one_group_has_room_for_is_told() -> None:
    many = [role(under(MFA), f"role-{number:03}-{'x' * 40}") for number in range(60)]
    assert "one group's policy has room for" in written(*many)
    assert "one group's policy has room for" not in written(*many[:10])


def test_every_case_of_a_trust_policy_is_written_down_or_left_out_and_is_accepted() -> None:
    for number, (name, case) in enumerate(CASES.items()):
        found = role(case.policy, f"role-{number}", account=case.account)
        kept, left = proposed(found)
        assert len(kept) + len(left) == 1, name
        assert len(pasted(toml_text(SETTINGS, kept, left))) == len(kept), name


def test_what_is_told_of_real_policies_about_mfa_is_right() -> None:
    for name, case in REAL.items():
        kept, _ = proposed(role(case.policy, account=case.account))
        for one in kept:
            assert any(gap.startswith("No MFA") for gap in one.trust.gaps) == (case.mfa.answer is False), name


TEXT = st.text(st.characters(codec="utf-8"), max_size=30) | st.sampled_from(
    ['"""', "\n[x]", "# \r", "\u2028", "\\"]
)
KEYS = st.sampled_from(
    [
        "aws:MultiFactorAuthPresent",
        "sts:ExternalId",
        "sts:RoleSessionName",
        "aws:PrincipalArn",
        "aws:PrincipalOrgID",
    ]
)
OPERATORS = st.sampled_from(
    ["Bool", "BoolIfExists", "StringEquals", "StringLike", "ForAllValues:StringEquals", "Null", "NumericLessThan"]
)
VALUES = TEXT | st.lists(TEXT, max_size=3) | st.booleans() | st.integers()
CONDITIONS = st.dictionaries(OPERATORS | TEXT, st.dictionaries(KEYS | TEXT, VALUES, max_size=3) | TEXT, max_size=3)
PRINCIPALS = st.sampled_from(
    ["*", {"AWS": ROOT}, {"AWS": "*"}, {"AWS": [IDENTITY, OTHER]}, {"Service": "ec2.amazonaws.com"}, {"AWS": []}]
) | st.dictionaries(st.sampled_from(["AWS", "Service", "Federated"]) | TEXT, TEXT | st.lists(TEXT), max_size=2)
STATEMENTS = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Allow", "Deny"]),
        "Principal": PRINCIPALS,
        "Action": st.sampled_from(["sts:AssumeRole", "sts:*", ["sts:TagSession", "sts:AssumeRole"]]),
    },
    optional={"Condition": CONDITIONS | TEXT, "Sid": TEXT},
)
TRUSTS = st.fixed_dictionaries(
    {"Statement": st.lists(STATEMENTS, min_size=1, max_size=3)},
    optional={"Version": st.sampled_from(["2012-10-17", "2008-10-17"])},
)


@given(st.lists(TRUSTS, min_size=1, max_size=3), st.booleans())
@settings(max_examples=300, deadline=None)
def test_whatever_a_trust_policy_holds_the_output_is_accepted(trusts: list[Any], is_here: bool) -> None:
    account = IDENTITY if is_here else OTHER
    roles = [role(trust, f"role-{number}", account=account) for number, trust in enumerate(trusts)]
    kept, left = proposed(*roles)
    text = toml_text(SETTINGS, kept, left)
    tomllib.loads(text)
    assert sorted(pasted(text)) == sorted(one.role.name for one in kept)
    assert all(line.isprintable() for line in text.splitlines())


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


@given(st.lists(st.tuples(st.sampled_from(["dev", "stg", "-", "default"]), st.text(max_size=70)), max_size=20))
def test_proposed_profiles_are_valid_and_told_apart(pairs: list[tuple[str, str]]) -> None:
    from chalicelib.settings import rules
    from firstday.existing_roles.profile_names import ProfileNames

    proposing = ProfileNames("example-", ["example-dev-1"])
    found = [proposing.propose(account, name) for account, name in pairs]
    assert all(rules.profile_after("example-")(name) is None for name in found)
    assert len({*(name.lower() for name in found), "dev-1"}) == len(found) + 1


def test_nothing_is_proposed_when_no_name_is_left() -> None:
    crowded = replace(SETTINGS, profile_prefix="x" * 64)
    kept, (left,) = proposals(crowded, [role(under(MFA))], NOW)
    assert kept == []
    assert left.reason == "no name is left for its profile"
