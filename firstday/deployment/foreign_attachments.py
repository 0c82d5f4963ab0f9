"""Finds what others have attached to a stack's roles and policies: IAM does not delete these while it is there."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from firstday.aws_calls import Client, explained
from firstday.deployment.kept_resources import RETAINING
from firstday.deployment.resource_words import MANAGED_POLICY, ROLE
from firstday.deployment.stack import Stack


def foreign_attachments(iam: Client, stack: Stack) -> Iterator[str]:
    """A sentence for each, with the command that clears it; raises DeploymentError."""
    names = stack.resources()
    for logical_id, resource in stack.template().get("Resources", {}).items():
        if logical_id not in names or resource.get("DeletionPolicy") in RETAINING:
            continue
        with explained(f"Looking at what is attached to {names[logical_id]}"):
            try:
                yield from _of(iam, resource, names[logical_id])
            except iam.exceptions.NoSuchEntityException:  # somebody has deleted it
                continue


def _of(iam: Client, resource: Mapping[str, Any], name: str) -> Iterable[str]:
    if resource["Type"] == ROLE:
        return list(_of_role(iam, resource["Properties"], name))
    return list(_of_policy(iam, name)) if resource["Type"] == MANAGED_POLICY else []


def _of_role(iam: Client, properties: Mapping[str, Any], name: str) -> Iterator[str]:
    own = {_policy_path(arn) for arn in properties.get("ManagedPolicyArns", [])}
    for policy in _pages(iam, "list_attached_role_policies", "AttachedPolicies", RoleName=name):
        if _policy_path(arn := policy["PolicyArn"]) not in own:
            command = f"aws iam detach-role-policy --role-name {name} --policy-arn {arn}"
            yield f"Somebody has attached the policy {arn} to the role {name}: {command}"
    inline = {policy["PolicyName"] for policy in properties.get("Policies", [])}
    for policy in _pages(iam, "list_role_policies", "PolicyNames", RoleName=name):
        if policy not in inline:
            command = f"aws iam delete-role-policy --role-name {name} --policy-name {policy}"
            yield f"Somebody has given the role {name} the policy {policy}: {command}"
    for profile in _pages(iam, "list_instance_profiles_for_role", "InstanceProfiles", RoleName=name):
        of = profile["InstanceProfileName"]
        command = f"aws iam remove-role-from-instance-profile --role-name {name} --instance-profile-name {of}"
        yield f"The role {name} is in the instance profile {of}: {command}"


def _of_policy(iam: Client, arn: str) -> Iterator[str]:
    for page in iam.get_paginator("list_entities_for_policy").paginate(PolicyArn=arn):
        for kind in ("User", "Role", "Group"):
            for each in page[f"Policy{kind}s"]:
                name = each[f"{kind}Name"]
                yield f"The {kind.lower()} {name} has the policy {arn}, attached or as a boundary: take it away."


def _pages(iam: Client, operation: str, key: str, **names: str) -> Iterator[Any]:
    for page in iam.get_paginator(operation).paginate(**names):
        yield from page[key]


def _policy_path(arn: str | Mapping[str, str]) -> str:
    """A managed policy's path and name: a template may leave the partition open."""
    text = arn if isinstance(arn, str) else arn.get("Fn::Sub", "")
    return text.partition(":policy/")[2]
