"""UpdateUser, which ministack 1.5.33 lacks: a user gets another path or name, and keeps everything.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html
"""

from typing import Any

from ministack.core.responses import get_account_id
from ministack.services import iam

from firstday.sandbox.emulation.iam.names import exists_in_any_case, name_error, path_error
from firstday.sandbox.emulation.iam.trust_policies import rename_principal
from firstday.sandbox.emulation.xml_answers import Parameters, Response, error, parameter, success


def install() -> None:
    """Add the call."""
    iam._IAM_HANDLERS["UpdateUser"] = _update


def _update(parameters: Parameters) -> Response:
    name = parameter(parameters, "UserName")
    user = iam._users.get(name)
    if user is None:
        return error(404, "NoSuchEntity", f"The user with name {name} cannot be found.")
    new_name = parameter(parameters, "NewUserName") or name
    path = parameter(parameters, "NewPath") or user["Path"]
    others = [other for other in iam._users if other != name]
    if exists_in_any_case(new_name, others):
        return error(409, "EntityAlreadyExists", f"User with name {new_name} already exists.")
    if refusal := name_error(new_name, "newUserName", 64) or path_error(path):
        return refusal
    former, arn = user["Arn"], f"arn:aws:iam::{get_account_id()}:user{path}{new_name}"
    user |= {"UserName": new_name, "Path": path, "Arn": arn}
    rename_principal(former, arn)
    if new_name != name:
        _rename(name, new_name)
    return success("UpdateUser")


def _rename(name: str, new_name: str) -> None:
    """Move everything that ministack stores under the user's name to the new name."""
    by_name: tuple[Any, ...] = (iam._users, iam._login_profiles, iam._user_inline_policies)
    for store in by_name:
        if name in store:
            store[new_name] = store.pop(name)
    for key in iam._access_keys.values():
        if key["UserName"] == name:
            key["UserName"] = new_name
    for device in iam._mfa_devices.values():
        if device["User"] == name:
            device["User"] = new_name
    for group in iam._groups.values():
        group["Users"] = [new_name if user == name else user for user in group["Users"]]
