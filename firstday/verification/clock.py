"""The time, and how long to wait until IAM shows a change: it is eventually consistent."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
PAUSE = 2.0


class Clock:
    """``now`` is POSIX time, ``pause`` takes seconds; ``patience``, also in seconds, is for each question."""

    def __init__(
        self, patience: float, now: Callable[[], float] = time.time, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self.now, self.pause = now, pause
        self._patience = patience

    def until(self, is_wanted: Callable[[T], bool], ask: Callable[[], T]) -> T:
        """Ask until the answer is the wanted one, or patience is used up; returns the last answer."""
        ends_at = self.now() + self._patience
        while not is_wanted(answer := ask()) and self.now() < ends_at:
            self.pause(PAUSE)
        return answer
