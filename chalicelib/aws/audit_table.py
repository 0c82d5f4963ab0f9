"""Reading the audit trail: by member, or over all by time through an index. Newest first, a page at a time."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from chalicelib.audit import AuditEvent, iso
from chalicelib.aws.dynamodb import Database, expressions
from chalicelib.aws.items import Item, event_from, item, subject_id
from chalicelib.cursors import cursor_of, position_in, unknown_cursor

BY_TIME = "by-time"
# No portal has older events, so there is no year before it to look into.
FIRST_YEAR = 2026


@dataclass(frozen=True, slots=True)
class Events:
    """``next_cursor`` leads to the next page; None at the end."""

    events: tuple[AuditEvent, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class AuditTable:
    database: Database

    def events(
        self,
        *,
        now: datetime,
        subject: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Events:
        """Events of ``subject``, or of everybody, from ``since`` up to, but not including, ``until``.

        InvalidInput if ``cursor`` is not one that an earlier page gave.
        """
        if cursor:
            at = {"sk": "~"} | position_in(cursor, "pk", "sk", "year")
        else:
            at = {"sk": iso(until) if until else "~"}
        lowest = iso(since) if since else ""
        if subject is not None:
            found, last = self._read("pk", subject_id(subject), at, lowest, limit)
            return Events(found, cursor_of(last) if last else None)
        return self._by_time(at, lowest, min(until or now, now).astimezone(UTC).year, limit)

    def _by_time(self, at: dict[str, str], lowest: str, year: int, limit: int) -> Events:
        """From year to year backwards, as the index has one hash key for each."""
        if "year" in at:
            if not re.fullmatch("20[0-9]{2}", at["year"]):
                raise unknown_cursor()
            year = min(int(at["year"]), year)
        first = max(int(lowest[:4] or FIRST_YEAR), FIRST_YEAR)
        events: list[AuditEvent] = []
        while year >= first:
            found, last = self._read("year", str(year), at, lowest, limit - len(events))
            events += found
            if last:
                return Events(tuple(events), cursor_of(last))
            year, at = year - 1, {"sk": "~"}
            if len(events) == limit and year >= first:
                return Events(tuple(events), cursor_of({"year": str(year), "sk": "~"}))
        return Events(tuple(events), None)

    def _read(
        self, hash_key: str, value: str, at: dict[str, str], lowest: str, limit: int
    ) -> tuple[tuple[AuditEvent, ...], dict[str, str] | None]:
        """Events under one hash key, and where the next page begins."""
        if at["sk"] < lowest:
            return (), None
        written = {"KeyConditionExpression": f"{hash_key} = :value AND sk BETWEEN :lowest AND :highest"}
        # The range ends before the last event that was read; only the end of the range has "~".
        values = {"value": value, "lowest": lowest or "0", "highest": at["sk"]}
        request: dict[str, Any] = {"IndexName": BY_TIME} if hash_key == "year" else {}
        if "pk" in at:
            request["ExclusiveStartKey"] = _start(hash_key, at)
        answer = self.database.query(
            self.database.audit_table,
            Limit=limit,
            ScanIndexForward=False,
            **request,
            **expressions(written, **values),
        )
        last = answer.get("LastEvaluatedKey")
        found = tuple(event_from(one) for one in answer["Items"])
        return found, {name: str(part["S"]) for name, part in last.items()} if last else None


def _start(hash_key: str, at: dict[str, str]) -> Item:
    names = ("pk", "sk", "year") if hash_key == "year" else ("pk", "sk")
    if any(name not in at for name in names):
        raise unknown_cursor()
    return item({name: at[name] for name in names})
