"""The resource that a request to IAM or STS acts on, and the condition keys that it carries.

The resource types are the Service Authorization Reference's
(https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html):
the group for membership, the device for creating and deleting one, the user for enabling,
resynchronising and deactivating it, always with the path. ministack 1.5.33 leaves paths out,
takes the user for membership, and knows none of these condition keys, or other values of them.
"""

from typing import Any

from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import get_account_id
from ministack.services import iam

from firstday.sandbox.emulation import served_request
from firstday.sandbox.emulation.iam.user_and_group_rules import IMPLICIT_USER

_extract_iam_action = iam_actions.extract_iam_action
_extract_resource_arn = iam_actions.extract_resource_arn
_request_tag_context = iam_actions.request_tag_context
_access_denied_response = iam_actions.access_denied_response
_resolve_condition_key = iam_evaluator._resolve_condition_key

_NEW = frozenset({"CreateUser", "CreateGroup", "CreateRole"})
_SETS_BOUNDARY = _NEW | {"PutUserPermissionsBoundary", "PutRolePermissionsBoundary"}
_NO_RESOURCE = frozenset(
    {
        *("ListVirtualMFADevices", "ListUsers", "ListGroups", "ListRoles", "ListPolicies"),
        *(f"{verb}AccountPasswordPolicy" for verb in ("Get", "Update", "Delete")),
    }
)
# An operation with one of these words in its name is about a user.
_USERS_OWN = (
    "User",
    "AccessKey",
    "MFADevice",
    "LoginProfile",
    "Password",
    "SSHPublicKey",
    "SigningCertificate",
    "ServiceSpecificCredential",
)
# The keys of every request that a person sends to AWS, here over plain HTTP on this machine:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
_EVERY_REQUEST = {"aws:securetransport": "true", "aws:viaawsservice": "false", "aws:principalisawsservice": "false"}
# ministack's store of each kind of resource.
_STORES: dict[str, Any] = {"Role": iam._roles, "Group": iam._groups, "User": iam._users}


def install() -> None:
    """Tell ministack's enforcement the resource and the condition keys as AWS has them."""
    iam_actions.extract_iam_action = _action
    iam_actions.extract_resource_arn = _resource_arn
    iam_actions.request_tag_context = _context
    iam_actions.access_denied_response = _denied
    iam_evaluator._resolve_condition_key = _resolved


def _resolved(key: str, context: Any) -> Any:
    return _EVERY_REQUEST.get(key.lower()) or _resolve_condition_key(key, context)


def _action(service: str, *arguments: Any) -> str:
    # ministack allows everybody an operation without an action; only "*" and "<service>:*" allow this one.
    return str(_extract_iam_action(service, *arguments) or f"{service}:UnknownOperation")


def _resource_arn(service: str, *arguments: Any) -> str:
    current = served_request.current()
    if service == "iam" and current is not None:
        return iam_resource_arn(current.action, current.parameters)
    return str(_extract_resource_arn(service, *arguments))


def iam_resource_arn(action: str, parameters: dict[str, str]) -> str:
    """The ARN that IAM authorizes ``action`` on, "*" where it has no resource."""
    if action in _NO_RESOURCE:
        return "*"
    caller = served_request.caller()
    if action == "ChangePassword" and caller is not None:  # it names nobody: it is about the caller
        return caller.arn
    if action == "CreateVirtualMFADevice":
        return _arn("mfa", parameters.get("Path"), parameters.get("VirtualMFADeviceName", ""))
    if action == "DeleteVirtualMFADevice":
        return parameters.get("SerialNumber", "*")
    if action == "CreatePolicy":
        return _arn("policy", parameters.get("Path"), parameters.get("PolicyName", ""))
    if action == "SimulatePrincipalPolicy":
        return parameters.get("PolicySourceArn", "*")
    if action == "GenerateServiceLastAccessedDetails":
        return parameters.get("Arn", "*")
    kind = _kind(action)
    name = parameters.get(f"{kind}Name")
    if action == "GetAccessKeyLastUsed":
        name = (iam._access_keys.get(parameters.get("AccessKeyId", "")) or {}).get("UserName")
    if kind and name:
        existing = None if action in _NEW else _STORES[kind].get(name)
        return str(existing["Arn"]) if existing else _arn(kind.lower(), parameters.get("Path"), name)
    if action in IMPLICIT_USER and caller is not None:
        return caller.arn
    return parameters.get("PolicyArn", "*")


def _kind(action: str) -> str | None:
    """The resource of ``action``. A parameter that the action does not have must not change this."""
    if "Role" in action:
        return "Role"
    if "Group" in action and action != "ListGroupsForUser":
        return "Group"
    return "User" if any(word in action for word in _USERS_OWN) else None


def _arn(kind: str, path: str | None, name: str) -> str:
    return f"arn:aws:iam::{get_account_id()}:{kind}{path or '/'}{name}"


def _context(service: str, iam_action: str, body: bytes, parameters: dict[str, Any]) -> dict[str, Any]:
    keys: dict[str, Any] = _request_tag_context(service, iam_action, body, parameters)
    current = served_request.current()
    if service == "iam" and current is not None:
        keys |= {
            "iam:PermissionsBoundary": _boundary(current.action, current.parameters),
            "iam:PolicyARN": current.parameters.get("PolicyArn"),
        }
    if service == "sts" and current is not None:
        keys |= {
            "sts:RoleSessionName": current.parameters.get("RoleSessionName"),
            "sts:ExternalId": current.parameters.get("ExternalId"),
        }
    return keys


def _boundary(action: str, parameters: dict[str, str]) -> str | None:
    """The boundary that the request sets, else the one of the user or role it changes."""
    if action in _SETS_BOUNDARY:
        return parameters.get("PermissionsBoundary")
    kind = _kind(action)
    existing = _STORES[kind].get(parameters.get(f"{kind}Name", "")) if kind else None
    return (existing or {}).get("PermissionsBoundary") or None


def _denied(service: str, action: str, principal_arn: str, request_id: str, **details: Any) -> Any:
    """IAM and STS name the resource, or the role to be passed, in the message; ministack leaves it out."""
    resource_arn, current = details.get("resource_arn", "*"), served_request.current()
    further = current.further if current else None
    if further is not None:
        action, resource_arn = further.action, further.resource_arn
    if (service in ("iam", "sts") or further) and not details.get("error_code") and not details.get("message"):
        details["message"] = iam_actions.identity_denial_message(
            action, principal_arn, resource_arn, details.get("explicit_deny", False)
        )
    return _access_denied_response(service, action, principal_arn, request_id, **details)
