"""The members table for the administrators' use cases: the list, and changes from outside the journey."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from chalicelib.audit import AuditEvent
from chalicelib.aws.dynamodb import as_read, delete, expressions, put, setting, values_of
from chalicelib.aws.items import MEMBER_FIELDS, SEARCHED_NAME, member_from, member_item, member_key
from chalicelib.aws.journey_records import EXISTS, JourneyRecords
from chalicelib.members.record import Member, comparable

# The attributes of one invitation, which the next invitation resets.
_OF_INVITATION = (
    "groups",
    "created_user",
    "token_hash",
    "former_hashes",
    "invited_at",
    "invited_by",
    "expires_at",
    "passcode_hash",
    "failed_attempts",
    "revoked_at",
    "opened_at",
    "session_hash",
    "session_expires_at",
    "session_idle_ends_at",
    "registering_at",
    "accepted_at",
    "access_key_attempts",
    "access_key_id",
    "version",
)


class MembersTable(JourneyRecords):
    """Every method may raise AWSBusy, also where the record has changed since it was read."""

    def page(
        self, *, limit: int | None, after: str | None, name_part: str = "", is_proved: bool | None = None
    ) -> tuple[list[Member], str | None]:
        """Members in order of their names, from the one ``after``: (members, the last name read if there are more).

        Without a ``limit``, as many as DynamoDB reads at once, which is 1 MB. ``name_part`` and ``is_proved`` leave
        out others, which are read nevertheless.
        """
        written, values = {"KeyConditionExpression": "directory = :directory"}, {"directory": "members"}
        filters = []
        if name_part:
            filters.append(f"contains({SEARCHED_NAME}, :part)")
            values["part"] = comparable(name_part)
        if is_proved is not None:
            filters.append("attribute_exists(proved_at)" if is_proved else "attribute_not_exists(proved_at)")
        if filters:
            written["FilterExpression"] = " AND ".join(filters)
        request: dict[str, Any] = {"Limit": limit} if limit else {}
        if after:
            request["ExclusiveStartKey"] = member_key(after)
        answer = self.database.query(self._table, ConsistentRead=True, **request, **expressions(written, **values))
        last = answer.get("LastEvaluatedKey")
        return [member_from(found) for found in answer["Items"]], last["name"]["S"] if last else None

    def record_created(self, member: Member, events: Iterable[AuditEvent]) -> None:
        """Store a member who has no record yet. ConditionFailed is AWSBusy: somebody else was quicker."""
        new = put(self._table, member_item(member), "attribute_not_exists(directory)")
        self.database.transact([new], events)

    def record_invited(self, member: Member, earlier: Member, events: Iterable[AuditEvent]) -> None:
        """Give ``earlier`` the invitation of ``member``, if nobody has changed it meanwhile."""
        changes = {name: getattr(member, name) for name in _OF_INVITATION}
        change = setting({**changes, "claimed_by": None, "claimed_until": None})
        condition, known = _unchanged(earlier, "token_hash", "groups", "version")
        condition += " AND attribute_not_exists(offboarding_at)"
        self.database.transact([self._update(member, change, condition, **values_of(changes), **known)], events)

    def record_revoked(self, member: Member, version: str, event: AuditEvent) -> None:
        """Revoke the link of ``member``, unless somebody has made another one meanwhile."""
        change = "SET revoked_at = if_not_exists(revoked_at, :now), version = :version"
        condition, known = _unchanged(member, "token_hash", "version")
        values = {"now": event.occurred_at, "version": version, **known}
        self.database.transact([self._update(member, change, condition, **values)], [event])

    def record_reset(
        self, member: Member, version: str, keys: Iterable[str], groups: tuple[str, ...], event: AuditEvent
    ) -> Member:
        """End the session, the link and the proof; ``keys`` and ``groups`` come back with the next proof."""
        changes: Mapping[str, object] = {
            "reset_at": event.occurred_at,
            "revoked_at": event.occurred_at,
            "deactivated_keys": tuple(dict.fromkeys([*member.deactivated_keys, *keys])),
            "session_hash": None,
            "session_expires_at": None,
            "session_idle_ends_at": None,
            "proved_at": None,
            "groups": groups,
            "joining": (),
            "leaving": (),
            "version": version,
        }
        return self._changed(member, changes, [event])

    def record_groups(self, member: Member, changed: Member, now: datetime, events: Iterable[AuditEvent]) -> Member:
        """The switch-role groups that ``changed`` has, and which of them IAM does not have yet."""
        changes = {name: getattr(changed, name) for name in ("groups", "joining", "leaving", "version")}
        return self._changed(member, {**changes, "groups_changed_at": now}, events)

    def record_moved(self, member: Member) -> Member:
        """IAM has been told of the groups that were ``joining`` and ``leaving``."""
        return self._changed(member, {"joining": (), "leaving": ()}, [])

    def record_observed(self, member: Member, observed: Member, events: Iterable[AuditEvent]) -> None:
        """Correct the record by what IAM says."""
        names = [name for name in MEMBER_FIELDS if getattr(member, name) != getattr(observed, name)]
        self._changed(member, {name: getattr(observed, name) for name in names}, events)

    def record_offboarding(self, member: Member, version: str, event: AuditEvent) -> None:
        """From here on no link or session works; the rest of the offboarding can be repeated."""
        changes: Mapping[str, object] = {
            "offboarding_at": event.occurred_at,
            "revoked_at": event.occurred_at,
            "session_hash": None,
            "session_expires_at": None,
            "session_idle_ends_at": None,
            "version": version,
        }
        condition, known = _unchanged(member, "version")
        write = self._update(member, setting(changes), condition, **values_of(changes), **known)
        self.database.transact([write], [event])

    def delete(self, member: Member, events: Iterable[AuditEvent]) -> None:
        condition = "attribute_exists(offboarding_at)"
        self.database.transact([delete(self._table, member_key(member.user_name), condition)], events)

    def _changed(self, member: Member, changes: Mapping[str, object], events: Iterable[AuditEvent]) -> Member:
        """``member`` with ``changes``, if link, proof, groups and version are still as in it; else AWSBusy."""
        condition, known = _unchanged(member, "token_hash", "proved_at", "groups", "version")
        write = self._update(member, setting(changes), condition, **values_of(changes), **known)
        self.database.transact([write], events)
        return replace(member, **changes)  # type: ignore[arg-type]  # names and types are those of Member


def _unchanged(member: Member, *names: str) -> tuple[str, dict[str, object]]:
    """The condition that ``names`` in the record are as they were read, and the values that it needs."""
    conditions, values = [EXISTS], dict[str, object]()
    for name in names:
        condition, value = as_read(name, getattr(member, name))
        conditions.append(condition)
        values |= value
    return " AND ".join(conditions), values
