"""Undoes what mail protection, redirects, encoders and line breaks have done to a link."""

import binascii
import re
import unicodedata
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from html import unescape
from urllib.parse import unquote

# A link may have been rewritten by the sender's mail protection and the receiver's, and by a chat after them.
_MOST_LAYERS = 8
# https://help.proofpoint.com/Threat_Insight_Dashboard/Concepts/How_do_I_decode_a_rewritten_URL%3F
_PROOFPOINT_2 = re.compile(r"urldefense\.proofpoint\.com/v2/url\?u=([^&\s<>]+)")
_RUNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_PROOFPOINT_3 = re.compile(r"/v3/__(.{1,1000}?)__;([A-Za-z0-9_-]*)", re.ASCII | re.DOTALL)
# Base64 in either alphabet. The line breaks are those of a mail's body; a slash may also stand before it.
_BASE64 = re.compile(r"(?<![A-Za-z0-9+_-])[A-Za-z0-9+_-][A-Za-z0-9+/_-]{19,}(?:\r?\n[A-Za-z0-9+/]+)*", re.ASCII)
# So many of its characters have to say a text: of other letters and digits, hardly any do.
_SURE = 20
# "http" in hexadecimal digits.
_HEXADECIMAL = re.compile(r"68747470(?:[0-9a-f]{2}){20,}", re.ASCII | re.IGNORECASE)
_ESCAPED = re.compile(r"\\(?:u00|x)([0-9A-Fa-f]{2})", re.ASCII)
# What programs write in the place of a line break, and what colours a terminal.
_WRITTEN_BREAK, _COLOUR = re.compile(r"\\[rnt]"), re.compile("\x1b\\[[0-9;?]*[A-Za-z]")
# A tag, unless it may hold the link itself.
_TAG = r"</?[A-Za-z][A-Za-z0-9]*(?:\s[^<>#]*)?/?>"
# Line breaks, also the soft ones of quoted-printable, with what mail programs put before the next line; that alone,
# since a field of one line drops the break; blanks, and whatever else is neither a letter nor a sign of ASCII.
_BREAKS = re.compile(rf"=?[ \t]*[\r\n]+(?:[A-Z]{{1,3}}>|[>|+%:\s])*|{_TAG}|(?:[\s>|\u115f\u1160]|[^\w!-~])+")


def undone(text: str) -> Iterator[str]:
    """``text`` with one layer after the other undone; last of all, without line breaks, blanks and tags."""
    for _ in range(_MOST_LAYERS):
        text, former = _one_undone(text), text
        yield text
        if text == former:
            break
    yield _BREAKS.sub("", text)


def _one_undone(text: str) -> str:
    text = unescape(unquote(unicodedata.normalize("NFKC", text)))
    text = _WRITTEN_BREAK.sub("\n", _COLOUR.sub("", text))
    text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text).replace("\\", "")
    text = _PROOFPOINT_2.sub(lambda match: unquote(match[1].replace("-", "%").replace("_", "/")), text)
    text = _PROOFPOINT_3.sub(_third_undone, text)
    text = _HEXADECIMAL.sub(lambda match: bytes.fromhex(match[0]).decode("utf-8", "replace"), text)
    return _BASE64.sub(lambda match: _read_as_base64("".join(match[0].split())) or match[0], text)


def _third_undone(match: re.Match[str]) -> str:
    """Each ``*`` stands for the next of the characters in the base64; ``**A`` for two of them, up to 65."""
    characters = iter(_from_base64(match[2]))

    def next_ones(star: re.Match[str]) -> str:
        count = _RUNS.index(star[1]) + 2 if star[1] else 1
        return "".join(next(characters, "") for _ in range(count))

    return re.sub(r"\*(?:\*([A-Za-z0-9_-]))?", next_ones, match[1])


def _read_as_base64(text: str) -> str | None:
    """What ``text`` says, from its beginning or a slash in it; None if it is no base64."""
    for slash in re.finditer("^|/", text):
        start = slash.end()
        beginning = _from_base64(text[start : start + _SURE])[:-1]  # the last character may be cut
        if len(beginning) >= _SURE // 5 and all(map(_is_of_a_text, beginning)):
            return text[:start] + _from_base64(text[start:])
    return None


def _is_of_a_text(char: str) -> bool:
    return (char.isprintable() or char.isspace()) and char != "\N{REPLACEMENT CHARACTER}"


def _from_base64(text: str) -> str:
    """The bytes that ``text`` says, as text; "" if it is no base64. What follows it may seem to belong to it."""
    whole = text[:-1] if len(text) % 4 == 1 else text
    try:
        return urlsafe_b64decode(whole + "=" * (-len(whole) % 4)).decode("utf-8", "replace")
    except binascii.Error:
        return ""
