"""Records as DynamoDB items: ``None`` is left out, times are ISO 8601 in UTC so that they compare as text."""

import hashlib
import secrets
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from chalicelib.audit import PORTAL, AuditEvent, iso, sameness
from chalicelib.members.record import Member, comparable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

Item: TypeAlias = dict[str, "AttributeValueTypeDef"]

_NUMBERS = frozenset({"failed_attempts", "access_key_attempts"})
# The roles of functions may write these in any form. Whatever it is, it is read as a text, as the texts of a list,
# or as a time that keeps the member out.
_TEXTS = frozenset({"until", "suspended_by"})
_LISTS = frozenset({"suspended_keys", "ageing_keys"})
_KEEPING_OUT = frozenset({"suspended_at", "offboarding_at"})
_LONGEST_SHOWN = 40
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
MEMBER_FIELDS = tuple(Member.__dataclass_fields__)
DETAIL = "detail_"
SEARCHED_NAME = "searched_name"
# Longer than the minute; DynamoDB takes its time to remove what is over.
_MARK_LASTS = timedelta(hours=1)


def member_key(user_name: str) -> Item:
    """All members are under one hash key, so that a list of them is one query, in order of their names."""
    return item({"directory": "members", "name": comparable(user_name)})


def item(values: Mapping[str, object]) -> Item:
    """An item, or the values of an expression."""
    return {name: _attribute(value) for name, value in values.items() if value is not None}


def member_item(member: Member) -> Item:
    # DynamoDB does not filter by a key, so the name is stored a second time for searching.
    searched = {SEARCHED_NAME: comparable(member.user_name)}
    return member_key(member.user_name) | item({name: getattr(member, name) for name in MEMBER_FIELDS} | searched)


def member_from(found: Mapping[str, Any]) -> Member:
    return Member(**{name: value_of(name, found[name]) for name in MEMBER_FIELDS if name in found})


def subject_id(subject: str) -> str:
    return "portal" if subject == PORTAL else f"member#{comparable(subject)}"


def event_item(event: AuditEvent, position: int = 0) -> Item:
    """``sk`` begins with the time of the request, then that of the write and the ``position`` in it: in order."""
    return item(
        {
            "pk": subject_id(event.subject),
            "sk": f"{iso(event.occurred_at)}#{time.time_ns():020}{position:02}{secrets.token_hex(4)}",
            "year": str(event.occurred_at.astimezone(UTC).year),
            "actor": event.actor,
            "action": event.action,
            "subject": event.subject or None,
            "occurred_at": event.occurred_at,
            **{f"{DETAIL}{name}": value for name, value in event.details.items()},
        }
    )


def mark_item(event: AuditEvent) -> Item | None:
    """The item that prevents a second such event in the same minute; None if a second one may follow.

    The event itself is not stored under a key like this: the trail is in order of its keys.
    """
    if (same := sameness(event)) is None:
        return None
    over = int((event.occurred_at + _MARK_LASTS).timestamp())
    return item({"pk": f"event#{hashlib.sha256(same.encode()).hexdigest()}", "expires_at_ttl": over})


def event_from(found: Mapping[str, Any]) -> AuditEvent:
    return AuditEvent(
        actor=found["actor"]["S"],
        action=found["action"]["S"],
        subject=found.get("subject", {}).get("S", PORTAL),
        occurred_at=datetime.fromisoformat(found["occurred_at"]["S"]),
        details={name.removeprefix(DETAIL): value["S"] for name, value in found.items() if name.startswith(DETAIL)},
    )


def value_of(name: str, attribute: Mapping[str, Any]) -> Any:
    ((kind, value),) = attribute.items()
    if name in _TEXTS and kind != "S":
        return str(value)[:_LONGEST_SHOWN]
    if name in _LISTS:
        return tuple(part["S"] for part in value if "S" in part) if kind == "L" else ()
    if name in _KEEPING_OUT:
        return _time_or_long_ago(value)
    if kind == "L":
        return tuple(part["S"] for part in value)
    if name in _NUMBERS:
        return int(value)
    return datetime.fromisoformat(value) if name.endswith("_at") else value


def _time_or_long_ago(value: object) -> datetime:
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return _LONG_AGO
    return found if found.tzinfo and found > _LONG_AGO else _LONG_AGO


def _attribute(value: object) -> "AttributeValueTypeDef":
    match value:
        case bool():
            return {"BOOL": value}
        case int():
            return {"N": str(value)}
        case datetime():
            return {"S": iso(value)}
        case str():
            return {"S": value}
        case Iterable():
            return {"L": [{"S": str(part)} for part in value]}
    raise TypeError(f"no DynamoDB type for {type(value).__name__}")
