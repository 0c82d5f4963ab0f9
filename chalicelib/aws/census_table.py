"""The latest census, as one item of the console's table."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from chalicelib.admin.census import Census, Waiting, Week
from chalicelib.aws.dynamodb import ConditionFailed, Database, expressions
from chalicelib.aws.items import Item, item, value_of

# The function that counts may write under this key, and under no other of the table.
KEY = "census"
_NEWEST = "attribute_not_exists(pk) OR counted_at < :counted_at"


@dataclass(frozen=True, slots=True)
class CensusTable:
    """Both methods may raise AWSBusy."""

    database: Database

    def latest(self) -> Census | None:
        """None if nothing was counted yet, or only by another version, which counted something else."""
        found = self.database.find(self.database.console_table, item({"pk": KEY}))
        if not found:
            return None
        with suppress(LookupError, TypeError, ValueError):
            return _census(found)
        return None

    def store(self, census: Census) -> None:
        """Put ``census`` in the place of the former one, unless a run that began later was quicker."""
        condition = expressions({"ConditionExpression": _NEWEST}, counted_at=census.counted_at)
        put = {"TableName": self.database.console_table, "Item": census_item(census), **condition}
        with suppress(ConditionFailed):
            self.database.transact_if([put], [])


def census_item(census: Census) -> Item:
    """The item, under ``KEY``."""
    numbers = json.dumps({"waiting": _waiting(census), "weeks": _weeks(census), "states": dict(census.states)})
    return item({"pk": KEY, "counted_at": census.counted_at, "members": census.members, "numbers": numbers})


def _waiting(census: Census) -> dict[str, Any]:
    return {name: asdict(waiting) for name, waiting in census.waiting.items()}


def _weeks(census: Census) -> list[list[object]]:
    return [[week.begins.isoformat(), week.invited, week.active] for week in census.weeks]


def _census(found: Mapping[str, Any]) -> Census:
    numbers = json.loads(found["numbers"]["S"])
    return Census(
        counted_at=value_of("counted_at", found["counted_at"]),
        members=int(found["members"]["N"]),
        states=numbers["states"],
        waiting={name: Waiting(one["count"], tuple(one["first"])) for name, one in numbers["waiting"].items()},
        weeks=tuple(
            Week(date.fromisoformat(begins), invited, active) for begins, invited, active in numbers["weeks"]
        ),
    )
