"""The Lambda function that tells members of access keys that age, and ends these keys."""

from functools import partial
from typing import Any

from chalicelib import scheduled
from chalicelib.admin.ageing_keys import Rule, age_keys
from chalicelib.audit import KEY_AGEING
from chalicelib.aws.key_ages_table import KeyAgesTable
from chalicelib.settings.reader import load
from chalicelib.settings.records import Settings
from chalicelib.settings.time_zones import zone_of
from chalicelib.wiring import SETTINGS_FILE


def job(settings: Settings) -> scheduled.Job:
    """The work, by the organisation's rule."""
    rule = Rule(settings.access_key_days, zone_of(settings.time_zone))
    work = partial(age_keys, table=KeyAgesTable, rule=rule)
    return scheduled.Job(KEY_AGEING, "age keys", work, "to end the old access keys of")


def handle(_event: object, context: Any) -> dict[str, Any]:
    """What was done, by user name: the fields of ``Aged``."""
    return scheduled.handle(job(load(SETTINGS_FILE)), context)
