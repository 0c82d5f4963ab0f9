"""A function without a free execution: ministack 1.5.33 hands Lambda's own refusal to the caller of the API.

API Gateway answers by itself instead, with its response to a failed integration.
https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
"""

from collections.abc import Awaitable, Callable
from typing import Any

from ministack.services import apigateway_v1

_invoke: Callable[..., Awaitable[Any]] = apigateway_v1._invoke_lambda_proxy_v1
_proxy_response = apigateway_v1._lambda_proxy_response


class _Throttled(Exception):
    """Lambda has refused the call."""


def install() -> None:
    """Wrap the call of a function, and the reading of its answer."""
    apigateway_v1._invoke_lambda_proxy_v1 = _invoke_or_fail
    apigateway_v1._lambda_proxy_response = _answer_or_throttled


async def _invoke_or_fail(*arguments: Any, **options: Any) -> Any:
    try:
        return await _invoke(*arguments, **options)
    except _Throttled:
        return apigateway_v1._gw_error("INTEGRATION_FAILURE", "Internal server error")


def _answer_or_throttled(result: dict[str, Any]) -> Any:
    if result.get("throttle"):
        raise _Throttled
    return _proxy_response(result)
