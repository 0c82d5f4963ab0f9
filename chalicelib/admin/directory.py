"""The administrator's view of the members: a list from the records alone, and one member compared with IAM.

Everything that the portal does is recorded in the same transaction. The records do not show what others do in IAM:
``refresh`` compares every member with IAM, reports what differs, and corrects the record.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from chalicelib.admin.changing_groups import existing
from chalicelib.admin.quarantine import is_held
from chalicelib.audit import Action, AuditEvent
from chalicelib.cursors import cursor_of, position_in
from chalicelib.errors import AWSDenied, FirstdayError, OtherSpelling, UserElsewhere, UserMissing
from chalicelib.members.invitations import needless
from chalicelib.members.record import Member, MemberState, comparable, is_user_name, no_member, state_of
from chalicelib.members.versions import new_version
from chalicelib.ports import AccessKeyInfo, AdminIAM, ListedUser, Members, MFADevice, switch_role_groups
from chalicelib.settings.records import Settings
from chalicelib.words import Words

# Each costs four calls to IAM, which is far away from most regions, and one more for each access key; a request
# may take 25 seconds.
REFRESHED_AT_ONCE = 8
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
    """

    user_name: str
    groups: tuple[str, ...]
    switch_role_groups: tuple[str, ...]
    devices: tuple[MFADevice, ...]
    access_keys: tuple[AccessKeyInfo, ...]
    has_console_password: bool | None = None
    is_held: bool = False


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


@dataclass(frozen=True, slots=True)
class Difference:
    """``error`` is why IAM did not say more, for the log."""

    user_name: str
    words: Words
    error: FirstdayError | None = None


@dataclass(frozen=True, slots=True)
class Refreshed:
    """One part of a refresh: ``checked`` members, and where to go on; ``next_cursor`` is None at the end."""

    checked: int
    differences: tuple[Difference, ...]
    next_cursor: str | None


def list_members(
    members: Members,
    now: datetime,
    *,
    state: MemberState | None = None,
    filter_text: str = "",
    limit: int = 50,
    cursor: str | None = None,
) -> Listed:
    """Up to ``limit`` members in order of their names, of ``state`` and with ``filter_text`` in the name.

    No call to IAM, and one to DynamoDB; with a filter, as many as it takes to find enough, each reading 1 MB.
    """
    after = position_in(cursor, "name")["name"] if cursor else None
    found: list[Member] = []
    is_filtered = state is not None or filter_text != ""
    # Members who have proved MFA are active, and the others are few: DynamoDB can leave out one of the two kinds.
    is_proved = None if state in (None, MemberState.OFFBOARDING) else state is MemberState.ACTIVE
    while True:
        page, after = members.page(
            limit=None if is_filtered else limit, after=after, name_part=filter_text, is_proved=is_proved
        )
        found += [member for member in page if state is None or state_of(member, now) is state]
        if len(found) > limit:
            return Listed(tuple(found[:limit]), cursor_of({"name": found[limit - 1].user_name.lower()}))
        if after is None:
            return Listed(tuple(found), None)
        if len(found) == limit:
            return Listed(tuple(found), cursor_of({"name": after}))


def show(members: Members, iam: AdminIAM, settings: Settings, user_name: str, now: datetime) -> Shown:
    """The member's record beside what IAM says now; MemberUnknown if there is no record.

    Where the settings ask for a console password, IAM is asked whether there is one, too.
    """
    member = existing(members, user_name)
    try:
        facts = observe(iam, member.user_name)
        if settings.console_password:
            has_password = iam.password_created_at(facts.user_name) is not None
            facts = replace(facts, has_console_password=has_password)
    except UserMissing:
        if is_settling(member, now):
            return Shown(member, None, (Words("IAM does not show this user yet. Look again in a minute."),))
        return Shown(member, None, (Words("IAM has no such user any more."),), is_missing=True)
    except (AWSDenied, OtherSpelling, UserElsewhere) as error:
        return Shown(member, None, (error.words,), error=error)
    return Shown(member, facts, () if is_settling(member, now) else tuple(differences(member, facts)))


def observe(iam: AdminIAM, user_name: str) -> Facts:
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
        access_keys=tuple(replace(key, last_used_at=iam.last_used_at(name, key.access_key_id)) for key in keys),
    )


def differences(member: Member, facts: Facts) -> Iterator[Words]:
    """What the record and IAM do not agree on, one sentence each."""
    if member.proved_at and not facts.devices:
        yield Words("The MFA device that was proved is gone from IAM.")
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


