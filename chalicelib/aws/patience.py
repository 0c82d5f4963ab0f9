"""Whether a call to IAM is made again, and how long a member's request goes on with that.

A throttled call was not carried out, so it may be made again, also one that makes a seed or a key. Any other
failure may have come after the effect: then only a call that may be repeated is made again, and once.
https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import HTTPClientError

from chalicelib.aws.error_codes import THROTTLED, told_wait

# Of creations: a second one would lose the seed or the key of a first one whose answer was lost.
NOT_REPEATABLE = frozenset({"CreateAccessKey", "CreateLoginProfile", "CreateUser", "CreateVirtualMFADevice"})
# Seconds; each wait is a random part of the next of these, so that those who came together do not stay together.
WAITS = (1.0, 2.0, 4.0, 4.0, 4.0)
# When the request has to be over, on the clock of its Patience; None outside a member's request.
_ends: ContextVar[float | None] = ContextVar("ends", default=None)


@dataclass(frozen=True, slots=True)
class Patience:
    """``attempts`` are those of a call that may be repeated, whatever the failure.

    Within ``lasting``, a throttled call is made again as often as ``WAITS`` says, until ``seconds`` are over.
    """

    attempts: int = 2
    seconds: float = 12.0
    pause: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    @contextmanager
    def lasting(self) -> Iterator[None]:
        """A context for one member's request."""
        before = _ends.set(self.clock() + self.seconds)
        try:
            yield
        finally:
            _ends.reset(before)

    def guard(self, client: Any) -> None:
        """Have botocore ask this object whether a call of ``client`` is to be made again."""
        client.meta.events.register("needs-retry.iam", self._again, unique_id="patience")

    def _again(
        self, attempts: int, operation: Any, response: Any, caught_exception: Exception | None, **_: Any
    ) -> int | None:
        """botocore's question: the seconds until it makes the call again, or None."""
        status, parsed = (response[0].status_code, response[1]) if response else (0, {})
        if status == 429 or parsed.get("Error", {}).get("Code") in THROTTLED:
            is_last = attempts > len(WAITS) if _ends.get() is not None else attempts >= self.attempts
            wait = None if is_last else max(told_wait(parsed) or 0, _part_of(WAITS[attempts - 1]))
        else:
            is_failure = status >= 500 or isinstance(caught_exception, HTTPClientError)
            is_repeatable = attempts < self.attempts and operation.name not in NOT_REPEATABLE
            wait = _part_of(WAITS[0]) if is_failure and is_repeatable else None
        # Waited for here: botocore has nothing left to wait for.
        return 0 if wait is not None and self._has_waited(wait) else None

    def _has_waited(self, seconds: float) -> bool:
        ends = _ends.get()
        if ends is not None and self.clock() + seconds > ends:
            return False
        self.pause(seconds)
        return True


def _part_of(seconds: float) -> float:
    return random.uniform(0, seconds)  # noqa: S311 -- no secret
