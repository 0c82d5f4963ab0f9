"""Puts the address of a deployed API into the outputs of its stack, and into what its functions are told.

Templates build it from the API's id: https://<id>.execute-api.<region>.amazonaws.com/<stage>. Here that name
leads to AWS, which does not know the id; so the outputs and the mailer have the portal's own address.
"""

import re
from typing import Any

from ministack.services.cloudformation import provisioners, stacks

_ADDRESS = re.compile(r"https://[a-z0-9]+\.execute-api\.[a-z0-9-]+\.amazonaws\.com/[A-Za-z0-9_-]+")
_FUNCTION = "AWS::Lambda::Function"
_resolve_stack_outputs = stacks._resolve_stack_outputs


def install(portal_url: str) -> None:
    """Wrap the function that resolves a stack's outputs, and those that make and change functions."""

    def resolved(*arguments: Any) -> Any:
        outputs, exports = _resolve_stack_outputs(*arguments)
        for output in outputs:
            output["OutputValue"] = _ADDRESS.sub(portal_url, output["OutputValue"])
        return outputs, exports

    stacks._resolve_stack_outputs = resolved
    handlers = provisioners._RESOURCE_HANDLERS[_FUNCTION]
    create, update = handlers["create"], handlers["update"]

    def created(logical_id: str, properties: dict[str, Any], stack_name: str) -> Any:
        return create(logical_id, _told(properties, portal_url), stack_name)

    def updated(physical_id: str, old: dict[str, Any], new: dict[str, Any], *more: Any, **named: Any) -> Any:
        return update(physical_id, _told(old, portal_url), _told(new, portal_url), *more, **named)

    provisioners._RESOURCE_HANDLERS[_FUNCTION] = {**handlers, "create": created, "update": updated}


def _told(properties: dict[str, Any], portal_url: str) -> dict[str, Any]:
    """The properties, with the portal's address in the environment."""
    environment = properties.get("Environment") or {}
    variables = environment.get("Variables") or {}
    told = {
        name: _ADDRESS.sub(portal_url, value) if isinstance(value, str) else value
        for name, value in variables.items()
    }
    return {**properties, "Environment": {**environment, "Variables": told}} if variables else properties
