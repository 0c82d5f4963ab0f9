"""Which boxes of the mail table a function uses, and how, beside what its policy grants."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from chalicelib.wiring import Portal

Used = set[tuple[str, str]]
_IN_TRANSACTION = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem"}


@contextmanager
def boxes_used(here: Portal, used: Used) -> Iterator[None]:
    """Note in ``used`` every action on the mail table, with its box."""
    events = here.members.database.client.meta.events

    def note(params: Mapping[str, Any], model: Any, **_: Any) -> None:
        used.update(_boxes(model.name, params))

    events.register("provide-client-params.dynamodb", note)
    try:
        yield
    finally:
        events.unregister("provide-client-params.dynamodb", note)


def granted(policy: Any) -> Used:
    """What the policy grants on the mail table."""
    return {
        (action.removeprefix("dynamodb:"), box)
        for statement in policy["Statement"]
        for action in statement["Action"]
        for box in statement.get("Condition", {})
        .get("ForAllValues:StringEquals", {})
        .get("dynamodb:LeadingKeys", ())
    }


def _boxes(operation: str, params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if operation == "TransactWriteItems":
        for change in params["TransactItems"]:
            for kind, write in change.items():
                yield from _boxes(_IN_TRANSACTION[kind], write)
    elif params.get("TableName") == "mail":
        keys = params.get("Key") or params.get("Item")
        yield operation, keys["box"]["S"] if keys else params["ExpressionAttributeValues"][":box"]["S"]
