"""What the doctor says of other Deny statements, of users outside, and of adoptions, as people read it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.arns import BASELINE_GROUP
from chalicelib.settings.records import ALLOWED_WITHOUT_MFA, Credentials, Daily, Settings
from firstday.doctor import organisation_findings
from firstday.doctor.findings import Check, Finding
from firstday.doctor.snapshot import IAMGroup, IAMUser, Snapshot
from tests.helpers.deny_cases import CASES, IF_EXISTS, deny, policy
from tests.helpers.doctor_faults import (
    ADOPTING,
    ANOTHER,
    SETTINGS,
    STAFF,
    adopted,
    both,
    invited,
    more_users,
    records,
)
from tests.helpers.doctor_snapshots import MEMBER, NOW, found_in, good_snapshot, good_user, with_identity

DENIES = {check.name for check in vars(organisation_findings).values() if isinstance(check, Check)} - {
    "users-outside"
}
STAFF_GROUP = "arn:aws:iam::123456789012:group/staff"
MANAGED = "arn:aws:iam::123456789012:policy/force-mfa"


def members_in_staff(document: Any, *others: IAMUser) -> Snapshot:
    """A member in a group of the organisation's own, which has the policy, and other users."""
    member = good_user(SETTINGS)
    snapshot = with_identity(
        good_snapshot(SETTINGS), users=(replace(member, groups=(*member.groups, "staff")), *others)
    )
    assert snapshot.identity is not None
    group = IAMGroup("staff", STAFF_GROUP, {"force-mfa": document})
    return with_identity(snapshot, groups=(*snapshot.identity.groups, group))


def told(snapshot: Snapshot, settings: Settings = SETTINGS) -> list[Finding]:
    """What the doctor says of Deny statements."""
    return [one for one in found_in(settings, snapshot) if one.check in DENIES]


def test_the_policy_of_awss_documentation_says_more_and_less() -> None:
    (found,) = told(members_in_staff(CASES["AWS's own"].policy))
    assert (found.check, found.severity, found.subject) == (
        "deny-says-more",
        "warning",
        "force-mfa of the group staff",
    )
    assert found.message == (
        f"It holds for 1 member ({MEMBER}). Without MFA, it denies what the settings allow: iam:ChangePassword. A "
        "password that has to be changed at the next sign-in cannot be changed. Without MFA, it leaves "
        "iam:GetMFADevice, which is more than Firstday's own Deny does."
    )
    assert found.remedy == "# Except from this policy's Deny without MFA: iam:ChangePassword"


def test_a_deny_of_the_days_session_is_mentioned_and_no_warning() -> None:
    (found,) = told(members_in_staff(CASES["one service that is left"].policy))
    assert (found.check, found.severity) == ("deny-beside", "note")
    assert "It denies sts:GetSessionToken, with which aws configure mfa-login begins." in found.message
    assert 'Only if AWS refuses aws configure mfa-login: write daily = ["prompt"] in firstday.toml' in found.remedy


def test_a_deny_by_age_is_told_with_the_setting_that_does_without() -> None:
    (found,) = told(members_in_staff(CASES["MFA of an hour"].policy))
    assert found.remedy.splitlines() == [
        "# Except from this policy's Deny by the age of MFA: sts:AssumeRole",
        "# Or have members type a code at each role.",
        '# In firstday.toml, write: daily = ["prompt"]. Then:',
        "firstday deploy",
    ]


@pytest.mark.parametrize(
    "changes", [{"daily": (Daily.PROMPT,)}, {"credentials": (Credentials.NONE,)}], ids=["prompt", "no key"]
)
def test_where_no_member_has_such_a_session_nothing_is_said_of_it(changes: dict[str, Any]) -> None:
    (found,) = told(members_in_staff(CASES["one service that is left"].policy), replace(SETTINGS, **changes))
    assert "mfa-login" not in found.message
    assert "daily" not in found.remedy
    (found,) = told(members_in_staff(CASES["MFA of an hour"].policy), replace(SETTINGS, **changes))
    assert "mfa-login" not in found.message
    assert found.remedy == "# Except from this policy's Deny by the age of MFA: sts:AssumeRole"


