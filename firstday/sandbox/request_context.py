"""What a request to IAM or STS acts on, and the condition keys that it carries.

The resource types are the Service Authorization Reference's
(https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html):
the group for membership, the device for creating and deleting one, the user for enabling,
resynchronising and deactivating it, always with the path. ministack 1.5.33 leaves paths out,
takes the user for membership, and knows none of these condition keys.
"""

from typing import Any

from ministack.core import iam_actions
from ministack.core.responses import get_account_id
from ministack.services import iam

from . import request
from .iam_rules import IMPLICIT_USER

_extract_resource_arn = iam_actions.extract_resource_arn
_request_tag_context = iam_actions.request_tag_context
_access_denied_response = iam_actions.access_denied_response

_NEW = frozenset({"CreateUser", "CreateGroup", "CreateRole"})
_OF_THE_GROUP = frozenset({"AddUserToGroup", "RemoveUserFromGroup"})
_NO_RESOURCE = frozenset({"ListVirtualMFADevices", "ListUsers", "ListGroups", "ListRoles", "ListPolicies"})
# Kind of resource, its name in requests, and ministack's store of it.
_KINDS: tuple[tuple[str, str, Any], ...] = (
    ("role", "RoleName", iam._roles),
    ("user", "UserName", iam._users),
    ("group", "GroupName", iam._groups),
)


def install() -> None:
    """Tell ministack's enforcement the resource and the condition keys as AWS has them."""
    iam_actions.extract_resource_arn = _resource_arn
    iam_actions.request_tag_context = _context
    iam_actions.access_denied_response = _denied


def _resource_arn(service: str, *arguments: Any) -> str:
    current = request.current()
    if service == "iam" and current is not None:
        return iam_resource_arn(current.action, current.parameters)
    return str(_extract_resource_arn(service, *arguments))


def iam_resource_arn(action: str, parameters: dict[str, str]) -> str:
    """The ARN that IAM authorizes ``action`` on, "*" where it has no resource."""
    if action in _NO_RESOURCE:
        return "*"
    if action == "CreateVirtualMFADevice":
        return _arn("mfa", parameters.get("Path"), parameters.get("VirtualMFADeviceName", ""))
    if action == "DeleteVirtualMFADevice":
        return parameters.get("SerialNumber", "*")
    if action == "CreatePolicy":
        return _arn("policy", parameters.get("Path"), parameters.get("PolicyName", ""))
    for kind, name, store in _KINDS:
        if name in parameters and not (kind == "user" and action in _OF_THE_GROUP):
            existing = None if action in _NEW else store.get(parameters[name])
            return str(existing["Arn"]) if existing else _arn(kind, parameters.get("Path"), parameters[name])
    caller = request.caller()
    if action in IMPLICIT_USER and caller is not None:
        return caller.arn
    return parameters.get("PolicyArn", "*")


def _arn(kind: str, path: str | None, name: str) -> str:
    return f"arn:aws:iam::{get_account_id()}:{kind}{path or '/'}{name}"


def _context(service: str, iam_action: str, body: bytes, parameters: dict[str, Any]) -> dict[str, Any]:
    keys: dict[str, Any] = _request_tag_context(service, iam_action, body, parameters)
    current = request.current()
    if service == "iam" and current is not None:
        keys |= {
            "iam:PermissionsBoundary": _boundary(current.parameters),
            "iam:PolicyARN": current.parameters.get("PolicyArn"),
        }
    if service == "sts" and current is not None:
        keys |= {
            "sts:RoleSessionName": current.parameters.get("RoleSessionName"),
            "sts:ExternalId": current.parameters.get("ExternalId"),
        }
    return keys


def _boundary(parameters: dict[str, str]) -> str | None:
    """The boundary that the request sets, else the one of the user or role it changes."""
    if "PermissionsBoundary" in parameters:
        return parameters["PermissionsBoundary"]
    if parameters.get("Action") in _NEW:
        return None
    for _, name, store in _KINDS[:2]:
        if name in parameters:
            return (store.get(parameters[name]) or {}).get("PermissionsBoundary") or None
    return None


def _denied(service: str, action: str, principal_arn: str, request_id: str, **details: Any) -> Any:
    """IAM and STS name the resource in the message; ministack leaves it out."""
    resource_arn = details.get("resource_arn", "*")
    if service in ("iam", "sts") and not details.get("error_code") and not details.get("message"):
        details["message"] = iam_actions.identity_denial_message(
            action, principal_arn, resource_arn, details.get("explicit_deny", False)
        )
    return _access_denied_response(service, action, principal_arn, request_id, **details)
