"""The description of a route of the admin API: what it takes, answers, and may refuse."""

from dataclasses import dataclass
from typing import Any

from chalicelib.errors import (
    BeingOffboarded,
    BoundaryMissing,
    FirstdayError,
    GroupLimitReached,
    GroupMissing,
    Obstacle,
    UserElsewhere,
    UserLimitReached,
)
from chalicelib.web.api.admin_routes import LARGEST_PAGE, PAGE
from firstday.openapi.records import Schema, flag, many, record, reference

Errors = tuple[type[FirstdayError], ...]

NO_ERRORS: Errors = ()
JOINING: Errors = (BeingOffboarded, GroupMissing, GroupLimitReached, Obstacle, UserElsewhere)
CREATING: Errors = (BoundaryMissing, UserLimitReached)
GROUPS = many(reference("GroupName"), "Switch-role groups; none means the organisation's default ones.")
PASSCODE = flag("Whether to make a passcode, to be told over a second channel.", True)


@dataclass(frozen=True, slots=True)
class Route:
    """``errors`` are those of this route, besides the ones that every route has. ``body`` has an ``example``."""

    method: str
    path: str
    name: str
    summary: str
    description: str
    answer: Schema
    errors: Errors = NO_ERRORS
    query: tuple[Schema, ...] = ()
    body: Schema | None = None
    example: dict[str, Any] | None = None


def parameter(name: str, description: str, schema: Schema, example: object, *, required: bool = False) -> Schema:
    """A parameter that may be left out, or be empty, which is the same, unless it is ``required``."""
    return {
        "name": name,
        "in": "query",
        "description": description,
        **({"required": True} if required else {"allowEmptyValue": True}),
        "schema": schema,
        "example": example,
    }


def limit() -> Schema:
    schema = {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": PAGE}
    return parameter("limit", "How many there may be in the answer.", schema, PAGE)


def cursor() -> Schema:
    """It has no example: only a cursor of an earlier answer is valid."""
    found = parameter("cursor", "Where to go on: next_cursor of the page before.", {"type": "string"}, None)
    del found["example"]
    return found


def page(name: str, item: str, description: str) -> Schema:
    return record("One page.", **{name: many(reference(item), description)}, next_cursor=reference("Cursor"))
