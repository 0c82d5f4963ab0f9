"""The sweeper's Lambda function."""

from typing import Any

from chalicelib import scheduled
from chalicelib.admin.sweeping import sweep
from chalicelib.audit import SWEEPER

JOB = scheduled.Job(SWEEPER, "sweep", sweep, "to delete the unassigned devices of")


def handle(_event: object, context: Any) -> dict[str, Any]:
    """What was done, by user name: the fields of ``Swept``."""
    return scheduled.handle(JOB, context)
