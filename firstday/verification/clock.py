"""The time, and how long IAM is given to show what was set up: it is eventually consistent."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
PAUSE = 2.0


class Clock:
    """``now`` is POSIX time, ``pause`` takes seconds, and so does ``patience``, which begins with each change."""

    def __init__(
        self,
        patience: float,
        now: Callable[[], float] = time.time,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.now, self.pause = now, pause
        self._patience = patience
        self._until = now() + patience

    def changed(self) -> None:
        """Something was set up just now: from here on, IAM has its time again."""
        self._until = self.now() + self._patience

    def until(self, is_wanted: Callable[[T], bool], ask: Callable[[], T]) -> T:
        """Ask until the answer is the wanted one, or time is up: the last answer.

        The time is the same for all that is asked: what was set up together shows at about the same time.
        """
        while not is_wanted(answer := ask()) and self.now() < self._until:
            self.pause(PAUSE)
        return answer
