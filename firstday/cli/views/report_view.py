"""The report of all members, as a table, as CSV and as JSON."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, cast

from chalicelib.audit import short
from chalicelib.members.csv_records import inert
from firstday.text_tables import plain, table

if TYPE_CHECKING:
    from chalicelib.web.api.contract.member_records import AccessKey, IAMFacts, Member, MemberRole

# In a cell, nothing is left empty: there is none, it never was, or nobody could look.
NONE, NEVER, NOT_SEEN = "none", "never", "not seen"
HEADER = ("USER", "STATE", "GROUPS", "ROLES", "DEVICES", "KEYS: AGE, LAST USE", "UNTIL")


@dataclass(frozen=True, slots=True)
class Seen:
    """A member's record; ``iam`` and ``roles`` are None where they were not seen. ``reason`` says why."""

    member: "Member"
    iam: "IAMFacts | None" = None
    roles: "Sequence[MemberRole] | None" = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the report. Several values in a cell are separated by spaces; times are in UTC.

    Ages are in days. IAM allows two access keys. ``not_seen`` says why IAM's part is missing.
    """

    user_name: str
    state: str
    groups: str
    roles: str
    accounts: str
    mfa_devices: str
    access_key_1: str
    access_key_1_state: str
    access_key_1_age: int | str
    access_key_1_last_used: str
    access_key_2: str
    access_key_2_state: str
    access_key_2_age: int | str
    access_key_2_last_used: str
    until: str
    suspended_since: str
    invited_by: str
    invited: str
    active_since: str
    last_seen: str
    not_seen: str


def report_rows(seen: Sequence[Seen], now: datetime) -> list[Row]:
    return [_row(one, now) for one in seen]


def csv_bytes(rows: Sequence[Row]) -> bytes:
    """With the byte order mark that tells Excel of UTF-8. No spreadsheet computes what a cell says."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([field.name for field in fields(Row)])
    writer.writerows([_cell(value) for value in asdict(row).values()] for row in rows)
    return ("\ufeff" + text.getvalue()).encode("utf-8", "replace")


def json_rows(rows: Sequence[Row]) -> list[dict[str, Any]]:
    return [asdict(row) for row in rows]


def report_text(rows: Sequence[Row], width: int | None) -> str:
    """A table of the most important; the rest is in the CSV."""
    if not rows:
        return "There are no members yet."
    shown = [
        (row.user_name, row.state, row.groups, row.roles, row.mfa_devices, _keys_text(row), row.until)
        for row in rows
    ]
    return "\n".join([*table(HEADER, shown, width=width), "", "All columns: firstday report --csv"])


def _row(seen: Seen, now: datetime) -> Row:
    member, iam, roles = seen.member, seen.iam, seen.roles
    # A portal that is yet to be upgraded does not tell of days and suspensions.
    told = cast("Mapping[str, Any]", member)
    devices = _words(device["serial_number"] for device in iam["devices"]) if iam else NOT_SEEN
    keys = [*iam["access_keys"], None, None] if iam else []
    return Row(
        member["user_name"],
        member["state"],
        _words(member["groups"]),
        _words(role["profile"] for role in roles) if roles is not None else NOT_SEEN,
        _words(dict.fromkeys(role["account_id"] for role in roles)) if roles is not None else NOT_SEEN,
        devices,
        *(_key(keys[0], now) if iam else (NOT_SEEN,) * 4),
        *(_key(keys[1], now) if iam else (NOT_SEEN,) * 4),
        until=(told["until"] or NONE) if "until" in told else NOT_SEEN,
        suspended_since=_time(told["suspended_at"]) if "suspended_at" in told else NOT_SEEN,
        invited_by=short(member["invited_by"]) if member["invited_by"] else NEVER,
        invited=_time(member["invited_at"]),
        active_since=_time(member["proved_at"]),
        last_seen=_time(member["last_seen_at"]),
        not_seen=NONE if iam else seen.reason or NOT_SEEN,
    )


def _key(key: "AccessKey | None", now: datetime) -> tuple[str, str, int | str, str]:
    if key is None:
        return (NONE,) * 4
    age = max((now - datetime.fromisoformat(key["created_at"])).days, 0)  # this computer's clock may be slow
    return key["access_key_id"], "active" if key["is_active"] else "inactive", age, _time(key["last_used_at"])


def _keys_text(row: Row) -> str:
    if row.access_key_1 in (NONE, NOT_SEEN):
        return row.access_key_1
    keys = [
        (row.access_key_1_state, row.access_key_1_age, row.access_key_1_last_used),
        (row.access_key_2_state, row.access_key_2_age, row.access_key_2_last_used),
    ]
    return "; ".join(f"{state}, {age} d, {used[:10]}" for state, age, used in keys if state != NONE)


def _words(names: Any) -> str:
    return " ".join(names) or NONE


def _time(at: str | None) -> str:
    return f"{datetime.fromisoformat(at).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if at else NEVER


def _cell(value: object) -> object:
    """A number, and a day, as they are; any other text so that nothing computes it."""
    if isinstance(value, int) or _is_day(str(value)):
        return value
    return inert(plain(str(value)))


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
