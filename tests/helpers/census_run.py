"""The census in process."""

from typing import Any

from chalicelib.census_run import JOB
from chalicelib.scheduled import Parts, run
from chalicelib.wiring import Portal


def counted(here: Portal, milliseconds: int = 120_000) -> dict[str, Any]:
    """One run of the function, with so much time."""
    return run(JOB, Parts(here.members, here.iam_administration, here.clock), "request-1", lambda: milliseconds)
