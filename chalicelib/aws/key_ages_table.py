"""What the members table keeps of access keys that age: one attribute, which is all that its writer may change."""

from collections.abc import Iterable
from dataclasses import replace

from chalicelib.audit import AuditEvent
from chalicelib.aws.dynamodb import ConditionFailed, as_read, setting, values_of
from chalicelib.aws.members_table import EXISTS, MembersTable
from chalicelib.members.key_ages import AgeingKey, lines
from chalicelib.members.record import Member


class KeyAgesTable:
    """Every method may raise AWSBusy."""

    def __init__(self, members: MembersTable) -> None:
        self.members = members

    def record(self, member: Member, keys: Iterable[AgeingKey], events: Iterable[AuditEvent]) -> Member | None:
        """``member`` with these keys, recorded together with ``events``; None if another run was quicker.

        The expressions name no other attribute: see the policy of the key ageing.
        """
        changes = {"ageing_keys": lines(keys)}
        same, known = as_read("ageing_keys", member.ageing_keys)
        condition = f"{EXISTS} AND {same}"
        write = self.members.update(member, setting(changes), condition, **values_of(changes), **known)
        try:
            self.members.database.transact_if([write], events)
        except ConditionFailed:
            return None
        return replace(member, ageing_keys=changes["ageing_keys"])
