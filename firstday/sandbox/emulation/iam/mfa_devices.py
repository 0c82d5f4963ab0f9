"""IAM's calls on virtual MFA devices, with codes that are really checked.

ministack 1.5.33 hands out seeds that are not base32, accepts any two codes and any name, and
has no limit. Its store is kept, so that its other calls see the devices. An account can have as
many devices, assigned or not, as for users.

Passkeys are among a user's devices, show no codes, and are gone once they are deactivated. Nobody can register
one here, as no API can on AWS: they are planted.
"""

import base64
import secrets
from collections.abc import Callable
from typing import Any

from ministack.core.responses import get_account_id
from ministack.services import iam

from firstday.sandbox.emulation.iam.mfa_codes import SEED_BYTES, CodeChecker
from firstday.sandbox.emulation.iam.names import exists_in_any_case, name_error, path_error
from firstday.sandbox.emulation.iam.qr_png import qr_png
from firstday.sandbox.emulation.iam.quotas import full
from firstday.sandbox.emulation.sender_clocks import sender_times
from firstday.sandbox.emulation.xml_answers import Parameters, Response, constraint, error, parameter, success

DEVICES_PER_USER = 8
_CHECKER = "CodeChecker"


def install() -> None:
    """Take over the device calls that ministack answers without checking."""
    iam._IAM_HANDLERS.update(
        CreateVirtualMFADevice=_create,
        EnableMFADevice=_enable,
        ResyncMFADevice=_resync,
        DeactivateMFADevice=_deactivate,
        DeleteVirtualMFADevice=_delete,
    )


def checker_of(serial_number: str, user_name: str, account_id: str) -> CodeChecker | None:
    """The code checker of the device if it is assigned to that user of that account."""
    device = iam._mfa_devices.get_scoped(account_id, None, serial_number)
    if device is None or device["User"] != user_name:
        return None
    checker: CodeChecker | None = device.get(_CHECKER)
    return checker


def add_passkey(account_id: str, user_name: str, serial_number: str) -> None:
    """Give the user a passkey."""
    iam._mfa_devices._data[account_id, serial_number] = {
        "SerialNumber": serial_number,
        "User": user_name,
        "EnableDate": iam._now(),
    }


def is_passkey(device: Any) -> bool:
    """Whether it is no virtual device."""
    return _CHECKER not in device


def _create(parameters: Parameters) -> Response:
    name, path = parameter(parameters, "VirtualMFADeviceName"), parameter(parameters, "Path")
    refusal = name_error(name, "virtualMFADeviceName", 226) or path_error(path)
    if refusal:
        return refusal
    serial_number = f"arn:aws:iam::{get_account_id()}:mfa{path or '/'}{name}"
    if exists_in_any_case(serial_number, list(iam._mfa_devices)):
        return error(409, "EntityAlreadyExists", "MFADevice entity at the same path and name already exists.")
    if refusal := full("VirtualMFADevicesPerAccount", len(iam._mfa_devices)):
        return refusal
    seed = base64.b32encode(secrets.token_bytes(SEED_BYTES)).decode()
    iam._mfa_devices[serial_number] = {
        "SerialNumber": serial_number,
        "Path": path or "/",
        "CreateDate": iam._now(),
        "User": None,
        "EnableDate": None,
        "Tags": iam._extract_tags(parameters),
        _CHECKER: CodeChecker(seed),
    }
    return success("CreateVirtualMFADevice", _created_xml(serial_number, seed))


def _created_xml(serial_number: str, seed: str) -> str:
    """The only response that ever holds the seed."""
    name = serial_number.rsplit("/", 1)[-1]
    uri = f"otpauth://totp/Amazon%20Web%20Services:{name}@{get_account_id()}?secret={seed}"
    return (
        f"<VirtualMFADevice><SerialNumber>{serial_number}</SerialNumber>"
        f"<Base32StringSeed>{base64.b64encode(seed.encode()).decode()}</Base32StringSeed>"
        f"<QRCodePNG>{base64.b64encode(qr_png(uri)).decode()}</QRCodePNG></VirtualMFADevice>"
    )


def _enable(parameters: Parameters) -> Response:
    user_name, serial_number = parameter(parameters, "UserName"), parameter(parameters, "SerialNumber")
    device = iam._mfa_devices.get(serial_number)
    if user_name not in iam._users:
        return _no_user(user_name)
    if device is None:
        return _no_device(serial_number)
    if device["User"] is not None:
        return error(409, "EntityAlreadyExists", "MFA Device is already in use.")
    if sum(other["User"] == user_name for other in iam._mfa_devices.values()) >= DEVICES_PER_USER:
        return error(409, "LimitExceeded", f"Cannot exceed quota for MfaDevicesPerUser: {DEVICES_PER_USER}")
    checker: CodeChecker = device[_CHECKER]
    refusal = _refused_codes(parameters, checker.enable)
    if refusal:
        return refusal
    device.update(User=user_name, EnableDate=iam._now())
    return success("EnableMFADevice")


def _resync(parameters: Parameters) -> Response:
    device, refusal = _assigned(parameters)
    if device and is_passkey(device):
        return error(403, "InvalidAuthenticationCode", "Authentication code for device is not valid.")
    refusal = refusal or _refused_codes(parameters, device[_CHECKER].resync)
    return refusal or success("ResyncMFADevice")


def _refused_codes(parameters: Parameters, accept: Callable[[str, str, float], bool]) -> Response | None:
    codes = [parameter(parameters, f"AuthenticationCode{number}") for number in (1, 2)]
    for number, code in enumerate(codes, start=1):
        if not (len(code) == 6 and code.isascii() and code.isdigit()):
            return constraint(code, f"authenticationCode{number}", r"satisfy regular expression pattern: [\d]{6}")
    if any(accept(codes[0], codes[1], now) for now in sender_times()):
        return None
    return error(403, "InvalidAuthenticationCode", "Authentication code for device is not valid.")


def _deactivate(parameters: Parameters) -> Response:
    device, refusal = _assigned(parameters)
    if refusal:
        return refusal
    if is_passkey(device):
        del iam._mfa_devices[device["SerialNumber"]]
    device.update(User=None, EnableDate=None)
    return success("DeactivateMFADevice")


def _delete(parameters: Parameters) -> Response:
    serial_number = parameter(parameters, "SerialNumber")
    device = iam._mfa_devices.get(serial_number)
    if device is None:
        return _no_device(serial_number)
    if device["User"] is not None:
        return error(409, "DeleteConflict", "Virtual MFA Device is in use. Must deactivate first.")
    del iam._mfa_devices[serial_number]
    return success("DeleteVirtualMFADevice")


def _assigned(parameters: Parameters) -> tuple[Any, Response | None]:
    """The device of SerialNumber, if it is UserName's."""
    user_name, serial_number = parameter(parameters, "UserName"), parameter(parameters, "SerialNumber")
    if user_name not in iam._users:
        return None, _no_user(user_name)
    device = iam._mfa_devices.get(serial_number)
    if device is None or device["User"] != user_name:
        return None, _no_device(serial_number)
    return device, None


def _no_user(user_name: str) -> Response:
    return error(404, "NoSuchEntity", f"The user with name {user_name} cannot be found.")


def _no_device(serial_number: str) -> Response:
    return error(404, "NoSuchEntity", f"VirtualMFADevice with serial number {serial_number} does not exist.")
