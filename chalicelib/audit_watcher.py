"""The Lambda function that sees tampering with the audit trail: its table's stream calls it for nothing else.

Firstday only adds events, so somebody else caused any change or removal. That includes removals by DynamoDB itself:
the table has no time to live unless somebody sets one.
"""

import json
import os
from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.errors import FirstdayError
from chalicelib.logs import log

# As with the events themselves, what happened is the detail's type.
SOURCE = "firstday"
TAMPERED = "audit.tampered"
_HAPPENED = {"MODIFY": "changed", "REMOVE": "removed"}


class NotForwarded(FirstdayError):
    """The bus did not take it. Lambda calls again for as long as the stream keeps its records, a day."""


def handle(event: Mapping[str, Any], context: Any) -> None:
    """``event`` holds records of the stream."""
    bus = os.environ.get("AUDIT_EVENT_BUS")
    watch(event["Records"], context.aws_request_id, _client() if bus else None, bus)


def watch(records: Iterable[Mapping[str, Any]], request_id: str, events: Any, bus: str | None) -> None:
    """A line of the log for each record; then an event on the ``bus``, if there is one. NotForwarded.

    ``events`` is a client of EventBridge.
    """
    found = [tampering(record) for record in records]
    for each in found:
        log(level="warning", request_id=request_id, **each)
    if bus:
        _forward(events, bus, found)


def tampering(record: Mapping[str, Any]) -> dict[str, Any]:
    """What the stream tells. It does not tell who did it, unless it was DynamoDB, or what the event said before.

    ``id`` and ``subject`` are those of the event's own line in the portal's log.
    """
    keys = record["dynamodb"]["Keys"]
    return {
        "actor": record.get("userIdentity", {}).get("principalId"),
        "action": TAMPERED,
        "outcome": _HAPPENED.get(record["eventName"], record["eventName"]),
        "subject": keys["pk"]["S"].partition("#")[2] or None,
        "id": keys["sk"]["S"],
    }


def _forward(events: Any, bus: str, found: Iterable[Mapping[str, Any]]) -> None:
    answer = events.put_events(
        Entries=[
            {"EventBusName": bus, "Source": SOURCE, "DetailType": TAMPERED, "Detail": json.dumps({"event": each})}
            for each in found
        ]
    )
    if answer["FailedEntryCount"]:
        codes = {entry.get("ErrorCode", "") for entry in answer["Entries"]} - {""}
        raise NotForwarded(", ".join(sorted(codes)))


def _client() -> Any:
    from botocore.session import get_session

    return get_session().create_client("events")
