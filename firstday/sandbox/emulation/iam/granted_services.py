"""The services that policies allow something of, by their namespaces."""

from functools import cache
from typing import Any

from botocore.loaders import Loader
from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id
from ministack.services import iam

# The namespaces of endpoints are nearly those of actions. These are not endpoints, or are called otherwise there.
_ADDED = {"cloudwatch", "ecr", "execute-api", "sagemaker", "ses"}
_REMOVED = {"email", "monitoring", "sagemaker-geospatial"}


def services_of(policies: list[list[Any]]) -> set[str]:
    """What an Allow names, without what a Deny takes away whatever the resource and the request.

    "*" and NotAction stand for every service.
    """
    statements = [statement for policy in policies for statement in policy]
    allowed: set[str] = set()
    for one in statements:
        if one.effect == "Allow":
            allowed |= _all_services() if one.not_actions else _named(one.actions)
    return allowed - {
        service
        for one in statements
        if one.effect == "Deny" and not one.conditions and "*" in one.resources
        for service in _denied(one.actions)
    }


def _named(actions: list[str]) -> set[str]:
    if "*" in actions:
        return _all_services()
    return {action.partition(":")[0].lower() for action in actions}


def _denied(actions: list[str]) -> set[str]:
    if "*" in actions:
        return _all_services()
    return {action.removesuffix(":*").lower() for action in actions if action.endswith(":*")}


@cache
def _all_services() -> set[str]:
    partition = Loader().load_data("endpoints")["partitions"][0]
    return {name for name in partition["services"] if "." not in name} - _REMOVED | _ADDED


def policies_of(kind: str, name: str) -> list[list[Any]]:
    """The parsed policies of a user (with those of the groups), a group, a role; or of a policy, by its ARN."""
    account = get_account_id()
    if kind == "user":
        return list(iam_evaluator._gather_user_policies(name, account))
    if kind == "role":
        return list(iam_evaluator._gather_role_policies(name, account))
    if kind == "group":
        inline = list((iam._group_inline_policies.get(name) or {}).values())
        attached = [_document(arn) for arn in iam._groups[name]["AttachedPolicies"]]
        return [iam_evaluator.parse_policy_document(document) for document in inline + attached if document]
    return [iam_evaluator.parse_policy_document(_document(name) or {})]


def _document(arn: str) -> Any:
    return iam_evaluator._resolve_managed_policy_document(arn, get_account_id())
