"""The pace at which mail is sent: that of Amazon SES, or slower."""

from collections.abc import Callable
from datetime import datetime, timedelta

from chalicelib.mail.outgoing import Quota

# Seconds between two mails, at most.
SLOWEST = 5.0


class Rate:
    """Has a run wait between two mails, and end when the day's quota is used up."""

    def __init__(self, quota: Quota, present: Callable[[], datetime], pause: Callable[[float], None]) -> None:
        self._present, self._pause = present, pause
        self._interval = 1 / quota.per_second
        self._left = quota.left
        self._next_at = present()

    def has_room(self) -> bool:
        return self._left is None or self._left > 0

    def wait(self) -> None:
        now = self._present()
        if now < self._next_at:
            self._pause((self._next_at - now).total_seconds())
        self._next_at = max(now, self._next_at) + timedelta(seconds=self._interval)
        if self._left is not None:
            self._left -= 1

    def slow_down(self) -> None:
        self._interval = min(self._interval * 2, SLOWEST)
