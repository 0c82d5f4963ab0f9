"""Reads forms with a file (RFC 7578), of signed-in administrators only. Loaded when such a form arrives.

A form of the console has a few parts with a line or two of headers each, so a body with more is refused as soon as
that is seen. Each byte is searched once, and each part is copied once.
"""

import re
from collections.abc import Iterator

from chalicelib.errors import InvalidInput
from chalicelib.members.import_list import decoded

MAXIMUM_PARTS = 20
# Bytes of all headers of a part: the longest has the name of a file.
MAXIMUM_HEADERS = 2048
_LONGEST_CONTENT_TYPE = 256
# RFC 2046, section 5.1.1: 70 characters at most.
_BOUNDARY = re.compile(r";\s*boundary=(?:\"([^\"]{1,70})\"|([^\s;\"]{1,70}))", re.ASCII | re.IGNORECASE)
_DISPOSITION = re.compile(r"content-disposition:\s*form-data(.*)", re.IGNORECASE)
# Browsers write a quote in a name as %22.
_PARAMETER = re.compile(r";\s*([a-z*]{1,20})=\"([^\"]*)\"", re.IGNORECASE)


def fields(content_type: str, body: bytes) -> dict[str, str]:
    """The text of every field; one of each. InvalidInput if it is not such a form, or a file is not text."""
    found = _BOUNDARY.search(content_type[:_LONGEST_CONTENT_TYPE])
    if found is None:
        raise _unreadable()
    boundary = (found[1] or found[2]).encode("latin-1", "replace")
    return dict(_field(head, content) for head, content in _parts(body, boundary))


def _parts(body: bytes, boundary: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The headers and the content of one part after the other."""
    delimiter = b"\r\n--" + boundary
    # The first boundary begins the body, without a line end before it.
    at = len(delimiter) - 2
    if not body.startswith(delimiter[2:]):
        raise _unreadable()
    for _ in range(MAXIMUM_PARTS):
        head_ends = body.find(b"\r\n\r\n", at, at + MAXIMUM_HEADERS)
        ends = body.find(delimiter, head_ends + 4) if head_ends >= 0 else -1
        if ends < 0:
            raise _unreadable()
        yield body[at:head_ends], body[head_ends + 4 : ends]
        at = ends + len(delimiter)
        if body.startswith(b"--", at):
            return
    raise _unreadable()


def _field(head: bytes, content: bytes) -> tuple[str, str]:
    lines = head.decode("utf-8", "replace").split("\r\n")
    disposition = next(filter(None, map(_DISPOSITION.fullmatch, lines)), None)
    if disposition is None:
        raise _unreadable()
    parameters = {name.lower(): value for name, value in _PARAMETER.findall(disposition[1])}
    return parameters.get("name", ""), decoded(content) if "filename" in parameters else _text(content)


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise _unreadable() from None


def _unreadable() -> InvalidInput:
    return InvalidInput("body", "The form cannot be read.")
