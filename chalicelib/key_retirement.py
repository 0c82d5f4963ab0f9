"""The Lambda function that deactivates access keys whose time after a replacement is over."""

from typing import Any

from chalicelib import scheduled
from chalicelib.admin.retiring_keys import retire_keys
from chalicelib.audit import KEY_RETIREMENT

JOB = scheduled.Job(KEY_RETIREMENT, "retire keys", retire_keys, "to deactivate the former access keys of")


def handle(_event: object, context: Any) -> dict[str, Any]:
    """What was done, by user name: the fields of ``Retired``."""
    return scheduled.handle(JOB, context)
