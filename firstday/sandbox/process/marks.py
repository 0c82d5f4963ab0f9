"""What IAM's API cannot be told: when something was made or used, and passkeys.

The parent writes marks as a file, in the embedded AWS's directory; it takes them over before its next call of IAM.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "marks.json"


@dataclass(frozen=True, slots=True)
class KeyMark:
    """An access key's age and last use, in IAM's writing of times; ``used_at`` is empty if it was never used."""

    account_id: str
    access_key_id: str
    created_at: str
    used_at: str
    used_service: str


@dataclass(frozen=True, slots=True)
class UserMark:
    """When a user was made."""

    account_id: str
    user_name: str
    created_at: str


@dataclass(frozen=True, slots=True)
class UseMark:
    """That the user or role of a unique id called a service."""

    unique_id: str
    service: str
    used_at: str


@dataclass(frozen=True, slots=True)
class PasskeyMark:
    """A passkey or security key of a user's."""

    account_id: str
    user_name: str
    serial_number: str


@dataclass(frozen=True, slots=True)
class Marks:
    """All of a kind in its own list."""

    keys: tuple[KeyMark, ...] = ()
    users: tuple[UserMark, ...] = ()
    uses: tuple[UseMark, ...] = ()
    passkeys: tuple[PasskeyMark, ...] = ()


def write(directory: Path, marks: Marks) -> None:
    """Leave the marks for the embedded AWS of ``directory``, at once."""
    new = directory / f"{FILE}.new"
    new.write_text(json.dumps(asdict(marks)))
    new.replace(directory / FILE)


def take(directory: Path) -> Marks | None:
    """The marks that were left, which are gone then; None if there are none."""
    try:
        found = json.loads((directory / FILE).read_text())
    except FileNotFoundError:
        return None
    (directory / FILE).unlink()
    return Marks(
        tuple(KeyMark(**one) for one in found["keys"]),
        tuple(UserMark(**one) for one in found["users"]),
        tuple(UseMark(**one) for one in found["uses"]),
        tuple(PasskeyMark(**one) for one in found["passkeys"]),
    )
