"""API Gateway's data about a call: its ``$context`` variables, and why it was refused.

A refusal by IAM policies is the gateway response ACCESS_DENIED, as the API has it; ministack
1.5.33 uses words of its own, and fills in few of the variables in a gateway response.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
"""

import json
import re
from datetime import UTC, datetime
from typing import Any

from ministack import app as ministack_app
from ministack.core import iam_evaluator
from ministack.core.responses import request_scope
from ministack.services import apigateway_v1

from firstday.sandbox.emulation import served_request
from firstday.sandbox.emulation.served_request import Request
from firstday.sandbox.emulation.xml_answers import Response

_DENIED = "AccessDenied"
_VARIABLE = re.compile(rb"\$context\.([A-Za-z]\w*(?:\.[A-Za-z]\w*)*)", re.ASCII)
_enforce = ministack_app._enforce_execute_api
_gateway_error_response = apigateway_v1._gateway_error_response


def install() -> None:
    """Wrap the authorization of a call, and API Gateway's own answers."""
    ministack_app._enforce_execute_api = _enforce_and_note
    apigateway_v1._gateway_error_response = _answer_and_note
    apigateway_v1._AUTHENTICATION_GATEWAY_ERRORS[_DENIED] = ("ACCESS_DENIED", "AccessDeniedException")


def variables(current: Request, status: int, size: int) -> dict[str, str]:
    """The variables of a call that was answered, by their names without ``$context.``."""
    began_at = datetime.fromtimestamp(current.began_at, UTC)
    return {
        "requestId": current.request_id,
        "extendedRequestId": current.extended_request_id,
        "requestTime": began_at.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "requestTimeEpoch": str(int(current.began_at * 1000)),
        "protocol": "HTTP/1.1",
        "identity.sourceIp": current.client_ip,
        "status": str(status),
        "responseLength": str(size),
        **current.api_context,
    }


def _enforce_and_note(
    api_id: str, stage: str, method: str, path: str, headers: dict[str, str], query: Any, **options: Any
) -> Response | None:
    current = served_request.current()
    denied: Response | None = _enforce(api_id, stage, method, path, headers, query, **options)
    if current is None:
        return denied
    if denied is not None and "error.responseType" not in current.api_context:
        refusal = iam_evaluator.AuthError(_DENIED, _message(denied))
        denied = apigateway_v1.authentication_error_response(api_id, stage, refusal, headers, query) or denied
    current.api_context |= {
        "apiId": api_id,
        "stage": stage,
        "httpMethod": method,
        "path": path if current.portal_host else f"/{stage}{path}",
        "resourcePath": _resource_path(api_id, path),
        "domainName": headers.get("host", "").rsplit(":", 1)[0],
        "identity.userAgent": headers.get("user-agent", ""),
    }
    if current.caller is not None:
        identity = apigateway_v1._iam_caller_identity(headers, query) or {}
        current.api_context |= {f"identity.{name}": value for name, value in identity.items() if value}
    return denied


def _message(denied: Response) -> str:
    body = json.loads(denied[2])
    return str(body.get("message") or body.get("Message") or "Forbidden")


def _resource_path(api_id: str, path: str) -> str:
    """The path as the API defines it, or ""."""
    scope = apigateway_v1.find_api_scope(api_id)
    if scope is None:
        return ""
    with request_scope(*scope):
        resource, _ = apigateway_v1._match_resource_tree(api_id, [part for part in path.split("/") if part])
    return str(resource["path"]) if resource else ""


def _answer_and_note(error: Any, details: dict[str, Any]) -> Response:
    current = served_request.current()
    if current is not None:
        details["request_id"] = current.request_id
        message = error.message or ""
        current.api_context |= {
            "error.responseType": error.response_type,
            "error.message": message,
            "error.messageString": json.dumps(message),
        }
    status, headers, body = _gateway_error_response(error, details)
    if current is None:
        return status, headers, body
    known = variables(current, status, 0)
    return status, headers, _VARIABLE.sub(lambda found: known.get(found[1].decode(), "").encode(), body)
