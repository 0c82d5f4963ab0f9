"""API Gateway's role for logs, which AWS sometimes refuses just after it was made; ministack 1.5.33 takes any.

Only if somebody asks for it: nobody else wants a deployment that fails now and then.
https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
"""

from typing import Any

from ministack.services.cloudformation import provisioners

_HANDLER = provisioners._RESOURCE_HANDLERS["AWS::ApiGateway::Account"]
_REFUSAL = (
    "The role ARN does not have required permissions configured. Please grant trust permission for API Gateway "
    "and add the required role policy."
)


def install(refusals: int) -> None:
    """Refuse the first ``refusals`` roles that CloudFormation sets for the account."""
    create, update, left = _HANDLER["create"], _HANDLER["update"], refusals

    def refuse() -> None:
        nonlocal left
        if left > 0:
            left -= 1
            raise ValueError(_REFUSAL)

    def created(*arguments: Any) -> Any:
        refuse()
        return create(*arguments)

    def updated(*arguments: Any) -> Any:
        refuse()
        return update(*arguments)

    provisioners._RESOURCE_HANDLERS["AWS::ApiGateway::Account"] = {**_HANDLER, "create": created, "update": updated}
