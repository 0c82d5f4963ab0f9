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
# "http" in base64, as Sophos and others have it.
_BASE64 = re.compile(r"aHR0[A-Za-z0-9+/_-]{20,}", re.ASCII)
_ESCAPED = re.compile(r"\\(?:u00|x)([0-9A-Fa-f]{2})", re.ASCII)
# Line breaks, also the soft ones of quoted-printable, with what mail programs put before the next line; that alone,
# since a field of one line drops the break; blanks, and marks that take no room.
_BREAKS = re.compile(
    r"=?[ \t]*[\r\n]+[>|+\s]*|<wbr ?/?>|[\s>|\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]+"
)


def undone(text: str) -> Iterator[str]:
    """``text`` with one layer after the other undone; last of all, without line breaks and blanks."""
    for _ in range(_MOST_LAYERS):
        text, former = _one_undone(text), text
        yield text
        if text == former:
            break
    yield _BREAKS.sub("", text)


def _one_undone(text: str) -> str:
    text = unescape(unquote(unicodedata.normalize("NFKC", text)))
    text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text).replace("\\", "")
    text = _PROOFPOINT_2.sub(lambda match: unquote(match[1].replace("-", "%").replace("_", "/")), text)
    text = _PROOFPOINT_3.sub(_third_undone, text)
    return _BASE64.sub(lambda match: _from_base64(match[0]), text)


def _third_undone(match: re.Match[str]) -> str:
    """Each ``*`` stands for the next of the characters in the base64; ``**A`` for two of them, up to 65."""
    characters = iter(_from_base64(match[2]))

    def next_ones(star: re.Match[str]) -> str:
        count = _RUNS.index(star[1]) + 2 if star[1] else 1
        return "".join(next(characters, "") for _ in range(count))

    return re.sub(r"\*(?:\*([A-Za-z0-9_-]))?", next_ones, match[1])


def _from_base64(text: str) -> str:
    """What ``text`` says, in either alphabet, padded or not; ``text`` itself if it is no base64."""
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("utf-8", "replace")
    except binascii.Error:
        return text
