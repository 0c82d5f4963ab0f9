"""Log groups that a template gives no name: CloudFormation names them ``STACK-RESOURCE-RANDOM``.

ministack 1.5.33 names them ``/aws/cloudformation/STACK/RESOURCE``, which no policy for AWS's names would match.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resources-section-structure.html
"""

import secrets
import string
from typing import Any

from ministack.services.cloudformation import provisioners

Properties = dict[str, Any]
_TYPE = "AWS::Logs::LogGroup"
_LETTERS = string.ascii_uppercase + string.digits


def install() -> None:
    """Wrap CloudFormation's creation and update of log groups."""
    handlers = provisioners._RESOURCE_HANDLERS[_TYPE]
    create, update = handlers["create"], handlers["update"]

    def create_named(logical_id: str, properties: Properties, stack_name: str) -> Any:
        made = f"{stack_name}-{logical_id}-{''.join(secrets.choice(_LETTERS) for _ in range(12))}"
        return create(logical_id, _named(properties, made), stack_name)

    def update_named(
        physical_id: str, old: Properties, new: Properties, stack_name: str, logical_id: str | None = None
    ) -> Any:
        return update(physical_id, _named(old, physical_id), _named(new, physical_id), stack_name, logical_id)

    provisioners._RESOURCE_HANDLERS[_TYPE] = {**handlers, "create": create_named, "update": update_named}


def _named(properties: Properties, name: str) -> Properties:
    return {"LogGroupName": name, **properties}
