"""``AWS::WAFv2::WebACLAssociation``, which ministack 1.5.33 does not know. No request is counted or blocked here.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-wafv2-webaclassociation.html
"""

import re
from typing import Any

from ministack.services import apigateway_v1, waf
from ministack.services.cloudformation import provisioners

Properties = dict[str, Any]
_TYPE = "AWS::WAFv2::WebACLAssociation"
_STAGE = re.compile(r"arn:[a-z-]+:apigateway:[a-z0-9-]+::/restapis/([a-z0-9]+)/stages/([A-Za-z0-9_-]+)")


def install() -> None:
    """Let CloudFormation put a web ACL before the stage of an API. Any change of the association replaces it."""
    provisioners._RESOURCE_HANDLERS[_TYPE] = {"create": _create, "update": _update, "delete": _delete}


def _create(_logical_id: str, properties: Properties, _stack_name: str) -> tuple[str, dict[str, str]]:
    resource, firewall = properties["ResourceArn"], properties["WebACLArn"]
    stage = _STAGE.fullmatch(resource)
    if stage is None or stage[2] not in apigateway_v1.stages_for_api(stage[1]):
        raise ValueError(f"AWS WAF couldn't perform the operation because your resource doesn't exist: {resource}")
    status, _, body = waf._associate_web_acl({"ResourceArn": resource, "WebACLArn": firewall})
    if status >= 400:
        raise ValueError(body.decode())
    return f"{resource}|{firewall}", {}


def _update(physical_id: str, old: Properties, new: Properties, stack_name: str) -> tuple[str, dict[str, str]]:
    return (physical_id, {}) if old == new else _create("", new, stack_name)


def _delete(physical_id: str, _properties: Properties) -> None:
    waf._disassociate_web_acl({"ResourceArn": physical_id.partition("|")[0]})
