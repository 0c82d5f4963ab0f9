"""The ASGI application in front of ministack: it decides which requests get in, and who sent them.

Two listeners of 127.0.0.1. The AWS endpoint takes requests whose signature is verified here,
to the services that the sandbox needs, each in the shape in which AWS's SDKs send it. The
portal's address takes anything, and leads to the deployed API and nowhere else.
"""

import re
import uuid
from pathlib import Path

from ministack import app as ministack_app
from ministack.core import iam_actions
from ministack.core.responses import fix_error_content_type

from firstday.sandbox.emulation import http_message as messages
from firstday.sandbox.emulation import served_request
from firstday.sandbox.emulation.apigateway import portal_listener
from firstday.sandbox.emulation.http_message import Message, Receive, Scope, Send
from firstday.sandbox.emulation.iam.call_rate import IAMCalls
from firstday.sandbox.emulation.iam.planted_marks import take_over
from firstday.sandbox.emulation.served_request import Request
from firstday.sandbox.emulation.signatures import Refusal, authenticate
from firstday.sandbox.emulation.sts import sts_sessions
from firstday.sandbox.emulation.wire_shapes import QUERY_PROTOCOL, form_parameters, is_well_formed
from firstday.sandbox.emulation.xml_answers import Response

# The stage of a deployed API: the one path that may be called without a signature. It has to be
# written plainly, since ministack gets it as it was sent.
_EXECUTE_API = re.compile(r"/restapis/[a-z0-9]+/[A-Za-z0-9_-]+/_user_request_(/.*)?", re.DOTALL)
_FORBIDDEN: Response = (403, {"Content-Type": "application/json"}, b'{"message":"Forbidden"}')


class Gate:
    """The application that hypercorn serves on both listeners."""

    def __init__(self, *, api_port: int, portal_port: int, iam_calls: IAMCalls, directory: Path) -> None:
        """``directory`` is where the parent process leaves marks."""
        self._iam_calls = iam_calls
        self._directory = directory
        self._portal_port = portal_port
        ports = (api_port, portal_port)
        self._hosts = {f"{name}:{port}" for name in ("127.0.0.1", "localhost") for port in ports}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; no WebSocket is offered."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        body = await messages.read_body(receive)
        response = await self._respond(scope, body)
        if response is None:
            await ministack_app.app(scope, messages.replay(body or b"", receive), send)
        else:
            status, headers, content = response
            await ministack_app._send_response(
                ministack_app._with_date_header(send), status, dict(headers), content
            )

    async def _respond(self, scope: Scope, body: bytes | None) -> Response | None:
        """The answer of the gate or of the portal; None if ministack is to answer."""
        if body is None:
            return 413, {"Content-Type": "text/plain"}, b"The request is too large."
        message = messages.parse(scope, body)
        if message.headers.get("host", "") not in self._hosts:
            # Web pages reach a local server by a name that resolves to 127.0.0.1.
            return 421, {"Content-Type": "text/plain"}, b"Unknown host."
        if scope["server"][1] == self._portal_port:
            return await portal_listener.respond(message)
        return self._enter(message)

    def _enter(self, message: Message) -> Response | None:
        """Refuse the request, or make it the current one."""
        current = Request(client_ip=message.client_ip)
        served_request.begin(current)
        if _EXECUTE_API.fullmatch(message.raw_path):
            current.take_id_from(message.headers)
            # ministack verifies a signed call itself, and answers through the API's gateway responses.
            return _FORBIDDEN if message.has_query_credentials else None
        if message.path.startswith("/_"):
            return _FORBIDDEN
        found = authenticate(message)
        if isinstance(found, Refusal):
            return _refused(found, message)
        current.caller, service = found
        current.body = message.body
        current.target = message.headers.get("x-amz-target", "")
        if not is_well_formed(message, service):
            return _refused(
                Refusal("InvalidAction", f"The embedded AWS has no such operation of {service}."), message
            )
        if service in QUERY_PROTOCOL:
            current.parameters = form_parameters(message)
        if refusal := sts_sessions.refusal_of_session(current, service):
            return refusal
        if service == "iam":
            take_over(self._directory)
            return self._iam_calls.refusal()
        return sts_sessions.refusal_of_mfa(current) if service == "sts" else None


def _refused(refusal: Refusal, message: Message) -> Response:
    """The refusal as the service that the request names would word it."""
    scope = message.headers.get("authorization", "").split("/")
    service = scope[3] if len(scope) > 3 else "iam"
    status, headers, body = iam_actions.access_denied_response(
        service,
        action="",
        principal_arn="",
        request_id=str(uuid.uuid4()),
        error_code=refusal.code,
        message=refusal.message,
        headers=message.headers,
    )
    fix_error_content_type(service, status, headers)
    return status, headers, body
