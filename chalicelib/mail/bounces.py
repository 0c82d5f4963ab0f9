"""What Amazon SES tells of a mail after it was sent, and what an administrator should know of it.

https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html, and for the topic of an
identity https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html. Fields and kinds that are not known
here are left alone, and nothing is said of the order in which events come.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Enhanced status codes that say so: https://www.rfc-editor.org/rfc/rfc3463#section-3.2
_NOBODY = ("5.1.1", "5.1.2", "5.1.10")
_PERMANENT = {
    "noemail": "the address does not exist",
    "suppressed": "Amazon SES does not send to the address, because mail to it has bounced before",
    "onaccountsuppressionlist": "the address is on the account's suppression list",
}
REFUSED = "the receiving server refuses mail to the address"
NOBODY = "the address does not exist"
COMPLAINED = "the recipient has marked the mail as spam"
REJECTED = "Amazon SES did not send it: it found something harmful"


@dataclass(frozen=True, slots=True)
class Told:
    """An event of SES about the message ``message_id``, or the mail of the ``tag``; either may be empty.

    ``reason`` is why nobody gets the mail, in English; None if they may get it. ``kind`` is for the log.
    """

    message_id: str
    tag: str
    kind: str
    reason: str | None


def told_by(event: Mapping[str, Any], tag_name: str) -> Told:
    """What the event tells; it may be anything that is an object in JSON."""
    kind = _text(event.get("eventType")) or _text(event.get("notificationType")) or "unknown"
    mail = _object(event.get("mail"))
    tags = _object(mail.get("tags")).get(tag_name)
    tag = _text(tags[0]) if isinstance(tags, list) and tags else ""
    return Told(_text(mail.get("messageId")), tag, _kind(kind, event), _reason(kind.lower(), event))


def _reason(kind: str, event: Mapping[str, Any]) -> str | None:
    if kind == "complaint":
        return COMPLAINED
    if kind == "reject":
        return REJECTED
    bounce = _object(event.get("bounce"))
    if kind != "bounce" or _text(bounce.get("bounceType")).lower() != "permanent":
        return None
    known = _PERMANENT.get(_text(bounce.get("bounceSubType")).lower())
    return known or (NOBODY if _status(bounce) in _NOBODY else REFUSED)


def _status(bounce: Mapping[str, Any]) -> str:
    """What the receiving server has said, if it sent a report."""
    recipients = bounce.get("bouncedRecipients")
    first = recipients[0] if isinstance(recipients, list) and recipients else None
    return _text(_object(first).get("status"))


def _kind(kind: str, event: Mapping[str, Any]) -> str:
    """``Bounce Transient MailboxFull``, or the event's kind alone; nothing that others have written."""
    bounce = _object(event.get("bounce"))
    words = (kind, _text(bounce.get("bounceType")), _text(bounce.get("bounceSubType")))
    return " ".join(word for word in words if word.isascii() and word.replace(" ", "").isalpha())


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
