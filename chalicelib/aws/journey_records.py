"""The members table, as the journey uses it: one record a member.

Every change is a conditional write, together with its audit events.
"""

import secrets
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.audit import AuditEvent
from chalicelib.aws.dynamodb import ConditionFailed, Database, Write, as_read, update
from chalicelib.aws.items import member_from, member_key
from chalicelib.errors import InProgress, InvitationLocked, NotSignedIn
from chalicelib.members.invitations import MemberSession
from chalicelib.members.record import MAXIMUM_ATTEMPTS, Member
from chalicelib.members.versions import new_version

# Longer than a request may take, so that a claim never outlives its request by much.
CLAIM_LASTS = timedelta(seconds=30)
EXISTS = "attribute_exists(directory)"

_SAME_LINK = "token_hash = :link AND attribute_not_exists(revoked_at) AND attribute_not_exists(offboarding_at)"
_IN_SESSION = (
    "session_hash = :session AND session_expires_at > :now"
    " AND (attribute_not_exists(session_idle_ends_at) OR session_idle_ends_at > :now)"
)
_OPENABLE = (
    f"{_SAME_LINK} AND attribute_not_exists(accepted_at) AND expires_at > :now"
    " AND failed_attempts < :maximum"  # requests at once may all have read the count before it was reached
)


