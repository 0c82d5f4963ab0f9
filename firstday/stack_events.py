"""The events of a CloudFormation stack: what has happened since one looks, and why something failed."""

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
    """What failed first, with its reason; what was only cancelled on account of it is left out."""
    failed = [
        f"{event['LogicalResourceId']} ({event['ResourceType']}): {event['ResourceStatusReason']}"
        for event in events
        if event["ResourceStatus"].endswith("_FAILED")
        and "cancelled" not in event.get("ResourceStatusReason", "cancelled")
    ]
    return failed[0] if failed else "CloudFormation gives no reason."