def corrected(member: Member, facts: Facts, now: datetime) -> Member:
    """The record as IAM has it, without what IAM lacks.

    A device that the portal did not prove counts only for users who were never invited: somebody set it up by hand.
    """
    proved_at = member.proved_at
    if not facts.devices:
        proved_at = None
    elif proved_at is None and member.token_hash is None and facts.switch_role_groups:
        proved_at = max(device.enabled_at for device in facts.devices)
    created = [key.created_at for key in facts.access_keys if key.is_active]
    seen = [key.last_used_at for key in facts.access_keys if key.last_used_at]
    return replace(
        member,
        user_name=facts.user_name,
        proved_at=proved_at,
        groups=_groups(member, facts) if proved_at else member.groups,
        serial_number=facts.devices[0].serial_number if proved_at and facts.devices else None,
        access_key_created_at=min(created, default=None),
        last_seen_at=max([*seen, *([member.last_seen_at] if member.last_seen_at else [])], default=None),
        observed_at=now,
    )


def _groups(member: Member, facts: Facts) -> tuple[str, ...]:
    """The groups that IAM has, apart from a recorded change that is still to be finished in IAM."""
    there = dict.fromkeys((*facts.switch_role_groups, *member.joining))
    return tuple(name for name in there if name not in member.leaving)


def refresh(members: Members, iam: AdminIAM, *, actor: str, now: datetime, cursor: str | None = None) -> Refreshed:
    """Compare some members with IAM, and correct their records.

    First the users that IAM has under ``/members/``, then the records without such a user.
    """
    at = position_in(cursor, "began", "marker", "name") if cursor is not None else {"began": now.isoformat()}
    if "name" in at:
        return _refresh_rest(members, iam, at, now)
    names, marker = iam.member_names(at.get("marker"), REFRESHED_AT_ONCE)
    found: list[Difference] = []
    for name in names:
        try:
            found += [Difference(name, words) for words in _refresh_one(members, iam, name, actor, now)]
        except (AWSDenied, OtherSpelling, UserElsewhere) as error:
            found.append(Difference(name, error.words, error))
    after = {"began": at["began"]} | ({"marker": marker} if marker else {"name": " "})
    return Refreshed(len(names), tuple(found), cursor_of(after))


def _refresh_one(members: Members, iam: AdminIAM, name: str, actor: str, now: datetime) -> list[Words]:
    if not is_user_name(name):
        return [Words("A member cannot have this name: rename the user in IAM.")]
    member = members.get(name)
    try:
        facts = observe(iam, name)
    except UserMissing:  # deleted just now
        return []
    if member is None:
        members.record_created(
            corrected(Member(name, created_at=now, version=new_version()), facts, now),
            [AuditEvent(actor, Action.RECORD_CORRECTED, name, now, {"record": "created"})],
        )
        return [Words("The portal had no record of this member; now it has.")]
    if is_settling(member, now):
        return []
    if member.offboarding_at:
        return [Words("The offboarding has begun, but was not finished: repeat it.")]
    found = list(differences(member, facts))
    details = {str(number): str(words) for number, words in enumerate(found, 1)}
    events = [AuditEvent(actor, Action.RECORD_CORRECTED, member.user_name, now, details)] if found else []
    observed = corrected(member, facts, now)
    if observed.proved_at != member.proved_at:
        observed = replace(observed, joining=(), leaving=())
    if (observed.groups, observed.proved_at) != (member.groups, member.proved_at):
        observed = replace(observed, version=new_version())
    if names := needless(member, now):
        cleared: dict[str, Any] = dict.fromkeys(names)
        observed = replace(observed, **cleared)
        swept = {"attributes": " ".join(names)}
        events.append(AuditEvent(actor, Action.INVITATION_SWEPT, member.user_name, now, swept))
    members.record_observed(member, observed, events)
    return found


def is_settling(member: Member, now: datetime) -> bool:
    """Whether the portal did something in IAM for this member a moment ago."""
    times = (
        member.created_at,
        member.invited_at,
        member.last_seen_at,
        member.reset_at,
        member.groups_changed_at,
    )
    return any(at is not None and now - at < SETTLES_IN for at in times)


def _refresh_rest(members: Members, iam: AdminIAM, at: dict[str, str], now: datetime) -> Refreshed:
    """Records that were not compared since the refresh began: IAM does not list their users."""
    after = None if at["name"] == " " else at["name"]
    page, following = members.page(limit=None, after=after)
    left = [member for member in page if not is_settling(member, now) and _is_unobserved(member, at["began"])]
    some, more = left[:REFRESHED_AT_ONCE], left[REFRESHED_AT_ONCE:]
    listed = iam.users() if some else {}
    found = [Difference(member.user_name, words) for member in some for words in _gone(listed, member)]
    last = some[-1].user_name.lower() if more else following
    cursor = cursor_of({"began": at["began"], "name": last}) if last else None
    return Refreshed(len(some), tuple(found), cursor)


def _is_unobserved(member: Member, since: str) -> bool:
    return member.observed_at is None or member.observed_at.isoformat() < since


def _gone(listed: Mapping[str, ListedUser], member: Member) -> Iterable[Words]:
    """What became of a member that IAM does not have under ``/members/``, by the account's list of users."""
    user = listed.get(comparable(member.user_name))
    if user is None:
        yield Words("IAM has no such user any more: offboard the member to remove the record.")
    elif error := no_member(user.user_name, user.path, member.user_name):
        yield error.words
