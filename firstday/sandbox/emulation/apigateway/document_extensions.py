"""API Gateway's parts that ministack 1.5.33 lacks.

- ``x-amazon-apigateway-gateway-responses`` and ``-binary-media-types`` of an imported OpenAPI document;
- the request context of the portal's own address, as a custom domain has it: a path without the stage, the
  host's name, and the caller's real address (ministack believes X-Forwarded-For);
- paths as they were sent: a REST API leaves percent-encoding in the path, in path parameters and in
  the resource that ``execute-api:Invoke`` is authorized on, and decodes query parameters only.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from ministack import app as ministack_app
from ministack.services import apigateway_v1

from firstday.sandbox.emulation import served_request
from firstday.sandbox.emulation.xml_answers import Response

_RESPONSES = "x-amazon-apigateway-gateway-responses"
_BINARY_TYPES = "x-amazon-apigateway-binary-media-types"
_import_rest_api = apigateway_v1._import_rest_api
_build_lambda_event = apigateway_v1._build_lambda_event_v1
_handle: Callable[..., Awaitable[Response | None]] = ministack_app._handle_execute_api_request


def install() -> None:
    """Wrap the import of OpenAPI documents, the way of a request, and the building of Lambda's event."""
    apigateway_v1._import_rest_api = _import_with_extensions
    apigateway_v1._build_lambda_event_v1 = _event_as_aws_builds_it
    ministack_app._handle_execute_api_request = _handle_as_sent


def _import_with_extensions(document: dict[str, Any], base: dict[str, Any] | None = None) -> str:
    binary_types = document.get(_BINARY_TYPES) or (base or {}).get("binaryMediaTypes") or []
    api_id = str(_import_rest_api(document, {**(base or {}), "binaryMediaTypes": binary_types}))
    for response_type, response in (document.get(_RESPONSES) or {}).items():
        status, _, body = apigateway_v1._put_gateway_response(api_id, response_type, response)
        if status >= 400:
            raise ValueError(f"{_RESPONSES}.{response_type}: {body.decode()}")
    return api_id


async def _handle_as_sent(host: str, path: str, *arguments: Any, **options: Any) -> Response | None:
    """Nothing decodes the path: the gate has made sure that an API's address is written plainly."""
    response = await _handle(host, options.get("raw_path") or path, *arguments, **options)
    current = served_request.current()
    if response is not None and current is not None:
        response[1]["x-amzn-requestid"] = current.request_id
        response[1]["x-amz-apigw-id"] = current.extended_request_id
    return response


def _event_as_aws_builds_it(*arguments: Any, **options: Any) -> dict[str, Any]:
    event: dict[str, Any] = _build_lambda_event(*arguments, **options)
    current = served_request.current()
    if current is None:
        return event
    context = event["requestContext"]
    context["requestId"], context["extendedRequestId"] = current.request_id, current.extended_request_id
    context["identity"]["sourceIp"] = current.client_ip
    context["domainName"] = f"{context['apiId']}.execute-api.{apigateway_v1.get_region()}.amazonaws.com"
    if current.portal_host is not None:
        context["path"] = event["path"]
        context["domainName"] = current.portal_host.rsplit(":", 1)[0]
    return event
