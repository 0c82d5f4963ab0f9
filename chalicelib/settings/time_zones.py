"""The time zone in which moments are written for readers whose browser does not tell theirs."""

import re
from datetime import UTC, tzinfo
from functools import cache
from pathlib import Path

from chalicelib.settings.table import Complaint

# In the package only: Lambda need not have the rules of any zone.
PACKAGED = Path(__file__).resolve().parents[2] / "time_zone"


def time_zone(value: str) -> Complaint | None:
    """A name of the IANA's time zones; may be empty, which is UTC."""
    if not value or PACKAGED.is_file():
        return None
    # No path that leads elsewhere.
    if re.fullmatch(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*", value, re.ASCII) and _known(value):
        return None
    shown = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in value[:60])
    return Complaint(f'"{shown}" is not a time zone.', 'Write one such as "Asia/Tokyo" or "Europe/Berlin".')


@cache
def zone_of(name: str) -> tzinfo:
    """The zone of a name that ``time_zone`` has no complaint about."""
    if not name:
        return UTC
    from zoneinfo import ZoneInfo  # imported here to keep it off the cold start

    if not PACKAGED.is_file():
        return ZoneInfo(name)
    with PACKAGED.open("rb") as rules:
        return ZoneInfo.from_file(rules, key=name)


def rules_of(name: str) -> bytes | None:
    """The rules of the zone as this computer has them, for the package; None for UTC."""
    from zoneinfo import TZPATH

    return next(
        (path.read_bytes() for path in (Path(top, name) for top in TZPATH) if name and path.is_file()), None
    )


def _known(name: str) -> bool:
    return rules_of(name) is not None
