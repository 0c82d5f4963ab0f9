"""How many IAM calls were made, and the rate beyond which IAM answers "Rate exceeded".

The counts are in a JSON file in the embedded AWS's directory, which is up to date before a
call is answered: ``EmbeddedAWS.iam_calls()`` reads it. AWS publishes no rate for IAM; its SDKs
try again by themselves when they get this error.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path

from firstday.sandbox.emulation.xml_answers import Response, error
from firstday.sandbox.process.child import IAM_CALLS, IAM_REFUSES


class IAMCalls:
    """A token bucket for all accounts together, which is full at first; None is no limit."""

    def __init__(
        self, directory: Path, per_second: float | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._refuses = directory / IAM_REFUSES
        self._path, self._per_second, self._clock = directory / IAM_CALLS, per_second, clock
        self._burst = max(per_second or 0.0, 1.0)
        self._tokens, self._filled_at = self._burst, clock()
        self._counts = {"calls": 0, "throttled": 0}
        self._write()

    def refusal(self) -> Response | None:
        """Count one call of an authenticated caller; AWS's refusal if it is beyond the rate."""
        is_throttled = self._refuses.exists() or not self._take_token()
        self._counts["calls"] += 1
        self._counts["throttled"] += is_throttled
        self._write()
        return error(400, "Throttling", "Rate exceeded") if is_throttled else None

    def _take_token(self) -> bool:
        if self._per_second is None:
            return True
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._per_second)
        self._filled_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def _write(self) -> None:
        new = self._path.with_suffix(".new")
        new.write_text(json.dumps(self._counts))
        new.replace(self._path)  # at once, or a reader would find half of it
