"""What ``firstday roles import`` writes down: which roles, what the comments say, and what is left out."""

import tomllib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.settings import rules
from chalicelib.settings.reader import parse
from chalicelib.settings.records import Administrators, Role
from firstday.existing_roles.account_roles import AccountRole
from firstday.existing_roles.profile_names import ProfileNames
from firstday.existing_roles.proposals import proposals
from firstday.existing_roles.toml_text import toml_text
from tests.helpers import documents
from tests.helpers.settings_makers import EXAMPLE
from tests.helpers.trust_cases import (
    CASES,
    IDENTITY,
    MFA,
    NOW,
    OTHER,
    ROOT,
    allow,
    policy,
    under,
)
from tests.helpers.trust_shapes import SETTINGS, TRUSTS, proposed, role, written


def pasted(text: str) -> dict[str, Role]:
    """The existing roles of the example with ``text`` at its end, by their names."""
    found = parse(f"{EXAMPLE.read_text('utf-8')}\n{text}\n")
    return {one.role_name: one for one in found.roles if one.is_existing}


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
    text = written(role(under(MFA)))
    assert "maximum_session_seconds" not in text
    assert pasted(text)["Deploy"].maximum_session_seconds == 3600


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
        (role(policy(allow([]))), "it lets nobody assume it"),
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
        (role(policy(allow(ROOT, Action="sts:TagSession"))), "it lets nobody assume it"),
        (role(under(MFA), path="/a*b/"), "firstday.toml does not take it"),
        (role(under(MFA), "R" * 64), "the AWS console cannot switch to it"),
    ],
)
def test_whatever_is_left_out_has_a_reason_in_one_line(found: AccountRole, words: str) -> None:
    assert words in reason(found)
    (line,) = [one for one in written(found).splitlines() if found.arn in one]
    assert line.startswith("# Left out: ")
    assert words in line


def test_a_role_that_administers_the_portal_is_none_for_members() -> None:
    administered = replace(SETTINGS, administrators=Administrators(("OpsAdmin*",), ("Help*",)))
    here = [role(under(MFA), name, account=IDENTITY) for name in ("OpsAdmin-1", "HelpDesk", "Audit")]
    kept, left = proposals(administered, [*here, role(under(MFA), "OpsAdmin-1")], NOW)
    assert [(one.account, one.role.name) for one in kept] == [("dev", "Audit"), ("stg", "OpsAdmin-1")]
    assert {one.reason for one in left} == {
        "its sessions administer the portal, by [administrators] in firstday.toml"
    }


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
    assert "the policy of one group has room for some 4500" in written(*many)
    assert "the policy of one group has room for" not in written(*many[:10])


def test_every_case_of_a_trust_policy_is_written_down_or_left_out_and_is_accepted() -> None:
    for number, (name, case) in enumerate(CASES.items()):
        found = role(case.policy, f"role-{number}", account=case.account)
        kept, left = proposed(found)
        assert len(kept) + len(left) == 1, name
        assert len(pasted(toml_text(SETTINGS, kept, left))) == len(kept), name


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


@given(st.lists(st.tuples(st.sampled_from(["dev", "stg", "-", "default"]), st.text(max_size=70)), max_size=20))
def test_proposed_profiles_are_valid_and_told_apart(pairs: list[tuple[str, str]]) -> None:
    proposing = ProfileNames("example-", ["example-dev-1"])
    found = [proposing.propose(account, name) for account, name in pairs]
    assert all(rules.profile_after("example-")(name) is None for name in found)
    assert len({*(name.lower() for name in found), "dev-1"}) == len(found) + 1


def test_nothing_is_proposed_when_no_name_is_left() -> None:
    crowded = replace(SETTINGS, profile_prefix="x" * 64)
    kept, (left,) = proposals(crowded, [role(under(MFA))], NOW)
    assert kept == []
    assert left.reason == "no name is left for its profile"
