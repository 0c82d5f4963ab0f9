"""The mailer's Lambda function: once a minute, it sends the mail that waits."""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

from chalicelib import scheduled
from chalicelib.admin.sending_mail import Post, Sent, send_waiting
from chalicelib.audit import MAILER
from chalicelib.aws.iam_administration import IAMAdministration
from chalicelib.aws.mail_table import MailTable
from chalicelib.aws.members_table import MembersTable
from chalicelib.aws.ses import SES
from chalicelib.letters import write_letter
from chalicelib.mail.configuration_set import set_name
from chalicelib.settings.reader import load
from chalicelib.wiring import SETTINGS_FILE


def handle(_event: object, context: Any) -> dict[str, Any]:
    """What was done, by user name: the fields of ``Sent``."""
    return scheduled.handle(JOB, context)


def work(
    members: MembersTable,
    iam: IAMAdministration,  # noqa: ARG001 -- a job's signature
    *,
    now: datetime,  # noqa: ARG001 -- the same: sending takes time, so it asks for the time itself
    has_time: Callable[[], bool],
) -> Sent:
    return send_waiting(MailTable(members.database), members, post(), has_time=has_time)


@cache
def post() -> Post:
    """What it takes to send, from the function's environment; kept for the next run."""
    settings, portal_url = load(SETTINGS_FILE), os.environ["PORTAL_URL"]
    if settings.mail is None:
        raise LookupError("The settings have no [mail].")
    return Post(
        settings,
        SES(_client(settings.mail.region), settings.mail, set_name(settings)),
        portal_url,
        partial(write_letter, settings, portal_url),
        lambda: datetime.now(UTC),
        time.sleep,
    )


def _client(region: str) -> Any:
    """One that makes no call twice by itself: the second mail would be one too many."""
    from botocore.config import Config
    from botocore.session import get_session

    config = Config(connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 1})
    return get_session().create_client("sesv2", region, config=config)


JOB = scheduled.Job(MAILER, "send mail", work, "to send mail to")
