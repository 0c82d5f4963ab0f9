"""SES's limits: so many recipients a second, and so many in 24 hours, in each account and region.

While anything is left of either, a call is taken whole; what it took too much is then missing.
https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas.html
"""

import time
from collections import deque
from dataclasses import dataclass, field

from ministack.core.responses import get_account_id, get_region

from firstday.sandbox.emulation.ses.refusals import Refused
from firstday.sandbox.process.ses_settings import SESSettings

_DAY = 24 * 3600
# Of an account in SES's sandbox.
_FEW = {"rate": 1.0, "daily": 200.0}


@dataclass(slots=True)
class _Sent:
    """``left`` recipients may be sent to at the time ``filled_at`` of the machine, at once."""

    left: float = 0
    filled_at: float = 0
    calls: deque[tuple[float, int]] = field(default_factory=deque)


_sent: dict[tuple[str, str], _Sent] = {}


def rate(settings: SESSettings) -> float:
    """Recipients a second."""
    return settings.max_send_rate if settings.production_access else min(settings.max_send_rate, _FEW["rate"])


def daily(settings: SESSettings) -> float:
    """Recipients in 24 hours."""
    most = settings.max_24_hour_send
    return most if settings.production_access else min(most, _FEW["daily"])


def in_last_24_hours() -> int:
    """How many recipients there were, by the sandbox's clock."""
    calls = _of_here().calls
    while calls and calls[0][0] <= time.time() - _DAY:
        calls.popleft()
    return sum(count for _, count in calls)


def take(settings: SESSettings, recipients: int, counted: int) -> None:
    """Count a call, or raise Refused and count nothing. The mailbox simulator is not ``counted`` for the day."""
    if counted and in_last_24_hours() >= daily(settings):
        raise Refused("TooManyRequestsException", "Daily message quota exceeded.")
    sent, now = _of_here(), time.monotonic()
    most = max(rate(settings), 1)
    left = min(most, sent.left + (now - sent.filled_at) * rate(settings)) if sent.filled_at else most
    if left < 1:
        raise Refused("TooManyRequestsException", "Maximum sending rate exceeded.")
    sent.left, sent.filled_at = left - recipients, now
    if counted:
        sent.calls.append((time.time(), counted))


def _of_here() -> _Sent:
    return _sent.setdefault((get_account_id(), get_region()), _Sent())
