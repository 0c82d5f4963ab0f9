"""Suspends members on their last day, finishes what was begun of a suspension, and tells what ends soon.

It can take access away and never give it. It removes nobody from the group that denies everything, and writes
nothing of a record by which a member is resumed. Missed runs are made up for, as each looks at what is, and two
at once do each thing once.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from chalicelib.admin.quarantine import is_held
from chalicelib.admin.runs import Run, everybody, go_through
from chalicelib.admin.suspending import active_keys, shut_out, told_of
from chalicelib.audit import SUSPENSION, Action, AuditEvent
from chalicelib.aws_errors import AWSBusy, AWSRefused, GroupMissing, QuotaReached, UserMissing
from chalicelib.members.invitations import is_pending
from chalicelib.members.last_day import begins, is_near, is_over
from chalicelib.members.record import Member, comparable, is_in_session
from chalicelib.members.suspensions import is_resuming

if TYPE_CHECKING:
    from chalicelib.aws.iam_administration import IAMAdministration
    from chalicelib.aws.members_table import MembersTable
    from chalicelib.aws.suspensions_table import SuspensionsTable

# An invitation by mail is told once more so long before its end, but not on the day on which it was sent.
REMINDED_BEFORE = timedelta(days=2)
NOT_WITHIN = timedelta(days=1)
# Of what stands in the place of a last day: DynamoDB takes no event of any length.
LONGEST_TOLD = 40


@dataclass(slots=True, kw_only=True)
class Ended(Run):
    """``members`` were suspended, ``finished`` had been so in the record only; ``told`` know what ends soon."""

    members: list[str] = field(default_factory=list)
    finished: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Work:
    members: "MembersTable"
    table: "SuspensionsTable"
    iam: "IAMAdministration"
    now: datetime
    time_zone: str
    done: Ended

    def event(self, action: Action, member: Member, details: dict[str, str]) -> AuditEvent:
        return AuditEvent(SUSPENSION, action, member.user_name, self.now, details)


def end_access(
    members: "MembersTable",
    iam: "IAMAdministration",
    *,
    now: datetime,
    has_time: Callable[[], bool] = lambda: True,
    table: Callable[["MembersTable"], "SuspensionsTable"],
    time_zone: str,
) -> Ended:
    """Do everything that is due, what takes access away first, until ``has_time`` says no.

    It may be repeated at any point. AWSRefused if it may not even look.
    """
    work = _Work(members, table(members), iam, now, time_zone, Ended())
    with suppress(AWSBusy):  # what was done is done; the next run sees the rest
        work.done.is_finished = go_through(_steps(work), lambda step: step(), has_time) == []
    return work.done


def _steps(work: _Work) -> Iterator[Callable[[], None]]:
    staying = [member for member in everybody(work.members) if not member.offboarding_at]
    for member in staying:
        if member.suspended_at:
            yield partial(_each, work, member, _finish)
        elif is_over(member.until, work.now, work.time_zone):
            yield partial(_each, work, member, _suspend)
    for member in staying:
        if not member.suspended_at and _is_only_near(member, work):
            yield partial(_each, work, member, _tell_of_end)
        if is_to_be_reminded(member, work.now):
            yield partial(_each, work, member, _remind)


def _is_only_near(member: Member, work: _Work) -> bool:
    """Whether the last day is less than a week away, and has not begun."""
    is_begun = is_over(member.until, work.now, work.time_zone)
    return is_near(member.until, work.now, work.time_zone) and not is_begun


def is_to_be_reminded(member: Member, now: datetime) -> bool:
    """Whether the member has a link by mail that ends soon, and has not used it up."""
    if not member.is_mailed or member.invited_at is None or member.expires_at is None:
        return False
    due = max(member.expires_at - REMINDED_BEFORE, member.invited_at + NOT_WITHIN)
    return now >= due and is_pending(member, now)


def _each(work: _Work, member: Member, act: Callable[[_Work, Member], None]) -> None:
    """A user that is gone is nothing to tell; what AWS refuses keeps nobody else waiting."""
    try:
        act(work, member)
    except UserMissing:
        return
    except (AWSRefused, GroupMissing, QuotaReached) as refused:
        work.done.refused.append(member.user_name)
        work.done.reason = str(refused)


def _suspend(work: _Work, listed: Member) -> None:
    """Nothing of a member whom an administrator of IAM holds: they have no access, and it is done once they do."""
    name = listed.user_name
    if is_held(work.iam.groups(name)):
        return
    keys = active_keys(work.iam, name)
    details = {**told_of(keys), "until": (listed.until or "")[:LONGEST_TOLD]}
    if work.table.record_last_day(listed, keys, work.event(Action.ACCESS_SUSPENDED, listed, details)):
        shut_out(work.iam, name, keys)
        work.done.members.append(name)


def _finish(work: _Work, listed: Member) -> None:
    """Do in IAM what the record says, unless the member is proving the device that ends the suspension."""
    member = work.members.get(listed.user_name)
    if member is None or not member.suspended_at or member.offboarding_at:
        return
    if is_resuming(member) and is_in_session(member, work.now):
        return
    name, groups = member.user_name, work.iam.groups(member.user_name)
    keys = [key for key in active_keys(work.iam, name) if key in member.suspended_keys]
    is_shut_out = any(group.is_suspended for group in groups)
    if is_held(groups) or (is_shut_out and not keys):
        return
    shut_out(work.iam, name, keys)
    work.done.finished.append(name)


def _tell_of_end(work: _Work, member: Member) -> None:
    """Once for each last day. Without mail, the lists show it."""
    until = member.until or ""
    event = work.event(Action.ACCESS_ENDING, member, {"until": until})
    over_at = begins(until, work.time_zone) + timedelta(days=30)
    _tell(work, member, f"{event.action}#{comparable(member.user_name)}#{until}", event, over_at)


def _remind(work: _Work, member: Member) -> None:
    """Once for each invitation."""
    event = work.event(Action.INVITATION_REMINDED, member, {})
    over_at = (member.expires_at or work.now) + timedelta(days=30)
    _tell(work, member, f"{event.action}#{member.token_hash}", event, over_at)


def _tell(work: _Work, member: Member, mark: str, event: AuditEvent, over_at: datetime) -> None:
    if work.table.tell_once(mark, event, over_at):
        work.done.told.append(member.user_name)