@dataclass(frozen=True, slots=True)
class JourneyRecords:
    database: Database

    def get(self, user_name: str) -> Member | None:
        found = self.database.find(self._table, member_key(user_name))
        return member_from(found) if found else None

    def record_events(self, events: Iterable[AuditEvent]) -> None:
        self.database.transact([], events)

    def count_attempt(self, member: Member) -> Member:
        """Count a wrong passcode; InvitationLocked when there were too many already."""
        condition = f"{_SAME_LINK} AND failed_attempts < :maximum"
        values = {"one": 1, "maximum": MAXIMUM_ATTEMPTS, "link": member.token_hash}
        try:
            return self._updated(self._update(member, "ADD failed_attempts :one", condition, **values))
        except ConditionFailed:
            raise InvitationLocked from None

    def record_opened(
        self, member: Member, session_hash: str, expires_at: datetime, idle_ends_at: datetime, event: AuditEvent
    ) -> None:
        change = (
            "SET session_hash = :session_hash, session_expires_at = :ends, session_idle_ends_at = :idle_ends,"
            " last_seen_at = :now, opened_at = if_not_exists(opened_at, :now), failed_attempts = :zero"
        )
        values = {"session_hash": session_hash, "ends": expires_at, "idle_ends": idle_ends_at, "zero": 0}
        known = {"link": member.token_hash, "now": event.occurred_at, "maximum": MAXIMUM_ATTEMPTS}
        self.database.transact([self._update(member, change, _OPENABLE, **values, **known)], [event])

    def record_seen(self, session: MemberSession, now: datetime, idle_ends_at: datetime) -> None:
        """The session goes on; NotSignedIn if it was ended meanwhile.

        No transaction: two pages at once would cancel each other's.
        """
        change = "SET session_idle_ends_at = :until, last_seen_at = :now"
        try:
            self._updated(self._in_session(session, now, change, until=idle_ends_at))
        except ConditionFailed:
            raise NotSignedIn from None

    def record_signed_out(self, session: MemberSession, event: AuditEvent) -> None:
        """End the session, unless another one has begun meanwhile."""
        change = "REMOVE session_hash, session_expires_at, session_idle_ends_at"
        key, condition = member_key(session.user_name), "session_hash = :session"
        write = update(self._table, key, change, condition, session=session.session_hash)
        with suppress(ConditionFailed):
            self.database.transact_if([write], [event])

    def record_registering(self, session: MemberSession, now: datetime) -> Member | None:
        """Note that the member asks for a QR code; the record, also where the session may not go on."""
        change = "SET registering_at = if_not_exists(registering_at, :now), last_seen_at = :now"
        goes_on = "attribute_not_exists(accepted_at) AND attribute_not_exists(revoked_at)"
        try:
            return self._updated(self._in_session(session, now, change, goes_on))
        except ConditionFailed as failed:
            return member_from(failed.found) if failed.found else None

    def record_accepted(
        self, member: Member, serial_number: str, known_key: str | None, now: datetime, events: Iterable[AuditEvent]
    ) -> None:
        """Record that MFA is proved and the groups of ``member`` are granted, if these are still the wanted groups.

        ``known_key`` is the id of an access key that the member has already.
        """
        change = (
            "SET accepted_at = if_not_exists(accepted_at, :now), proved_at = if_not_exists(proved_at, :now),"
            f" serial_number = :serial, last_seen_at = :now{', access_key_id = :known' if known_key else ''}"
            ", version = :version REMOVE reset_at, deactivated_keys, joining, leaving"
        )
        are_same_groups, groups = as_read("groups", member.groups)
        condition = f"{_SAME_LINK} AND {are_same_groups}"
        known = {"known": known_key} if known_key else {}
        values = {"now": now, "serial": serial_number, "link": member.token_hash, "version": new_version()}
        values |= {**groups, **known}
        self.database.transact([self._update(member, change, condition, **values)], events)

    def claim_access_key(
        self, session: MemberSession, now: datetime, *, replace: bool
    ) -> tuple[Member | None, str | None]:
        """Let one request at a time issue the key: (the record, the claim of this request if it may go on)."""
        change = "SET claimed_by = :claim, claimed_until = :until ADD access_key_attempts :one"
        # With its own claim the request passes again: botocore repeats a call whose reply was lost.
        condition = (
            "attribute_exists(accepted_at) AND attribute_exists(proved_at)"
            " AND attribute_not_exists(revoked_at) AND attribute_not_exists(offboarding_at)"
            " AND (attribute_not_exists(claimed_until) OR claimed_until < :now OR claimed_by = :claim)"
        )
        if not replace:
            condition += " AND attribute_not_exists(access_key_id)"
        claim = secrets.token_hex(8)
        values = {"claim": claim, "one": 1, "until": now + CLAIM_LASTS}
        try:
            return self._updated(self._in_session(session, now, change, condition, **values)), claim
        except ConditionFailed as failed:
            return (member_from(failed.found) if failed.found else None), None

    def release_access_key(self, member: Member, claim: str) -> None:
        """Let the next request go on, unless one has taken the claim over already."""
        with suppress(ConditionFailed):
            change = "REMOVE claimed_until, claimed_by"
            self._updated(self._update(member, change, f"{EXISTS} AND claimed_by = :claim", claim=claim))

    def record_access_key(
        self, member: Member, claim: str, access_key_id: str, now: datetime, events: Iterable[AuditEvent]
    ) -> None:
        """InProgress where the claim has run out by ``now`` or was taken over, or the link has changed."""
        change = (
            "SET access_key_id = :id, access_key_created_at = :now, last_seen_at = :now"
            " REMOVE claimed_until, claimed_by"
        )
        values = {"id": access_key_id, "now": now, "link": member.token_hash, "claim": claim}
        condition = f"{_SAME_LINK} AND claimed_by = :claim AND claimed_until > :now"
        try:
            self.database.transact_if([self._update(member, change, condition, **values)], events)
        except ConditionFailed:
            raise InProgress from None

    @property
    def _table(self) -> str:
        return self.database.members_table

    def _update(self, member: Member, change: str, condition: str, **values: object) -> Write:
        return update(self._table, member_key(member.user_name), change, condition, **values)

    def _in_session(
        self, session: MemberSession, now: datetime, change: str, condition: str = EXISTS, **values: object
    ) -> Write:
        """A change that needs a session that has not ended; ``:now`` is among the values."""
        known = {"session": session.session_hash, "now": now}
        key = member_key(session.user_name)
        return update(self._table, key, change, f"{_IN_SESSION} AND {condition}", **known, **values)

    def _updated(self, write: Write) -> Member:
        return member_from(self.database.updated(write))
