"""The day on which a member's access ends: it begins at midnight, in the organisation's time zone."""

import re
from datetime import UTC, date, datetime, time, timedelta

from chalicelib.errors import InvalidInput
from chalicelib.settings.time_zones import zone_of

# The only way of writing a day: Python's own reading takes others of ISO 8601, such as 20261231.
_DAY = re.compile(r"2[0-9]{3}-[0-9]{2}-[0-9]{2}", re.ASCII)
# For this long before, members and administrators are told.
NEAR = timedelta(days=7)
# When what is no day begins, in the place of one: see ``_begun``.
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def is_day(text: str) -> bool:
    try:
        day_from(text)
    except InvalidInput:
        return False
    return True


def day_from(text: str) -> date:
    """The day that ``text``, such as ``2026-12-31``, names; InvalidInput if there is none of it."""
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:  # such as 30 February
        pass
    raise InvalidInput("until", "%(until)s is not a day: write one such as 2026-12-31.", until=text[:40])


def checked_until(text: str, now: datetime, time_zone: str) -> str:
    """``text`` without blanks around it, if it is a day that has not begun, or empty; else InvalidInput."""
    until = text.strip()
    if until and begins(day_from(until).isoformat(), time_zone) <= now:
        raise InvalidInput("until", "%(until)s has begun already: write a later day.", until=until)
    return until


def begins(until: str, time_zone: str) -> datetime:
    """When the day begins in the zone of that name, in UTC; an empty name is UTC."""
    return datetime.combine(day_from(until), time.min, zone_of(time_zone)).astimezone(UTC)


def is_over(until: str | None, now: datetime, time_zone: str) -> bool:
    """Whether access has ended: the day has begun. Without a day it goes on."""
    return until is not None and now >= _begun(until, time_zone)


def is_near(until: str | None, now: datetime, time_zone: str) -> bool:
    """Whether access ends within a week, or has ended."""
    return until is not None and now >= _begun(until, time_zone) - NEAR


def _begun(until: str, time_zone: str) -> datetime:
    """As ``begins``, of what a record holds. What is no day has ended access: it fails closed.

    The portal writes days only, but the suspension's role may write anything there.
    """
    return begins(until, time_zone) if is_day(until) else _LONG_AGO
