"""Times as administrators type and read them, in their own time zone; the portal uses ISO 8601 in UTC."""

import re
from datetime import UTC, datetime, timedelta

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_STEPS = ((timedelta(days=1), "day"), (timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute"))


def moment(text: str, now: datetime, *, is_end: bool = False) -> datetime:
    """What ``7d``, ``24h``, a date or a time mean; a date as an end is the end of that day. Raises ValueError."""
    if found := re.fullmatch(r"([0-9]{1,4})([mhdw])", text.strip().lower(), re.ASCII):
        return now - timedelta(**{_UNITS[found[2]]: int(found[1])})
    parsed = datetime.fromisoformat(text.strip())
    try:
        if is_end and len(text.strip()) <= len("2026-11-24"):
            parsed += timedelta(days=1)
        return parsed.astimezone(UTC)  # without an offset, the time zone here is meant
    except OverflowError:
        raise ValueError(text) from None


def shown(at: str | None) -> str:
    """The portal's time, as people read it in this time zone."""
    return f"{_local(at):%Y-%m-%d %H:%M}" if at else "-"


def day(at: str | None) -> str:
    return f"{_local(at):%Y-%m-%d}" if at else "-"


def age(at: str | None, now: datetime) -> str:
    """How long ago it was: ``3 days``."""
    if at is None:
        return "-"
    passed = now - datetime.fromisoformat(at)
    for step, name in _STEPS:
        if passed >= step:
            count = passed // step
            return f"{count} {name}{'s' if count > 1 else ''}"
    return "just now"


def ago(at: str | None, now: datetime) -> str:
    text = age(at, now)
    return text if text in {"-", "just now"} else f"{text} ago"


def _local(at: str) -> datetime:
    return datetime.fromisoformat(at).astimezone()
