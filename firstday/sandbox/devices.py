"""MFA devices that the sandbox enables for the people in it."""

import time
from typing import Any

from chalicelib.members.mfa import code_at, seconds_left, step_at


def enabled_device(iam: Any, user_name: str, name: str, path: str = "/") -> tuple[str, str]:
    """The serial number and the seed of a new device, enabled with codes of the past: the current one is unused."""
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName=name, Path=path)["VirtualMFADevice"]
    serial_number, seed = device["SerialNumber"], device["Base32StringSeed"].decode()
    if seconds_left(time.time()) == 1:
        time.sleep(1)  # or the codes would grow too old on their way
    step = step_at(time.time())
    iam.enable_mfa_device(
        UserName=user_name,
        SerialNumber=serial_number,
        AuthenticationCode1=code_at(seed, step - 2),
        AuthenticationCode2=code_at(seed, step - 1),
    )
    return serial_number, seed
