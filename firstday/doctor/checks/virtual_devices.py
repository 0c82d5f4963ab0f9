"""Compares the account's virtual MFA devices with the portal's records."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from chalicelib.arns import MEMBERS_PATH, mfa_arn
from chalicelib.members.record import Member, MemberState, comparable, registered_serials, state_of
from chalicelib.settings.records import Settings
from firstday.doctor import mending, upkeep_findings
from firstday.doctor.findings import Finding
from firstday.doctor.snapshot import IAMDetails, VirtualDevice

JOURNEYS = frozenset({MemberState.OPENED, MemberState.REGISTERING})


def check_devices(
    settings: Settings,
    account: IAMDetails,
    members: Iterable[Member],
    devices: Iterable[VirtualDevice],
    now: datetime,
) -> Iterator[Finding]:
    """Devices that are assigned to nobody, or to a member of whom the portal has other devices only."""
    records = {comparable(member.user_name): member for member in members}
    users = {comparable(user.user_name) for user in account.users if user.path == MEMBERS_PATH}
    for device in devices:
        if device.user_name is None:
            yield from _orphan(settings, records, records.keys() | users, device, now)
        elif comparable(device.user_name) in users:
            yield from _unknown(records.get(comparable(device.user_name)), device, device.user_name)


def _orphan(
    settings: Settings, records: Mapping[str, Member], names: Iterable[str], device: VirtualDevice, now: datetime
) -> Iterator[Finding]:
    """A device named like somebody who is, or was, a member, unless their journey goes on just now."""
    member = records.get(comparable(device.name))
    is_begun = member is not None and state_of(member, now) in JOURNEYS
    if comparable(device.name) not in names or is_begun:
        return
    is_own = device.serial_number == mfa_arn(settings.partition, settings.identity_account, device.name)
    message = "This virtual MFA device is assigned to nobody" + (
        "." if is_own else ", and the portal makes none there."
    )
    remedy = mending.iam("delete-virtual-mfa-device", "--serial-number", device.serial_number)
    yield upkeep_findings.DEVICE_ORPHANED.found(device.serial_number, message, remedy)


def _unknown(member: Member | None, device: VirtualDevice, user_name: str) -> Iterator[Finding]:
    """A device that somebody gave a member who has proved another one."""
    if member is None or member.proved_at is None:
        return
    if device.serial_number not in {member.serial_number, member.adding_serial, *registered_serials(member)}:
        message = f"It is assigned to {user_name}. Ask whether it is theirs."
        which = ("--user-name", user_name, "--serial-number", device.serial_number)
        remedy = f"{mending.iam('deactivate-mfa-device', *which)}   # if it is not"
        yield upkeep_findings.DEVICE_UNKNOWN.found(device.serial_number, message, remedy)
