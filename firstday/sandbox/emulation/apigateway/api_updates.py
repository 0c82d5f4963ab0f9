"""A REST API stays the same one when its OpenAPI document changes; ministack up to 1.5.33 makes another.

CloudFormation puts the new document over the old one (PutRestApi with mode=overwrite): id, address and stage stay.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigateway-restapi.html
"""

from collections.abc import Callable
from typing import Any

from ministack.services import apigateway_v1
from ministack.services.cloudformation import provisioners

Properties = dict[str, Any]
Updated = tuple[str, dict[str, str]]
_HANDLER = provisioners._RESOURCE_HANDLERS["AWS::ApiGateway::RestApi"]
_update: Callable[..., Updated] = _HANDLER["update"]


def install() -> None:
    """Update APIs in place."""
    _HANDLER["update"] = _update_in_place


def _update_in_place(
    api_id: str, old: Properties, new: Properties, stack_name: str, logical_id: str | None = None
) -> Updated:
    if new.get("Body") == old.get("Body"):
        return _update(api_id, old, new, stack_name, logical_id)
    made, _ = provisioners._apigw_rest_api_create(logical_id or api_id, new, stack_name)
    gateway = apigateway_v1
    # Everything in the document comes from the new one; deployments, stages and their answers stay.
    for described in (gateway._resources, gateway._authorizers_v1, gateway._models, gateway._gateway_responses):
        described[api_id] = described.pop(made, {})
    gateway._rest_apis[api_id] = {**gateway._rest_apis.pop(made), "id": api_id}
    for left in (gateway._stages_v1, gateway._deployments_v1, gateway._deployed_gateway_responses):
        left.pop(made, None)
    return api_id, provisioners._apigw_rest_api_attrs(api_id)
