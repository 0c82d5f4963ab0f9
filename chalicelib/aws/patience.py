"""Whether a call to AWS is made again, and how long a member's request goes on with that.

A throttled call was not carried out, so it may be made again, also one that makes a seed or a key. Any other
failure may have come after the effect: then only a call that may be repeated is made again, and once.
https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from botocore.exceptions import HTTPClientError

from chalicelib.aws.error_codes import THROTTLED, told_wait
from chalicelib.aws_errors import AWSBusy

# Of creations: a second one would lose the seed or the key of a first one whose answer was lost.
NOT_REPEATABLE = frozenset({"CreateAccessKey", "CreateLoginProfile", "CreateUser", "CreateVirtualMFADevice"})
# Seconds; each wait is a random part of the next of these, so that those who came together do not stay together.
WAITS = (1.0, 2.0, 4.0, 4.0, 4.0)
# Seconds after a member's request has begun: an attempt without an answer takes 5, and Lambda gives up after 25.
LAST_ATTEMPT = 19.0
# When the request began, on the clock of its Patience; None outside a member's request.
_began: ContextVar[float | None] = ContextVar("began", default=None)


class Patience:
    """``attempts`` are those of a call that may be repeated, whatever the failure.

    Within ``lasting``, a throttled call is made again as often as ``WAITS`` says, until the request has taken
    ``seconds``; and no attempt begins after ``LAST_ATTEMPT``.
    """

    def __init__(
        self,
        attempts: int = 2,
        seconds: float = 12.0,
        pause: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.attempts = attempts
        self.seconds = seconds
        self._pause = pause
        self._clock = clock

    @contextmanager
    def lasting(self) -> Iterator[None]:
        """A context for one member's request, from its beginning."""
        before = _began.set(self._clock())
        try:
            yield
        finally:
            _began.reset(before)

    def pause(self, seconds: float) -> None:
        """Wait, but no longer than the request may take."""
        self._pause(min(seconds, max(0.0, LAST_ATTEMPT - (self._spent() or 0.0))))

    def guard(self, client: Any) -> None:
        """Have botocore ask this object before each call of ``client``, and whether it is to be made again."""
        service, events = client.meta.service_model.service_id.hyphenize(), client.meta.events
        events.register(f"before-call.{service}", self._refuse_late, unique_id="last-attempt")
        events.register(f"needs-retry.{service}", self._again, unique_id="patience")

    def _refuse_late(self, **_: Any) -> None:
        """AWSBusy where an answer might come too late for the request."""
        if (self._spent() or 0.0) > LAST_ATTEMPT:
            raise AWSBusy

    def _again(
        self, attempts: int, operation: Any, response: Any, caught_exception: Exception | None, **_: Any
    ) -> int | None:
        """botocore's question: the seconds until it makes the call again, or None."""
        status, parsed = (response[0].status_code, response[1]) if response else (0, {})
        if status == 429 or parsed.get("Error", {}).get("Code") in THROTTLED:
            is_last = attempts >= self.attempts if self._spent() is None else attempts > len(WAITS)
            wait = None if is_last else max(told_wait(parsed) or 0, _part_of(WAITS[attempts - 1]))
            until = min(self.seconds, LAST_ATTEMPT)
        else:
            is_failure = status >= 500 or isinstance(caught_exception, HTTPClientError)
            is_repeatable = attempts < self.attempts and operation.name not in NOT_REPEATABLE
            wait = _part_of(WAITS[0]) if is_failure and is_repeatable else None
            until = LAST_ATTEMPT
        # Waited for here: botocore has nothing left to wait for.
        return 0 if wait is not None and self._has_waited(wait, until) else None

    def _has_waited(self, seconds: float, until: float) -> bool:
        spent = self._spent()
        if spent is not None and spent + seconds > until:
            return False
        self._pause(seconds)
        return True

    def _spent(self) -> float | None:
        """The seconds that the member's request has taken; None outside one."""
        began = _began.get()
        return None if began is None else self._clock() - began


def _part_of(seconds: float) -> float:
    return random.uniform(0, seconds)  # noqa: S311 -- no secret
