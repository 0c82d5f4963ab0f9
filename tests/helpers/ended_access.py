"""The run that suspends members on their last day, and a portal that has mail."""

from dataclasses import replace
from typing import Any

from chalicelib.admin.ending_access import Ended, end_access
from chalicelib.aws.dynamodb import Database
from chalicelib.aws.members_table import MembersTable
from chalicelib.aws.suspensions_table import SuspensionsTable
from chalicelib.wiring import Portal, use
from firstday.stack.table_resources import mail_table
from tests.helpers.sweeper import sweeper_of
from tests.helpers.worlds import clients

MAIL = "mail"


def ended(here: Portal, **options: Any) -> Ended:
    parts = sweeper_of(here)
    zone = here.settings.time_zone
    return end_access(parts.members, parts.iam, now=here.now(), table=SuspensionsTable, time_zone=zone, **options)


def with_mail(here: Portal) -> Portal:
    """The same portal with a table for mail, in the same moto."""
    dynamodb = clients(here)[1]
    properties: Any = mail_table()["Properties"]
    keys = ("AttributeDefinitions", "BillingMode", "KeySchema")
    dynamodb.create_table(TableName=MAIL, **{key: properties[key] for key in keys})
    old = here.members.database
    tables = (old.members_table, old.audit_table, old.console_table, MAIL)
    mailing = replace(here, members=MembersTable(Database(dynamodb, *tables)))
    use(mailing)
    return mailing


def boxes(here: Portal) -> list[tuple[str, str]]:
    """What is in the table for mail: the box of each item, and its action or its mark."""
    items = clients(here)[1].scan(TableName=MAIL)["Items"]
    return sorted(
        (item["box"]["S"], item["action"]["S"] if "action" in item else item["id"]["S"]) for item in items
    )
