"""Each fault that the doctor looks for, made in a snapshot of a good deployment, and how it is mended."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from chalicelib.arns import BASELINE_GROUP, QUARANTINE_GROUP, SUSPENDED_GROUP
from firstday.doctor import access_findings, member_findings, organisation_findings, upkeep_findings
from firstday.doctor.findings import Check
from firstday.doctor.snapshot import AuditStream, Denial, IAMUser, Snapshot, VirtualDevice
from tests.helpers.doctor_snapshots import MEMBER, NOW, STREAM, good_member, good_user, with_identity
from tests.helpers.settings_makers import example_settings

Spoil = Callable[[Snapshot], Snapshot]
DEV, STG = "dev-SwitchRole-S3FullAccess", "stg-SwitchRole-S3ReadOnly"
SETTINGS = example_settings()
STATEMENT = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
MORE = {"Version": "2012-10-17", "Statement": [STATEMENT]}
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
DAY = timedelta(days=1)


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


DOCTOR = '"$(firstday doctor --document {})"'
PUT_TRUST = f"aws iam update-assume-role-policy --role-name {DEV} --policy-document {DOCTOR.format('trust')}"
BOUNDARY = "arn:aws:iam::123456789012:policy/members/firstday-member-boundary"
ANOTHER = good_user(SETTINGS, "another-member")
# The same user before an adoption, or after a release.
STAFF = IAMUser("another-member", "/staff/", ("staff",))
ADOPTING: dict[str, Any] = {
    "token_hash": None,
    "invited_at": None,
    "expires_at": None,
    "adopting_at": NOW - DAY,
    "former_path": "/staff/",
    "former_groups": ("staff",),
}


def adopted(**changes: Any) -> Any:
    """A record of a member who was adopted."""
    return invited(**(ADOPTING | {"adopted_at": NOW - DAY} | changes))


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
        user(inline={"mine": MORE}),
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
    "no group for suspended members": (
        access_findings.GROUP_MISSING,
        without_group(SUSPENDED_GROUP),
        SUSPENDED_GROUP,
        f"aws iam create-group --path /suspended/ --group-name {SUSPENDED_GROUP}",
    ),
    "a member who is suspended in the record only": (
        member_findings.SUSPENDED_HALF,
        both(more_users(ANOTHER), records(good_member(SETTINGS, "another-member", suspended_at=NOW - DAY))),
        "another-member",
        "firstday suspend another-member",
    ),
    "a member who is suspended in IAM only": (
        member_findings.SUSPENDED_HALF,
        both(
            more_users(replace(ANOTHER, groups=(*ANOTHER.groups, SUSPENDED_GROUP))),
            records(good_member(SETTINGS, "another-member")),
        ),
        "another-member",
        "firstday suspend another-member",
    ),
    "a member who has been suspended for long": (
        upkeep_findings.SUSPENDED_LONG,
        both(
            more_users(replace(ANOTHER, groups=(*ANOTHER.groups, SUSPENDED_GROUP))),
            records(good_member(SETTINGS, "another-member", suspended_at=NOW - 90 * DAY)),
        ),
        "another-member",
        "firstday offboard another-member",
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
        "aws iam update-user --user-name Another-Member --new-user-name another-member-new",
    ),
    "a function whose boundary keeps it from something": (
        access_findings.PORTAL_DENIED,
        denied(Denial("portal-role", "iam:CreateUser", "by boundary")),
        "portal-role",
        "# Ask the administrators of the account's and the organisation's policies to allow it.",
    ),
    "a function that the organisation keeps from something": (
        access_findings.PORTAL_DENIED,
        denied(Denial("portal-role", "iam:CreateUser", "by organisation")),
        "portal-role",
        "# Ask the administrators of the account's and the organisation's policies to allow it.",
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
    "half an adoption": (
        member_findings.ADOPTION_UNFINISHED,
        both(more_users(STAFF), records(invited(**ADOPTING))),
        "another-member",
        "firstday adopt another-member",
    ),
    "half an adoption, which lacks the record alone": (
        member_findings.ADOPTION_UNFINISHED,
        both(
            more_users(ANOTHER),
            records(invited(**ADOPTING)),
            lambda snapshot: replace(snapshot, keys_without_device={"another-member": ("AKIAEXAMPLE",)}),
        ),
        "another-member",
        "firstday adopt another-member",
    ),
    "half a release": (
        member_findings.USER_MOVED,
        both(more_users(STAFF), records(adopted())),
        "another-member",
        "firstday release another-member",
    ),
    "an adopted member whom somebody moved elsewhere": (
        member_findings.USER_MOVED,
        both(more_users(replace(STAFF, path="/former/")), records(adopted())),
        "another-member",
        "aws iam update-user --user-name another-member --new-path /members/",
    ),
    "an adopted member without boundary": (
        member_findings.MEMBER_WITHOUT_BOUNDARY,
        both(more_users(replace(ANOTHER, boundary=None)), records(adopted())),
        "another-member",
        f"aws iam put-user-permissions-boundary --user-name another-member --permissions-boundary {BOUNDARY}",
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
    "a user who is not a member": (
        organisation_findings.USERS_OUTSIDE,
        more_users(STAFF),
        "dev",
        "firstday adopt USER",
    ),
    "a device of nobody": (
        upkeep_findings.DEVICE_ORPHANED,
        both(more_users(ANOTHER), records(invited()), device(None, "another-member")),
        "arn:aws:iam::123456789012:mfa/another-member",
        "aws iam delete-virtual-mfa-device --serial-number arn:aws:iam::123456789012:mfa/another-member",
    ),
    "a device from elsewhere": (
        upkeep_findings.DEVICE_UNKNOWN,
        device(MEMBER, "spare"),
        "arn:aws:iam::123456789012:mfa/spare",
        f"aws iam deactivate-mfa-device --user-name {MEMBER}"
        " --serial-number arn:aws:iam::123456789012:mfa/spare   # if it is not",
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
