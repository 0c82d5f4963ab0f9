"""E-mail addresses that Amazon SES takes, and the ways of writing them."""

import re

from chalicelib.errors import InvalidInput

# HTML's pattern for type=email, with a dot in the domain, and at most 64 letters before the @.
# https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address
_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_LABEL}(?:\.{_LABEL})+", re.ASCII)
# RFC 5321, 4.5.3.1.3, without the angle brackets.
_LONGEST = 254


def is_email_address(text: str) -> bool:
    """Whether ``text`` is one address, all ASCII, and its domain one that mail can be sent to.

    SES wants an ASCII local part, and Punycode for other domains:
    https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_Destination.html
    """
    if len(text) > _LONGEST or not _ADDRESS.fullmatch(text) or text.rpartition(".")[2].isdigit():
        return False
    local = text.partition("@")[0]
    return not (local.startswith(".") or local.endswith(".") or ".." in local)  # RFC 5322, 3.2.3: dot-atom


def checked_email(text: str) -> str:
    """``text`` without blanks around it, if mail can be sent to it, or if it is empty; else InvalidInput."""
    address = text.strip()
    if not address or is_email_address(address):
        return address
    if not address.isascii():
        raise InvalidInput(
            "email",
            "Mail can be sent to addresses in ASCII only: write a domain with other letters as Punycode (xn--…).",
        )
    raise InvalidInput("email", "%(email)s is not an e-mail address.", email=address)
