"""API Gateway's parts that ministack 1.5.33 lacks.

- ``x-amazon-apigateway-gateway-responses`` of an imported OpenAPI document;
- the request context of a custom domain: a path without the stage, the domain's name, and
  the caller's real address (ministack believes X-Forwarded-For).
"""

from typing import Any

from ministack.services import apigateway_v1

from . import request

_EXTENSION = "x-amazon-apigateway-gateway-responses"
_import_rest_api = apigateway_v1._import_rest_api
_build_lambda_event = apigateway_v1._build_lambda_event_v1


def install() -> None:
    """Wrap the import of OpenAPI documents and the building of Lambda's event."""
    apigateway_v1._import_rest_api = _import_with_gateway_responses
    apigateway_v1._build_lambda_event_v1 = _event_as_aws_builds_it


def _import_with_gateway_responses(document: dict[str, Any], base: dict[str, Any] | None = None) -> str:
    api_id = str(_import_rest_api(document, base))
    for response_type, response in (document.get(_EXTENSION) or {}).items():
        status, _, body = apigateway_v1._put_gateway_response(api_id, response_type, response)
        if status >= 400:
            raise ValueError(f"{_EXTENSION}.{response_type}: {body.decode()}")
    return api_id


def _event_as_aws_builds_it(*arguments: Any, **options: Any) -> dict[str, Any]:
    event: dict[str, Any] = _build_lambda_event(*arguments, **options)
    current = request.current()
    if current is None:
        return event
    context = event["requestContext"]
    context["identity"]["sourceIp"] = current.client_ip
    context["domainName"] = f"{context['apiId']}.execute-api.{apigateway_v1.get_region()}.amazonaws.com"
    if current.portal_host is not None:
        context["path"] = event["path"]
        context["domainName"] = current.portal_host.rsplit(":", 1)[0]
    return event
