"""The time, and how long IAM is given to show what was set up: it is eventually consistent."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
PAUSE = 2.0


class Clock:
    """``now`` is POSIX time, ``pause`` takes seconds, and so does ``patience``, which each question has anew."""

    def __init__(
        self,
        patience: float,
        now: Callable[[], float] = time.time,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.now, self.pause = now, pause
        self._patience = patience

    def until(self, is_wanted: Callable[[T], bool], ask: Callable[[], T]) -> T:
        """Ask until the answer is the wanted one, or patience is used up: the last answer."""
        ends_at = self.now() + self._patience
        while not is_wanted(answer := ask()) and self.now() < ends_at:
            self.pause(PAUSE)
        return answer
