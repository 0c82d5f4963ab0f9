"""The portal's own address, like a custom domain of API Gateway.

The API is at /restapis/<id>/<stage>/_user_request_/… of the AWS endpoint, which is not an
address to put into an invitation. This listener leads http://127.0.0.1:<portal port>/<path> to
the stage that was made last in the identity account, with the path, the Host header and the
signature as the client sent them.
"""

from ministack import app as ministack_app
from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, set_request_account_id, set_request_region
from ministack.core.router import extract_access_key_id, extract_region
from ministack.services import apigateway_v1

from firstday.sandbox.emulation import served_request
from firstday.sandbox.emulation.http_message import Message
from firstday.sandbox.emulation.served_request import Request
from firstday.sandbox.emulation.xml_answers import Response

# Where ministack would look for an API by its id.
_OTHER_ADDRESSES = ("/restapis/", "/_aws/")
_FORBIDDEN: Response = (403, {"Content-Type": "application/json"}, b'{"message":"Forbidden"}')


async def respond(message: Message) -> Response:
    """The deployed API's answer; 403 while there is no API, as for a domain without a mapping."""
    current = Request(client_ip=message.client_ip, portal_host=message.headers["host"])
    current.take_id_from(message.headers)
    served_request.begin(current)
    if message.has_query_credentials or message.raw_path.startswith(_OTHER_ADDRESSES):
        return _FORBIDDEN
    headers = _forwarded(message)
    _identify(message, headers)
    stage = _last_stage()
    if stage is None:
        return _FORBIDDEN
    path = f"{stage}/_user_request_{message.raw_path}"
    response: Response | None = await ministack_app._handle_execute_api_request(
        message.headers["host"], path, message.method, headers, message.body, message.query
    )
    return response or _FORBIDDEN


def _last_stage() -> str | None:
    """The path of the newest stage in the account of the request, which is the identity account if unsigned."""
    stages = [
        (stage["createdDate"], f"/restapis/{api_id}/{name}")
        for (account, _, api_id), of_api in apigateway_v1._stages_v1.all_items()
        for name, stage in of_api.items()
        if account == get_account_id()
    ]
    return max(stages)[1] if stages else None


def _identify(message: Message, headers: dict[str, str]) -> None:
    """Tell ministack whose account and region this is, and hand it the request as it was signed."""
    access_key_id = extract_access_key_id(headers)
    account = iam_evaluator.find_iam_access_key_account(access_key_id) if access_key_id else None
    set_request_account_id(account or access_key_id)
    set_request_region(extract_region(headers))
    raw_headers = [(name.encode("latin-1"), value.encode()) for name, value in message.headers.items()]
    iam_evaluator.pin_signed_request(message.method, message.raw_path, message.query, raw_headers)
    iam_evaluator.pin_signed_body(message.body)


def _forwarded(message: Message) -> dict[str, str]:
    """The headers that API Gateway sets, whatever the client says in them."""
    return message.headers | {
        "x-forwarded-for": message.client_ip,
        "x-forwarded-port": message.headers["host"].rsplit(":", 1)[-1],
        "x-forwarded-proto": "http",
    }