@pytest.mark.parametrize(
    ("case", "check", "words"),
    [
        ("the settings' own", "deny-beside", "It denies what Firstday's own Deny denies."),
        ("one service", "deny-beside", "Without MFA, it denies only s3:*."),
        (
            "Bool",
            "deny-says-more",
            "Without MFA in a session, it denies what the settings allow: iam:ChangePassword.",
        ),
        ("Bool", "deny-says-more", "By access key alone, it denies nothing."),
        ("Null", "deny-says-more", "In sessions without MFA, it denies nothing."),
        (
            "Bool and Null in one statement",
            "deny-beside",
            "It denies nothing: no request meets all its conditions on MFA.",
        ),
        ("everything", "deny-says-more", "Members cannot register a device by themselves; the portal does it"),
        ("some buckets", "deny-beside", "What it denies is on arn:aws:s3:::example/* alone."),
        ("MFA of an hour", "deny-ends-sessions", "Once an MFA code is 1 h old, it denies sts:AssumeRole."),
        ("MFA of an hour", "deny-ends-sessions", "mfa-login lasts 12 h, and then opens no role any more."),
        (
            "everything at all",
            "deny-closes-roles",
            "With MFA too, it denies sts:AssumeRole of every role of the settings",
        ),
        ("with MFA, by mistake", "deny-closes-roles", "members cannot switch there."),
        ("outside an office", "deny-unclear", "What else it denies depends on aws:SourceIp, and cannot be told."),
        ("without MFA, and by a tag", "deny-says-more", "What else it denies depends on aws:PrincipalTag/team"),
    ],
)
def test_each_deny_is_told_with_what_it_means_for_members(case: str, check: str, words: str) -> None:
    (found,) = told(members_in_staff(CASES[case].policy))
    assert found.check == check
    assert words in found.message
    assert found.remedy


def test_a_role_that_is_closed_is_named() -> None:
    role = SETTINGS.roles[0].arn("aws")
    (found,) = told(members_in_staff(policy(deny(Action="sts:AssumeRole", Resource=role))))
    assert f"it denies sts:AssumeRole of {role}: members cannot switch there." in found.message
    assert found.remedy == f"# Except from this policy's Deny: sts:AssumeRole of {role}"
    assert "Without MFA" not in found.message


def test_a_deny_of_other_users_is_a_note_until_they_are_members() -> None:
    users = tuple(IAMUser(f"staff-{number}", "/staff/", ("staff",)) for number in range(1, 6))
    snapshot = members_in_staff(CASES["everything at all"].policy, *users)
    (found,) = told(snapshot)
    assert (
        "It holds for 1 member (dev-simple-user) and 5 other users (staff-1, staff-2, staff-3 and 2 more)."
        in found.message
    )
    assert found.severity == "error"
    (found,) = told(with_identity(snapshot, users=(good_user(SETTINGS), *users)))
    assert (found.check, found.severity) == ("deny-ahead", "note")
    assert found.message.startswith("It holds for 5 users (staff-1, staff-2, staff-3 and 2 more). With MFA too")


def test_one_policy_is_one_finding_however_users_have_it() -> None:
    document = CASES["AWS's own"].policy
    users = (
        replace(good_user(SETTINGS), inline={"force-mfa": document}),
        IAMUser("copied", "/staff/", inline={"force-mfa": dict(document)}),
        IAMUser("attached", "/staff/", attached=(MANAGED,)),
        IAMUser("twice", "/staff/", ("admins",), attached=(MANAGED, "arn:aws:iam::aws:policy/AWSDenyAll")),
    )
    groups = (IAMGroup("admins", STAFF_GROUP, attached=(MANAGED,)),)
    snapshot = good_snapshot(SETTINGS)
    assert snapshot.identity is not None
    policies = {**snapshot.identity.policies, MANAGED: document}
    snapshot = with_identity(snapshot, users=users, groups=(*snapshot.identity.groups, *groups), policies=policies)
    found = {one.subject: one.message.partition(". ")[0] for one in told(snapshot)}
    assert found == {
        "the inline policy force-mfa": f"It holds for 1 member ({MEMBER}) and 1 other user (copied)",
        MANAGED: "It holds for 2 users (attached, twice)",
    }


def test_a_policy_that_tells_users_apart_is_asked_for_each() -> None:
    others = (IAMUser("break-glass", "/staff/", ("staff",)), IAMUser("clerk", "/staff/", ("staff",)))
    found = told(members_in_staff(CASES["everybody but one"].policy, *others))
    assert {one.message.partition(". ")[0]: one.check for one in found} == {
        f"It holds for 1 member ({MEMBER}) and 1 other user (clerk)": "deny-beside",
        "It holds for 1 user (break-glass)": "deny-ahead",
    }


