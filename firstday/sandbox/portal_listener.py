"""The portal's own address: what a custom domain is to API Gateway.

The API is reached at /restapis/<id>/<stage>/_user_request_/… of the AWS endpoint, which is no
address to put into an invitation. This listener leads http://127.0.0.1:<portal port>/<path> to
the API mapped to DOMAIN (CreateDomainName and CreateBasePathMapping, in the identity account),
with the path, the Host header and the signature as the client sent them.
"""

from typing import TYPE_CHECKING

from ministack import app as ministack_app
from ministack.core import iam_evaluator
from ministack.core.responses import set_request_account_id, set_request_region
from ministack.core.router import extract_access_key_id, extract_region

from . import request
from .iam_errors import Response
from .portal_domain import DOMAIN
from .request import Request

if TYPE_CHECKING:
    from .gate import Message


async def respond(message: "Message") -> Response:
    """The mapped API's answer, 403 while there is none, as on AWS."""
    from .gate import has_query_credentials

    request.begin(Request(client_ip=message.client_ip, portal_host=message.headers["host"]))
    headers = _forwarded(message)
    access_key_id = extract_access_key_id(headers)
    account = iam_evaluator.find_iam_access_key_account(access_key_id) if access_key_id else None
    set_request_account_id(account or access_key_id)
    set_request_region(extract_region(headers))
    response = None
    if not has_query_credentials(message.query) and not message.path.startswith("/restapis/"):
        _pin(message)
        response = await ministack_app._handle_execute_api_request(
            DOMAIN, message.path, message.method, headers, message.body, message.query
        )
    status, answer, body = response or (403, {"Content-Type": "application/json"}, b'{"message":"Forbidden"}')
    return status, answer, body


def _pin(message: "Message") -> None:
    """Hand the request as it was signed to ministack's verification."""
    raw_headers = [(name.encode("latin-1"), value.encode()) for name, value in message.headers.items()]
    iam_evaluator.pin_signed_request(message.method, message.raw_path, message.query, raw_headers)
    iam_evaluator.pin_signed_body(message.body)


def _forwarded(message: "Message") -> dict[str, str]:
    """The headers that API Gateway sets, whatever the client says in them."""
    return message.headers | {
        "x-forwarded-for": message.client_ip,
        "x-forwarded-port": message.headers["host"].rsplit(":", 1)[-1],
        "x-forwarded-proto": "http",
    }
