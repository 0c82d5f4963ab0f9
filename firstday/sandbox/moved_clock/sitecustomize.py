"""A clock that can be moved, in place of Python's, for the embedded AWS and the Lambda functions that run in it.

Python imports a module of this name before all others, so nothing has taken the real clock by then. The file that
FIRSTDAY_CLOCK names says how far this clock is ahead, in seconds, as one double. It is mapped into memory: all
processes see a move at once, and who sleeps wakes. ``time.clock_gettime`` still tells the real time, and what is
measured with ``time.monotonic`` is as long as before.
"""

import datetime
import mmap
import os
import struct
import time
from typing import Self

_gmtime, _localtime, _sleep, _strftime = time.gmtime, time.localtime, time.sleep, time.strftime
_file = os.open(os.environ["FIRSTDAY_CLOCK"], os.O_RDONLY)
_ahead = mmap.mmap(_file, struct.calcsize("d"), access=mmap.ACCESS_READ)
os.close(_file)


def _time() -> float:
    seconds: float = struct.unpack("d", _ahead[:])[0]
    return time.clock_gettime(time.CLOCK_REALTIME) + seconds


def _sleep_until(ends_at: float) -> None:
    while (left := ends_at - _time()) > 0:
        _sleep(min(left, 0.5))


class _Datetime(datetime.datetime):
    """Only these two read the clock without asking ``time.time``."""

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> Self:
        return cls.fromtimestamp(_time(), tz)

    @classmethod
    def utcnow(cls) -> Self:
        return cls.now(datetime.UTC).replace(tzinfo=None)


vars(datetime).update(datetime=_Datetime)
vars(time).update(
    time=_time,
    time_ns=lambda: int(_time() * 1e9),
    gmtime=lambda seconds=None: _gmtime(_time() if seconds is None else seconds),
    localtime=lambda seconds=None: _localtime(_time() if seconds is None else seconds),
    sleep=lambda seconds: _sleep_until(_time() + seconds),
    strftime=lambda text, at=None: _strftime(text, _localtime(_time()) if at is None else at),
)
