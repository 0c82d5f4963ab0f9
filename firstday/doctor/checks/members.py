"""Compares the users under ``/members/`` with the portal's records: who is missing in one, and what they have."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta

from chalicelib.arns import BASELINE_GROUP, MEMBERS_PATH, QUARANTINE_GROUP, SUSPENDED_GROUP, boundary_arn
from chalicelib.members.record import Member, MemberState, comparable, name_between, state_of
from chalicelib.settings.quotas import GROUPS_A_MEMBER
from chalicelib.settings.records import Settings
from firstday.doctor import member_findings, mending, upkeep_findings
from firstday.doctor.checks.access_keys import check_old_keys
from firstday.doctor.checks.adoptions import (
    check_adoptions,
    half_released,
    is_being_adopted,
    is_half_released,
    leaving,
    without_adopting,
)
from firstday.doctor.checks.suspended import check_suspended
from firstday.doctor.checks.virtual_devices import check_devices
from firstday.doctor.findings import Finding
from firstday.doctor.snapshot import IAMDetails, IAMUser, Snapshot

# The portal and IAM do not change in the same instant, and IAM takes a minute or two to show it everywhere.
SETTLES_IN = timedelta(minutes=5)


def check_members(settings: Settings, snapshot: Snapshot) -> Iterator[Finding]:
    """Everything about members, as far as IAM and the records could be read."""
    account, members, now = snapshot.identity, snapshot.members, snapshot.now
    if members is None:
        return
    yield from check_records(members, account, now)
    yield from check_adoptions(settings, account, members, now)
    yield from check_groups_of_records(settings, members, now)
    settled_members = [member for member in members if not _is_settling(member, now)]
    yield from check_suspended(settled_members, account, now)
    yield from check_old_keys(settings, members, now)
    if account is not None:
        settled = without_adopting(account, members)
        yield from check_users(settings, settled, members, now)
        yield from check_users_below(account, members)
        yield from check_room(settings, account, members)
        yield from check_keys(settled, snapshot.keys_without_device or {}, members)
        yield from check_devices(settings, account, members, snapshot.devices or (), now)


def check_users(
    settings: Settings, account: IAMDetails, members: Collection[Member], now: datetime
) -> Iterator[Finding]:
    """Every user under ``/members/``: known to the portal, with what members have and nothing else."""
    known = {comparable(member.user_name): member for member in members}
    fresh = {comparable(member.user_name) for member in members if _is_settling(member, now)}
    for user in _users(account):
        is_known = comparable(user.user_name) in known
        member = known.get(comparable(user.user_name))
        foreign = list(_foreign(settings, user, member))
        if foreign:
            yield _administrator(user, foreign, settings, member)
        # There is nothing else to say about an administrator who is not a member.
        if not is_known and not foreign:
            message = "IAM has this user under /members/, the portal no record."
            yield member_findings.MEMBER_UNKNOWN.found(user.user_name, message, "firstday members --refresh")
        if (is_known or not foreign) and comparable(user.user_name) not in fresh:
            yield from _baseline(settings, user)


def check_users_below(account: IAMDetails, members: Collection[Member]) -> Iterator[Finding]:
    """Users under a path below ``/members/``; those with a record have a finding of their own."""
    known = {comparable(member.user_name) for member in members}
    for user in account.users:
        is_below = user.path.startswith(MEMBERS_PATH) and user.path != MEMBERS_PATH
        if is_below and comparable(user.user_name) not in known:
            remedy = mending.iam("update-user", "--user-name", user.user_name, "--new-path", "/")
            message = f"The path is {user.path}."
            yield member_findings.USER_BELOW_MEMBERS.found(
                user.user_name, message, f"{remedy}   # a member: {MEMBERS_PATH}"
            )


def check_room(settings: Settings, account: IAMDetails, members: Collection[Member]) -> Iterator[Finding]:
    """Members in so many groups, by IAM or their record, that nobody could hold them."""
    own = {group.name for group in settings.groups}
    groups = {user.user_name: own.intersection(user.groups) for user in _users(account)}
    for member in members:
        count = max(len(own.intersection(member.groups)), len(groups.get(member.user_name, ())))
        if count > GROUPS_A_MEMBER:
            message = f"This member is in {count} groups of the settings, and {GROUPS_A_MEMBER} leave room."
            remedy = mending.typed("firstday", "groups", member.user_name, "GROUP")
            yield member_findings.TOO_MANY_GROUPS.found(
                member.user_name, message, f"{remedy}   # each that is to stay"
            )


def check_keys(
    account: IAMDetails, keys_without_device: Mapping[str, tuple[str, ...]], members: Collection[Member]
) -> Iterator[Finding]:
    """Members with a key that nobody's MFA device guards."""
    known = {comparable(member.user_name) for member in members}
    for user in _users(account):
        if keys := keys_without_device.get(user.user_name):
            count = "an access key" if len(keys) == 1 else f"{len(keys)} access keys"
            remedies = _deactivations(user.user_name, keys)
            if comparable(user.user_name) in known:
                remedies = [mending.typed("firstday", "reset-mfa", user.user_name)]
            message = f"This member has {count}, and no MFA device."
            yield member_findings.KEY_WITHOUT_DEVICE.found(user.user_name, message, *remedies)


