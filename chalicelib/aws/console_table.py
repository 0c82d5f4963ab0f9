"""The console's table: sign-in links and sessions, under the hashes of their tokens, removed when they are over."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chalicelib.admin.signing_in import ConsoleSession, Link
from chalicelib.audit import AuditEvent
from chalicelib.aws.dynamodb import ConditionFailed, Database, Write, put, update
from chalicelib.aws.items import Item, item, value_of
from chalicelib.errors import ConsoleSignedOut, SignInLinkRefused

# A used link is remembered for a day, so that the portal can tell whose link somebody uses again.
KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ConsoleTable:
    database: Database

    def link(self, token_hash: str) -> Link | None:
        found = self.database.find(self._table, _key("link", token_hash))
        return Link(**_values(found, Link)) if found else None

    def record_link(self, token_hash: str, link: Link, event: AuditEvent) -> None:
        self.database.transact([self._new("link", token_hash, link, link.expires_at)], [event])

    def record_signed_in(
        self,
        link_hash: str,
        session_hash: str,
        session: ConsoleSession,
        former_hash: str | None,
        events: Iterable[AuditEvent],
    ) -> None:
        """Spend the link, begin the session and end the former one, together.

        SignInLinkRefused if somebody has spent it.
        """
        condition = "attribute_not_exists(used_at) AND expires_at > :now"
        now = session.started_at
        spent = update(self._table, _key("link", link_hash), "SET used_at = :now", condition, now=now)
        begun = self._new("session", session_hash, session, session.ends_at)
        ended = [self._ended(former_hash, now)] if former_hash else []
        try:
            self.database.transact_if([spent, begun, *ended], events)
        except ConditionFailed:
            raise SignInLinkRefused from None

    def session(self, session_hash: str) -> ConsoleSession | None:
        found = self.database.find(self._table, _key("session", session_hash))
        return ConsoleSession(**_values(found, ConsoleSession)) if found else None

    def record_seen(self, session_hash: str, idle_ends_at: datetime) -> None:
        """The session goes on; ConsoleSignedOut if it was ended meanwhile.

        No transaction: two pages at once would cancel each other's.
        """
        change, condition = "SET idle_ends_at = :until", "attribute_not_exists(ended_at)"
        key = _key("session", session_hash)
        try:
            self.database.updated(update(self._table, key, change, condition, until=idle_ends_at))
        except ConditionFailed:
            raise ConsoleSignedOut from None

    def record_signed_out(self, session_hash: str, now: datetime, event: AuditEvent) -> None:
        self.database.transact([self._ended(session_hash, now)], [event])

    def record_events(self, events: Iterable[AuditEvent]) -> None:
        self.database.transact([], events)

    @property
    def _table(self) -> str:
        return self.database.console_table

    def _ended(self, session_hash: str, now: datetime) -> Write:
        change, condition = "SET ended_at = if_not_exists(ended_at, :now)", "attribute_exists(pk)"
        return update(self._table, _key("session", session_hash), change, condition, now=now)

    def _new(self, kind: str, token_hash: str, record: Link | ConsoleSession, ends_at: datetime) -> Write:
        values = {name: getattr(record, name) for name in record.__dataclass_fields__}
        ttl = {"expires_at_ttl": int((ends_at + KEPT).timestamp())}
        return put(self._table, _key(kind, token_hash) | item({**values, **ttl}), "attribute_not_exists(pk)")


def _key(kind: str, token_hash: str) -> Item:
    return item({"pk": f"{kind}#{token_hash}"})


def _values(found: Mapping[str, Any], record: type[Link | ConsoleSession]) -> dict[str, Any]:
    return {name: value_of(name, found[name]) for name in record.__dataclass_fields__ if name in found}
