"""The members table: one record a member. Every change is a conditional write, together with its audit events."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from chalicelib.audit import AuditEvent
from chalicelib.aws.dynamodb import (
    ConditionFailed,
    Database,
    Write,
    delete,
    expressions,
    put,
    setting,
    unchanged,
    update,
    values_of,
)
from chalicelib.aws.items import MEMBER_FIELDS, SEARCHED_NAME, member_from, member_item, member_key
from chalicelib.errors import InvitationLocked, NotSignedIn
from chalicelib.members.invitations import OF_INVITATION
from chalicelib.members.record import MAXIMUM_ATTEMPTS, Member, comparable
from chalicelib.members.sessions import MemberSession

EXISTS = "attribute_exists(directory)"
# Of a suspended member, only the invitation back is good for anything.
_NOT_PAUSED = "(attribute_not_exists(suspended_at) OR resuming_hash = token_hash)"
_STAYS = f"attribute_not_exists(offboarding_at) AND {_NOT_PAUSED}"
SAME_LINK = f"token_hash = :link AND attribute_not_exists(revoked_at) AND {_STAYS}"
_IN_SESSION = (
    "session_hash = :session AND session_expires_at > :now"
    f" AND (attribute_not_exists(session_idle_ends_at) OR session_idle_ends_at > :now) AND {_NOT_PAUSED}"
)
# What ends with a session: itself, and a proof that was not finished. So it is with the member's own page.
_NO_SESSION = dict.fromkeys(
    (
        *("session_hash", "session_expires_at", "session_idle_ends_at", "enabled_at", "enabled_serial"),
        *("own_link_hash", "own_link_ends_at", "own_session_hash", "own_session_ends_at"),
        *("own_proof_serial", "own_proved_at"),
    )
)
# The member's own page changes the last three, and no version.
_MATTERS = ("token_hash", "proved_at", "groups", "version", "registered_serials", "adding_serial", "former_key_id")
NOT_SPENT = f"{SAME_LINK} AND attribute_not_exists(accepted_at)"
# The count is in it, too: requests at once may all have read it before the maximum was reached.
_OPENABLE = f"{NOT_SPENT} AND expires_at > :now AND failed_attempts < :maximum"


class MembersTable:
    """Every method may raise AWSBusy, also where the record has changed since it was read."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def get(self, user_name: str) -> Member | None:
        found = self.database.find(self._table, member_key(user_name))
        return member_from(found) if found else None

    def record_events(self, events: Iterable[AuditEvent], *, is_told: bool = True) -> None:
        self.database.transact([], events, is_told=is_told)

    def tell(self, event: AuditEvent) -> None:
        self.database.tell([event])

    def count_attempt(self, member: Member) -> Member:
        """Count a wrong passcode; InvitationLocked when there were too many already."""
        condition = f"{SAME_LINK} AND failed_attempts < :maximum"
        values = {"one": 1, "maximum": MAXIMUM_ATTEMPTS, "link": member.token_hash}
        try:
            return self.updated(self.update(member, "ADD failed_attempts :one", condition, **values))
        except ConditionFailed:
            raise InvitationLocked from None

    def record_opened(
        self,
        member: Member,
        session: tuple[str, datetime, datetime],
        event: AuditEvent,
        language: str | None = None,
    ) -> None:
        """``session``: its hash, its end, and when it ends unless it is used; ``language`` if it is to be kept."""
        change = (
            "SET session_hash = :session_hash, session_expires_at = :ends, session_idle_ends_at = :idle_ends,"
            f" last_seen_at = :now, opened_at = if_not_exists(opened_at, :now), failed_attempts = :zero"
            f"{', language = :language' if language else ''}"
        )
        values = dict(zip(("session_hash", "ends", "idle_ends"), session, strict=True))
        known = {"zero": 0, "link": member.token_hash, "now": event.occurred_at, "maximum": MAXIMUM_ATTEMPTS}
        self.database.transact(
            [self.update(member, change, _OPENABLE, language=language, **values, **known)], [event]
        )

    def record_seen(self, session: MemberSession, now: datetime, idle_ends_at: datetime) -> None:
        """The session goes on; NotSignedIn if it was ended meanwhile.

        No transaction: two pages at once would cancel each other's.
        """
        change = "SET session_idle_ends_at = :until, last_seen_at = :now"
        try:
            self.updated(self.in_session(session, now, change, until=idle_ends_at))
        except ConditionFailed:
            raise NotSignedIn from None

    def record_daily(self, session: MemberSession, now: datetime, daily: str) -> None:
        """How the member chose to work: see ``Daily``. NotSignedIn if the session was ended meanwhile."""
        try:
            self.updated(self.in_session(session, now, "SET daily = :daily, last_seen_at = :now", daily=daily))
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
            return self.updated(self.in_session(session, now, change, goes_on))
        except ConditionFailed as failed:
            return member_from(failed.found) if failed.found else None

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
        changes = {name: getattr(member, name) for name in (*OF_INVITATION, "email", "until")}
        change = setting({**changes, "claimed_by": None, "claimed_until": None})
        condition, known = unchanged(EXISTS, earlier, "token_hash", "groups", "version")
        condition += " AND attribute_not_exists(offboarding_at)"
        self.database.transact([self.update(member, change, condition, **values_of(changes), **known)], events)

    def record_revoked(self, member: Member, version: str, event: AuditEvent) -> None:
        """Revoke the link of ``member``, unless somebody has made another one meanwhile."""
        change = "SET revoked_at = if_not_exists(revoked_at, :now), version = :version REMOVE resuming_hash"
        condition, known = unchanged(EXISTS, member, "token_hash", "version")
        values = {"now": event.occurred_at, "version": version, **known}
        self.database.transact([self.update(member, change, condition, **values)], [event])

    def record_reset(
        self, member: Member, version: str, keys: Iterable[str], groups: tuple[str, ...], event: AuditEvent
    ) -> Member:
        """End the session, the link and the proof; ``keys`` and ``groups`` come back with the next proof."""
        changes: Mapping[str, object] = {
            "reset_at": event.occurred_at,
            "revoked_at": event.occurred_at,
            "deactivated_keys": tuple(dict.fromkeys([*member.deactivated_keys, *keys])),
            **_NO_SESSION,
            "proved_at": None,
            "groups": groups,
            "joining": (),
            "leaving": (),
            "version": version,
        }
        return self._changed(member, changes, [event])

    def record_removed(self, member: Member) -> Member:
        """A reset is through in IAM: the devices are gone, and the keys inactive."""
        names = ("serial_number", "adding_serial", "adding_at", "former_key_id", "former_key_ends_at")
        return self._changed(member, {**dict.fromkeys(names), "registered_serials": ()}, [])

    def record_groups(self, member: Member, changed: Member, now: datetime, events: Iterable[AuditEvent]) -> Member:
        """The switch-role groups that ``changed`` has, and which of them IAM does not have yet."""
        changes = {name: getattr(changed, name) for name in ("groups", "joining", "leaving", "version")}
        return self._changed(member, {**changes, "groups_changed_at": now}, events)

    def record_moved(self, member: Member) -> Member:
        """IAM has been told of the groups that were ``joining`` and ``leaving``."""
        return self._changed(member, {"joining": (), "leaving": ()}, [])

    def record_changed(self, member: Member, changed: Member, events: Iterable[AuditEvent]) -> None:
        """Change what differs: by what IAM says, or an administrator."""
        names = [name for name in MEMBER_FIELDS if getattr(member, name) != getattr(changed, name)]
        self._changed(member, {name: getattr(changed, name) for name in names}, events)

    def record_offboarding(self, member: Member, version: str, event: AuditEvent) -> None:
        """From here on no link or session works; the rest of the offboarding can be repeated."""
        changes: Mapping[str, object] = {
            "offboarding_at": event.occurred_at,
            "revoked_at": event.occurred_at,
            **_NO_SESSION,
            "version": version,
        }
        condition, known = unchanged(EXISTS, member, "version", "adding_serial")
        write = self.update(member, setting(changes), condition, **values_of(changes), **known)
        self.database.transact([write], [replace(event, address=member.email or "")])

    def delete(self, member: Member, events: Iterable[AuditEvent]) -> None:
        gone = delete(self._table, member_key(member.user_name), "attribute_exists(offboarding_at)")
        self.database.transact([gone], events)

    def _changed(self, member: Member, changes: Mapping[str, object], events: Iterable[AuditEvent]) -> Member:
        """``member`` with ``changes``, if nobody has changed what matters meanwhile; else AWSBusy."""
        condition, known = unchanged(EXISTS, member, *_MATTERS)
        write = self.update(member, setting(changes), condition, **values_of(changes), **known)
        self.database.transact([write], events)
        return replace(member, **changes)  # type: ignore[arg-type]  # names and types are those of Member

    @property
    def _table(self) -> str:
        return self.database.members_table

    def update(self, member: Member, change: str, condition: str, **values: object) -> Write:
        return update(self._table, member_key(member.user_name), change, condition, **values)

    def in_session(
        self, session: MemberSession, now: datetime, change: str, condition: str = EXISTS, **values: object
    ) -> Write:
        """A change that needs a session that has not ended; ``:now`` is among the values."""
        known = {"session": session.session_hash, "now": now}
        key = member_key(session.user_name)
        return update(self._table, key, change, f"{_IN_SESSION} AND {condition}", **known, **values)

    def updated(self, write: Write) -> Member:
        return member_from(self.database.updated(write))
