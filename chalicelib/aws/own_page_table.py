"""What the members table records of a member's own page. Each change needs the session, or the link, as it was."""

import dataclasses
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime

from chalicelib.audit import AuditEvent
from chalicelib.aws.access_key_claims import CLAIM_LASTS
from chalicelib.aws.dynamodb import ConditionFailed, Write, as_read, setting, unchanged, update, values_of
from chalicelib.aws.items import member_from, member_key
from chalicelib.aws.members_table import EXISTS, MembersTable
from chalicelib.errors import InProgress, OwnLinkRefused, ProofMissing
from chalicelib.members.own_sessions import ATTEMPT_EVERY, MOST_PAIRS, signed_in
from chalicelib.members.record import Member
from chalicelib.members.sessions import MemberSession
from chalicelib.members.versions import new_version

_ACTIVE = (
    "attribute_exists(proved_at) AND attribute_not_exists(offboarding_at) AND attribute_not_exists(suspended_at)"
)
_IN_SESSION = f"own_session_hash = :own AND own_session_ends_at > :now AND {_ACTIVE}"


class OwnPageTable:
    """Every method may raise AWSBusy; with a session, also OwnPageOver."""

    def __init__(self, members: MembersTable) -> None:
        self.members = members

    def record_link(self, member: Member, link_hash: str, ends_at: datetime, event: AuditEvent) -> None:
        change = "SET own_link_hash = :hash, own_link_ends_at = :ends"
        values = {"hash": link_hash, "ends": ends_at}
        self.members.database.transact([self.members.update(member, change, _ACTIVE, **values)], [event])

    def record_opened(
        self,
        member: Member,
        link_hash: str,
        session: tuple[str, datetime],
        event: AuditEvent,
        language: str | None = None,
    ) -> None:
        """Spend the link and begin the session, which ends any earlier one. OwnLinkRefused if it is not valid.

        ``session``: its hash and its end; ``language`` if it is to be kept.
        """
        session_hash, ends_at = session
        change = (
            "SET own_session_hash = :own, own_session_ends_at = :ends, last_seen_at = :now"
            f"{', language = :language' if language else ''}"
            " REMOVE own_link_hash, own_link_ends_at, own_proof_serial, own_proved_at"
        )
        condition = f"own_link_hash = :link AND own_link_ends_at > :now AND {_ACTIVE}"
        values = {"own": session_hash, "ends": ends_at, "link": link_hash, "now": event.occurred_at}
        values |= {"language": language} if language else {}
        try:
            self.members.database.transact_if([self.members.update(member, change, condition, **values)], [event])
        except ConditionFailed:
            raise OwnLinkRefused from None

    def record_closed(self, session: MemberSession, now: datetime, event: AuditEvent) -> None:
        """End the session. OwnPageOver if it has ended already."""
        ended = ("own_session_hash", "own_session_ends_at", "own_proof_serial", "own_proved_at")
        self._change(session, now, dict.fromkeys(ended), [event])

    def record_attempt(self, session: MemberSession, pair: str, now: datetime) -> Member | None:
        """Note that two codes are tried; None if others were tried in the same minute."""
        change = "SET attempted_at = :now, attempted_pair = :pair, last_seen_at = :now"
        may = "(attribute_not_exists(attempted_at) OR attempted_at <= :before OR attempted_pair = :pair)"
        write = self._update(session, now, change, may, pair=pair, before=now - ATTEMPT_EVERY)
        try:
            return self.members.updated(write)
        except ConditionFailed as failed:
            signed_in(member_from(failed.found) if failed.found else None, session, now)
            return None

    def record_proof(
        self, session: MemberSession, member: Member, serial_number: str, now: datetime, event: AuditEvent
    ) -> Member:
        """IAM has taken two codes of the device: they are good for one change, and never count again."""
        pairs = (*member.taken_pairs, *filter(None, [member.attempted_pair]))[-MOST_PAIRS:]
        changes = {"own_proof_serial": serial_number, "own_proved_at": now, "taken_pairs": pairs}
        self._change(session, now, changes, [event], member, "attempted_pair", "taken_pairs")
        return dataclasses.replace(member, own_proof_serial=serial_number, own_proved_at=now, taken_pairs=pairs)

    def record(
        self,
        session: MemberSession,
        member: Member,
        changes: dict[str, object],
        now: datetime,
        events: Iterable[AuditEvent] = (),
    ) -> Member:
        """Change devices or keys of the record, if devices, proof and version are still those of ``member``."""
        version = {"version": new_version()}
        same = ("own_proof_serial", "registered_serials", "serial_number", "version")
        self._change(session, now, {**changes, **version}, events, member, *same)
        return dataclasses.replace(member, **changes, **version)  # type: ignore[arg-type]  # names and types are those of Member

    def record_daily(self, session: MemberSession, daily: str, now: datetime) -> None:
        """How the member chose to work: see ``Daily``. It is nothing that an administrator decides by."""
        self._change(session, now, {"daily": daily}, [])

    def claim(self, session: MemberSession, member: Member, claim: str, now: datetime) -> Member:
        """Let one request at a time use the proof of ``member`` for a change that cannot be made twice.

        InProgress for any other, but not for the same ``claim`` again; ProofMissing if the proof is another by now.
        """
        change = "SET claimed_by = :claim, claimed_until = :until"
        free = "(attribute_not_exists(claimed_until) OR claimed_until < :now OR claimed_by = :claim)"
        same, proof = as_read("own_proof_serial", member.own_proof_serial)
        values = {"claim": claim, "until": now + CLAIM_LASTS, **proof}
        try:
            return self.members.updated(self._update(session, now, change, free, same, **values))
        except ConditionFailed as failed:
            found = signed_in(member_from(failed.found) if failed.found else None, session, now)
            if found.own_proof_serial != member.own_proof_serial:
                raise ProofMissing from None
            raise InProgress from None

    def release(self, session: MemberSession, claimed: Member, now: datetime) -> None:
        """Let the next request go on, unless one has taken the claim over already; this one has changed nothing."""
        same, claim = as_read("claimed_by", claimed.claimed_by)
        with suppress(ConditionFailed):
            self.members.updated(self._update(session, now, "REMOVE claimed_by, claimed_until", same, **claim))

    def record_claimed(
        self,
        session: MemberSession,
        claimed: Member,
        changes: dict[str, object],
        now: datetime,
        events: Iterable[AuditEvent] = (),
        *,
        unchanged: Iterable[str],
    ) -> Member:
        """What was done under the claim of ``claimed``, which ends with the proof; InProgress if another has it."""
        ended = dict.fromkeys(("claimed_by", "own_proof_serial", "own_proved_at"))
        changes = {**changes, **ended}
        self._change(session, now, {**changes, "claimed_until": None}, events, claimed, "claimed_by", *unchanged)
        return dataclasses.replace(claimed, **changes)  # type: ignore[arg-type]  # as above

    def _change(
        self,
        session: MemberSession,
        now: datetime,
        changes: dict[str, object],
        events: Iterable[AuditEvent],
        member: Member | None = None,
        *names: str,
    ) -> None:
        same, known = unchanged(EXISTS, member, *names)
        write = self._update(session, now, setting(changes), same, **values_of(changes), **known)
        try:
            self.members.database.transact_if([write], events)
        except ConditionFailed:
            # Nothing was changed. Either the session has ended, or the next try reads the record anew.
            signed_in(self.members.get(session.user_name), session, now)
            raise InProgress from None

    def _update(
        self, session: MemberSession, now: datetime, change: str, *conditions: str, **values: object
    ) -> Write:
        condition = " AND ".join([_IN_SESSION, *conditions])
        key = member_key(session.user_name)
        table = self.members.database.members_table
        return update(table, key, change, condition, own=session.session_hash, now=now, **values)
