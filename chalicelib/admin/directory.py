"""The administrator's view of the members: a list from the records alone, and one member compared with IAM.

Everything that the portal does is recorded in the same transaction. The records do not show what others do in IAM:
see ``refreshing``.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chalicelib.admin.admin_request import AdminRequest
from chalicelib.admin.changing_groups import existing
from chalicelib.admin.quarantine import is_held
from chalicelib.arns import SUSPENDED_GROUP
from chalicelib.audit import Action
from chalicelib.aws_errors import AWSDenied, NotAMember, UserMissing
from chalicelib.cursors import cursor_of, position_in
from chalicelib.errors import FirstdayError
from chalicelib.members.enabled_devices import gone_serials
from chalicelib.members.iam_account_records import switch_role_groups
from chalicelib.members.iam_records import AccessKeyInfo, MFADevice
from chalicelib.members.list_filters import ListFilter, Wanted, matches, proved_only
from chalicelib.members.record import Member, comparable
from chalicelib.words import Words

if TYPE_CHECKING:
    from chalicelib.aws.iam_administration import IAMAdministration

# IAM may take a minute or two until a change is visible everywhere: recently changed members are left alone.
SETTLES_IN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Listed:
    """``next_cursor`` leads to the next page; None at the end."""

    members: tuple[Member, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Facts:
    """What IAM says about a member; ``groups`` are the names of all, whatever their path.

    ``has_console_password`` is None where nobody asked. ``is_held``: an administrator of IAM holds the member.
    ``is_suspended``: they are in the group that denies everything until they are resumed.
    """

    user_name: str
    groups: tuple[str, ...]
    switch_role_groups: tuple[str, ...]
    devices: tuple[MFADevice, ...]
    access_keys: tuple[AccessKeyInfo, ...]
    has_console_password: bool | None = None
    is_held: bool = False
    is_suspended: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """``facts`` is None if IAM has no such user (``is_missing``) or gave no answer; ``differences`` says which.

    ``error`` is what kept IAM from saying more, for the log.
    """

    member: Member
    facts: Facts | None
    differences: tuple[Words, ...]
    is_missing: bool = False
    error: FirstdayError | None = None


def list_members(
    request: AdminRequest,
    *,
    state: Wanted | None = None,
    filter_text: str = "",
    limit: int = 50,
    cursor: str | None = None,
) -> Listed:
    """Up to ``limit`` members in order of their names, that ``state`` asks for, with ``filter_text`` in the name.

    No call to IAM, and one to DynamoDB; with a filter, as many as it takes to find enough, each reading 1 MB.
    """
    after = position_in(cursor, "name")["name"] if cursor else None
    found: list[Member] = []
    is_filtered = state is not None or filter_text != ""
    unreached = unreached_members(request) if state is ListFilter.BOUNCED else {}
    while True:
        page, after = request.members.page(
            limit=None if is_filtered else limit, after=after, name_part=filter_text, is_proved=proved_only(state)
        )
        found += [member for member in page if matches(state, member, request.settings, request.now, unreached)]
        if len(found) > limit:
            return Listed(tuple(found[:limit]), cursor_of({"name": found[limit - 1].user_name.lower()}))
        if after is None:
            return Listed(tuple(found), None)
        if len(found) == limit:
            return Listed(tuple(found), cursor_of({"name": after}))


def unreached_members(request: AdminRequest) -> dict[str, str]:
    """The names of the members whom a mail did not reach, by their comparable names; one call where mail is sent.

    The last notice of members who were offboarded is about nobody any more.
    """
    troubles = request.portal.mails.troubles() if request.portal.mails else []
    left = (one for one in troubles if not one.for_administrators and one.action != Action.OFFBOARDING_BEGUN)
    return {comparable(one.user_name): one.user_name for one in left}


def show(request: AdminRequest, user_name: str) -> Shown:
    """The member's record beside what IAM says now; MemberUnknown if there is no record.

    Where the settings ask for a console password, IAM is asked whether there is one, too.
    """
    iam, now = request.iam, request.now
    member = existing(request.members, user_name)
    try:
        facts = observe(iam, member.user_name)
        if request.settings.console_password:
            has_password = iam.password_created_at(facts.user_name) is not None
            facts = replace(facts, has_console_password=has_password)
    except UserMissing:
        if is_settling(member, now):
            return Shown(member, None, (Words("IAM does not show this user yet. Look again in a minute."),))
        return Shown(member, None, (Words("IAM has no such user any more."),), is_missing=True)
    except (AWSDenied, NotAMember) as error:
        return Shown(member, None, (error.words,), error=error)
    return Shown(member, facts, () if is_settling(member, now) else tuple(differences(member, facts)))


def observe(iam: "IAMAdministration", user_name: str) -> Facts:
    """Ask IAM about one member; UserMissing if there is none under ``/members/``."""
    name = iam.member(user_name).user_name
    groups = iam.groups(name)
    keys = iam.access_keys(name)
    return Facts(
        user_name=name,
        groups=tuple(group.group_name for group in groups),
        switch_role_groups=switch_role_groups(groups),
        devices=iam.all_devices(name),
        is_held=is_held(groups),
        is_suspended=any(group.is_suspended for group in groups),
        access_keys=tuple(replace(key, last_used_at=iam.last_used_at(name, key.access_key_id)) for key in keys),
    )


def differences(member: Member, facts: Facts) -> Iterator[Words]:
    """What the record and IAM do not agree on, one sentence each."""
    if facts.is_suspended and not member.suspended_at:
        yield Words(
            "IAM has the member in %(group)s, which denies everything, and the record says nothing of it: suspend"
            " the member, then resume.",
            group=SUSPENDED_GROUP,
        )
    if member.suspended_at and not facts.is_suspended:
        yield Words("The record says that the member is suspended, and IAM does not: suspend the member again.")
    if member.proved_at and not facts.devices:
        yield Words("The MFA device that was proved is gone from IAM.")
    elif member.proved_at:
        yield from _gone_devices(member, facts)
    if member.proved_at is None and facts.devices and facts.switch_role_groups:
        if member.token_hash is None:
            yield Words("IAM has an MFA device and switch-role groups of somebody who was never invited.")
        else:
            yield Words(
                "IAM has an MFA device and switch-role groups that the portal did not give: reset the member."
            )
        return
    wanted = set(member.groups) if member.proved_at else set()
    if more := sorted(set(facts.switch_role_groups) - wanted):
        yield Words("IAM has the member in %(groups)s, the record does not.", groups=", ".join(more))
    if fewer := sorted(wanted - set(facts.switch_role_groups)):
        yield Words("The record has the member in %(groups)s, IAM does not.", groups=", ".join(fewer))


def _gone_devices(member: Member, facts: Facts) -> Iterator[Words]:
    """Some of the member's devices are gone, and others are there. What more IAM has is no difference."""
    for serial_number in gone_serials(member, facts.devices):
        if serial_number == member.serial_number:
            yield Words(
                "The MFA device %(serial_number)s is gone from IAM, and the config names it: the member has to"
                " fetch the config again.",
                serial_number=serial_number,
            )
        else:
            yield Words("The MFA device %(serial_number)s is gone from IAM.", serial_number=serial_number)


def is_settling(member: Member, now: datetime) -> bool:
    """Whether the portal did something in IAM for this member a moment ago."""
    times = (
        member.suspended_at,
        *(member.created_at, member.invited_at, member.last_seen_at, member.reset_at, member.groups_changed_at),
        *(member.adding_at, member.own_proved_at),
    )
    return any(at is not None and now - at < SETTLES_IN for at in times)
