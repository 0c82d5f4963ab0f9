"""The progress of CloudFormation in words: each finished resource on a terminal, a line now and then elsewhere."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from firstday.deployment.resource_words import counted, resource_words

_DONE = {"CREATE_COMPLETE": "created", "UPDATE_COMPLETE": "changed", "DELETE_COMPLETE": "removed"}
_SKIPPED = "DELETE_SKIPPED"
SECONDS_BETWEEN = 15.0


class Progress:
    """A stack's events, oldest first, become lines. ``names`` are what the template calls some resources.

    Without ``only``, every resource is shown, else those with these logical ids, which the plan has announced.
    """

    def __init__(
        self,
        stack_name: str,
        names: Mapping[str, str],
        echo: Callable[[str], None],
        *,
        is_terminal: bool,
        clock: Callable[[], float],
        only: Collection[str] | None = None,
    ) -> None:
        """``clock`` tells seconds; only their differences count."""
        self._stack_name = stack_name
        self._names = names
        self._echo = echo
        self._is_terminal = is_terminal
        self._clock = clock
        self._only = only
        self._done: set[str] = set()
        self._told_at = clock()

    def __call__(self, events: list[Mapping[str, Any]]) -> None:
        """Show those of ``events`` that have not been shown yet."""
        for event in events:
            is_told = self._only is None or event["LogicalResourceId"] in self._only
            if event["LogicalResourceId"] != self._stack_name and (is_told or _has_failed(event)):
                self._tell(event)
        if not self._is_terminal and self._clock() - self._told_at >= SECONDS_BETWEEN:
            self._told_at = self._clock()
            self._echo(f"  {self._stack_name}: {counted(len(self._done), 'resource')} done, still at it.")

    def _tell(self, event: Mapping[str, Any]) -> None:
        status, logical_id = event["ResourceStatus"], event["LogicalResourceId"]
        words = resource_words(logical_id, event["ResourceType"], self._names.get(logical_id, ""))
        if status in _DONE:
            self._done.add(logical_id)
            if self._is_terminal:
                self._echo(f"  {_DONE[status]}: {words}")
        elif status == _SKIPPED and self._is_terminal:
            self._echo(f"  kept: {words}")
        elif _has_failed(event):
            self._echo(f"  failed: {words}: {event.get('ResourceStatusReason', 'AWS gives no reason')}")


def _has_failed(event: Mapping[str, Any]) -> bool:
    return str(event["ResourceStatus"]).endswith("_FAILED")
