"""AWS::IAM::Group for ministack's CloudFormation, which has none up to 1.5.33.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-iam-group.html
"""

import json
from typing import Any

from ministack.services import iam
from ministack.services.cloudformation import provisioners

Properties = dict[str, Any]
_TYPE = "AWS::IAM::Group"


def install() -> None:
    """Register the resource type."""
    provisioners._RESOURCE_HANDLERS[_TYPE] = {
        "create": _create,
        "update": _update,
        "update_with_logical_id": True,
        "delete": _delete,
    }


def _create(logical_id: str, properties: Properties, stack_name: str) -> tuple[str, dict[str, str]]:
    name = properties.get("GroupName") or provisioners._physical_name(stack_name, logical_id, max_len=128)
    _call(iam._create_group, GroupName=name, Path=properties.get("Path", "/"))
    _reconcile(name, {}, properties)
    return name, {"Arn": str(iam._groups[name]["Arn"])}


def _update(
    name: str, old: Properties, new: Properties, stack_name: str, logical_id: str | None = None
) -> tuple[str, dict[str, str]]:
    """GroupName and Path replace the group; on AWS, Path updates in place."""
    wanted = new.get("GroupName") or (name if not old.get("GroupName") else None)
    if wanted != name or new.get("Path", "/") != old.get("Path", "/"):
        _delete(name, old)
        return _create(logical_id or name, new, stack_name)
    _reconcile(name, old, new)
    return name, {"Arn": str(iam._groups[name]["Arn"])}


def _delete(name: str, _: Properties) -> None:
    group = iam._groups.get(name)
    if group is None:
        return
    if group["Users"]:
        raise ValueError("Cannot delete entity, must remove users from group first.")
    for arn in list(group["AttachedPolicies"]):
        iam.detach_managed_policy(group, arn)
    _call(iam._delete_group, GroupName=name)


def _reconcile(name: str, old: Properties, new: Properties) -> None:
    """Change the group's policies from those of the old template to those of the new one."""
    group = iam._groups[name]
    for arn in set(old.get("ManagedPolicyArns", [])) - set(new.get("ManagedPolicyArns", [])):
        iam.detach_managed_policy(group, arn)
    for arn in new.get("ManagedPolicyArns", []):
        _call(iam._attach_group_policy, GroupName=name, PolicyArn=arn)
    before, after = _inline(old), _inline(new)
    for policy in before.keys() - after.keys():
        _call(iam._delete_group_policy, GroupName=name, PolicyName=policy)
    for policy, document in after.items():
        _call(iam._put_group_policy, GroupName=name, PolicyName=policy, PolicyDocument=document)


def _inline(properties: Properties) -> dict[str, str]:
    return {policy["PolicyName"]: json.dumps(policy["PolicyDocument"]) for policy in properties.get("Policies", [])}


def _call(operation: Any, **parameters: str) -> None:
    """One IAM call; its error fails the resource, with IAM's own words."""
    status, _, body = operation(parameters)
    if status >= 400:
        raise ValueError(f"{_TYPE}: {body.decode()}")
