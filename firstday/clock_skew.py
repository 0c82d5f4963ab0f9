"""Tells by how many minutes this computer's clock is wrong, from AWS's answer to a signature.

AWS takes signatures of the last and next five or fifteen minutes, depending on the service, and answers with the
time of its own clock: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_REFUSALS = re.compile("Signature expired|Signature not yet current|difference between the request time and")
# As in "Signature expired: 20261128T101500Z is now earlier than 20261128T102200Z (20261128T102700Z - 5 min.)".
_TIME_OF_AWS = re.compile(r"\((\d{8}T\d{6}Z) [-+] \d+ min\.\)")
# If it is less than this, something else held up the request.
_SMALLEST = 60


def clock_words(message: str, headers: Mapping[str, str], now: datetime) -> str | None:
    """How wrong this computer's clock is, or None if neither ``message`` nor the times say so.

    ``headers`` are those of the answer, their names in small letters; ``now`` is what this computer's clock says.
    """
    if not _REFUSALS.search(message):
        return None
    at = _time_of_aws(message, headers)
    seconds = (now - at).total_seconds() if at else 0
    if at is None or abs(seconds) < _SMALLEST:
        return None
    minutes = round(abs(seconds) / 60)
    off = f"{minutes} minute{'' if minutes == 1 else 's'} {'fast' if seconds > 0 else 'slow'}"
    return (
        f"This computer's clock is {off}, so AWS refuses what is signed here: by AWS's clock it is "
        f"{at:%Y-%m-%d %H:%M} UTC. Set the clock right, and try again."
    )


def certificate_time_words(message: str, now: datetime) -> str:
    """A hint if ``message`` says that a certificate is not valid now: the clock may be wrong instead."""
    if "certificate is not yet valid" not in message and "certificate has expired" not in message:
        return ""
    return f". By this computer's clock it is {now:%Y-%m-%d %H:%M} UTC; if that is wrong, set it right"


def _time_of_aws(message: str, headers: Mapping[str, str]) -> datetime | None:
    with suppress(ValueError):
        return parsedate_to_datetime(headers.get("date", "")).astimezone(UTC)
    found = _TIME_OF_AWS.search(message)
    with suppress(ValueError):
        return datetime.strptime(found[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) if found else None
    return None
