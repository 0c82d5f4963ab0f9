"""Addresses as SES reads them: ASCII before the @, Punycode behind it, a display name as an encoded word.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_Destination.html
"""

import re
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.policy import SMTP

_DOMAIN = re.compile(r"(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]*[a-z][a-z0-9-]*", re.I)


class IllegalAddress(ValueError):
    """SES takes no such address; the text is SES's."""


@dataclass(frozen=True, slots=True)
class MailAddress:
    """``written`` is the whole of it, as the reader sees it; ``domain`` is in small letters."""

    written: str
    display_name: str
    address: str

    @property
    def domain(self) -> str:
        """What is behind the @."""
        return self.address.rpartition("@")[2].lower()


def parsed(text: str) -> MailAddress:
    """The one address in ``text``. Raises IllegalAddress."""
    if not text.isascii():
        raise IllegalAddress("Missing final '@domain'")
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in text):
        raise IllegalAddress("Local address contains control or whitespace")
    one = _single(text)
    if not one.domain:
        raise IllegalAddress("Missing final '@domain'")
    if len(one.username) > 64 or not _DOMAIN.fullmatch(one.domain):
        raise IllegalAddress("Domain contains illegal character" if len(one.username) <= 64 else "Illegal address")
    return MailAddress(str(one), one.display_name, one.addr_spec)


def _single(text: str) -> Address:
    try:
        header = SMTP.header_factory("To", text)
    except (HeaderParseError, ValueError, IndexError) as error:
        raise IllegalAddress("Illegal address") from error
    if len(header.addresses) != 1 or header.defects:
        raise IllegalAddress("Illegal address")
    found: Address = header.addresses[0]
    return found
