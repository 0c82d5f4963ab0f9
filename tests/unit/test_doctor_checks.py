"""Each fault in a snapshot is found, and nothing else; on a good snapshot the doctor is silent."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given

from chalicelib.arns import BASELINE_GROUP, QUARANTINE_GROUP
from chalicelib.settings.records import Settings
from firstday.cli.views.doctor_view import as_run
from firstday.deployment.resource_words import GROUP
from firstday.doctor import (
    access_findings,
    administrator_findings,
    catalogue,
    mail_findings,
    member_findings,
    needed_actions,
    organisation_findings,
    upkeep_findings,
)
from firstday.doctor.checks.account import not_permitted, wrong_account
from firstday.doctor.checks.roles import account_not_seen, roles_given_up
from firstday.doctor.findings import Check
from firstday.doctor.snapshot import Unreadable
from tests.helpers.doctor_faults import (
    ANOTHER,
    DEV,
    DOCTOR,
    FAULTS,
    MORE,
    SETTINGS,
    STG,
    Spoil,
    both,
    device,
    group,
    invited,
    more_users,
    records,
    role,
    trust_without,
    without_group,
)
from tests.helpers.doctor_snapshots import (
    MEMBER,
    NOW,
    found_in,
    good_member,
    good_snapshot,
    good_user,
    with_identity,
)
from tests.helpers.settings_makers import any_settings
from tests.helpers.trust_cases import CASES


@given(any_settings())
def test_nothing_is_wrong_with_what_the_templates_make(settings: Settings) -> None:
    assert found_in(settings, good_snapshot(settings)) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_found_and_nothing_else(fault: str) -> None:
    check, spoil, subject, remedy = FAULTS[fault]
    found = found_in(SETTINGS, spoil(good_snapshot(SETTINGS)))
    assert [(one.check, one.severity, one.subject) for one in found] == [(check.name, check.severity, subject)]
    assert found[0].remedy.splitlines()[0].startswith(remedy)
    assert found[0].message
    assert found[0].why == check.why


@pytest.mark.parametrize(
    ("spoil", "remedy"),
    [
        (without_group("operators"), "firstday deploy"),
        (lambda snapshot: with_identity(snapshot, policies={}), "firstday deploy"),
        (role("firstday-admin", None), "firstday deploy"),
        (role(DEV, None), "firstday deploy"),
        (role(STG, None), "firstday deploy --account-profile stg=PROFILE"),
    ],
)
def test_what_no_stack_has_made_yet_is_deployed(spoil: Spoil, remedy: str) -> None:
    """A deployment without a change does not restore what a stack has made."""
    snapshot = with_identity(good_snapshot(SETTINGS), stack_resources=frozenset())
    targets = {one: replace(found, stack_resources=frozenset()) for one, found in snapshot.targets.items()}
    (found,) = found_in(SETTINGS, spoil(replace(snapshot, targets=targets)))
    assert found.remedy == remedy


def test_a_new_role_that_is_called_as_a_deployed_group_is_deployed() -> None:
    of_stack = {(GROUP, DEV)}
    snapshot = with_identity(good_snapshot(SETTINGS), stack_resources=of_stack)
    (found,) = found_in(SETTINGS, role(DEV, None)(snapshot))
    assert found.remedy == "firstday deploy"


def test_a_role_that_was_deleted_is_made_again_with_all_its_policies() -> None:
    (found,) = found_in(SETTINGS, role(STG, None)(good_snapshot(SETTINGS)))
    assert [line.partition(" --")[0] for line in found.remedy.splitlines()] == [
        "aws iam create-role",
        "aws iam attach-role-policy",
        "aws iam put-role-policy",
    ]


def test_whoever_was_in_a_deleted_group_is_not_forgotten() -> None:
    members = records(
        good_member(SETTINGS, "it=2", groups=("operators",)),
        good_member(SETTINGS, "it-1", groups=("operators",)),
        good_member(SETTINGS, "nobody-in-iam", groups=("operators",)),
        invited(groups=("operators",)),
    )
    users = more_users(*(good_user(SETTINGS, name) for name in ("it=2", "it-1", "another-member")))
    found = found_in(SETTINGS, both(members, users, without_group("operators"))(good_snapshot(SETTINGS)))[0]
    assert found.remedy.splitlines()[1:] == [
        "aws iam put-group-policy --group-name operators --policy-name firstday "
        f"--policy-document {DOCTOR.format('group/operators')}",
        "# Then its members, as the records have them, before any firstday members --refresh:",
        "aws iam add-user-to-group --group-name operators --user-name it-1",
        "aws iam add-user-to-group --group-name operators --user-name it=2",
    ]


@pytest.mark.parametrize(
    ("account_id", "subject", "profile"),
    [("123456789012", "dev", ""), ("210987654321", "stg", " --profile PROFILE")],
)
def test_roles_that_the_settings_gave_up_are_named_with_the_command(
    account_id: str, subject: str, profile: str
) -> None:
    (found,) = found_in(SETTINGS, replace(good_snapshot(SETTINGS), given_up=(account_id,)))
    assert (found.check, found.subject) == ("roles-given-up", subject)
    delete = "aws cloudformation delete-stack --stack-name firstday-roles --region ap-northeast-1"
    assert found.remedy == delete + profile


def test_a_remedy_can_be_typed_as_it_stands_after_a_run_with_options() -> None:
    (found,) = found_in(SETTINGS, FAULTS["no deny statement"][1](good_snapshot(SETTINGS)))
    remedy = as_run(found, "identity-admin", ["--settings", "my settings.toml"]).remedy
    assert "$(firstday doctor --profile identity-admin --settings 'my settings.toml' --document " in remedy
    assert remedy.endswith(" --profile identity-admin")
    (found,) = found_in(SETTINGS, role(STG, lambda one: trust_without("Bool")(one))(good_snapshot(SETTINGS)))
    remedy = as_run(found, "identity-admin", []).remedy
    assert f'{STG} --profile PROFILE --policy-document "$(firstday doctor --profile identity-admin' in remedy
    assert remedy.endswith('--document trust)"')
    (found,) = found_in(SETTINGS, records(good_member(SETTINGS, "another-member"))(good_snapshot(SETTINGS)))
    assert as_run(found, "identity-admin", []).remedy == "firstday offboard another-member"
    (found,) = found_in(SETTINGS, FAULTS["half an adoption"][1](good_snapshot(SETTINGS)))
    assert as_run(found, "identity-admin", []).remedy.splitlines() == [
        "firstday adopt --profile identity-admin another-member",
        "firstday release --profile identity-admin another-member   # or this",
    ]


def test_every_check_is_tried() -> None:
    tried = {check.name for check, *_ in FAULTS.values()} | {
        found.check
        for found in (
            wrong_account(SETTINGS, "210987654321", "123456789012"),
            account_not_seen(SETTINGS, "210987654321"),
            roles_given_up(SETTINGS, "210987654321"),
            not_permitted(SETTINGS, Unreadable(needed_actions.ROLE, "123456789012")),
        )
    }
    # The findings on mail, without a portal, on passwords, on the issuer, on many groups, on other Deny statements,
    # and on roles that others manage have tests of their own.
    others = {
        access_findings.EXISTING_ROLE_CLOSED.name,
        access_findings.EXISTING_ROLE_FOR_SOME.name,
        access_findings.EXISTING_ROLE_UNCERTAIN.name,
        access_findings.EXISTING_ROLE_WITHOUT_MFA.name,
        access_findings.EXISTING_ROLE_WITHOUT_NAME.name,
        access_findings.EXTERNAL_ID_DIFFERS.name,
        access_findings.GROUP_BYPASSED.name,
        access_findings.SESSION_COULD_BE_LONGER.name,
        upkeep_findings.QR_CODE_DENSE.name,
        access_findings.NO_PORTAL.name,
        upkeep_findings.PASSWORD_POLICY_MISSING.name,
        member_findings.TOO_MANY_GROUPS.name,
        *(check.name for check in vars(organisation_findings).values() if isinstance(check, Check)),
        *(check.name for check in vars(mail_findings).values() if isinstance(check, Check)),
    }
    of_administrators = {one.name for one in vars(administrator_findings).values() if isinstance(one, Check)}
    assert tried | others | of_administrators == {check.name for check in catalogue.CHECKS}


@pytest.mark.parametrize(
    ("issuer", "length"), [("例" * 64, 13), ("株式会社サンプルコーポレーション", 13), ("Ü" * 30, 20)]
)
def test_a_name_that_makes_the_qr_code_too_dense_is_told_with_a_length_that_works(issuer: str, length: int) -> None:
    snapshot = good_snapshot(SETTINGS)
    (found,) = found_in(replace(SETTINGS, issuer=issuer), snapshot)
    assert (found.check, found.subject) == ("qr-code-dense", issuer)
    assert f"It has {len(issuer)} characters. Of these, {length} have room" in found.message
    assert found_in(replace(SETTINGS, issuer=issuer[:length]), snapshot) == []
    assert found_in(replace(SETTINGS, issuer="x" * 64), snapshot) == []


def test_no_password_policy_is_worse_where_members_choose_passwords() -> None:
    settings = replace(SETTINGS, console_password=True)
    (found,) = found_in(settings, replace(good_snapshot(settings), has_password_policy=False))
    assert found.check == "password-policy-missing"


def trusted(policy: Any) -> Spoil:
    return role(DEV, lambda one: replace(one, trust=policy))


def with_age(one: Any) -> Any:
    """The policy of terraform-aws-modules: MFA of the last day, and no session name."""
    changed = trust_without("StringLike")(one)
    (statement,) = changed.trust["Statement"]
    age = {"NumericLessThan": {"aws:MultiFactorAuthAge": "86400"}}
    conditions = {"Condition": {**statement["Condition"], **age}}
    return replace(changed, trust={**changed.trust, "Statement": [{**statement, **conditions}]})


def test_a_missing_session_name_is_seen_beside_the_age_of_mfa() -> None:
    found = found_in(SETTINGS, role(DEV, with_age)(good_snapshot(SETTINGS)))
    assert [one.check for one in found] == ["trust-without-name"]


@pytest.mark.parametrize("operators", [(), ("Bool",)])
def test_a_trust_policy_whose_version_knows_no_variables_has_not_forgotten_mfa(operators: tuple[str, ...]) -> None:
    def old(one: Any) -> Any:
        for operator in operators:
            one = trust_without(operator)(one)
        return replace(one, trust={**one.trust, "Version": "2008-10-17"})

    (found,) = found_in(SETTINGS, role(DEV, old)(good_snapshot(SETTINGS)))
    assert found.check == "trust-differs"
    assert (
        "has the Version 2008-10-17, in which policy variables are plain text: it needs 2012-10-17."
        in found.message
    )


@pytest.mark.parametrize(
    ("case", "check", "words"),
    [
        ("another user without MFA, by name", "trust-without-mfa", "forgot MFA"),
        ("an external ID", "trust-without-mfa", "forgot MFA"),
        ("an external ID and MFA", "trust-differs", "asks for an external ID"),
        ("a user who was deleted, and MFA", "trust-differs", "a user or role that was deleted"),
        ("a vendor", "trust-differs", "lets in no IAM user of the member’s account"),
        ("a role with MFA", "trust-differs", "lets in no IAM user of the member’s account"),
    ],
)
def test_what_another_trust_policy_means_is_told(case: str, check: str, words: str) -> None:
    found = found_in(SETTINGS, trusted(CASES[case].policy)(good_snapshot(SETTINGS)))
    (message,) = [one.message for one in found if one.check == check]
    assert words in message


def test_a_trust_policy_that_forgot_both_is_found_twice() -> None:
    spoil = role(DEV, lambda one: trust_without("Bool")(trust_without("StringLike")(one)))
    found = found_in(SETTINGS, spoil(good_snapshot(SETTINGS)))
    assert [one.check for one in found] == ["trust-without-mfa", "trust-without-name"]


def test_who_was_invited_a_moment_ago_is_left_alone() -> None:
    """IAM may not show the user, or the group, yet."""
    fresh = invited(created_at=NOW - timedelta(minutes=1))
    assert found_in(SETTINGS, records(fresh)(good_snapshot(SETTINGS))) == []
    half = both(records(fresh), more_users(replace(ANOTHER, groups=(), boundary=None)))
    assert found_in(SETTINGS, half(good_snapshot(SETTINGS))) == []


@pytest.mark.parametrize("user_name", [MEMBER, "another-member"])
@pytest.mark.parametrize("path", ["/members/", "/staff/"])
def test_whoever_is_held_is_in_no_wrong_group(user_name: str, path: str) -> None:
    held = replace(good_user(SETTINGS, user_name), path=path, groups=(BASELINE_GROUP, QUARANTINE_GROUP))
    found = found_in(SETTINGS, with_identity(good_snapshot(SETTINGS), users=(held,)))
    assert not [one for one in found if QUARANTINE_GROUP in one.message]


@pytest.mark.parametrize(("count", "is_found"), [(8, False), (9, True)])
@pytest.mark.parametrize("where", ["record", "IAM"])
def test_a_member_of_nine_groups_of_the_settings_is_named(where: str, count: int, is_found: bool) -> None:
    """With the baseline group they are ten, so nobody could hold the member."""
    names = [f"group-{number}" for number in range(count)]
    settings = replace(SETTINGS, groups=tuple(replace(SETTINGS.groups[0], name=name) for name in names))
    groups = tuple(names if where == "record" else names[:1])
    member = good_member(settings, groups=groups)
    user = replace(good_user(settings), groups=(BASELINE_GROUP, *names))
    snapshot = replace(with_identity(good_snapshot(settings), users=(user,)), members=(member,))
    found = [one for one in found_in(settings, snapshot) if one.check == member_findings.TOO_MANY_GROUPS.name]
    assert [one.message for one in found] == (
        [f"This member is in {count} groups of the settings, and 8 leave room."] if is_found else []
    )
    assert all(one.remedy.startswith(f"firstday groups {MEMBER} GROUP") for one in found)


def test_a_device_that_somebody_is_registering_is_no_orphan() -> None:
    now = {"opened_at": NOW, "registering_at": NOW, "session_expires_at": NOW + timedelta(hours=8)}
    spoil = both(more_users(ANOTHER), records(invited(**now)), device(None, "another-member"))
    assert found_in(SETTINGS, spoil(good_snapshot(SETTINGS))) == []


def test_devices_that_are_not_named_like_members_are_somebody_elses() -> None:
    assert found_in(SETTINGS, device(None, "root-account-mfa-device")(good_snapshot(SETTINGS))) == []
    assert found_in(SETTINGS, device("chief", "chief")(good_snapshot(SETTINGS))) == []


def test_an_unknown_users_keys_are_deactivated_one_by_one() -> None:
    spoil = both(
        more_users(ANOTHER), lambda one: replace(one, keys_without_device={"another-member": ("AKIA1", "AKIA2")})
    )
    found = {one.check: one for one in found_in(SETTINGS, spoil(good_snapshot(SETTINGS)))}
    assert found["key-without-device"].remedy.splitlines() == [
        f"aws iam update-access-key --user-name another-member --status Inactive --access-key-id {key}"
        for key in ("AKIA1", "AKIA2")
    ]


def test_names_that_a_shell_would_take_apart_are_quoted() -> None:
    spoil = both(more_users(good_user(SETTINGS, "a=b,c@d")), records(good_member(SETTINGS, "a=b,c@d")))
    assert found_in(SETTINGS, spoil(good_snapshot(SETTINGS))) == []
    spoil = group("developers", inline={"firstday": MORE, "it's mine": MORE})
    found = found_in(SETTINGS, spoil(good_snapshot(SETTINGS)))
    assert found[1].remedy.endswith("""--policy-name 'it'"'"'s mine'""")


@pytest.mark.parametrize(
    "missing", ["identity", "members", "devices", "keys_without_device", "has_password_policy", "audit_stream"]
)
def test_what_could_not_be_read_is_not_judged(missing: str) -> None:
    unread: dict[str, Any] = {missing: None}
    assert found_in(SETTINGS, replace(good_snapshot(SETTINGS), **unread)) == []


def test_a_missing_permission_names_what_was_left_out() -> None:
    snapshot = replace(good_snapshot(SETTINGS), unreadable=(Unreadable(needed_actions.KEYS, "210987654321"),))
    (found,) = found_in(SETTINGS, snapshot)
    assert (found.check, found.subject) == ("not-permitted", "stg: iam:ListAccessKeys")
    assert "so this was left out: key-without-device." in found.message
    assert found.remedy == "Allow iam:ListAccessKeys in the account stg (210987654321)."
    snapshot = replace(snapshot, unreadable=(Unreadable(needed_actions.STACK_RESOURCES, "210987654321"),))
    (found,) = found_in(SETTINGS, snapshot)
    assert "so this was left out: portal-denied, how to mend what somebody deleted by hand." in found.message
    nameless = replace(SETTINGS, accounts={"stg": "210987654321"})
    missing = not_permitted(nameless, Unreadable(needed_actions.KEYS, "123456789012"))
    assert missing.remedy == "Allow iam:ListAccessKeys in the identity account (123456789012)."


def test_without_the_stack_everything_is_left_out_but_the_password_policy() -> None:
    left_out = set(catalogue.without(needed_actions.STACK))
    assert {check.name for check in catalogue.CHECKS if check.needs} - left_out == {
        "password-policy-missing",
        "password-policy-unset",
        *(check.name for check in vars(mail_findings).values() if isinstance(check, Check) and check.needs),
    }


@pytest.mark.parametrize(
    ("line", "days_old", "is_found"),
    [
        ("AKIAEXAMPLE {0} 2 told {0}", 200, True),
        ("AKIAOTHER {0} 1 ending {0}", 1, True),
        ("AKIAEXAMPLE {1} 1 told {0}", 200, False),
        ("AKIAEXAMPLE {0} 2 ended {0}", 200, False),
        ("AKIAEXAMPLE {0} 2 deleted {0}", 200, False),
        ("", 121, True),
        ("", 119, False),
    ],
)
def test_where_keys_age_one_whose_end_is_over_is_named_also_from_before_an_adoption(
    line: str, days_old: int, is_found: bool
) -> None:
    ageing, before, later = (
        replace(SETTINGS, access_key_days=120),
        *(NOW + timedelta(days=days) for days in (-2, 2)),
    )
    lines = (line.format(before.date(), later.date()),) if line else ()
    created_at = NOW - timedelta(days=days_old)
    member = good_member(SETTINGS, access_key_created_at=created_at, ageing_keys=lines)
    found = found_in(ageing, replace(good_snapshot(SETTINGS), members=(member,)))
    assert [one.check for one in found if "key" in one.check] == ["access-key-old"] * is_found
