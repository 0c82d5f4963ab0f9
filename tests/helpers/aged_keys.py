"""Members whose access keys age in moto, and runs of the key ageing."""

from datetime import UTC
from typing import Any

from chalicelib.admin.ageing_keys import Aged, Rule, age_keys
from chalicelib.aws.dynamodb import Database
from chalicelib.aws.key_ages_table import KeyAgesTable
from chalicelib.aws.members_table import MembersTable
from chalicelib.scheduled import Parts
from chalicelib.wiring import Portal
from firstday.stack.table_resources import mail_table
from tests.helpers.replaced_keys import record
from tests.helpers.sweeper import sweeper_of
from tests.helpers.worlds import MEMBER, clients, invited

RULE = Rule(90, UTC)


def aged(here: Portal, user_name: str = MEMBER, **fields: Any) -> str:
    """The id of a member's only key, which was made just now; ``fields`` are others of the record."""
    invited(here, user_name)
    key_id: str = clients(here)[0].create_access_key(UserName=user_name)["AccessKey"]["AccessKeyId"]
    record(here, user_name, **{"access_key_id": key_id, "proved_at": here.now(), **fields})
    return key_id


def with_mail(here: Portal) -> Parts:
    """The key ageing of a portal that sends mail: its table exists."""
    properties: Any = mail_table()["Properties"]
    client = clients(here)[1]
    keys = ("AttributeDefinitions", "BillingMode", "KeySchema")
    client.create_table(TableName="mail", **{key: properties[key] for key in keys})
    tables = Database(client, "members", "audit", "", mail_table="mail")
    return Parts(MembersTable(tables), here.iam_administration, here.clock)


def run_of(parts: Parts, **options: Any) -> Aged:
    """One run, now."""
    return age_keys(parts.members, parts.iam, now=parts.clock(), table=KeyAgesTable, **{"rule": RULE, **options})


def run(here: Portal, **options: Any) -> Aged:
    """The same of a portal without mail."""
    return run_of(sweeper_of(here), **options)
