"""An authenticator app with one entry."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from chalicelib.members.mfa import code_at, seconds_left, step_at

# These codes are as old as AWS takes them, so they must not grow older on their way: in seconds.
ON_THE_WAY = 10


@dataclass
class Device:
    """It never shows a code twice, and waits rather than do so. ``last_step`` is that of the latest code."""

    seed: str
    last_step: int = 0
    now: Callable[[], float] = time.time
    pause: Callable[[float], None] = time.sleep

    def two_codes(self) -> tuple[str, str]:
        """The two codes before the current one, which leaves that one for the next use."""
        left = seconds_left(self.now())
        if left < ON_THE_WAY:
            self.pause(left)
        self.last_step = step_at(self.now()) - 1
        return code_at(self.seed, self.last_step - 1), code_at(self.seed, self.last_step)

    def two_fresh_codes(self) -> tuple[str, str]:
        """Two codes that nobody has seen yet, as a member types them: it waits until the second is shown."""
        codes = self.two_next_codes()
        self._wait_for(self.last_step)
        return codes

    def two_next_codes(self) -> tuple[str, str]:
        """The next two codes that were not used yet, at once: they may be some steps ahead of the time."""
        first = max(self.last_step + 1, step_at(self.now()))
        self.last_step = first + 1
        return code_at(self.seed, first), code_at(self.seed, first + 1)

    def code(self, *, ahead: int = 1) -> str:
        """The next code that was not used yet. As far as is known, AWS accepts a clock one step ``ahead``."""
        self.last_step = max(self.last_step + 1, step_at(self.now()))
        self._wait_for(self.last_step - ahead)
        return code_at(self.seed, self.last_step)

    def _wait_for(self, step: int) -> None:
        while step_at(self.now()) < step:
            self.pause(0.5)
