"""Devices beside a member's first one, and what the member's own page keeps of them in the record."""

from typing import Any

from chalicelib.aws.dynamodb import setting, values_of
from chalicelib.aws.members_table import EXISTS
from chalicelib.members.record import Member
from chalicelib.wiring import Portal
from tests.helpers.worlds import MEMBER, clients


def serial_of(name: str) -> str:
    return f"arn:aws:iam::123456789012:mfa/{name}"


def all_devices(here: Portal) -> list[str]:
    """The names of all devices of the account, whoever has them."""
    found = clients(here)[0].list_virtual_mfa_devices()["VirtualMFADevices"]
    return sorted(device["SerialNumber"].partition(":mfa/")[2] for device in found)


def unfinished(here: Portal, name: str, *, user_name: str = MEMBER) -> str:
    """A device that the member has begun to register beside the first: its serial number."""
    created = clients(here)[0].create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]
    serial_number = str(created["SerialNumber"])
    recorded(here, user_name, adding_serial=serial_number, adding_at=here.now())
    return serial_number


def by_hand(here: Portal, name: str, *, user_name: str = MEMBER) -> str:
    """A device that somebody with all of IAM gives the member."""
    iam = clients(here)[0]
    serial_number = str(
        iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]["SerialNumber"]
    )
    codes = {"AuthenticationCode1": "123456", "AuthenticationCode2": "654321"}
    iam.enable_mfa_device(UserName=user_name, SerialNumber=serial_number, **codes)
    return serial_number


def further(here: Portal, name: str, *, user_name: str = MEMBER) -> str:
    """A device that the member has registered beside the first."""
    serial_number = by_hand(here, name, user_name=user_name)
    recorded(here, user_name, registered_serials=(*record_of(here, user_name).registered_serials, serial_number))
    return serial_number


def recorded(here: Portal, user_name: str = MEMBER, **changes: Any) -> None:
    """Change the member's record as the member's own page does: without another version."""
    write = here.members.update(record_of(here, user_name), setting(changes), EXISTS, **values_of(changes))
    here.members.database.transact([write], [])


def record_of(here: Portal, user_name: str = MEMBER) -> Member:
    found = here.members.get(user_name)
    assert found is not None
    return found
