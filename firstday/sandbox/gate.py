"""The ASGI application in front of ministack: what gets in, and as whom.

Two listeners of 127.0.0.1. The AWS endpoint takes requests whose signature is verified here,
to the services that the sandbox needs, each only in the shape in which AWS's SDKs send it
(ministack would authorize one action of a mixed-up request and perform another). The portal's
address takes anything, and leads to the deployed API and nowhere else.
"""

import re
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote

from ministack import app as ministack_app
from ministack.core import iam_actions, sigv4
from ministack.core.responses import fix_error_content_type

from . import portal_listener, request, sts_sessions
from .iam_errors import Response
from .request import Request
from .signatures import Refusal, authenticate

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

LARGEST_BODY = 64 * 1024 * 1024
# The stage of a deployed API: the one path that may be called without a signature.
_EXECUTE_API = re.compile(r"/restapis/[a-z0-9]+/[A-Za-z0-9_-]+/_user_request_(/.*)?", re.DOTALL)
_QUERY_PROTOCOL = frozenset({"iam", "sts", "cloudformation"})
_JSON_PROTOCOL = {"dynamodb": "DynamoDB_20120810.", "logs": "Logs_20140328."}
_REST = frozenset({"s3", "lambda", "apigateway", "execute-api"})
_QUERY_CREDENTIALS = ("x-amz-", "awsaccesskeyid", "signature")


@dataclass(frozen=True, slots=True)
class Message:
    """One HTTP request, read to its end; header names are lower-case, repeated ones joined."""

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


class Gate:
    """The application that hypercorn serves on both listeners."""

    def __init__(self, *, api_port: int, portal_port: int) -> None:
        self._portal_port = portal_port
        ports = (api_port, portal_port)
        self._hosts = {f"{name}:{port}" for name in ("127.0.0.1", "localhost") for port in ports}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; no WebSocket is offered."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        body = await _read(receive)
        response = await self._respond(scope, body)
        if response is None:
            await ministack_app.app(scope, _replay(body or b"", receive), send)
        else:
            await ministack_app._send_response(ministack_app._with_date_header(send), *response)

    async def _respond(self, scope: Scope, body: bytes | None) -> Response | None:
        """The answer of the gate or of the portal; None for what ministack is to answer."""
        if body is None:
            return 413, {"Content-Type": "text/plain"}, b"The request is too large."
        message = _message(scope, body)
        if message.headers.get("host", "") not in self._hosts:
            # A name that resolves to 127.0.0.1 is how a web page reaches a local server.
            return 421, {"Content-Type": "text/plain"}, b"Unknown host."
        if scope["server"][1] == self._portal_port:
            return await portal_listener.respond(message)
        return _enter(message)


def _enter(message: Message) -> Response | None:
    """Refuse the request, or make it the current one."""
    current = Request(client_ip=message.client_ip)
    request.begin(current)
    if _EXECUTE_API.fullmatch(message.path):
        # ministack verifies a signed call itself, and answers through the API's gateway responses.
        return _forbidden() if has_query_credentials(message.query) else None
    if message.path.startswith("/_"):
        return _forbidden()
    found = authenticate(
        method=message.method,
        raw_path=message.raw_path,
        query=message.query,
        headers=message.headers,
        body=message.body,
    )
    if isinstance(found, Refusal):
        return _refused(found, message)
    current.caller, service = found
    if not _is_well_formed(message, service):
        return _refused(Refusal("InvalidAction", f"The embedded AWS has no such operation of {service}."), message)
    if service in _QUERY_PROTOCOL:
        current.parameters = dict(parse_qsl(message.body.decode("utf-8", "replace")))
    return sts_sessions.refusal_of_mfa(current) if service == "sts" else None


def has_query_credentials(query: dict[str, list[str]]) -> bool:
    """Whether the request tries to name a key in its query string."""
    return any(name.lower().startswith(_QUERY_CREDENTIALS) for name in query)


def _is_well_formed(message: Message, service: str) -> bool:
    """Whether the request has the one shape in which the SDKs send ``service``'s operations."""
    target, content_type = message.headers.get("x-amz-target"), message.headers.get("content-type", "")
    is_form = content_type.startswith("application/x-www-form-urlencoded")
    is_root_post = message.method == "POST" and message.path == "/" and not message.query_string
    if service in _QUERY_PROTOCOL:
        names = [name for name, _ in parse_qsl(message.body.decode("utf-8", "replace"), keep_blank_values=True)]
        return is_root_post and is_form and target is None and len(names) == len(set(names))
    if service in _JSON_PROTOCOL:
        return is_root_post and not is_form and bool(target and target.startswith(_JSON_PROTOCOL[service]))
    if service not in _REST or target is not None or is_form:
        return False
    return "Action" not in message.query and not has_query_credentials(message.query)


def _refused(refusal: Refusal, message: Message) -> Response:
    """The refusal as the service that the request names would word it."""
    parts = message.headers.get("authorization", "").split("/")
    service = parts[3] if len(parts) > 3 else "iam"
    status, headers, body = iam_actions.access_denied_response(
        service,
        "",
        "",
        str(uuid.uuid4()),
        error_code=refusal.code,
        message=refusal.message,
        headers=message.headers,
    )
    fix_error_content_type(service, status, headers)
    return status, headers, body


def _forbidden() -> Response:
    return 403, {"Content-Type": "application/json"}, b'{"message":"Forbidden"}'


def _message(scope: Scope, body: bytes) -> Message:
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), sigv4.decode_header_value(raw_value)
        headers[name] = f"{headers[name]},{value}" if name in headers else value
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


async def _read(receive: Receive) -> bytes | None:
    """The whole body, or None if it is larger than anything that the sandbox needs."""
    chunks, size, more = [], 0, True
    while more and size <= LARGEST_BODY:
        event = await receive()
        chunks.append(event.get("body", b""))
        size += len(chunks[-1])
        more = event.get("more_body", False)
    return b"".join(chunks) if size <= LARGEST_BODY else None


def _replay(body: bytes, receive: Receive) -> Receive:
    """A receive channel that begins with the body that was read already."""
    unread = [{"type": "http.request", "body": body, "more_body": False}]

    async def next_event() -> MutableMapping[str, Any]:
        return unread.pop() if unread else await receive()

    return next_event
