"""The Lambda function that hears from Amazon SES what became of the mail: bounces and complaints.

A topic calls it. What never arrived is recorded at its member, once; everything else is a line of the log.
"""

import json
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from chalicelib.aws.dynamodb import Database
from chalicelib.aws.mail_table import MailTable
from chalicelib.aws.patience import Patience
from chalicelib.aws.ses import TAG, mail_id_of
from chalicelib.logs import log
from chalicelib.mail.bounces import Told, told_by
from chalicelib.mail.outgoing import Outgoing

ATTEMPTS = 4


def handle(event: Mapping[str, Any], context: Any) -> None:
    """``event`` holds records of the topic. Lambda calls again if AWS is busy."""
    hear(event, context.aws_request_id, _mails(), datetime.now(UTC))


def hear(event: Mapping[str, Any], request_id: str, mails: MailTable, now: datetime) -> None:
    """Record what the events tell; it may be repeated."""
    for told in _events(event):
        outcome = _recorded(mails, told, now)
        log(level="info", request_id=request_id, action="mail event", outcome=outcome, kind=told.kind)


def _events(event: Mapping[str, Any]) -> Iterator[Told]:
    for record in event.get("Records", ()):
        try:
            told = json.loads(record["Sns"]["Message"])
        except (ValueError, KeyError, TypeError):  # SES says in words that it may publish to a new topic
            told = None
        yield told_by(told if isinstance(told, dict) else {}, TAG)


def _recorded(mails: MailTable, told: Told, now: datetime) -> str:
    if told.reason is None:
        return "noted"
    mail = _mail(mails, told)
    if mail is None:
        return "not found"
    return "recorded" if mails.failed(mail, told.reason, now, was_sent=True) else "known"


def _mail(mails: MailTable, told: Told) -> Outgoing | None:
    """By SES's own id; else, where the mailer died before it recorded that, by the tag."""
    if told.message_id and (found := mails.sent_as(told.message_id)):
        return found
    mail_id = mail_id_of(told.tag) if told.tag else None
    return (mails.sent_as(mail_id) or mails.waiting(mail_id)) if mail_id else None


def _mails() -> MailTable:
    from botocore.session import get_session

    from chalicelib.aws.clients import client_config

    client = get_session().create_client("dynamodb", config=client_config())
    Patience(ATTEMPTS).guard(client)
    return MailTable(Database(client, "", os.environ["AUDIT_TABLE"], "", os.environ["MAIL_TABLE"]))
