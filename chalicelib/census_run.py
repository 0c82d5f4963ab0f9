"""The Lambda function that counts the members for the first page of the console."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chalicelib import scheduled
from chalicelib.admin.counting import take_census
from chalicelib.admin.runs import Run
from chalicelib.aws.census_table import CensusTable
from chalicelib.settings.reader import load
from chalicelib.wiring import SETTINGS_FILE

if TYPE_CHECKING:
    from chalicelib.aws.iam_administration import IAMAdministration
    from chalicelib.aws.members_table import MembersTable

# As it is called in the log.
ACTOR = "firstday-census"


def _work(members: "MembersTable", iam: "IAMAdministration", *, now: datetime, has_time: Callable[[], bool]) -> Run:
    del iam  # IAM is not asked
    return take_census(members, CensusTable(members.database), load(SETTINGS_FILE), now=now, has_time=has_time)


JOB = scheduled.Job(ACTOR, "count members", _work, "to count")


def handle(_event: object, context: Any) -> dict[str, Any]:
    """Whether all were counted: the fields of ``Run``."""
    return scheduled.handle(JOB, context)
