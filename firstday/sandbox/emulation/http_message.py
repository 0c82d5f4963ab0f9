"""HTTP requests as the gate reads them, from ASGI's events."""

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote

from ministack.core.sigv4 import decode_header_value

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

LARGEST_BODY = 64 * 1024 * 1024
_QUERY_CREDENTIALS = ("x-amz-", "awsaccesskeyid", "signature")


@dataclass(frozen=True, slots=True)
class Message:
    """One HTTP request, read to its end.

    Header names are lower-case, and a repeated header's values are joined by a comma, as
    SigV4 signs them (cookies as cookies are). ``path`` is decoded, ``raw_path`` is as it was sent.
    """

    method: str
    path: str
    raw_path: str
    query_string: str
    headers: dict[str, str]
    body: bytes
    client_ip: str

    @property
    def query(self) -> dict[str, list[str]]:
        """The query parameters, blank ones too."""
        return parse_qs(self.query_string, keep_blank_values=True)

    @property
    def has_query_credentials(self) -> bool:
        """Whether the request tries to name a key in its query string."""
        return any(name.lower().startswith(_QUERY_CREDENTIALS) for name in self.query)


def parse(scope: Scope, body: bytes) -> Message:
    """The message of an ASGI scope of type "http"."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), decode_header_value(raw_value)
        separator = "; " if name == "cookie" else ","
        headers[name] = f"{headers[name]}{separator}{value}" if name in headers else value
    raw_path = scope.get("raw_path") or quote(scope["path"]).encode()
    return Message(
        method=scope["method"],
        path=scope["path"],
        raw_path=raw_path.decode("latin-1"),
        query_string=scope["query_string"].decode("utf-8", "replace"),
        headers=headers,
        body=body,
        client_ip=scope["client"][0],
    )


async def read_body(receive: Receive) -> bytes | None:
    """The whole body; None if it is larger than the sandbox ever needs."""
    chunks, size, more = [], 0, True
    while more and size <= LARGEST_BODY:
        event = await receive()
        chunks.append(event.get("body", b""))
        size += len(chunks[-1])
        more = event.get("more_body", False)
    return b"".join(chunks) if size <= LARGEST_BODY else None


def replay(body: bytes, receive: Receive) -> Receive:
    """A receive channel that begins with the body that was read already."""
    unread = [{"type": "http.request", "body": body, "more_body": False}]

    async def next_event() -> MutableMapping[str, Any]:
        return unread.pop() if unread else await receive()

    return next_event
