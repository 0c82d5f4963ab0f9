"""The run that suspends members on their last day, and what it has them told."""

from typing import Any

from chalicelib.admin.ending_access import Ended, end_access
from chalicelib.aws.suspensions_table import SuspensionsTable
from chalicelib.wiring import Portal
from tests.helpers.sweeper import sweeper_of
from tests.helpers.worlds import clients


def ended(here: Portal, **options: Any) -> Ended:
    parts = sweeper_of(here)
    zone = here.settings.time_zone
    return end_access(parts.members, parts.iam, now=here.now(), table=SuspensionsTable, time_zone=zone, **options)


def boxes(here: Portal) -> list[tuple[str, str]]:
    """What is in the table for mail: the box of each item, and its action or its mark."""
    items = clients(here)[1].scan(TableName="mail")["Items"]
    return sorted(
        (item["box"]["S"], item["action"]["S"] if "action" in item else item["id"]["S"]) for item in items
    )
