"""The body of a request, measured before it is read: API Gateway passes on text as it is, and files in base64."""

from typing import cast
from urllib.parse import parse_qs

from chalice.app import Request

from chalicelib.errors import InvalidInput

# The largest honest form of a member holds a seed and two codes, or a console password.
MAXIMUM_BODY = 8192
# The two forms that begin a session, which anybody may send: a link, perhaps in the whole message that it came in,
# whose Japanese takes nine bytes a letter here.
MAXIMUM_FIRST_BODY = 16384


def body_of(request: Request, maximum: int) -> bytes:
    """The body; InvalidInput if it is longer than ``maximum`` bytes, before any of it is decoded."""
    event = request.to_original_event()
    sent = event.get("body") or ""
    # Base64 makes four characters of three bytes.
    longest = -(-maximum // 3) * 4 if event.get("isBase64Encoded") else maximum
    if len(sent) > longest or _declared_length(request) > maximum:
        raise _too_long()
    try:
        body = cast(bytes, request.raw_body)
    except ValueError:
        raise InvalidInput("body", "The form cannot be read.") from None
    if len(body) > maximum:  # characters may take several bytes
        raise _too_long()
    return body


def fields_of(body: bytes, maximum: int) -> dict[str, str]:
    """The fields of a url-encoded form; of those of one name, the last. InvalidInput if it is not a form."""
    try:
        fields = parse_qs(str(body, "ascii"), keep_blank_values=True, max_num_fields=maximum, errors="strict")
    except ValueError:
        raise InvalidInput("body", "The form cannot be read.") from None
    return {name: values[-1] for name, values in fields.items()}


def media_type(request: Request) -> str:
    """The content type of the body, in small letters and without parameters."""
    return str(request.headers.get("content-type", "")).partition(";")[0].strip().lower()


def _declared_length(request: Request) -> int:
    """What Content-Length says; 0 where it says nothing that could be a length."""
    text = str(request.headers.get("content-length", ""))
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else 0


def _too_long() -> InvalidInput:
    return InvalidInput("body", "The request is too long.")
