"""Mail that the sandbox's SES took: one file each, as any mail program reads it. None of it leaves the machine."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

# As SES's SMTP interface writes them.
_SET, _TAGS = "X-SES-CONFIGURATION-SET", "X-SES-MESSAGE-TAGS"
_LISTS = {"to": "To", "cc": "Cc", "bcc": "Bcc", "reply_to": "Reply-To"}
_OWN = frozenset(
    name.lower()
    for name in (_SET, _TAGS, *_LISTS.values(), "From", "Subject", "Date", "Message-ID", "MIME-Version")
)
# Shown and kept with the mail, but no mail has such a domain for its ids.
_ID_DOMAIN = "sandbox.amazonses.com"


@dataclass(frozen=True, slots=True)
class CaughtMail:
    """``message_id`` is what SendEmail returned, ``sent_at`` the sandbox's time.

    Addresses are as the reader sees them.

    ``text`` and ``html`` are empty where there is no such part; ``headers`` are the sender's own.
    """

    message_id: str
    sent_at: datetime
    sender: str
    subject: str
    text: str = ""
    html: str = ""
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    reply_to: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    configuration_set: str = ""


def keep(directory: Path, mail: CaughtMail) -> None:
    """Write it into the directory, readable by nobody else, as a whole."""
    directory.mkdir(mode=0o700, exist_ok=True)
    name = f"{mail.sent_at:%Y%m%d-%H%M%S-%f}-{mail.message_id[-12:]}.eml"
    part = directory / f".{name}"
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(_message(mail).as_bytes())
    part.rename(directory / name)


def caught(directory: Path) -> list[CaughtMail]:
    """All mail there, in the order in which it was sent."""
    return [_read(path) for path in sorted(directory.glob("[0-9]*.eml"))]


def _message(mail: CaughtMail) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = mail.sender
    for field, name in _LISTS.items():
        if addresses := getattr(mail, field):
            message[name] = ", ".join(addresses)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.sent_at)
    message["Message-ID"] = f"<{mail.message_id}@{_ID_DOMAIN}>"
    if mail.configuration_set:
        message[_SET] = mail.configuration_set
    if mail.tags:
        message[_TAGS] = ", ".join(f"{name}={value}" for name, value in mail.tags)
    for name, value in mail.headers:
        message[name] = value
    if mail.text or not mail.html:
        message.set_content(mail.text)
    if mail.text and mail.html:
        message.add_alternative(mail.html, subtype="html")
    elif mail.html:
        message.set_content(mail.html, subtype="html")
    return message


def _read(path: Path) -> CaughtMail:
    message = message_from_bytes(path.read_bytes(), EmailMessage, policy=SMTP)
    assert isinstance(message, EmailMessage)  # noqa: S101  # that is what the policy makes
    lists = {field: tuple(map(str, _addresses(message, name))) for field, name in _LISTS.items()}
    return CaughtMail(
        message_id=str(message["Message-ID"]).strip("<>").partition("@")[0],
        sent_at=message["Date"].datetime.astimezone(UTC),
        sender=str(message["From"]),
        subject=str(message["Subject"]),
        text=_part(message, "plain"),
        html=_part(message, "html"),
        headers=tuple(_further(message)),
        tags=tuple(_pair(tag) for tag in str(message.get(_TAGS, "")).split(", ") if tag),
        configuration_set=str(message.get(_SET, "")),
        **lists,
    )


def _addresses(message: EmailMessage, name: str) -> Iterable[object]:
    return message[name].addresses if message[name] else ()


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return part.get_content().replace("\r\n", "\n") if part else ""


def _further(message: EmailMessage) -> Iterable[tuple[str, str]]:
    for name, value in message.items():
        if name.lower() not in _OWN and not name.lower().startswith("content-"):
            yield name, str(value)


def _pair(tag: str) -> tuple[str, str]:
    name, _, value = tag.partition("=")
    return name, value
