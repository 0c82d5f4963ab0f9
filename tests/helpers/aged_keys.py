"""Members whose access keys age in moto, and runs of the key ageing."""

from datetime import UTC
from typing import Any

from chalicelib.admin.ageing_keys import Aged, Rule, age_keys
from chalicelib.aws.key_ages_table import KeyAgesTable
from chalicelib.scheduled import Parts
from chalicelib.wiring import Portal
from tests.helpers.mailing import with_mail
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


def parts_with_mail(here: Portal) -> Parts:
    """The key ageing of a portal that sends mail."""
    mailing = with_mail(here)
    return Parts(mailing.members, mailing.iam_administration, mailing.clock)


def run_of(parts: Parts, **options: Any) -> Aged:
    """One run, now."""
    return age_keys(parts.members, parts.iam, now=parts.clock(), table=KeyAgesTable, **{"rule": RULE, **options})


def run(here: Portal, **options: Any) -> Aged:
    """The same of a portal without mail."""
    return run_of(sweeper_of(here), **options)
