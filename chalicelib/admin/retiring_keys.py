"""Deactivates the access key that a member has replaced, once its time is over, and does nothing else.

It changes no record, for the sweeper's reason: a role that may clear an attribute may also set it. So it decides
by the record and by what IAM says of the key, and looks at the key again in each run for a week. After that, a key
that somebody activates again stays active.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chalicelib.admin.runs import Run, everybody, go_through
from chalicelib.audit import KEY_RETIREMENT, Action, AuditEvent
from chalicelib.aws_errors import AWSBusy, AWSRefused, UserMissing
from chalicelib.members.record import Member

if TYPE_CHECKING:
    from chalicelib.aws.iam import IAM
    from chalicelib.aws.members_table import MembersTable

# Missed runs are made up for so long.
LOOKS_FOR = timedelta(days=7)


@dataclass(slots=True, kw_only=True)
class Retired(Run):
    """``members`` are those whose former key was deactivated."""

    members: list[str] = field(default_factory=list)


def retire_keys(
    members: "MembersTable", iam: "IAM", *, now: datetime, has_time: Callable[[], bool] = lambda: True
) -> Retired:
    """Deactivate every former key whose time is over, until ``has_time`` says no. It may be repeated at any point.

    AWSRefused if it may not even look.
    """
    retired = Retired()
    with suppress(AWSBusy):  # what was done is done; the next run sees the rest
        due = [(ends_at, member) for member in everybody(members) if (ends_at := due_since(member, now))]
        # The latest first: earlier runs have seen the others, so nobody waits behind those who are done.
        latest_first = [member for _, member in sorted(due, key=lambda found: found[0], reverse=True)]
        left = go_through(latest_first, lambda member: _retire(members, iam, member, now, retired), has_time)
        retired.is_finished = left == []
    return retired


def due_since(member: Member, now: datetime) -> datetime | None:
    """Since when the member's former key should be inactive; None if it is to be left alone."""
    ends_at = member.former_key_ends_at
    if member.offboarding_at or ends_at is None or member.former_key_id in (None, member.access_key_id):
        return None
    return ends_at if ends_at <= now < ends_at + LOOKS_FOR else None


def _retire(members: "MembersTable", iam: "IAM", listed: Member, now: datetime, retired: Retired) -> None:
    """Unless the key is not active, or the new one is not, or the record has changed since the list was read.

    Without the new key, which may have been lost on its way, the member would be left with none. The event comes
    first, so that no fault loses it; if the run ends before the call, the next one writes it again. The member is
    told only of what IAM has done.
    """
    name, key_id = listed.user_name, listed.former_key_id or ""
    try:
        active = {key.access_key_id for key in iam.access_keys(name) if key.is_active}
        if key_id not in active or listed.access_key_id not in active:
            return
        member = members.get(name)
        if member is None or not due_since(member, now):
            return
        if (member.former_key_id, member.access_key_id) != (key_id, listed.access_key_id):
            return
        event = _event(member, key_id, now)
        members.record_events([event], is_told=False)
        iam.set_access_key_status(name, key_id, is_active=False)
        retired.members.append(name)
        members.tell(event)
    except UserMissing:
        return
    except AWSRefused as refused:
        retired.refused.append(name)
        retired.reason = str(refused)


def _event(member: Member, key_id: str, now: datetime) -> AuditEvent:
    details = {"access_key_id": key_id, "reason": "replaced by a new key"}
    return AuditEvent(KEY_RETIREMENT, Action.ACCESS_KEY_DEACTIVATED, member.user_name, now, details)
