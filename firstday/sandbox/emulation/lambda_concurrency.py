"""Reserved concurrency: ministack 1.5.33 ignores it in templates, takes any number, and has the machine's quota.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
"""

import json
from collections.abc import Callable
from typing import Any

from ministack.services import lambda_svc
from ministack.services.cloudformation import provisioners

from firstday.sandbox.emulation.xml_answers import Response

# The part that Lambda keeps for functions without a reservation.
_KEPT = 100
_FUNCTION = "AWS::Lambda::Function"
_RESERVED = "ReservedConcurrentExecutions"
_get_account_settings: Callable[[], Response] = lambda_svc._get_account_settings
_put_function_concurrency: Callable[..., Response] = lambda_svc._put_function_concurrency


def install(quota: int) -> None:
    """Reserve within the ``quota`` of each account."""
    handlers = provisioners._RESOURCE_HANDLERS[_FUNCTION]  # as they are by then: others wrap them, too
    create, update = handlers["create"], handlers["update"]

    def settings() -> Response:
        status, headers, body = _get_account_settings()
        answer = json.loads(body)
        answer["AccountLimit"] |= {
            "ConcurrentExecutions": quota,
            "UnreservedConcurrentExecutions": quota - _reserved_by_others(""),
        }
        return status, headers, json.dumps(answer).encode()

    def put(name: str, data: dict[str, Any]) -> Response:
        if problem := _problem(name, int(data.get(_RESERVED, 0)), quota):
            answer: Response = lambda_svc.error_response_json("InvalidParameterValueException", problem, 400)
            return answer
        return _put_function_concurrency(name, data)

    def reserve(made: Any, properties: dict[str, Any]) -> Any:
        name, wanted = made[0], properties.get(_RESERVED)
        reserved = None if wanted is None else int(wanted)
        if reserved is not None and (problem := _problem(name, reserved, quota)):
            raise ValueError(problem)
        lambda_svc._functions[name]["concurrency"] = reserved
        return made

    def created(logical_id: str, properties: dict[str, Any], stack_name: str) -> Any:
        return reserve(create(logical_id, properties, stack_name), properties)

    def updated(
        physical_id: str, old: dict[str, Any], new: dict[str, Any], stack_name: str, logical_id: str | None = None
    ) -> Any:
        made = update(physical_id, old, new, stack_name, logical_id)
        # A reservation by hand stays, as long as the template does not change.
        return made if old.get(_RESERVED) == new.get(_RESERVED) else reserve(made, new)

    lambda_svc._get_account_settings = settings
    lambda_svc._put_function_concurrency = put
    provisioners._RESOURCE_HANDLERS[_FUNCTION] = {**handlers, "create": created, "update": updated}


def _problem(name: str, reserved: int, quota: int) -> str | None:
    if reserved == 0 or quota - _reserved_by_others(name) - reserved >= _KEPT:
        return None
    return (
        "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution "
        f"below its minimum value of [{_KEPT}]."
    )


def _reserved_by_others(name: str) -> int:
    return sum(found.get("concurrency") or 0 for other, found in lambda_svc._functions.items() if other != name)
