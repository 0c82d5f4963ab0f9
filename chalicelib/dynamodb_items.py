"""Records as DynamoDB items: ``None`` is left out, times are ISO 8601 in UTC so that they compare as text."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from chalicelib.audit import AuditEvent
from chalicelib.invitations import Invitation
from chalicelib.members import comparable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

Item: TypeAlias = "dict[str, AttributeValueTypeDef]"

_TIMES = frozenset({"created_at", "expires_at", "revoked_at", "opened_at", "session_expires_at", "accepted_at"})
_NUMBERS = frozenset({"failed_attempts", "access_key_attempts"})
_FIELDS = frozenset(Invitation.__dataclass_fields__)


def invitation_id(key: str) -> str:
    return f"invitation#{key}"


def member_id(user_name: str) -> str:
    return f"member#{comparable(user_name)}"


def item(values: Mapping[str, object]) -> Item:
    """An item, or the values of an expression."""
    return {name: _attribute(value) for name, value in values.items() if value is not None}


def invitation_item(invitation: Invitation, *, ttl: datetime) -> Item:
    values = {name: getattr(invitation, name) for name in _FIELDS}
    return item({**values, "pk": invitation_id(invitation.key), "expires_at_ttl": int(ttl.timestamp())})


def invitation_from(found: Mapping[str, Any]) -> Invitation:
    return Invitation(**{name: _value(name, found[name]) for name in _FIELDS & found.keys()})


def event_item(event: AuditEvent, event_id: str) -> Item:
    """``sk`` begins with the time, so that a member's events read in order."""
    return item(
        {
            "pk": member_id(event.subject),
            "sk": f"{_iso(event.occurred_at)}#{event_id}",
            "actor": event.actor,
            "action": event.action.value,
            "subject": event.subject,
            "occurred_at": event.occurred_at,
            **{f"detail_{name}": value for name, value in event.details.items()},
        }
    )


def _attribute(value: object) -> "AttributeValueTypeDef":
    match value:
        case bool():
            return {"BOOL": value}
        case int():
            return {"N": str(value)}
        case datetime():
            return {"S": _iso(value)}
        case str():
            return {"S": value}
        case Iterable():
            return {"L": [{"S": str(part)} for part in value]}
    raise TypeError(f"no DynamoDB type for {type(value).__name__}")


def _value(name: str, attribute: Mapping[str, Any]) -> Any:
    ((kind, value),) = attribute.items()
    if kind == "L":
        return tuple(part["S"] for part in value)
    if name in _NUMBERS:
        return int(value)
    return datetime.fromisoformat(value) if name in _TIMES else value


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
