"""Forms with a file (RFC 7578), read with the parser that Python has for mail. Loaded where there is one."""

from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from typing import cast

from chalicelib.errors import InvalidInput
from chalicelib.member_list import decoded


def fields(content_type: str, body: bytes) -> dict[str, str]:
    """The text of every field; one of each. InvalidInput if it is no such form, or a file is no text."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace")
    form = BytesParser(policy=HTTP).parsebytes(head + body)
    if not form.is_multipart():
        raise InvalidInput("body", "The form cannot be read.")
    parts = cast(list[Message], form.get_payload())
    return {_name(part): _text(part) for part in parts}


def _name(part: Message) -> str:
    return str(part.get_param("name", "", header="content-disposition"))


def _text(part: Message) -> str:
    content = part.get_payload(decode=True)
    data = content if isinstance(content, bytes) else b""
    if part.get_filename() is not None:
        return decoded(data)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise InvalidInput("body", "The form cannot be read.") from None
