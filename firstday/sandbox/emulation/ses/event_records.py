"""The events of a mail, as SES publishes them.

https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

import secrets
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from firstday.sandbox.caught_mail import CaughtMail
from firstday.sandbox.emulation.ses.addresses import MailAddress
from firstday.sandbox.emulation.ses.fates import BOUNCES, Fate
from firstday.sandbox.emulation.ses.outgoing_mail import OutgoingMail

Record = dict[str, Any]
_SUPPRESSED = (
    "Amazon SES did not send the message to this address because it is on the suppression list for your account."
)
# Action, status and words of each kind of bounce.
_REPORTS = {
    Fate.BOUNCED: ("failed", "5.1.1", "smtp; 550 5.1.1 user unknown"),
    Fate.SUPPRESSED: (
        "failed",
        "5.1.1",
        "Amazon SES has suppressed sending to this address because it has a recent history of bouncing.",
    ),
    Fate.ON_ACCOUNTS_LIST: ("failed", "5.1.1", _SUPPRESSED),
}


def new_message_id() -> str:
    """An id as SES gives them: hexadecimal, 60 letters long."""
    return f"{secrets.token_hex(8)}-{uuid.uuid4()}-000000"


def mail_object(mail: OutgoingMail, caught: CaughtMail, *, identity_arn: str, caller_arn: str) -> Record:
    """The part that all events of a mail have."""
    tags = {name: [value] for name, value in mail.tags}
    own = {
        "ses:operation": ["SendEmail"],
        "ses:configuration-set": [mail.configuration_set],
        "ses:source-ip": ["127.0.0.1"],
        "ses:from-domain": [mail.sender.domain],
        "ses:caller-identity": [caller_arn.rpartition("/")[2] or caller_arn],
    }
    common = {
        "from": [caught.sender],
        "to": [*caught.to],
        "messageId": caught.message_id,
        "subject": caught.subject,
    }
    headers = [("From", caught.sender), ("To", ", ".join(caught.to)), ("Subject", caught.subject), *caught.headers]
    return {
        "timestamp": _written(caught.sent_at),
        "source": caught.sender,
        "sourceArn": identity_arn,
        "sendingAccountId": identity_arn.split(":")[4],
        "messageId": caught.message_id,
        "destination": [one.address for one in mail.recipients],
        "headersTruncated": False,
        "headers": [{"name": name, "value": value} for name, value in headers],
        "commonHeaders": common,
        "tags": own | tags,
    }


def events(mail: Record, fates: dict[MailAddress, Fate], now: datetime) -> Iterator[Record]:
    """All events of a mail, beginning with Send."""
    yield {"eventType": "Send", "mail": mail, "send": {}}
    if arrived := [one.address for one, fate in fates.items() if fate not in BOUNCES]:
        yield {"eventType": "Delivery", "mail": mail, "delivery": _delivery(arrived, now)}
    for address, fate in fates.items():
        if fate in BOUNCES:
            yield {"eventType": "Bounce", "mail": mail, "bounce": _bounce(address, fate, now)}
        elif fate is Fate.COMPLAINED:
            yield {"eventType": "Complaint", "mail": mail, "complaint": _complaint(address, now)}


def _delivery(recipients: list[str], now: datetime) -> Record:
    return {
        "timestamp": _written(now),
        "processingTimeMillis": 500,
        "recipients": recipients,
        "smtpResponse": "250 2.6.0 Message received",
        "reportingMTA": "mta.example.com",
    }


def _bounce(address: MailAddress, fate: Fate, now: datetime) -> Record:
    action, status, words = _REPORTS[fate]
    recipient = {
        "emailAddress": address.address,
        "action": action,
        "status": status,
        "diagnosticCode": words,
    }
    return {
        "feedbackId": new_message_id(),
        "bounceType": "Permanent",
        "bounceSubType": fate.value,
        "bouncedRecipients": [recipient],
        "timestamp": _written(now),
        "reportingMTA": "dsn; mta.example.com" if fate is Fate.BOUNCED else "dns; amazonses.com",
    }


def _complaint(address: MailAddress, now: datetime) -> Record:
    return {
        "feedbackId": new_message_id(),
        "complaintSubType": None,
        "complainedRecipients": [{"emailAddress": address.address}],
        "timestamp": _written(now),
        "userAgent": "Amazon SES Mailbox Simulator",
        "complaintFeedbackType": "abuse",
        "arrivalDate": _written(now),
    }


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
