"""The invitations table and the audit table.

An invitation is one item, ``invitation#<hash of its token>``; ``member#<user name>``
points to the member's latest one, so that inviting again can revoke it. Every change
is a conditional write, and goes together with its audit events or not at all.
"""

import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from chalicelib.audit import AuditEvent
from chalicelib.aws_errors import translated
from chalicelib.dynamodb_items import (
    Item,
    event_item,
    invitation_from,
    invitation_id,
    invitation_item,
    item,
    member_id,
)
from chalicelib.errors import AWSBusy, FirstdayError, InvitationLocked
from chalicelib.invitations import MAXIMUM_ATTEMPTS, Invitation, Session

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# How long an invitation's record outlives the invitation; what happened is in the audit trail.
KEPT = timedelta(days=30)
# Longer than a request may take, so that a claim never outlives its request by much.
CLAIM_LASTS = timedelta(seconds=30)

_OPENABLE = (
    "attribute_not_exists(accepted_at) AND attribute_not_exists(revoked_at) AND expires_at > :now"
    " AND failed_attempts < :maximum"  # requests at once may all have read the count before it was reached
)
_NOT_REVOKED = "attribute_exists(pk) AND attribute_not_exists(revoked_at)"


class _ConditionFailed(FirstdayError):
    """A conditional write found the record otherwise; ``found`` is how it was."""

    def __init__(self, found: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        self.found = found


@dataclass(frozen=True, slots=True)
class DynamoDBAdapter:
    client: "DynamoDBClient"
    invitations_table: str
    audit_table: str

    def get(self, key: str) -> Invitation | None:
        found = self._get(invitation_id(key))
        return invitation_from(found) if found else None

    def latest(self, user_name: str) -> Invitation | None:
        """The member's latest invitation, in whatever state."""
        pointer = self._get(member_id(user_name))
        return self.get(pointer["invitation_key"]["S"]) if pointer else None

    def record_created(
        self, invitation: Invitation, earlier: Invitation | None, events: Iterable[AuditEvent]
    ) -> None:
        """Store ``invitation`` as the member's latest and revoke the ``earlier`` one."""
        ttl = invitation.expires_at + KEPT
        pointer = item(
            {
                "pk": member_id(invitation.user_name),
                "invitation_key": invitation.key,
                "expires_at_ttl": int(ttl.timestamp()),
            }
        )
        # Whoever invites the same member at the same time has moved the pointer. One whose time has come
        # may stand there still, although DynamoDB has deleted its invitation.
        is_current = "attribute_not_exists(pk) OR invitation_key = :earlier OR expires_at_ttl <= :now"
        known = _values(earlier=earlier.key if earlier else "", now=int(invitation.created_at.timestamp()))
        writes: list[Any] = [
            self._put(invitation_item(invitation, ttl=ttl)),
            self._put(pointer, is_current) | known,
        ]
        if earlier:
            writes.append(self._revocation(earlier, invitation.created_at))
        self._transact(writes, events)

    def record_revoked(self, invitation: Invitation, event: AuditEvent) -> None:
        self._transact([self._revocation(invitation, event.occurred_at)], [event])

    def count_attempt(self, key: str) -> Invitation:
        """Count a wrong passcode; InvitationLocked when there were too many already."""
        condition = "attribute_exists(pk) AND failed_attempts < :maximum"
        try:
            return self._updated(key, "ADD failed_attempts :one", condition, one=1, maximum=MAXIMUM_ATTEMPTS)
        except _ConditionFailed:
            raise InvitationLocked from None

    def record_events(self, events: Iterable[AuditEvent]) -> None:
        self._transact([], events)

    def record_opened(
        self, invitation: Invitation, session_hash: str, session_expires_at: datetime, event: AuditEvent
    ) -> None:
        change = (
            "SET session_hash = :session_hash, session_expires_at = :session_expires_at,"
            " opened_at = if_not_exists(opened_at, :now), failed_attempts = :zero"
        )
        values = {"session_hash": session_hash, "session_expires_at": session_expires_at}
        update = self._update(
            invitation.key, change, _OPENABLE, now=event.occurred_at, zero=0, maximum=MAXIMUM_ATTEMPTS, **values
        )
        self._transact([update], [event])

    def record_accepted(
        self, invitation: Invitation, serial_number: str, now: datetime, events: Iterable[AuditEvent]
    ) -> None:
        change = "SET accepted_at = if_not_exists(accepted_at, :now), serial_number = :serial"
        update = self._update(invitation.key, change, _NOT_REVOKED, now=now, serial=serial_number)
        self._transact([update], events)

    def claim_access_key(self, session: Session, now: datetime, *, replace: bool) -> tuple[Invitation | None, bool]:
        """Let one request at a time issue the key: (the record, whether this request may go on)."""
        change = "SET claimed_by = :claim, claimed_until = :until ADD access_key_attempts :one"
        # With its own claim the request passes again: botocore repeats a call whose reply was lost.
        condition = (
            "session_hash = :session AND attribute_exists(accepted_at) AND attribute_not_exists(revoked_at)"
            " AND (attribute_not_exists(claimed_until) OR claimed_until < :now OR claimed_by = :claim)"
        )
        if not replace:
            condition += " AND attribute_not_exists(access_key_id)"
        values = {"session": session.session_hash, "claim": secrets.token_hex(8)}
        times = {"now": now, "until": now + CLAIM_LASTS}
        try:
            return self._updated(session.invitation_key, change, condition, one=1, **values, **times), True
        except _ConditionFailed as failed:
            return (invitation_from(failed.found) if failed.found else None), False

    def release_access_key(self, invitation: Invitation) -> None:
        self._updated(invitation.key, "REMOVE claimed_until, claimed_by", "attribute_exists(pk)")

    def record_access_key(self, invitation: Invitation, access_key_id: str, events: Iterable[AuditEvent]) -> None:
        change = "SET access_key_id = :id REMOVE claimed_until, claimed_by"
        self._transact([self._update(invitation.key, change, _NOT_REVOKED, id=access_key_id)], events)

    def _revocation(self, invitation: Invitation, now: datetime) -> dict[str, Any]:
        change = "SET revoked_at = if_not_exists(revoked_at, :now)"
        return self._update(invitation.key, change, "attribute_exists(pk)", now=now)

    def _get(self, pk: str) -> Mapping[str, Any] | None:
        with translated():
            answer = self.client.get_item(
                TableName=self.invitations_table, Key={"pk": {"S": pk}}, ConsistentRead=True
            )
        return answer.get("Item")

    def _put(self, new: Item, condition: str = "attribute_not_exists(pk)") -> dict[str, Any]:
        return {"TableName": self.invitations_table, "Item": new, "ConditionExpression": condition}

    def _update(self, key: str, change: str, condition: str, **values: object) -> dict[str, Any]:
        return {
            "TableName": self.invitations_table,
            "Key": {"pk": {"S": invitation_id(key)}},
            "UpdateExpression": change,
            "ConditionExpression": condition,
        } | _values(**values)

    def _updated(self, key: str, change: str, condition: str, **values: object) -> Invitation:
        request = self._update(key, change, condition, **values)
        with translated(), _conditional():
            answer = self.client.update_item(
                **request, ReturnValues="ALL_NEW", ReturnValuesOnConditionCheckFailure="ALL_OLD"
            )
        return invitation_from(answer["Attributes"])

    def _transact(self, writes: Iterable[dict[str, Any]], events: Iterable[AuditEvent]) -> None:
        """All of it or nothing. A record that changed meanwhile is AWSBusy: the next try looks at it anew."""
        changes: list[Any] = [{"Update" if "Key" in write else "Put": write} for write in writes]
        for event in events:
            new = event_item(event, secrets.token_hex(8))
            condition = "attribute_not_exists(pk)"
            changes.append({"Put": {"TableName": self.audit_table, "Item": new, "ConditionExpression": condition}})
        try:
            with translated(), _conditional():
                self.client.transact_write_items(TransactItems=changes)
        except _ConditionFailed:
            raise AWSBusy from None


def _values(**values: object) -> dict[str, Any]:
    named = {f":{name}": value for name, value in values.items()}
    return {"ExpressionAttributeValues": item(named)} if named else {}


@contextmanager
def _conditional() -> Iterator[None]:
    """Tell a failed condition apart from everything else that DynamoDB may answer."""
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "ConditionalCheckFailedException":
            raise _ConditionFailed(error.response.get("Item")) from None
        if code != "TransactionCanceledException":
            raise
        reasons = {reason.get("Code") for reason in error.response.get("CancellationReasons", [])}
        raise _ConditionFailed if "ConditionalCheckFailed" in reasons else AWSBusy from None
