"""What the members table records of suspended members, and the marks of what is told once.

The function that suspends members may name few attributes of a record, in its conditions too: see its policy.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from chalicelib.audit import AuditEvent
from chalicelib.aws.dynamodb import ConditionFailed, as_read, put, setting, unchanged, values_of
from chalicelib.aws.items import item
from chalicelib.aws.mail_items import Box, box_key
from chalicelib.aws.members_table import EXISTS, MembersTable
from chalicelib.members.last_day import is_day
from chalicelib.members.record import Member

_STAYS = f"{EXISTS} AND attribute_not_exists(offboarding_at)"


class SuspensionsTable:
    """Every method may raise AWSBusy."""

    def __init__(self, members: MembersTable) -> None:
        self.members = members

    def record_suspended(self, member: Member, version: str, keys: Iterable[str], event: AuditEvent) -> None:
        """Suspend the member, who had these ``keys`` active besides. An invitation back is worth nothing any more.

        Links and sessions stay in the record, and lead to a page that says why they are worth nothing.
        """
        changes = {**_suspended(member, keys, event), "resuming_hash": None, "version": version}
        condition, known = unchanged(_STAYS, member, "suspended_at", "version")
        write = self.members.update(member, setting(changes), condition, **values_of(changes), **known)
        self.members.database.transact([write], [event])

    def record_last_day(self, member: Member, keys: Iterable[str], event: AuditEvent) -> bool:
        """Suspend the member whose ``until`` it is; False if the record has changed since it was read."""
        changes = _suspended(member, keys, event)
        same, known = _same_day(member.until)
        condition = f"{_STAYS} AND attribute_not_exists(suspended_at) AND {same}"
        write = self.members.update(member, setting(changes), condition, **values_of(changes), **known)
        try:
            self.members.database.transact_if([write], [event])
        except ConditionFailed:
            return False
        return True

    def tell_once(self, mark: str, event: AuditEvent, over_at: datetime) -> bool:
        """Record ``event`` unless something of this ``mark`` was told before, which is kept until ``over_at``.

        Nothing is told where the portal has no table for mail.
        """
        database = self.members.database
        key = box_key(Box.TOLD, mark)
        if not database.mail_table or database.find(database.mail_table, key):
            return False
        told = key | item({"expires_at_ttl": int(over_at.timestamp())})
        try:
            database.transact_if([put(database.mail_table, told, "attribute_not_exists(box)")], [event])
        except ConditionFailed:  # another run was quicker
            return False
        return True


def _same_day(until: str | None) -> tuple[str, dict[str, object]]:
    """The condition that the day is as it was read, also where it is no text, which was read as one."""
    same, known = as_read("until", until)
    if until is None or is_day(until):
        return same, known
    no_text = "attribute_exists(until) AND NOT attribute_type(until, :text)"
    return f"({same} OR ({no_text}))", {**known, "text": "S"}


def _suspended(member: Member, keys: Iterable[str], event: AuditEvent) -> Mapping[str, object]:
    """Who was suspended before stays so since then, and by whom."""
    return {
        "suspended_at": member.suspended_at or event.occurred_at,
        "suspended_by": member.suspended_by or event.actor,
        "suspended_keys": tuple(dict.fromkeys([*member.suspended_keys, *keys])),
    }
