"""The AWS calls of one whole onboarding, as recorded in process."""

from collections import Counter
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO

from tests.helpers.journeys import journey


def measure() -> Iterator[str]:
    with redirect_stdout(StringIO()):  # the portal's log
        calls = journey().calls
    yield f"AWS calls of one onboarding, member's side: {len(calls)}   (target: at most 12)"
    for operation, count in Counter(call.operation for call in calls).items():
        yield f"  {operation:24} {count}"
    yield "  the page before the device is made: none"
