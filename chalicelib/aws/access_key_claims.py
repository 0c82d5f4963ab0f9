"""The claim on a member's access key: of all requests, one at a time issues it."""

import dataclasses
import secrets
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta

from chalicelib.audit import AuditEvent
from chalicelib.aws.dynamodb import ConditionFailed
from chalicelib.aws.items import member_from
from chalicelib.aws.members_table import EXISTS, SAME_LINK, MembersTable
from chalicelib.errors import InProgress
from chalicelib.members.record import Member
from chalicelib.members.sessions import MemberSession

# Longer than a request may take, so that a claim never outlives its request by much.
CLAIM_LASTS = timedelta(seconds=30)


class AccessKeyClaims:
    """Every method may raise AWSBusy."""

    def __init__(self, members: MembersTable) -> None:
        self.members = members

    def claim(self, session: MemberSession, now: datetime, *, replace: bool) -> Member | None:
        """Let one request at a time issue the key: the record, with ``claimed_by`` if it is this one."""
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
            return self.members.updated(self.members.in_session(session, now, change, condition, **values))
        except ConditionFailed as failed:
            return dataclasses.replace(member_from(failed.found), claimed_by=None) if failed.found else None

    def release(self, member: Member, claim: str) -> None:
        """Let the next request go on, unless one has taken the claim over already; this one has made no key."""
        change = "REMOVE claimed_until, claimed_by ADD access_key_attempts :less"
        condition, values = f"{EXISTS} AND claimed_by = :claim", {"claim": claim, "less": -1}
        with suppress(ConditionFailed):
            self.members.updated(self.members.update(member, change, condition, **values))

    def record(
        self, member: Member, claim: str, access_key_id: str, now: datetime, events: Iterable[AuditEvent]
    ) -> None:
        """InProgress where the claim has run out by ``now`` or was taken over, or the link has changed."""
        change = (
            "SET access_key_id = :id, access_key_created_at = :now, last_seen_at = :now"
            " REMOVE claimed_until, claimed_by"
        )
        values = {"id": access_key_id, "now": now, "link": member.token_hash, "claim": claim}
        condition = f"{SAME_LINK} AND claimed_by = :claim AND claimed_until > :now"
        try:
            self.members.database.transact_if([self.members.update(member, change, condition, **values)], events)
        except ConditionFailed:
            raise InProgress from None