def test_policies_without_a_deny_and_those_of_nobody_are_not_mentioned() -> None:
    assert told(members_in_staff(CASES["no Deny"].policy)) == []
    snapshot = members_in_staff(CASES["everything at all"].policy)
    assert told(with_identity(snapshot, users=(good_user(SETTINGS),))) == []


def test_users_outside_are_one_note_with_all_names_for_programs() -> None:
    names = [f"staff-{number:03}" for number in range(300)]
    users = more_users(
        *(IAMUser(name, "/staff/") for name in reversed(names)),
        IAMUser("in-a-group-of-firstdays", "/staff/", (BASELINE_GROUP,)),
        IAMUser("below", "/members/admins/"),
    )
    (found,) = [one for one in found_in(SETTINGS, users(good_snapshot(SETTINGS))) if one.check == "users-outside"]
    assert (found.severity, found.subject, found.remedy) == ("note", "dev", "firstday adopt USER")
    assert found.message == (
        "300 users are not members: staff-000, staff-001, staff-002, staff-003, staff-004 and 295 more."
    )
    assert found.names == tuple(names)
    unread = replace(users(good_snapshot(SETTINGS)), members=None)
    assert "users-outside" not in {one.check for one in found_in(SETTINGS, unread)}


def adoption(user: IAMUser | None, **changes: Any) -> list[Finding]:
    spoil = both(more_users(*([user] if user else [])), records(invited(**(ADOPTING | changes))))
    return found_in(SETTINGS, spoil(good_snapshot(SETTINGS)))


def half_adopted() -> Iterator[tuple[IAMUser, str]]:
    bounded = replace(STAFF, boundary=ANOTHER.boundary)
    yield STAFF, f"The user does not have the boundary, the group {BASELINE_GROUP}, the path /members/."
    yield bounded, f"The user does not have the group {BASELINE_GROUP}, the path /members/."
    yield replace(bounded, groups=("staff", BASELINE_GROUP)), "The user does not have the path /members/."
    yield ANOTHER, ""


@pytest.mark.parametrize(("user", "words"), list(half_adopted()))
def test_an_adoption_that_stopped_at_any_step_is_one_finding(user: IAMUser, words: str) -> None:
    (found,) = adoption(user)
    assert found.check == "adoption-unfinished"
    assert found.message == f"It was begun at 2026-11-24 09:00 UTC. {words}".strip()
    assert found.remedy == "firstday adopt another-member\nfirstday release another-member   # or this"


def test_an_adoption_goes_on_for_some_minutes() -> None:
    assert adoption(STAFF, adopting_at=NOW - timedelta(minutes=4)) == []
    assert adoption(ANOTHER, adopting_at=NOW - timedelta(minutes=4)) == []


def test_an_adoption_of_a_user_who_is_gone_is_a_record_without_a_user() -> None:
    assert [one.check for one in adoption(None)] == ["record-without-user"]


def test_an_adopted_member_is_as_any_other_and_a_released_user_as_any_user() -> None:
    spoil = both(more_users(ANOTHER), records(adopted()))
    assert found_in(SETTINGS, spoil(good_snapshot(SETTINGS))) == []
    assert [one.check for one in found_in(SETTINGS, more_users(STAFF)(good_snapshot(SETTINGS)))] == [
        "users-outside"
    ]


def test_an_adopted_member_who_did_not_begin_is_released_and_not_deleted() -> None:
    day = timedelta(days=1)
    member = adopted(token_hash="0" * 64, invited_at=NOW - 8 * day, expires_at=NOW - day)
    (found,) = found_in(SETTINGS, both(more_users(ANOTHER), records(member))(good_snapshot(SETTINGS)))
    assert found.check == "invitation-unused"
    assert found.remedy == "firstday invite another-member\nfirstday release another-member   # or this"


def test_half_a_release_is_told() -> None:
    (found,) = found_in(SETTINGS, both(more_users(STAFF), records(adopted()))(good_snapshot(SETTINGS)))
    assert "a release may have been begun" in found.message
    assert found.remedy.splitlines()[1].endswith("--new-path /members/   # or this, to keep the member")


def test_what_the_settings_allow_decides_what_is_more() -> None:
    settings = replace(
        SETTINGS, allowed_without_mfa=tuple(one for one in ALLOWED_WITHOUT_MFA if one != "iam:ChangePassword")
    )
    document = policy(deny(IF_EXISTS, NotAction=list(settings.allowed_without_mfa)))
    snapshot = members_in_staff(document)
    assert [one.check for one in told(snapshot, settings)] == ["deny-beside"]
    assert [one.check for one in told(snapshot)] == ["deny-says-more"]
