"""The Lambda function that suspends members on their last day, and tells what ends soon."""

from functools import partial
from typing import Any

from chalicelib import scheduled
from chalicelib.admin.ending_access import end_access
from chalicelib.audit import SUSPENSION
from chalicelib.aws.suspensions_table import SuspensionsTable
from chalicelib.settings.reader import load
from chalicelib.wiring import SETTINGS_FILE


def job(time_zone: str) -> scheduled.Job:
    """The work, in the organisation's time zone."""
    work = partial(end_access, table=SuspensionsTable, time_zone=time_zone)
    return scheduled.Job(SUSPENSION, "end access", work, "to end the access of")


def handle(_event: object, context: Any) -> dict[str, Any]:
    """What was done, by user name: the fields of ``Ended``."""
    return scheduled.handle(job(load(SETTINGS_FILE).time_zone), context)
