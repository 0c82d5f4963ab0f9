"""IAM's rules on users, groups and access keys that ministack leaves out.

The caller as the default of UserName, users who do not exist, names, the quotas a portal
meets, access keys that belong to somebody, and the order in which a user is taken apart.
"""

from collections.abc import Callable

from ministack.services import iam

from firstday.sandbox.emulation import served_request
from firstday.sandbox.emulation.iam import other_credentials
from firstday.sandbox.emulation.iam.names import exists_in_any_case, name_error, path_error
from firstday.sandbox.emulation.xml_answers import Parameters, Response, error, parameter

ACCESS_KEYS_PER_USER = 2
GROUPS_PER_USER = 10
Handler = Callable[[Parameters], Response]

# "If you do not specify a user name, IAM determines the user name implicitly based on the
# access key ID signing the request": the operations whose UserName may be left out.
IMPLICIT_USER = frozenset(
    {
        "GetUser",
        "CreateAccessKey",
        "DeleteAccessKey",
        "ListAccessKeys",
        "UpdateAccessKey",
        "CreateLoginProfile",
        "GetLoginProfile",
        "DeleteLoginProfile",
        "ListMFADevices",
        "DeactivateMFADevice",
        "ListSSHPublicKeys",
        "UploadSigningCertificate",
        "ListSigningCertificates",
        "DeleteSigningCertificate",
        "ListServiceSpecificCredentials",
        "DeleteServiceSpecificCredential",
    }
)
# Besides those of IMPLICIT_USER: operations on a user who has to exist.
_ABOUT_A_USER = frozenset(
    {
        "RemoveUserFromGroup",
        "ListGroupsForUser",
        "ListUserPolicies",
        "ListAttachedUserPolicies",
        "UploadSSHPublicKey",
        "DeleteSSHPublicKey",
        "CreateServiceSpecificCredential",
    }
)


def install() -> None:
    """Put each rule before the handler that it concerns."""
    for action, rule in _RULES.items():
        iam._IAM_HANDLERS[action] = _checked(rule, iam._IAM_HANDLERS[action])
    for action in IMPLICIT_USER | _ABOUT_A_USER:
        iam._IAM_HANDLERS[action] = _checked(_known_user, iam._IAM_HANDLERS[action])
    for action in IMPLICIT_USER:
        iam._IAM_HANDLERS[action] = _with_caller(iam._IAM_HANDLERS[action])


def _checked(rule: Callable[[Parameters], Response | None], handler: Handler) -> Handler:
    return lambda parameters: rule(parameters) or handler(parameters)


def _with_caller(handler: Handler) -> Handler:
    def handle(parameters: Parameters) -> Response:
        caller = served_request.caller()
        if caller is None or parameter(parameters, "UserName") or caller.kind == "Root":
            return handler(parameters)
        if caller.kind != "User":
            return error(400, "ValidationError", "Must specify userName when calling with non-User credentials")
        return handler({**parameters, "UserName": caller.user_name})

    return handle


def _known_user(parameters: Parameters) -> Response | None:
    name = parameter(parameters, "UserName")
    if not name or name in iam._users:
        return None
    return error(404, "NoSuchEntity", f"The user with name {name} cannot be found.")


def _new_user(parameters: Parameters) -> Response | None:
    return _new_name(parameters, "User", 64, list(iam._users))


def _new_group(parameters: Parameters) -> Response | None:
    return _new_name(parameters, "Group", 128, list(iam._groups))


def _new_name(parameters: Parameters, kind: str, longest: int, names: list[str]) -> Response | None:
    name = parameter(parameters, f"{kind}Name")
    if exists_in_any_case(name, names):
        return error(409, "EntityAlreadyExists", f"{kind} with name {name} already exists.")
    member = f"{kind.lower()}Name"
    return name_error(name, member, longest) or path_error(parameter(parameters, "Path"))


def _key_quota(parameters: Parameters) -> Response | None:
    if len(_keys_of(parameter(parameters, "UserName"))) < ACCESS_KEYS_PER_USER:
        return None
    return error(409, "LimitExceeded", f"Cannot exceed quota for AccessKeysPerUser: {ACCESS_KEYS_PER_USER}")


def _key_owner(parameters: Parameters) -> Response | None:
    """A permission on one user must not reach another user's key."""
    key_id = parameter(parameters, "AccessKeyId")
    if key_id in _keys_of(parameter(parameters, "UserName")):
        return None
    return error(404, "NoSuchEntity", f"The Access Key with id {key_id} cannot be found.")


def _group_quota(parameters: Parameters) -> Response | None:
    user_name, group_name = parameter(parameters, "UserName"), parameter(parameters, "GroupName")
    groups = _groups_of(user_name)
    if len(groups) < GROUPS_PER_USER or group_name in groups:
        return None
    return error(409, "LimitExceeded", f"Cannot exceed quota for GroupsPerUser: {GROUPS_PER_USER}")


def _empty_user(parameters: Parameters) -> Response | None:
    """DeleteUser refuses a user who still has anything."""
    name = parameter(parameters, "UserName")
    user = iam._users.get(name)
    if user is None:
        return None
    left = {
        "must delete access keys first": _keys_of(name),
        "must delete MFA device first": [d for d in iam._mfa_devices.values() if d["User"] == name],
        "must remove users from group first": _groups_of(name),
        "must delete login profile first": name in iam._login_profiles,
        "must delete policies first": iam._user_inline_policies.get(name),
        "must detach all policies first": user["AttachedPolicies"],
        "must delete certificates first": other_credentials.certificates_of(name),
        "must remove referenced objects first": [
            *other_credentials.ssh_keys_of(name),
            *other_credentials.service_credentials_of(name),
        ],
    }
    return next((_conflict(rule) for rule, things in left.items() if things), None)


def _empty_group(parameters: Parameters) -> Response | None:
    group = iam._groups.get(parameter(parameters, "GroupName"))
    return _conflict("must remove users from group first") if group and group["Users"] else None


def _conflict(rule: str) -> Response:
    return error(409, "DeleteConflict", f"Cannot delete entity, {rule}.")


def _keys_of(user_name: str) -> list[str]:
    return [key_id for key_id, key in iam._access_keys.items() if key["UserName"] == user_name]


def _groups_of(user_name: str) -> list[str]:
    return [name for name, group in iam._groups.items() if user_name in group["Users"]]


_RULES: dict[str, Callable[[Parameters], Response | None]] = {
    "CreateUser": _new_user,
    "CreateGroup": _new_group,
    "CreateAccessKey": _key_quota,
    "DeleteAccessKey": _key_owner,
    "UpdateAccessKey": _key_owner,
    "AddUserToGroup": _group_quota,
    "DeleteUser": _empty_user,
    "DeleteGroup": _empty_group,
}
