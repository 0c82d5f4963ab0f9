"""Records as the admin API's JSON: times in ISO 8601, UTC, to the second."""

from datetime import UTC, datetime
from typing import Any

from chalicelib.admin.directory import Facts
from chalicelib.audit import AuditEvent
from chalicelib.members.record import Member, state_of

_TIMES = (
    "created_at",
    "invited_at",
    "expires_at",
    "opened_at",
    "registering_at",
    "proved_at",
    "reset_at",
    "last_seen_at",
    "access_key_created_at",
)


def time_or_none(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat(timespec="seconds") if at else None


def member_answer(member: Member, now: datetime) -> dict[str, Any]:
    """It contains no hash and nothing about the session."""
    return {
        "user_name": member.user_name,
        "state": state_of(member, now).value,
        "groups": list(member.groups),
        "invited_by": member.invited_by,
        "serial_number": member.serial_number,
        "access_key_id": member.access_key_id,
        **{name: time_or_none(getattr(member, name)) for name in _TIMES},
    }


def facts_answer(facts: Facts) -> dict[str, Any]:
    return {
        "groups": list(facts.groups),
        "devices": [
            {"serial_number": device.serial_number, "enabled_at": time_or_none(device.enabled_at)}
            for device in facts.devices
        ],
        "access_keys": [
            {
                "access_key_id": key.access_key_id,
                "is_active": key.is_active,
                "created_at": time_or_none(key.created_at),
                "last_used_at": time_or_none(key.last_used_at),
            }
            for key in facts.access_keys
        ],
        "has_console_password": facts.has_console_password,
        "is_held": facts.is_held,
    }


def event_answer(event: AuditEvent) -> dict[str, Any]:
    return {
        "actor": event.actor,
        "action": event.action,
        "subject": event.subject,
        "occurred_at": time_or_none(event.occurred_at),
        "details": dict(event.details),
    }
