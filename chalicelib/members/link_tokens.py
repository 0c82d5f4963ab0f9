"""The tokens behind the ``#`` of a link: how they are written, and found in whatever was pasted.

A token is ``0``, the user name in base32, ``1`` and 256 random bits in base32, with an empty name in the console's
sign-in links. It has letters and digits only, which no mail program, Markdown or linkifier touches. 0, 1, 8 and 9,
which base32 does not have, divide it: it is found by its shape wherever it stands, in small letters or capitals.

An administrator's program may have chosen a secret of other characters: then ``8``, that text in base32, ``9``.
Earlier links hold ``<user name>.<secret>``, and still open.
"""

import binascii
import re
import secrets
from base64 import b32decode, b32encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from chalicelib.members.record import is_user_name

# Compiled when they are first needed, which in most cold starts is never.
_BASE32 = "[A-Za-z2-7]"
# The lookahead finds those that overlap: a digit of the text around may look like the beginning.
_TOKEN = f"(?=0({_BASE32}{{0,103}})(?:1({_BASE32}{{52}})|8({_BASE32}{{69,138}})9))"
# A name may have a part as long as a secret: then it is the last one.
_EARLIER_ENDING = r"\.([A-Za-z0-9_-]{43,86}+)(?!\.[A-Za-z0-9_-]{43})"
_EARLIER_NAME = r"(#?)([A-Za-z0-9_+=,.@-]{2,64})\Z"
# An earlier secret of the portal's own; what follows it may be the text behind the link.
EARLIER_LENGTH = 43
# How a link's token begins, to be shown to people.
EXAMPLE_TOKEN, EXAMPLE_SIGN_IN = "0nbqw4ylln4…", "01mfrgg2dfn5…"


@dataclass(frozen=True, slots=True)
class Token:
    """A token, taken apart. A sign-in link's has no user name."""

    user_name: str
    secret: str


def new_secret() -> str:
    """256 random bits."""
    return secret_text(secrets.token_bytes(32))


def secret_text(bits: bytes) -> str:
    """The 256 ``bits`` as a token's secret."""
    return _base32(bits)


def token_text(user_name: str, secret: str) -> str:
    """The token as it stands behind the ``#`` of the link."""
    name = _base32(user_name.encode())
    return f"0{name}1{secret}" if re.fullmatch("[a-z2-7]{52}", secret) else f"0{name}8{_base32(secret.encode())}9"


def invitation_tokens(text: str) -> list[Token]:
    """The invitation tokens in what somebody pasted, each once: the link in whatever surrounds it."""
    for version in _versions(text):
        if found := [token for token in _tokens(version) if token.user_name]:
            return _distinct(found)
        if found := [token for is_after_hash, token in _earlier_tokens(version) if is_after_hash]:
            return _distinct(found)
    # Without a "#", the name is all that can be one: what rewriters have put before it has to be undone first.
    *_, decoded, joined = (text, *_versions(text))
    for version in (decoded, joined):
        if found := [token for _, token in _earlier_tokens(version)]:
            return _distinct(found)
    return []


def sign_in_secrets(text: str) -> list[str]:
    """The secrets of the sign-in links in what somebody pasted, each once."""
    for version in _versions(text):
        if found := [token for token in _tokens(version) if not token.user_name]:
            return [token.secret for token in _distinct(found)]
    return []


def _versions(text: str) -> Iterator[str]:
    """``text`` as it is, then with what was done to it on its way undone; at least two."""
    yield text
    # Imported here to keep it off the cold start: nearly always, the text is enough as it is.
    from chalicelib.members.rewritten_links import undone

    yield from undone(text)


def _tokens(text: str) -> Iterator[Token]:
    for name, secret, chosen in re.findall(_TOKEN, text):
        try:
            user_name = _from_base32(name)
            token = Token(user_name, _from_base32(chosen) if chosen else secret.lower())
        except ValueError:
            continue
        if not user_name or is_user_name(user_name):
            yield token


def _earlier_tokens(text: str) -> Iterator[tuple[bool, Token]]:
    """The tokens of earlier links, each with whether a ``#`` stands before it."""
    for match in re.finditer(_EARLIER_ENDING, text):
        if name := re.search(_EARLIER_NAME, text[max(0, match.start() - 65) : match.start()]):
            yield name[1] == "#", Token(name[2], match[1])


def _distinct(tokens: Iterable[Token]) -> list[Token]:
    """Each token once. Of two that differ by what follows only, the shorter: it has nothing of the text behind."""
    longest_first = sorted(tokens, key=lambda token: -len(token.secret))
    return list({(token.user_name, token.secret[:EARLIER_LENGTH]): token for token in longest_first}.values())


def _base32(data: bytes) -> str:
    return b32encode(data).decode().rstrip("=").lower()


def _from_base32(text: str) -> str:
    """ValueError if it is no ASCII text in base32."""
    try:
        return b32decode(text.upper() + "=" * (-len(text) % 8)).decode("ascii")
    except binascii.Error as error:
        raise ValueError from error
