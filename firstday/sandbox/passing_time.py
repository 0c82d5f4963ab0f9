"""Time that passes in the sandbox when somebody types hours or days at its terminal: tomorrow, today."""

import re
import signal
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from firstday.sandbox import cli_cache
from firstday.sandbox.process.embedded_aws import EmbeddedAWS

_HINT = """
To try tomorrow, type a number of hours here, such as 12, or of days, such as 80d, and Enter. They pass for AWS and
the portal: functions that were due meanwhile run once, and the AWS CLI forgets the sessions that have ended. The
clocks of this machine and of your phone stay, so register a phone before it: to the portal, its codes are too old
afterwards. AWS takes them."""
_TIME = re.compile(r"\s*([0-9]{1,4})\s*(d|h|)\s*", re.IGNORECASE)


def let_time_pass(aws: EmbeddedAWS, typed: TextIO, out: TextIO) -> None:
    """Move the clock by each number typed, until the terminal ends; return at once if ``typed`` is none."""
    if not typed.isatty():
        return
    # In the background, reading is an error then, and does not stop the process.
    signal.signal(signal.SIGTTIN, signal.SIG_IGN)
    print(_HINT, file=out, flush=True)
    with suppress(OSError):
        for line in typed:
            _pass(aws, line, out)


def _pass(aws: EmbeddedAWS, line: str, out: TextIO) -> None:
    time = _TIME.fullmatch(line)
    if time is None:
        print("That is not a number of hours, or of days with a d.", file=out)
        return
    aws.move_clock(hours=int(time[1]) * (24 if time[2].lower() == "d" else 1))
    now = datetime.fromtimestamp(aws.now, UTC)
    cli_cache.forget_sessions(Path.home(), now)
    print(f"For AWS and the portal it is {now:%Y-%m-%d %H:%M} UTC now.", file=out)
