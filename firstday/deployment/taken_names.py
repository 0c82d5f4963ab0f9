"""Finds names that a stack needs and something else in the account has: CloudFormation would fail half-way.

IAM's names are unique in an account, whatever the path; the others in a region.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from firstday.aws_calls import AccountSession, Client, explained
from firstday.deployment.change_words import Change, ChangeKind
from firstday.deployment.resource_words import DOMAIN, GROUP, MANAGED_POLICY, ROLE
from firstday.deployment.stack import Stack

FUNCTION = "AWS::Lambda::Function"
_MISSING = ("NoSuchEntity", "ResourceNotFoundException", "NotFoundException")


@dataclass(frozen=True, slots=True)
class Named:
    """A kind of resource whose name the template fixes, in the property ``key``.

    ``look`` asks for it by its name, and fails where there is none. ``deletion`` is the command without the name.
    """

    key: str
    service: str
    words: str
    look: Callable[[Client, str], object]
    deletion: str


def _policy(iam: Client, name: str) -> object:
    pages = iam.get_paginator("list_policies").paginate(Scope="Local")
    found = [each for page in pages for each in page["Policies"] if each["PolicyName"] == name]
    if not found:
        raise ClientError({"Error": {"Code": "NoSuchEntity", "Message": name}}, "ListPolicies")
    return found


KINDS: Mapping[str, Named] = {
    GROUP: Named(
        "GroupName",
        "iam",
        "the IAM group",
        lambda iam, name: iam.get_group(GroupName=name, MaxItems=1),
        "aws iam delete-group --group-name",
    ),
    ROLE: Named(
        "RoleName",
        "iam",
        "the IAM role",
        lambda iam, name: iam.get_role(RoleName=name),
        "aws iam delete-role --role-name",
    ),
    MANAGED_POLICY: Named(
        "ManagedPolicyName", "iam", "the IAM policy", _policy, "aws iam delete-policy, with the ARN of"
    ),
    FUNCTION: Named(
        "FunctionName",
        "lambda",
        "the function",
        lambda functions, name: functions.get_function_configuration(FunctionName=name),
        "aws lambda delete-function --function-name",
    ),
    DOMAIN: Named(
        "DomainName",
        "apigateway",
        "API Gateway's domain",
        lambda gateway, name: gateway.get_domain_name(domainName=name),
        "aws apigateway delete-domain-name --domain-name",
    ),
}


def names_in(template: Mapping[str, Any]) -> Iterator[tuple[str, Named, str]]:
    """The logical id, kind and name of each resource whose name ``template`` fixes."""
    for logical_id, resource in template["Resources"].items():
        kind = KINDS.get(resource["Type"].replace("Serverless", "Lambda"))
        name = resource.get("Properties", {}).get(kind.key) if kind else None
        if kind and isinstance(name, str):
            yield logical_id, kind, name


def taken_names(
    session: AccountSession, region: str, stack: Stack, template: Mapping[str, Any]
) -> Iterator[tuple[Named, str]]:
    """What ``stack`` would make, but exists already outside the stack. Raises DeploymentError."""
    own = {} if stack.is_hollow() else stack.resources()
    for logical_id, kind, name in names_in(template):
        if logical_id not in own and _exists(session, region, kind, name):
            yield kind, name


def not_replaceable(changes: tuple[Change, ...], template: Mapping[str, Any]) -> Iterator[tuple[Named, str]]:
    """What would be replaced under the name that it has: CloudFormation makes the new one first, and cannot."""
    replaced = {change.logical_id: change.physical_id for change in changes if change.kind is ChangeKind.REPLACED}
    for logical_id, kind, name in names_in(template):
        if replaced.get(logical_id, "").rpartition("/")[2] == name:
            yield kind, name


def _exists(session: AccountSession, region: str, kind: Named, name: str) -> bool:
    with explained(f"Looking whether {kind.words} {name} is there already"):
        try:
            kind.look(session.client(kind.service, region), name)
        except ClientError as error:
            if error.response["Error"]["Code"] in _MISSING:
                return False
            raise
    return True
