"""What is told of each route of the admin API: what it takes, answers, and may have to refuse."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_type_hints

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
from chalicelib.web.api.contract import member_records, outcome_records
from firstday.openapi.json_schemas import Schema, schema

Errors = tuple[type[FirstdayError], ...]

NO_ERRORS: Errors = ()
JOINING: Errors = (BeingOffboarded, GroupMissing, GroupLimitReached, Obstacle, UserElsewhere)
CREATING: Errors = (BoundaryMissing, UserLimitReached)


@dataclass(frozen=True, slots=True)
class Route:
    """``errors`` are those of this route, besides the ones that every route has. ``body`` has an ``example``."""

    method: str
    path: str
    view: Callable[..., object]
    summary: str
    description: str
    errors: Errors = NO_ERRORS
    query: tuple[Schema, ...] = ()
    body: type | None = None
    example: dict[str, Any] | None = None

    @property
    def name(self) -> str:
        first, *others = self.view.__name__.split("_")
        return first + "".join(word.upper() if word == "mfa" else word.capitalize() for word in others)

    @property
    def answer(self) -> Schema:
        """The record that the view says it returns."""
        records = {"member_records": member_records, "outcome_records": outcome_records}
        return schema(get_type_hints(self.view, localns=records)["return"])


def parameter(name: str, description: str, schema: Schema, example: object, *, required: bool = False) -> Schema:
    """One that may be left out, or empty, which is the same, unless it is ``required``."""
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
    """It has no example: only one that an earlier answer gave is good."""
    found = parameter("cursor", "Where to go on: next_cursor of the page before.", {"type": "string"}, None)
    del found["example"]
    return found
