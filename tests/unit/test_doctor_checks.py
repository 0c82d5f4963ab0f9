"""Each fault in a snapshot is found, and nothing else; on a good snapshot the doctor is silent."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given

from chalicelib.arns import BASELINE_GROUP, QUARANTINE_GROUP
from chalicelib.settings.records import Settings
from firstday.cli.views.doctor_view import as_run
from firstday.deployment.resource_words import GROUP
from firstday.doctor import access_findings, catalogue, member_findings, needed_actions, upkeep_findings
from firstday.doctor.checks.account import not_permitted, wrong_account
from firstday.doctor.checks.roles import account_not_seen, roles_given_up
from firstday.doctor.findings import Check
from firstday.doctor.snapshot import AuditStream, Denial, IAMUser, Snapshot, Unreadable, VirtualDevice
from tests.trust.cases import CASES
from tests.unit.doctor_snapshots import (
    MEMBER,
    NOW,
    STREAM,
    found_in,
    good_member,
    good_snapshot,
    good_user,
    with_identity,
)
from tests.unit.settings_makers import any_settings, example_settings

SETTINGS = example_settings()
STATEMENT = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
MORE = {"Version": "2012-10-17", "Statement": [STATEMENT]}
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
DAY = timedelta(days=1)
Spoil = Callable[[Snapshot], Snapshot]


@given(any_settings())
def test_nothing_is_wrong_with_what_the_templates_make(settings: Settings) -> None:
    assert found_in(settings, good_snapshot(settings)) == []


def group(name: str, **changes: Any) -> Spoil:
    def spoil(snapshot: Snapshot) -> Snapshot:
        assert snapshot.identity is not None
        groups = [replace(one, **changes) if one.name == name else one for one in snapshot.identity.groups]
        return with_identity(snapshot, groups=tuple(groups))

    return spoil


def without_group(name: str) -> Spoil:
    def spoil(snapshot: Snapshot) -> Snapshot:
        assert snapshot.identity is not None
        return with_identity(snapshot, groups=tuple(one for one in snapshot.identity.groups if one.name != name))

    return spoil


def role(name: str, change: Callable[[Any], Any] | None) -> Spoil:
    """One role, wherever it is, changed or gone."""

    def changed(roles: tuple[Any, ...]) -> tuple[Any, ...]:
        kept = [one for one in roles if one.name != name or change is not None]
        return tuple(change(one) if one.name == name and change else one for one in kept)

    def spoil(snapshot: Snapshot) -> Snapshot:
        assert snapshot.identity is not None
        targets = {one: replace(found, roles=changed(found.roles)) for one, found in snapshot.targets.items()}
        return replace(with_identity(snapshot, roles=changed(snapshot.identity.roles)), targets=targets)

    return spoil


def trust_without(operator: str) -> Callable[[Any], Any]:
    def change(one: Any) -> Any:
        (statement,) = one.trust["Statement"]
        condition = {name: block for name, block in statement["Condition"].items() if name != operator}
        return replace(one, trust={**one.trust, "Statement": [{**statement, "Condition": condition}]})

    return change


def trust_with_more(one: Any) -> Any:
    service = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return replace(one, trust={**one.trust, "Statement": [*one.trust["Statement"], service]})


def user(**changes: Any) -> Spoil:
    return lambda snapshot: with_identity(snapshot, users=(replace(good_user(SETTINGS), **changes),))


def more_users(*users: IAMUser) -> Spoil:
    return lambda snapshot: with_identity(snapshot, users=(good_user(SETTINGS), *users))


def records(*members: Any) -> Spoil:
    return lambda snapshot: replace(snapshot, members=(good_member(SETTINGS), *members))


def denied(*denials: Denial) -> Spoil:
    return lambda snapshot: replace(snapshot, denials=denials)


def watched(arn: str | None, mappings: dict[str, bool]) -> Spoil:
    return lambda snapshot: replace(snapshot, audit_stream=AuditStream("audit", arn, mappings))


def invited(**changes: Any) -> Any:
    """A record of a member who has not begun."""
    values: dict[str, Any] = {
        "proved_at": None,
        "accepted_at": None,
        "opened_at": None,
        "access_key_id": None,
        "access_key_created_at": None,
    }
    return good_member(SETTINGS, "another-member", **(values | changes))


def device(user_name: str | None, name: str) -> Spoil:
    found = VirtualDevice(f"arn:aws:iam::123456789012:mfa/{name}", user_name)
    return lambda snapshot: replace(snapshot, devices=(*(snapshot.devices or ()), found))


def both(*spoils: Spoil) -> Spoil:
    def spoil(snapshot: Snapshot) -> Snapshot:
        for one in spoils:
            snapshot = one(snapshot)
        return snapshot

    return spoil


DEV, STG = "dev-SwitchRole-S3FullAccess", "stg-SwitchRole-S3ReadOnly"
DOCTOR = '"$(firstday doctor --document {})"'
PUT_TRUST = f"aws iam update-assume-role-policy --role-name {DEV} --policy-document {DOCTOR.format('trust')}"
BOUNDARY = "arn:aws:iam::123456789012:policy/members/firstday-member-boundary"
ANOTHER = good_user(SETTINGS, "another-member")
# The check, the fault, the subject of the finding, and the first line of the remedy.
FAULTS: dict[str, tuple[Check, Spoil, str, str]] = {
    "no deny statement": (
        access_findings.DENY_MISSING,
        group(BASELINE_GROUP, inline={"firstday": MORE}),
        BASELINE_GROUP,
        f"aws iam put-group-policy --group-name {BASELINE_GROUP} --policy-name firstday "
        f"--policy-document {DOCTOR.format(f'group/{BASELINE_GROUP}')}",
    ),
    "no baseline policy at all": (
        access_findings.DENY_MISSING,
        group(BASELINE_GROUP, inline={}),
        BASELINE_GROUP,
        "aws iam put-group-policy ",
    ),
    "another switch-role group's policy": (
        access_findings.GROUP_POLICY_DIFFERS,
        group("developers", inline={"firstday": MORE}),
        "developers",
        "aws iam put-group-policy --group-name developers ",
    ),
    "a switch-role group without policy": (
        access_findings.GROUP_POLICY_DIFFERS,
        group("developers", inline={}),
        "developers",
        "aws iam put-group-policy --group-name developers ",
    ),
    "a group at another path": (
        access_findings.GROUP_MISSING,
        group("developers", arn="arn:aws:iam::123456789012:group/developers"),
        "developers",
        "# First free the name, which arn:aws:iam::123456789012:group/developers has.",
    ),
    "no group": (
        access_findings.GROUP_MISSING,
        without_group("operators"),
        "operators",
        "aws iam create-group --path /switch-role/ --group-name operators",
    ),
    "one more managed policy": (
        access_findings.GROUP_POLICY_EXTRA,
        group("operators", attached=(ADMINISTRATOR,)),
        "operators",
        f"aws iam detach-group-policy --group-name operators --policy-arn {ADMINISTRATOR}",
    ),
    "no boundary": (
        access_findings.BOUNDARY_MISSING,
        lambda snapshot: with_identity(snapshot, policies={}),
        "firstday-member-boundary",
        "aws iam create-policy --path /members/ --policy-name firstday-member-boundary "
        f"--policy-document {DOCTOR.format('boundary')}",
    ),
    "another boundary": (
        access_findings.BOUNDARY_DIFFERS,
        lambda snapshot: with_identity(snapshot, policies={BOUNDARY: MORE}),
        "firstday-member-boundary",
        f"aws iam create-policy-version --policy-arn {BOUNDARY} --set-as-default "
        f"--policy-document {DOCTOR.format('boundary')}",
    ),
    "somebody else in a group": (
        access_findings.OUTSIDER_IN_GROUP,
        more_users(IAMUser("outsider", "/staff/", ("developers",))),
        "outsider",
        "aws iam remove-user-from-group --group-name developers --user-name outsider",
    ),
    "an admin role without MFA": (
        access_findings.ADMIN_ROLE_DIFFERS,
        role("firstday-admin", trust_without("Bool")),
        "firstday-admin",
        "aws iam update-assume-role-policy --role-name firstday-admin "
        f"--policy-document {DOCTOR.format('admin-trust')}",
    ),
    "an admin role that may do more": (
        access_findings.ADMIN_ROLE_DIFFERS,
        role("firstday-admin", lambda one: replace(one, attached=(ADMINISTRATOR,))),
        "firstday-admin",
        f"aws iam detach-role-policy --role-name firstday-admin --policy-arn {ADMINISTRATOR}",
    ),
    "no admin role": (
        access_findings.ROLE_MISSING,
        role("firstday-admin", None),
        "firstday-admin",
        "aws iam create-role --role-name firstday-admin "
        f"--assume-role-policy-document {DOCTOR.format('admin-trust')}",
    ),
    "no role": (
        access_findings.ROLE_MISSING,
        role(DEV, None),
        f"dev: {DEV}",
        f"aws iam create-role --role-name {DEV} ",
    ),
    "no role in another account": (
        access_findings.ROLE_MISSING,
        role(STG, None),
        f"stg: {STG}",
        f"aws iam create-role --role-name {STG} --path / --max-session-duration 14400 --profile PROFILE "
        f"--assume-role-policy-document {DOCTOR.format('trust')}",
    ),
    "a role at another path": (
        access_findings.ROLE_MISSING,
        role(DEV, lambda one: replace(one, arn=f"arn:aws:iam::123456789012:role/other/{DEV}")),
        f"dev: {DEV}",
        f"# First free the name, which arn:aws:iam::123456789012:role/other/{DEV} has.",
    ),
    "a role without MFA": (
        access_findings.TRUST_WITHOUT_MFA,
        role(DEV, trust_without("Bool")),
        f"dev: {DEV}",
        PUT_TRUST,
    ),
    "a role under any name": (
        access_findings.TRUST_WITHOUT_NAME,
        role(DEV, trust_without("StringLike")),
        f"dev: {DEV}",
        PUT_TRUST,
    ),
    "a role under any name in another account": (
        access_findings.TRUST_WITHOUT_NAME,
        role(STG, trust_without("StringLike")),
        f"stg: {STG}",
        f"aws iam update-assume-role-policy --role-name {STG} --profile PROFILE "
        f"--policy-document {DOCTOR.format('trust')}",
    ),
    "a role for others": (access_findings.TRUST_DIFFERS, role(DEV, trust_with_more), f"dev: {DEV}", PUT_TRUST),
    "a role for an hour": (
        access_findings.SESSION_TOO_SHORT,
        role(DEV, lambda one: replace(one, maximum_session_seconds=3600)),
        f"dev: {DEV}",
        f"aws iam update-role --role-name {DEV} --max-session-duration 43200",
    ),
    "a role that may do more": (
        access_findings.ROLE_PERMISSIONS_DIFFER,
        role(STG, lambda one: replace(one, attached=(*one.attached, ADMINISTRATOR))),
        f"stg: {STG}",
        f"aws iam detach-role-policy --role-name {STG} --policy-arn {ADMINISTRATOR} --profile PROFILE",
    ),
    "a role that may do less": (
        access_findings.ROLE_PERMISSIONS_DIFFER,
        role(DEV, lambda one: replace(one, attached=())),
        f"dev: {DEV}",
        f"aws iam attach-role-policy --role-name {DEV} --policy-arn arn:aws:iam::aws:policy/AmazonS3FullAccess",
    ),
    "a role with another policy of its own": (
        access_findings.ROLE_PERMISSIONS_DIFFER,
        role("stg-SwitchRole-Operations", lambda one: replace(one, inline={"firstday": MORE})),
        "stg: stg-SwitchRole-Operations",
        "aws iam put-role-policy --role-name stg-SwitchRole-Operations --policy-name firstday --profile PROFILE "
        f"--policy-document {DOCTOR.format('role/stg-ops')}",
    ),
    "an administrator among members": (
        member_findings.ADMINISTRATOR_AMONG_MEMBERS,
        more_users(IAMUser("chief", "/members/", attached=(ADMINISTRATOR,))),
        "chief",
        "aws iam update-user --user-name chief --new-path /",
    ),
    "a member in another group": (
        member_findings.ADMINISTRATOR_AMONG_MEMBERS,
        user(groups=(BASELINE_GROUP, "admins")),
        MEMBER,
        f"aws iam remove-user-from-group --group-name admins --user-name {MEMBER}",
    ),
    "a member with a policy": (
        member_findings.ADMINISTRATOR_AMONG_MEMBERS,
        user(inline=("mine",)),
        MEMBER,
        f"aws iam delete-user-policy --user-name {MEMBER} --policy-name mine",
    ),
    "a member outside the baseline group": (
        member_findings.MEMBER_OUTSIDE_BASELINE,
        user(groups=("developers",)),
        MEMBER,
        f"aws iam add-user-to-group --group-name {BASELINE_GROUP} --user-name {MEMBER}",
    ),
    "a member without boundary": (
        member_findings.MEMBER_WITHOUT_BOUNDARY,
        user(boundary=None),
        MEMBER,
        f"aws iam put-user-permissions-boundary --user-name {MEMBER} --permissions-boundary {BOUNDARY}",
    ),
    "a member with another boundary": (
        member_findings.MEMBER_WITHOUT_BOUNDARY,
        user(boundary=ADMINISTRATOR),
        MEMBER,
        f"aws iam put-user-permissions-boundary --user-name {MEMBER} --permissions-boundary {BOUNDARY}",
    ),
    "no group for held members": (
        access_findings.GROUP_MISSING,
        without_group(QUARANTINE_GROUP),
        QUARANTINE_GROUP,
        f"aws iam create-group --path /quarantine/ --group-name {QUARANTINE_GROUP}",
    ),
    "a group for held members that denies nothing": (
        access_findings.GROUP_POLICY_DIFFERS,
        group(QUARANTINE_GROUP, inline={"firstday": MORE}),
        QUARANTINE_GROUP,
        f"aws iam put-group-policy --group-name {QUARANTINE_GROUP} --policy-name firstday "
        f"--policy-document {DOCTOR.format(f'group/{QUARANTINE_GROUP}')}",
    ),
    "somebody below the members' path": (
        member_findings.USER_BELOW_MEMBERS,
        more_users(IAMUser("below", "/members/admins/")),
        "below",
        "aws iam update-user --user-name below --new-path /   # a member: /members/",
    ),
    "a member below the members' path": (
        member_findings.USER_MOVED,
        both(more_users(replace(ANOTHER, path="/members/sub/")), records(good_member(SETTINGS, "another-member"))),
        "another-member",
        "aws iam update-user --user-name another-member --new-path /members/",
    ),
    "a key without device": (
        member_findings.KEY_WITHOUT_DEVICE,
        lambda snapshot: replace(snapshot, keys_without_device={MEMBER: ("AKIAEXAMPLE",)}),
        MEMBER,
        f"firstday reset-mfa {MEMBER}",
    ),
    "a user without record": (
        member_findings.MEMBER_UNKNOWN,
        more_users(ANOTHER),
        "another-member",
        "firstday members --refresh",
    ),
    "a member under another path": (
        member_findings.USER_MOVED,
        both(more_users(replace(ANOTHER, path="/former/")), records(good_member(SETTINGS, "another-member"))),
        "another-member",
        "aws iam update-user --user-name another-member --new-path /members/",
    ),
    "a member in other capitals": (
        member_findings.USER_MOVED,
        both(
            more_users(replace(ANOTHER, user_name="Another-Member")),
            records(good_member(SETTINGS, "another-member")),
        ),
        "another-member",
        "aws iam update-user --user-name Another-Member --new-user-name another-member",
    ),
    "a function whose boundary keeps it from something": (
        access_findings.PORTAL_DENIED,
        denied(Denial("portal-role", "iam:CreateUser", "by boundary")),
        "portal-role",
        "# Ask whoever manages the policies of the account and the organisation to allow it.",
    ),
    "a function that the organisation keeps from something": (
        access_findings.PORTAL_DENIED,
        denied(Denial("portal-role", "iam:CreateUser", "by organisation")),
        "portal-role",
        "# Ask whoever manages the policies of the account and the organisation to allow it.",
    ),
    "a function that a policy of its role keeps from something": (
        access_findings.PORTAL_DENIED,
        denied(Denial("portal-role", "iam:CreateUser", "explicitDeny", ("guardrail",))),
        "portal-role",
        "aws iam delete-role-policy --role-name portal-role --policy-name guardrail",
    ),
    "a record without user": (
        member_findings.RECORD_WITHOUT_USER,
        records(good_member(SETTINGS, "another-member")),
        "another-member",
        "firstday offboard another-member",
    ),
    "a member of a group that was given up": (
        member_findings.GROUP_GIVEN_UP,
        both(more_users(ANOTHER), records(good_member(SETTINGS, "another-member", groups=("developers", "old")))),
        "another-member",
        "firstday groups another-member developers",
    ),
    "an invitation to a group that was given up": (
        member_findings.GROUP_GIVEN_UP,
        both(more_users(ANOTHER), records(invited(groups=("old",)))),
        "another-member",
        "firstday groups another-member GROUP",
    ),
    "half an offboarding": (
        member_findings.OFFBOARDING_UNFINISHED,
        both(more_users(ANOTHER), records(invited(offboarding_at=NOW - DAY))),
        "another-member",
        "firstday offboard another-member",
    ),
    "a table that can be deleted": (
        upkeep_findings.TABLE_UNPROTECTED,
        lambda snapshot: replace(snapshot, unprotected_tables=("members",)),
        "members",
        "firstday deploy",
    ),
    "a watcher that is off": (
        upkeep_findings.TRAIL_UNWATCHED,
        watched(STREAM, {"uuid": False}),
        "audit",
        "aws lambda update-event-source-mapping --enabled --uuid uuid --region ap-northeast-1",
    ),
    "a watcher that nothing calls": (
        upkeep_findings.TRAIL_UNWATCHED,
        watched(STREAM, {}),
        "audit",
        "aws lambda create-event-source-mapping --function-name firstday-audit-watcher --event-source-arn"
        f" {STREAM} --starting-position TRIM_HORIZON --batch-size 10 --filter-criteria"
        """ '{"Filters":[{"Pattern":"{\\"eventName\\":[\\"MODIFY\\",\\"REMOVE\\"]}"}]}'"""
        " --region ap-northeast-1",
    ),
    "an audit trail without a stream": (
        upkeep_findings.TRAIL_UNWATCHED,
        watched(None, {}),
        "audit",
        "aws dynamodb update-table --table-name audit --stream-specification"
        " StreamEnabled=true,StreamViewType=NEW_IMAGE --region ap-northeast-1",
    ),
    "no password policy": (
        upkeep_findings.PASSWORD_POLICY_UNSET,
        lambda snapshot: replace(snapshot, has_password_policy=False),
        "123456789012",
        "aws iam update-account-password-policy --minimum-password-length 14 --allow-users-to-change-password",
    ),
    "a device of nobody": (
        upkeep_findings.DEVICE_ORPHANED,
        both(more_users(ANOTHER), records(invited()), device(None, "another-member")),
        "arn:aws:iam::123456789012:mfa/another-member",
        "aws iam delete-virtual-mfa-device --serial-number arn:aws:iam::123456789012:mfa/another-member",
    ),
    "an invitation that nobody opened": (
        upkeep_findings.INVITATION_UNUSED,
        both(more_users(ANOTHER), records(invited(expires_at=NOW - DAY, invited_at=NOW - 8 * DAY))),
        "another-member",
        "firstday invite another-member",
    ),
    "an old key": (
        upkeep_findings.ACCESS_KEY_OLD,
        lambda snapshot: replace(snapshot, members=(good_member(SETTINGS, access_key_created_at=NOW - 91 * DAY),)),
        MEMBER,
        f"aws iam delete-access-key --user-name {MEMBER} --access-key-id AKIAEXAMPLE",
    ),
}


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
    # The findings without a portal, on passwords and on many groups have tests of their own.
    others = {
        access_findings.NO_PORTAL.name,
        upkeep_findings.PASSWORD_POLICY_MISSING.name,
        member_findings.TOO_MANY_GROUPS.name,
    }
    assert tried | others == {check.name for check in catalogue.CHECKS}


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
    }
