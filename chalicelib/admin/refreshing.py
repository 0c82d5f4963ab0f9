"""``firstday members --refresh``: every member is compared with IAM, and the records are corrected."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from chalicelib.admin.admin_request import AdminRequest
from chalicelib.admin.directory import Facts, differences, is_settling, observe
from chalicelib.audit import Action
from chalicelib.aws_errors import AWSDenied, NotAMember, UserMissing
from chalicelib.cursors import cursor_of, position_in
from chalicelib.errors import FirstdayError
from chalicelib.members.enabled_devices import config_serial
from chalicelib.members.iam_account_records import ListedUser
from chalicelib.members.invitations import needless
from chalicelib.members.record import Member, comparable, is_user_name, no_member
from chalicelib.members.versions import new_version
from chalicelib.words import Words

# Each costs four calls to IAM, which is far away from most regions, and one more for each access key; a request
# may take 25 seconds.
REFRESHED_AT_ONCE = 8


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


def refresh(request: AdminRequest, cursor: str | None = None) -> Refreshed:
    """Compare some members with IAM, and correct their records.

    First the users that IAM has under ``/members/``, then the records without such a user.
    """
    at = (
        position_in(cursor, "began", "marker", "name") if cursor is not None else {"began": request.now.isoformat()}
    )
    if "name" in at:
        return _refresh_rest(request, at)
    names, marker = request.iam.member_names(at.get("marker"), REFRESHED_AT_ONCE)
    found: list[Difference] = []
    for name in names:
        try:
            found += [Difference(name, words) for words in _refresh_one(request, name)]
        except (AWSDenied, NotAMember) as error:
            found.append(Difference(name, error.words, error))
    after = {"began": at["began"]} | ({"marker": marker} if marker else {"name": " "})
    return Refreshed(len(names), tuple(found), cursor_of(after))


def _refresh_one(request: AdminRequest, name: str) -> list[Words]:
    if not is_user_name(name):
        return [Words("A member cannot have this name: rename the user in IAM.")]
    now, member = request.now, request.members.get(name)
    try:
        facts = observe(request.iam, name)
    except UserMissing:  # deleted just now
        return []
    if member is None:
        created = corrected(Member(name, created_at=now, version=new_version()), facts, now)
        event = request.event(Action.RECORD_CORRECTED, name, {"record": "created"})
        request.members.record_created(created, [event])
        return [Words("The portal had no record of this member; now it has.")]
    if is_settling(member, now):
        return []
    if member.offboarding_at:
        return [Words("The offboarding has begun, but was not finished: repeat it.")]
    found = list(differences(member, facts))
    details = {str(number): str(words) for number, words in enumerate(found, 1)}
    events = [request.event(Action.RECORD_CORRECTED, member.user_name, details)] if found else []
    observed = corrected(member, facts, now)
    if observed.proved_at != member.proved_at:
        observed = replace(observed, joining=(), leaving=())
    if (observed.groups, observed.proved_at) != (member.groups, member.proved_at):
        observed = replace(observed, version=new_version())
    if names := needless(member, now):
        cleared: dict[str, Any] = dict.fromkeys(names)
        observed = replace(observed, **cleared)
        swept = {"attributes": " ".join(names)}
        events.append(request.event(Action.INVITATION_SWEPT, member.user_name, swept))
    request.members.record_changed(member, observed, events)
    return found


def _refresh_rest(request: AdminRequest, at: dict[str, str]) -> Refreshed:
    """Records that were not compared since the refresh began: IAM does not list their users."""
    after = None if at["name"] == " " else at["name"]
    page, following = request.members.page(limit=None, after=after)
    left = [
        member for member in page if not is_settling(member, request.now) and _is_unobserved(member, at["began"])
    ]
    some, more = left[:REFRESHED_AT_ONCE], left[REFRESHED_AT_ONCE:]
    listed = request.iam.users() if some else {}
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


def corrected(member: Member, facts: Facts, now: datetime) -> Member:
    """The record as IAM has it, without what IAM lacks.

    A device that the portal did not prove counts only for users who were never invited: somebody set it up by hand.
    """
    proved_at = member.proved_at
    if not facts.devices:
        proved_at = None
    elif proved_at is None and member.token_hash is None and facts.switch_role_groups:
        proved_at = max(device.enabled_at for device in facts.devices)
    there = {device.serial_number for device in facts.devices}
    registered = tuple(serial for serial in member.registered_serials if serial in there)
    created = [key.created_at for key in facts.access_keys if key.is_active]
    seen = [key.last_used_at for key in facts.access_keys if key.last_used_at]
    return replace(
        member,
        user_name=facts.user_name,
        proved_at=proved_at,
        groups=_groups(member, facts) if proved_at else member.groups,
        serial_number=config_serial(member, facts.devices) if proved_at else None,
        # Without a proof, they are what a reset has yet to look for.
        registered_serials=registered if proved_at else member.registered_serials,
        access_key_created_at=min(created, default=None),
        last_seen_at=max([*seen, *([member.last_seen_at] if member.last_seen_at else [])], default=None),
        observed_at=now,
    )


def _groups(member: Member, facts: Facts) -> tuple[str, ...]:
    """The groups that IAM has, apart from a recorded change that is still to be finished in IAM."""
    there = dict.fromkeys((*facts.switch_role_groups, *member.joining))
    return tuple(name for name in there if name not in member.leaving)
