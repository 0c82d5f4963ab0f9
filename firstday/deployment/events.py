"""The events of a CloudFormation stack: what has happened since the last look, and why something failed."""

from collections.abc import Callable, Iterator, Mapping
from itertools import takewhile
from typing import Any

# Gets the events of the stack that have not been reported yet, oldest first.
Report = Callable[[list[Mapping[str, Any]]], None]


class News:
    """The events since it was made; ``look`` goes through all of them, newest first."""

    def __init__(self, look: Callable[[], Iterator[Any]], report: Report | None) -> None:
        self._look = look
        self._report = report
        self._last = next((event["EventId"] for event in look()), None)
        self._reported: set[str] = set()

    def all(self) -> list[Any]:
        """Oldest first."""
        return list(takewhile(lambda event: event["EventId"] != self._last, self._look()))[::-1]

    def report(self) -> None:
        """Report what has happened since the last time."""
        if self._report is None:
            return
        fresh = [event for event in self.all() if event["EventId"] not in self._reported]
        self._reported |= {event["EventId"] for event in fresh}
        self._report(fresh)


def reasons_of(events: list[Any]) -> str:
    """What failed first, with its reason; without what was only cancelled because of it."""
    if event := _first_failure(events):
        return f"{event['LogicalResourceId']} ({event['ResourceType']}): {event['ResourceStatusReason']}"
    return "CloudFormation gives no reason."


def is_log_role_refused(events: list[Any]) -> bool:
    """Whether it failed because API Gateway does not know the role for its logs yet, which IAM has just made.

    IAM tells its other regions and services with a delay. API Gateway says "The role ARN does not have required
    permissions configured", or "set to API Gateway".
    """
    event = _first_failure(events)
    return (
        event is not None
        and event["ResourceType"] == "AWS::ApiGateway::Account"
        and "does not have required permissions" in event["ResourceStatusReason"]
    )


def _first_failure(events: list[Any]) -> Any | None:
    failed = (
        event
        for event in events
        if event["ResourceStatus"].endswith("_FAILED")
        and "cancelled" not in event.get("ResourceStatusReason", "cancelled")
    )
    return next(failed, None)
