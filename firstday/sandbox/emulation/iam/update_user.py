"""UpdateUser, which ministack 1.5.33 lacks: a user gets another path or name, and keeps everything.

It takes the permission on the user's ARN, and on the ARN that the user gets: "to change Bob to Robert, the entity
making the request must have permission on Bob and Robert". AWS's pages say so of names; for paths it is taken to
be the same. A name that differs from the user's own by capitals only is refused, as another user's is.
https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html
https://github.com/noobaa/noobaa-core/pull/9323
"""

from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id
from ministack.services import iam, sts

from firstday.sandbox.emulation import served_request
from firstday.sandbox.emulation.iam import login_profiles, other_credentials
from firstday.sandbox.emulation.iam.names import exists_in_any_case, name_error, path_error
from firstday.sandbox.emulation.iam.trust_policies import rename_principal
from firstday.sandbox.emulation.served_request import FurtherPermission
from firstday.sandbox.emulation.xml_answers import Parameters, Response, error, parameter, success

_ACTION = "iam:UpdateUser"


def install() -> None:
    """Add the call, and ask for the permission on the new ARN after that on the old one."""
    iam._IAM_HANDLERS["UpdateUser"] = _update
    enforce = iam_evaluator.enforce

    def enforced(key_id: str, action: str, service: str, region: str, *arguments: Any, **options: Any) -> Any:
        denied = enforce(key_id, action, service, region, *arguments, **options)
        current = served_request.current()
        if denied is not None or action != _ACTION or current is None:
            return denied
        if target := _target_arn(current.parameters):
            denied = enforce(key_id, action, service, region, *arguments, **options | {"resource_arn": target})
            current.further = FurtherPermission(_ACTION, target)
        return denied

    iam_evaluator.enforce = enforced


def _target_arn(parameters: Parameters) -> str | None:
    """The ARN that the user would get; None if there is no such user."""
    user = iam._users.get(parameter(parameters, "UserName"))
    return _arn(*_renamed(user, parameters)) if user else None


def _renamed(user: Any, parameters: Parameters) -> tuple[str, str]:
    """The path and the name that the request gives to the user."""
    return (
        parameter(parameters, "NewPath") or user["Path"],
        parameter(parameters, "NewUserName") or user["UserName"],
    )


def _arn(path: str, name: str) -> str:
    return f"arn:aws:iam::{get_account_id()}:user{path}{name}"


def _update(parameters: Parameters) -> Response:
    name = parameter(parameters, "UserName")
    user = iam._users.get(name)
    if user is None:
        return error(404, "NoSuchEntity", f"The user with name {name} cannot be found.")
    path, new_name = _renamed(user, parameters)
    if new_name != name and exists_in_any_case(new_name, list(iam._users)):
        return error(409, "EntityAlreadyExists", f"User with name {new_name} already exists.")
    if refusal := name_error(new_name, "newUserName", 64) or path_error(path):
        return refusal
    former, arn = user["Arn"], _arn(path, new_name)
    user |= {"UserName": new_name, "Path": path, "Arn": arn}
    rename_principal(former, arn)
    _rename_sessions(former, arn)
    if new_name != name:
        _rename(name, new_name)
    return success("UpdateUser")


def _rename_sessions(former: str, arn: str) -> None:
    """A session of GetSessionToken is the user's, who is the same."""
    for session in sts._sessions.values():
        if session.get("Arn") == former:
            session |= {"Arn": arn, "PrincipalName": arn.rpartition("/")[2]}


def _rename(name: str, new_name: str) -> None:
    """Move everything that is stored under the user's name to the new name."""
    by_name: tuple[Any, ...] = (
        iam._users,
        iam._login_profiles,
        iam._user_inline_policies,
        login_profiles.password_hashes,
    )
    for store in by_name:
        if name in store:
            store[new_name] = store.pop(name)
    of_users = (iam._login_profiles, iam._access_keys, *other_credentials.STORES)
    for entry in (one for store in of_users for one in store.values()):
        if entry["UserName"] == name:
            entry["UserName"] = new_name
    for device in iam._mfa_devices.values():
        if device["User"] == name:
            device["User"] = new_name
    for group in iam._groups.values():
        group["Users"] = [new_name if user == name else user for user in group["Users"]]