def check_records(members: Collection[Member], account: IAMDetails | None, now: datetime) -> Iterator[Finding]:
    """The portal's records: whether their users exist, with nothing left half done or unused."""
    users = {comparable(user.user_name): user for user in account.users} if account else {}
    for member in members:
        state = state_of(member, now)
        offboard = mending.typed("firstday", "offboard", member.user_name)
        if _is_settling(member, now):
            continue
        if state is MemberState.OFFBOARDING:
            message = f"It was begun at {member.offboarding_at:%Y-%m-%d %H:%M} UTC."
            yield member_findings.OFFBOARDING_UNFINISHED.found(member.user_name, message, offboard)
            continue
        user = users.get(comparable(member.user_name))
        if user and is_being_adopted(member):
            continue
        if user and (user.path, user.user_name) != (MEMBERS_PATH, member.user_name):
            yield half_released(member, user) if is_half_released(member, user) else _moved(member.user_name, user)
        elif account and not user:
            message = "The portal has a record, IAM no such user."
            yield member_findings.RECORD_WITHOUT_USER.found(member.user_name, message, offboard)
        elif state is MemberState.EXPIRED and member.opened_at is None:
            yield _unused(member)


def check_groups_of_records(settings: Settings, members: Collection[Member], now: datetime) -> Iterator[Finding]:
    """Members, and invited ones, whose groups have left the settings."""
    known = {group.name for group in settings.groups}
    for member in members:
        given_up = [name for name in member.groups if name not in known]
        if given_up and state_of(member, now) is not MemberState.OFFBOARDING:
            message = f"The portal's record names {', '.join(given_up)}."
            kept = [name for name in member.groups if name in known] or ["GROUP"]
            remedy = mending.typed("firstday", "groups", member.user_name, *kept)
            yield member_findings.GROUP_GIVEN_UP.found(member.user_name, message, remedy)


def _users(account: IAMDetails) -> Iterator[IAMUser]:
    return (user for user in account.users if user.path == MEMBERS_PATH)


def _moved(user_name: str, user: IAMUser) -> Finding:
    """A member that somebody moved to another path, or renamed to other capitals, or both."""
    message = f"IAM has this user as {user.user_name} under {user.path}."
    change = ["--new-path", MEMBERS_PATH] if user.path != MEMBERS_PATH else []
    if user.user_name == user_name:
        return member_findings.USER_MOVED.found(user_name, message, _renaming(user_name, *change))
    between = name_between(user_name)
    first = _renaming(user.user_name, *change, "--new-user-name", between)
    return member_findings.USER_MOVED.found(
        user_name, message, first, _renaming(between, "--new-user-name", user_name)
    )


