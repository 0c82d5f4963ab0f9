"""What the cells of a list of members hold; InvalidInput says what is wrong with one."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime

from chalicelib.email_addresses import checked_email
from chalicelib.errors import InvalidInput
from chalicelib.members.csv_records import shown
from chalicelib.members.last_day import checked_until
from chalicelib.settings.quotas import GROUPS_A_MEMBER

_YES, _NO = ("yes", "y", "true", "1", "はい"), ("", "no", "n", "false", "0", "いいえ")
# As spreadsheets write a day of their own, where the year comes first.
_DAY = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", re.ASCII)


def groups_in(cell: str, known: Sequence[str], default: Sequence[str]) -> tuple[str, ...]:
    """The switch-role groups; those of ``default`` if the cell is empty."""
    there_are = ", ".join(known)
    names = tuple(dict.fromkeys(name for name in re.split(r"[\s,;|、，]+", cell) if name)) or tuple(default)
    if unknown := [name for name in names if name not in known]:
        raise InvalidInput(
            "csv",
            "No switch-role group is called %(unknown)s. There are: %(known)s.",
            unknown=shown(", ".join(unknown)),
            known=there_are,
        )
    if len(names) > GROUPS_A_MEMBER:
        raise InvalidInput("csv", "A member can be in %(count)s switch-role groups at most.", count=GROUPS_A_MEMBER)
    if not names:
        raise InvalidInput("csv", "Name at least one switch-role group: %(known)s.", known=there_are)
    return names


def passcode_in(cell: str) -> bool:
    """Whether there is to be a passcode."""
    answer = unicodedata.normalize("NFKC", cell).casefold()
    if answer not in _YES + _NO:
        raise InvalidInput(
            "csv",
            "The column passcode takes yes or no, not %(answer)s; the portal makes the passcode.",
            answer=shown(cell),
        )
    return answer in _YES


def email_in(cell: str) -> str:
    """The address; empty if there is none."""
    return checked_email(cell)


def until_in(cell: str, now: datetime, time_zone: str) -> str:
    """The day, as ``2026-12-31``; empty if there is none."""
    text = unicodedata.normalize("NFKC", cell)
    day = _DAY.fullmatch(text)
    return checked_until("-".join(part.zfill(2) for part in day.groups()) if day else text, now, time_zone)
