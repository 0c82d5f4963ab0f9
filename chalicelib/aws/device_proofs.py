"""What the members table records of a device's proof."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime

from chalicelib.audit import AuditEvent
from chalicelib.aws.dynamodb import ConditionFailed, as_read
from chalicelib.aws.members_table import NOT_SPENT, SAME_LINK, MembersTable
from chalicelib.errors import NotSignedIn
from chalicelib.members.record import Member
from chalicelib.members.sessions import MemberSession
from chalicelib.members.versions import new_version

# With what the own page had when it began.
_OF_SUSPENSION = (
    ", suspended_at, suspended_by, suspended_keys, resuming_hash"
    ", own_link_hash, own_link_ends_at, own_session_hash, own_session_ends_at, own_proof_serial, own_proved_at"
)
NOT_YET = "attribute_not_exists(accepted_at) AND attribute_not_exists(revoked_at)"


class DeviceProofs:
    """Every method may raise AWSBusy."""

    def __init__(self, members: MembersTable) -> None:
        self.members = members

    def record_named(self, session: MemberSession, serial_number: str, now: datetime) -> Member:
        """The journey's device cannot have the user's name: keep the serial number that it has, or this one."""
        change = "SET adding_serial = if_not_exists(adding_serial, :serial), adding_at = :now"
        try:
            return self.members.updated(
                self.members.in_session(session, now, change, NOT_YET, serial=serial_number)
            )
        except ConditionFailed:
            raise NotSignedIn from None

    def record_enabled(self, member: Member, serial_number: str, now: datetime) -> None:
        """Note that AWS took two codes of this device, for the next try; nothing if the link has changed."""
        change, values = "SET enabled_at = :now, enabled_serial = :serial", {"now": now, "serial": serial_number}
        with suppress(ConditionFailed):
            self.members.updated(self.members.update(member, change, NOT_SPENT, link=member.token_hash, **values))

    def record_accepted(
        self,
        member: Member,
        serial_number: str,
        known_key: str | None,
        now: datetime,
        events: Iterable[AuditEvent],
        *,
        is_new: bool,
    ) -> None:
        """Record that MFA is proved and the groups of ``member`` are granted, if these are still the wanted groups.

        ``known_key`` is the id of an access key that the member has already. If the device ``is_new``, it is the
        only one: a journey registers one for who has none. A suspension of ``member`` ends.
        """
        change = (
            "SET accepted_at = if_not_exists(accepted_at, :now), proved_at = if_not_exists(proved_at, :now),"
            f" serial_number = :serial, last_seen_at = :now{', access_key_id = :known' if known_key else ''}"
            f"{', registered_serials = :registered' if is_new else ''}"
            ", version = :version REMOVE reset_at, deactivated_keys, joining, leaving, enabled_at, enabled_serial"
            f"{', adding_serial, adding_at' if is_new else ''}"
            f"{_OF_SUSPENSION if member.suspended_at else ''}"
        )
        are_same_groups, groups = as_read("groups", member.groups)
        condition = f"{SAME_LINK} AND {are_same_groups}"
        known: dict[str, object] = {"known": known_key} if known_key else {}
        known |= {"registered": (serial_number,)} if is_new else {}
        values = {"now": now, "serial": serial_number, "link": member.token_hash, "version": new_version()}
        values |= {**groups, **known}
        self.members.database.transact([self.members.update(member, change, condition, **values)], events)