def _renaming(user_name: str, *change: str) -> str:
    return mending.iam("update-user", "--user-name", user_name, *change)


def _is_settling(member: Member, now: datetime) -> bool:
    times = (member.created_at, member.invited_at, member.adopted_at, member.offboarding_at, member.suspended_at)
    return any(at is not None and now - at < SETTLES_IN for at in times)


def _is_capped(settings: Settings, user: IAMUser, member: Member | None) -> bool:
    """Whether the user was adopted, and the boundary caps the policies and groups from before."""
    boundary = boundary_arn(settings.partition, settings.identity_account)
    return member is not None and member.adopted_at is not None and user.boundary == boundary


def _foreign_groups(settings: Settings, user: IAMUser, member: Member | None) -> list[str]:
    own = {BASELINE_GROUP, QUARANTINE_GROUP, SUSPENDED_GROUP, *(group.name for group in settings.groups)}
    own |= set(member.former_groups) if member and _is_capped(settings, user, member) else set()
    return [name for name in user.groups if name not in own]


def _foreign(settings: Settings, user: IAMUser, member: Member | None) -> Iterator[str]:
    """The names of policies and groups that do not come from Firstday, nor from before an adoption."""
    yield from (f"the group {name}" for name in _foreign_groups(settings, user, member))
    if not _is_capped(settings, user, member):
        yield from (f"the policy {name}" for name in (*user.inline, *user.attached))


def _administrator(user: IAMUser, foreign: list[str], settings: Settings, member: Member | None) -> Finding:
    message = f"This user has {', '.join(foreign)}."
    whose = ("--user-name", user.user_name)
    remedies = [mending.iam("update-user", *whose, "--new-path", "/")]
    if member and member.adopted_at and not _is_capped(settings, user, member):
        message += " They stayed with the adoption, and the boundary that capped them is gone."
        arn = boundary_arn(settings.partition, settings.identity_account)
        remedies = [mending.iam("put-user-permissions-boundary", *whose, "--permissions-boundary", arn)]
    elif member:
        groups = _foreign_groups(settings, user, member)
        capped = _is_capped(settings, user, member)
        remedies = [
            *(mending.iam("remove-user-from-group", "--group-name", name, *whose) for name in groups),
            *([] if capped else mending.taken_away("user", user.user_name, user.inline, user.attached)),
        ]
    return member_findings.ADMINISTRATOR_AMONG_MEMBERS.found(user.user_name, message, *remedies)


def _baseline(settings: Settings, user: IAMUser) -> Iterator[Finding]:
    whose, arn = ("--user-name", user.user_name), boundary_arn(settings.partition, settings.identity_account)
    if BASELINE_GROUP not in user.groups:
        remedy = mending.iam("add-user-to-group", "--group-name", BASELINE_GROUP, *whose)
        message = f"This member is not in {BASELINE_GROUP}."
        yield member_findings.MEMBER_OUTSIDE_BASELINE.found(user.user_name, message, remedy)
    if user.boundary != arn:
        remedy = mending.iam("put-user-permissions-boundary", *whose, "--permissions-boundary", arn)
        message = f"The boundary is {user.boundary}." if user.boundary else "There is no boundary."
        yield member_findings.MEMBER_WITHOUT_BOUNDARY.found(user.user_name, message, remedy)


def _deactivations(user_name: str, keys: tuple[str, ...]) -> list[str]:
    whose = ("--user-name", user_name, "--status", "Inactive", "--access-key-id")
    return [mending.iam("update-access-key", *whose, key) for key in keys]


def _unused(member: Member) -> Finding:
    message = f"It expired on {member.expires_at:%Y-%m-%d}."
    invite = mending.typed("firstday", "invite", member.user_name)
    return upkeep_findings.INVITATION_UNUSED.found(
        member.user_name, message, invite, f"{leaving(member)}   # or this"
    )
