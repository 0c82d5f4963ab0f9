"""A SendEmail request, read by SES's rules for its parameters.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
"""

import re
from dataclasses import dataclass
from typing import Any

from firstday.sandbox.emulation.ses.addresses import IllegalAddress, MailAddress, parsed
from firstday.sandbox.emulation.ses.refusals import bad_request

MOST_RECIPIENTS = 50
_MOST_HEADERS = 15
_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")
_HEADER_NAME = re.compile(r"[!-9;-~]{1,126}")
_HEADER_VALUE = re.compile(r"[ -~]{1,995}")
# SES writes these itself.
_ITS_OWN_HEADERS = frozenset(
    {
        *("from", "sender", "to", "cc", "bcc", "reply-to", "return-path", "subject", "date", "message-id"),
        *("mime-version", "content-type", "content-transfer-encoding", "content-disposition"),
    }
)
Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """What is to be sent."""

    sender: MailAddress
    identity_arn: str
    to: tuple[MailAddress, ...]
    cc: tuple[MailAddress, ...]
    bcc: tuple[MailAddress, ...]
    reply_to: tuple[MailAddress, ...]
    subject: str
    text: str
    html: str
    headers: tuple[tuple[str, str], ...]
    tags: tuple[tuple[str, str], ...]
    configuration_set: str

    @property
    def recipients(self) -> tuple[MailAddress, ...]:
        """All of them."""
        return self.to + self.cc + self.bcc


def read(request: Record) -> OutgoingMail:
    """The mail of a request. Raises Refused."""
    content, destination = request.get("Content") or {}, request.get("Destination") or {}
    if any(content.get(other) for other in ("Raw", "Template")):
        raise bad_request("Content.Raw and Content.Template are not in the sandbox: send Content.Simple.")
    simple = content.get("Simple") or {}
    if simple.get("Attachments"):
        raise bad_request("Attachments are not in the sandbox.")
    body = simple.get("Body") or {}
    mail = OutgoingMail(
        sender=_one(request.get("FromEmailAddress") or ""),
        identity_arn=request.get("FromEmailAddressIdentityArn") or "",
        to=_all(destination.get("ToAddresses")),
        cc=_all(destination.get("CcAddresses")),
        bcc=_all(destination.get("BccAddresses")),
        reply_to=_all(request.get("ReplyToAddresses")),
        subject=_content(simple.get("Subject"), "Subject"),
        text=_content(body.get("Text"), "Text"),
        html=_content(body.get("Html"), "Html"),
        headers=_headers(simple.get("Headers") or []),
        tags=_tags(request.get("EmailTags") or []),
        configuration_set=request.get("ConfigurationSetName") or "",
    )
    _check(mail)
    return mail


def _check(mail: OutgoingMail) -> None:
    if not mail.subject or "\n" in mail.subject or "\r" in mail.subject:
        raise bad_request("Subject is required, on one line.")
    if not mail.text and not mail.html:
        raise bad_request("Body has to have Text or Html.")
    if not 0 < len(mail.recipients) <= MOST_RECIPIENTS:
        raise bad_request(f"Recipient count has to be from 1 to {MOST_RECIPIENTS}.")


def _one(text: str) -> MailAddress:
    try:
        return parsed(str(text))
    except IllegalAddress as error:
        raise bad_request(str(error)) from error


def _all(texts: list[str] | None) -> tuple[MailAddress, ...]:
    return tuple(_one(text) for text in texts or ())


def _content(content: Record | None, name: str) -> str:
    data = str((content or {}).get("Data") or "")
    # SES takes it for ASCII then, and the reader sees question marks.
    if not data.isascii() and not (content or {}).get("Charset"):
        raise bad_request(f"{name} is not ASCII, so it needs a Charset.")
    return data


def _headers(headers: list[Record]) -> tuple[tuple[str, str], ...]:
    if len(headers) > _MOST_HEADERS:
        raise bad_request(f"There can be {_MOST_HEADERS} headers at most.")
    found = tuple((str(one.get("Name")), str(one.get("Value"))) for one in headers)
    for name, value in found:
        if not _HEADER_NAME.fullmatch(name) or name.lower() in _ITS_OWN_HEADERS:
            raise bad_request(f"Header name {name!r} is not allowed.")
        if not _HEADER_VALUE.fullmatch(value) or len(name) + len(value) > 996:
            raise bad_request(f"The value of header {name} is not allowed.")
    return found


def _tags(tags: list[Record]) -> tuple[tuple[str, str], ...]:
    found = tuple((str(one.get("Name")), str(one.get("Value"))) for one in tags)
    for name, value in found:
        for text in (name, value):
            if not _TAG.fullmatch(text):
                raise bad_request(
                    f"Invalid tag {text!r}: it can only contain ASCII letters, digits, underscores and dashes."
                )
    if len({name for name, _ in found}) != len(found):
        raise bad_request("Tag names have to differ.")
    return found
