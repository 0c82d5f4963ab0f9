"""The clocks of those outside: clients that sign requests, and phones that show MFA codes.

When the clock of the embedded AWS is moved, theirs are not, but some SDKs follow the ``Date`` of AWS's answers. So
a signature, or a code, may be of either time.
"""

import time
from datetime import UTC, datetime
from typing import Any

from ministack.core import sigv4

_request_time_failure = sigv4.request_time_failure


def install() -> None:
    """Wrap the check of a signature's age, which ministack also makes of calls to an API."""
    sigv4.request_time_failure = _failure_by_both


def sender_times() -> tuple[float, float]:
    """The time of this machine, and that of the embedded AWS; the same unless its clock was moved."""
    return time.clock_gettime(time.CLOCK_REALTIME), time.time()


def _failure_by_both(signature: Any) -> tuple[str, str] | None:
    """The last failure, in the times of the embedded AWS, if there is one by each clock."""
    failures = [_request_time_failure(signature, now=datetime.fromtimestamp(now, UTC)) for now in sender_times()]
    return failures[-1] if all(failures) else None
