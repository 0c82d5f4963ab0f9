"""Cursors: opaque words that say where a list goes on. Callers send them back unchanged."""

import base64
import json
from collections.abc import Mapping

from chalicelib.errors import InvalidInput

LONGEST = 1024


def unknown_cursor() -> InvalidInput:
    return InvalidInput("cursor", "This cursor is not one that an earlier page gave.")


def cursor_of(position: Mapping[str, str]) -> str:
    """``position`` as base64url, so that it may stand in an address."""
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")


def position_in(cursor: str, *known: str) -> dict[str, str]:
    """The position in ``cursor``, with ``known`` names only; InvalidInput if ``cursor_of`` did not make it."""
    try:
        if not cursor.isascii() or len(cursor) > LONGEST:
            raise ValueError
        position = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        # JSON may hold halves of characters, which no database takes.
        json.dumps(position, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        position = None
    is_position = isinstance(position, dict) and all(
        name in known and isinstance(value, str) and value for name, value in position.items()
    )
    if not is_position or not position:
        raise unknown_cursor()
    return {str(name): str(value) for name, value in position.items()}
