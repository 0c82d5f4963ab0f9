"""A member's MFA devices, by IAM and by the record. IAM lists them in no certain order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.arns import device_name_of
from chalicelib.members.iam_records import MFADevice
from chalicelib.members.record import Member, device_to_name, registered_serials


@dataclass(frozen=True, slots=True)
class EnabledDevice:
    """``is_registered``: through the portal, as far as the record tells. ``is_in_config``: the config names it."""

    serial_number: str
    enabled_at: datetime
    is_passkey: bool
    is_registered: bool
    is_in_config: bool

    @property
    def name(self) -> str:
        return device_name_of(self.serial_number)


def enabled_devices(member: Member, devices: Sequence[MFADevice]) -> tuple[EnabledDevice, ...]:
    """IAM's ``devices`` of the member, the oldest first, with what the record says of each."""
    registered = portal_serials(member)
    return tuple(
        EnabledDevice(
            device.serial_number,
            device.enabled_at,
            is_passkey=device.is_passkey,
            is_registered=device.serial_number in registered,
            is_in_config=device.serial_number == member.serial_number,
        )
        for device in sorted(devices, key=lambda device: (device.enabled_at, device.serial_number))
    )


def device_count(member: Member) -> int:
    """How many proved devices the record knows of. IAM may have others: the list of members does not ask it."""
    return len({*registered_serials(member), member.serial_number} - {None}) if member.proved_at else 0


def gone_serials(member: Member, devices: Sequence[MFADevice]) -> tuple[str, ...]:
    """The devices of the record that IAM does not have any more, that of the config first."""
    known = dict.fromkeys((member.serial_number, *registered_serials(member)))
    there = {device.serial_number for device in devices}
    return tuple(serial for serial in known if serial is not None and serial not in there)


def portal_serials(member: Member) -> tuple[str, ...]:
    """The devices that the portal has made for the member, as far as the record tells: also one begun just now.

    IAM may have them unassigned, which no list of the user's shows: a removal may have failed in the middle.
    """
    return tuple(serial for serial in (*registered_serials(member), member.adding_serial) if serial is not None)


def config_serial(member: Member, devices: Sequence[MFADevice]) -> str | None:
    """The device that the member's config is to name; a passkey last, as commands cannot use one."""
    return device_to_name(member, [one.serial_number for one in sorted(devices, key=lambda one: one.is_passkey)])
