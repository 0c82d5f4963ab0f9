"""The pace of requests: each busy answer makes it slower, and success slowly makes it faster again."""

import random
import time
from collections.abc import Callable

# In seconds. The longest is what API Gateway's own quotas need to recover, many times over.
SHORTEST, LONGEST = 0.05, 30.0
FIRST = 0.2
SLOWER, FASTER = 2.0, 0.97


class Pace:
    """One request at a time: ``wait`` before each, and then say how it went. ``pause`` takes seconds."""

    def __init__(
        self,
        *,
        pause: Callable[[float], None] = time.sleep,
        jitter: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self.seconds = 0.0
        self._pause, self._jitter = pause, jitter
        self._at_least = 0.0

    def wait(self) -> None:
        # Random, so that programs that were refused together do not come back together.
        length = max(self._at_least, self.seconds * self._jitter(0.75, 1.25))
        if length:
            self._pause(length)

    def faster(self) -> None:
        """The last request was done."""
        self._at_least = 0.0
        shorter = self.seconds * FASTER
        self.seconds = shorter if shorter >= SHORTEST else 0.0

    def slower(self, retry_after: float = 0.0) -> None:
        """The portal was too busy for the last request, at least for ``retry_after`` seconds."""
        self._at_least = retry_after
        self.seconds = min(max(self.seconds * SLOWER, FIRST), LONGEST)
