"""The doctor on roles that others manage: members get in, and only they; nothing else of a role is compared."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.settings.records import Role, Settings
from firstday.doctor.checks.roles_of_others import OthersRole
from firstday.doctor.expected_documents import documents
from firstday.doctor.findings import Finding
from firstday.doctor.snapshot import IAMRole
from firstday.stack import policies
from tests.helpers.doctor_snapshots import PORTAL, found_in, good_snapshot
from tests.helpers.settings_makers import example_settings
from tests.helpers.trust_cases import CASES, DEV, IDENTITY, MFA, NOW, OTHER, OWN_NAME, ROOT, allow, policy, under

EXAMPLE = example_settings()
BOTH = {**MFA, **OWN_NAME}
WITH_ID = {"StringEquals": {"sts:ExternalId": "example-7"}}
MFA_TO_ADD = '# "Bool": {"aws:MultiFactorAuthPresent": "true"}'
NAME_TO_ADD = '# "StringLike": {"sts:RoleSessionName": "${aws:username}"}'


def organisation(**changes: Any) -> Settings:
    """The example with one more role, which others manage."""
    role = Role("audit", OTHER, "SecurityAudit", is_existing=True, **changes)
    developers = EXAMPLE.groups[0]
    return replace(EXAMPLE, groups=(replace(developers, roles=(*developers.roles, role)), *EXAMPLE.groups[1:]))


def found(trust: Any, *, seconds: int | None = 3600, **changes: Any) -> list[Finding]:
    settings = organisation(**changes)
    role = next(one for one in settings.roles if one.is_existing)
    arn = role.arn(settings.partition)
    attached = ("arn:aws:iam::aws:policy/SecurityAudit",)
    there = IAMRole(role.role_name, arn, trust, {"own": {}}, attached, seconds)
    return list(OthersRole(settings, role, there, NOW).findings())


def names(trust: Any, **changes: Any) -> list[str]:
    return [one.check for one in found(trust, **changes)]


def test_a_role_of_others_that_demands_both_leaves_the_doctor_silent_whatever_its_permissions() -> None:
    assert names(under(BOTH)) == []
    assert names(policies.role_trust(EXAMPLE)) == []


def test_the_doctor_looks_at_it_among_the_others_and_makes_no_policy_of_it() -> None:
    settings = organisation()
    snapshot = good_snapshot(settings)
    target = snapshot.targets[OTHER]
    kept = tuple(one for one in target.roles if one.name != "SecurityAudit")
    with_role = (*kept, IAMRole("SecurityAudit", f"arn:aws:iam::{OTHER}:role/SecurityAudit", under(OWN_NAME)))
    seen = replace(snapshot, targets={OTHER: replace(target, roles=with_role)})
    assert [(one.check, one.subject) for one in found_in(settings, seen)] == [
        ("existing-role-without-mfa", "stg: SecurityAudit")
    ]
    gone = replace(snapshot, targets={OTHER: replace(target, roles=kept)})
    (missing,) = found_in(settings, gone)
    assert (missing.check, missing.remedy.startswith("# Whoever manages the roles")) == ("role-missing", True)
    assert "role/audit" not in documents(settings, PORTAL)


def test_a_missing_role_is_for_others_to_make() -> None:
    settings = organisation()
    role = next(one for one in settings.roles if one.is_existing)
    (missing,) = OthersRole(settings, role, None, NOW).findings()
    assert (missing.check, missing.subject) == ("role-missing", "stg: SecurityAudit")
    assert f"has to make arn:aws:iam::{OTHER}:role/SecurityAudit; or correct firstday.toml" in missing.remedy
    elsewhere = IAMRole("SecurityAudit", f"arn:aws:iam::{OTHER}:role/teams/SecurityAudit", {})
    (missing,) = OthersRole(settings, role, elsewhere, NOW).findings()
    assert 'write path = "/teams/"' in missing.remedy


def test_without_mfa_the_condition_to_add_is_told_and_what_holds_meanwhile() -> None:
    (finding,) = found(under(OWN_NAME))
    assert (finding.check, finding.severity) == ("existing-role-without-mfa", "warning")
    assert finding.remedy.splitlines()[1:] == [MFA_TO_ADD]
    assert "Meanwhile the policy of the group developers demands both MFA and the session name" in finding.message


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        ({"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}, "BoolIfExists is met by an access key alone"),
        ({"Bool": {"aws:MultiFactorAuthPresent": ["true", "false"]}}, "is met by sessions without MFA"),
    ],
)
def test_a_condition_on_mfa_that_lets_people_in_without_it_is_named(condition: Any, why: str) -> None:
    (finding,) = found(under({**OWN_NAME, **condition}))
    assert why in finding.message


def test_without_the_users_name_the_condition_is_told_as_a_note() -> None:
    (finding,) = found(under(MFA))
    assert (finding.check, finding.severity) == ("existing-role-without-name", "note")
    assert finding.remedy.splitlines()[1:] == [NAME_TO_ADD]
    (old,) = found(policy(allow(ROOT, MFA), version=None))
    assert old.remedy.splitlines()[1:] == [
        NAME_TO_ADD,
        '# It also needs "Version": "2012-10-17", as an older one knows no variables.',
    ]


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("a service", "It trusts the service ec2.amazonaws.com."),
        ("a vendor", f"It trusts the account {OTHER}."),
        ("a role with MFA", "It trusts the role example-admin."),
        ("a user who was deleted, and MFA", "a user or role that was deleted"),
        ("variables in the old version", "has the Version 2008-10-17, in which policy variables are plain text"),
        ("roles by their type", "a certain kind of caller (StringEquals aws:PrincipalType"),
        ("an empty list", "It trusts nobody"),
    ],
)
def test_a_role_that_lets_no_member_in_is_told_with_the_reasons(case: str, words: str) -> None:
    (finding,) = found(CASES[case].policy)
    assert (finding.check, finding.severity) == ("existing-role-closed", "error")
    assert words in finding.message
    assert '"sts:RoleSessionName": "${aws:username}"' in finding.remedy


def test_users_who_are_no_members_are_not_enough() -> None:
    (finding,) = found(policy(allow(f"arn:aws:iam::{IDENTITY}:user/example-a", BOTH)))
    assert finding.check == "existing-role-closed"
    assert "It lets in the IAM user example-a, and demands: MFA" in finding.message


def test_a_source_identity_keeps_members_out_as_their_profiles_send_none() -> None:
    (finding,) = found(under({**BOTH, "StringLike": {**OWN_NAME["StringLike"], "sts:SourceIdentity": "*"}}))
    assert finding.check == "existing-role-closed"
    assert "a source identity, which members' profiles do not send" in finding.message


@pytest.mark.parametrize("external_id", ["", "example-8"])
def test_another_external_id_than_in_the_settings_is_told_with_the_right_one(external_id: str) -> None:
    (finding,) = found(under({**BOTH, **WITH_ID}), external_id=external_id)
    assert (finding.check, finding.severity) == ("external-id-differs", "error")
    assert 'demands the external id "example-7"' in finding.message
    assert (f'the settings have "{external_id}"' if external_id else "the settings have none") in finding.message
    assert 'external_id = "example-7"' in finding.remedy


def test_the_external_id_of_the_settings_counts() -> None:
    assert names(under({**BOTH, **WITH_ID}), external_id="example-7") == []
    several = {"StringEquals": {"sts:ExternalId": ["example-7", "example-8"]}}
    assert names(under({**BOTH, **several}), external_id="example-8") == []
    assert names(under(BOTH), external_id="example-7") == []
    pattern = {"StringLike": {**OWN_NAME["StringLike"], "sts:ExternalId": "example-*"}}
    assert names(under({**MFA, **pattern}), external_id="example-7") == []
    (closed,) = found(under({**MFA, **pattern}), external_id="other-7")
    assert (closed.check, "asks for another external ID" in closed.message) == ("existing-role-closed", True)


def test_an_external_id_does_not_hide_that_mfa_is_missing() -> None:
    assert names(under(WITH_ID)) == [
        "external-id-differs",
        "existing-role-without-mfa",
        "existing-role-without-name",
    ]


def test_an_external_id_of_one_member_alone_is_told_too() -> None:
    assert names(policy(allow(DEV, {**BOTH, **WITH_ID}))) == ["external-id-differs"]


def test_a_role_for_certain_members_is_a_note() -> None:
    (finding,) = found(policy(allow(DEV, BOTH)))
    assert (finding.check, finding.severity) == ("existing-role-for-some", "note")
    assert "It lets in the IAM user members/dev" in finding.message


def test_what_cannot_be_seen_is_a_note_with_the_condition() -> None:
    (finding,) = found(under({**BOTH, "StringEquals": {"aws:PrincipalTag/team": "a"}}))
    assert (finding.check, finding.severity) == ("existing-role-uncertain", "note")
    assert 'the tag team of the IAM user (StringEquals aws:PrincipalTag/team "a")' in finding.message
    (unknown,) = found(under({**BOTH, "StringEquals": {"aws:NewKey": "a"}}))
    assert 'also demands aws:NewKey (StringEquals aws:NewKey "a")' in unknown.message
    assert names({}) == ["existing-role-uncertain"]


@pytest.mark.parametrize("principal", ["*", DEV])
def test_a_trust_that_needs_no_grant_makes_the_groups_conditions_void(principal: str) -> None:
    trust = policy(allow(principal))
    here = _here(trust)
    (past,) = [one for one in here if one.check == "group-bypassed"]
    assert "No grant is needed for that, so the group's conditions are void." in past.message
    assert f'"Principal": {{"AWS": "{IDENTITY}"}}' in past.remedy
    (without,) = [one for one in here if one.check == "existing-role-without-mfa"]
    assert "Meanwhile nothing does, as the group's policy is not asked." in without.message
    assert "group-bypassed" not in names(trust)
    assert "group-bypassed" not in [one.check for one in _here(under(BOTH))]
    with_id = policy(allow(principal, WITH_ID))
    assert "group-bypassed" in [one.check for one in _here(with_id)]


def _here(trust: Any) -> list[Finding]:
    """The findings on a role in the members' own account."""
    settings = organisation()
    role = replace(next(one for one in settings.roles if one.is_existing), account_id=IDENTITY)
    settings = replace(settings, groups=(replace(settings.groups[0], roles=(role,)),))
    there = IAMRole(role.role_name, role.arn("aws"), trust, maximum_session_seconds=3600)
    return list(OthersRole(settings, role, there, NOW).findings())


@pytest.mark.parametrize(
    ("seconds", "promised", "check"),
    [
        (3600, 7200, "session-too-short"),
        (7200, 3600, "session-could-be-longer"),
        (7200, 7200, None),
        (None, 7200, None),
    ],
)
def test_the_length_of_sessions_is_for_the_settings_to_say(seconds: Any, promised: int, check: str | None) -> None:
    here = found(under(BOTH), seconds=seconds, maximum_session_seconds=promised)
    assert [one.check for one in here] == ([check] if check else [])
    assert all(f"maximum_session_seconds = {seconds}" in one.remedy for one in here)


@pytest.mark.parametrize("case", CASES)
def test_every_remedy_is_for_others_so_that_no_command_is_typed(case: str) -> None:
    for one in found(CASES[case].policy):
        assert one.message
        assert all(line.startswith("# ") for line in one.remedy.splitlines())
