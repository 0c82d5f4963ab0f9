"""Removes once a day what the portal leaves behind when members stop halfway, and nothing else.

A member's record says whether a leftover is the portal's. A member who never came is not removed: the IAM
user may have been given something since, and only people know whether they will still come. They are reported.
The sweeper changes no record. IAM cannot tell clearing an attribute from setting it, so a role that may clear the
hash of a session may put another one there. A refresh removes what records no longer need.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from chalicelib.admin.runs import Run, everybody, go_through
from chalicelib.audit import SWEEPER, Action, AuditEvent
from chalicelib.aws_errors import AWSBusy, AWSRefused, DeviceExists
from chalicelib.members.invitations import is_long_over
from chalicelib.members.record import Member, is_in_session

if TYPE_CHECKING:
    from chalicelib.aws.iam_administration import IAMAdministration
    from chalicelib.aws.members_table import MembersTable

# A journey takes minutes, its session eight hours; after a day nobody still holds the QR code.
ABANDONED_AFTER = timedelta(days=1)
# The most that one run does; the next day's run goes on.
MOST_CHANGES = 200


@dataclass(slots=True, kw_only=True)
class Swept(Run):
    """``devices`` has a name for each that went; ``never_opened`` were invited, never came, and are left alone."""

    devices: list[str] = field(default_factory=list)
    never_opened: list[str] = field(default_factory=list)


def sweep(
    members: "MembersTable",
    iam: "IAMAdministration",
    *,
    now: datetime,
    has_time: Callable[[], bool] = lambda: True,
    most_changes: int = MOST_CHANGES,
) -> Swept:
    """Remove leftovers until all are gone, or ``has_time`` says no. It may be repeated at any point.

    AWSRefused if it may not even look.
    """
    swept = Swept()
    try:
        found = tuple(everybody(members))
        swept.never_opened += [member.user_name for member in found if never_opened(member, now)]
        left = go_through(
            _steps(members, iam, found, now),
            lambda step: step(swept),
            lambda: has_time() and len(swept.devices) < most_changes,
        )
        swept.is_finished = left == []
    except AWSBusy:
        pass  # what was done is done; the next run sees the rest
    return swept


def may_have_left_device(member: Member, now: datetime) -> bool:
    """Whether the portal made an unassigned device of the member's name, and no journey still uses it.

    The latest journey made one, or an earlier one may have. If a member only ever had one link, and did not
    ask for a QR code, somebody else made the device of that name.
    """
    if member.accepted_at:  # that journey has ended well, so somebody else made a device of the name
        return False
    made_at = member.registering_at or (member.invited_at if member.former_hashes or member.reset_at else None)
    return made_at is not None and now - made_at >= ABANDONED_AFTER and not is_in_session(member, now)


def abandoned_serial(member: Member, now: datetime) -> str | None:
    """The further device that the member began to register on their own page, and may not have finished."""
    is_old = member.adding_at is not None and now - member.adding_at >= ABANDONED_AFTER
    return member.adding_serial if is_old else None


def never_opened(member: Member, now: datetime) -> bool:
    """Whether the member was invited, never came, and is not expected any more."""
    is_waiting = not (member.opened_at or member.revoked_at or member.proved_at or member.offboarding_at)
    return is_waiting and is_long_over(member, now)


def _steps(
    members: "MembersTable", iam: "IAMAdministration", found: Sequence[Member], now: datetime
) -> Iterator[Callable[[Swept], None]]:
    unassigned = iam.unassigned_devices()
    for member in found:
        for serial_number in _leftovers(iam, member, now):
            if serial_number in unassigned:
                yield partial(_remove_device, members, iam, member, serial_number, now)


def _leftovers(iam: "IAMAdministration", member: Member, now: datetime) -> Iterator[str]:
    """The serial numbers that the portal has left behind for the member, if these are unassigned.

    That of the first device follows from the name. That of a further one is the record's alone: the user name with
    more behind it may be another member's.
    """
    if may_have_left_device(member, now):
        yield iam.serial_number(member.user_name)
    if serial_number := abandoned_serial(member, now):
        yield serial_number


def _remove_device(
    members: "MembersTable",
    iam: "IAMAdministration",
    listed: Member,
    serial_number: str,
    now: datetime,
    swept: Swept,
) -> None:
    """Unless the member has come back since the list was read. IAM itself deletes no assigned device."""
    member = members.get(listed.user_name)
    if member is None or serial_number not in _leftovers(iam, member, now):
        return
    try:
        iam.delete_device(serial_number)
    except DeviceExists:
        return
    except AWSRefused as refused:
        swept.refused.append(member.user_name)
        swept.reason = str(refused)
        return
    swept.devices.append(member.user_name)
    event = AuditEvent(SWEEPER, Action.DEVICE_SWEPT, member.user_name, now, {"serial_number": serial_number})
    members.record_events([event])
