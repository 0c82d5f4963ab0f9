"""Members who were IAM users before, as an adoption leaves them, made without the command."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

from botocore.awsrequest import AWSPreparedRequest
from moto.iam.models import iam_backends

from chalicelib.arns import BASELINE_GROUP, BOUNDARY_NAME, MEMBERS_PATH
from chalicelib.members.record import Member
from chalicelib.members.versions import new_version
from chalicelib.wiring import Portal
from tests.helpers.aws_faults import Wire, body_of, error_answer
from tests.helpers.console_password import GOOD
from tests.helpers.moto_gaps import make_older
from tests.helpers.worlds import MEMBER, World, clients, in_process_browser, invited

BOUNDARY = f"arn:aws:iam::123456789012:policy{MEMBERS_PATH}{BOUNDARY_NAME}"
PASSKEY = f"arn:aws:iam::123456789012:u2f/user/{MEMBER}/laptop"
HARDWARE = "GAHT12345678"
FORMER_PATH = "/people/tokyo/"


@dataclass(frozen=True)
class Owned:
    """What a user had before. ``devices`` are virtual ones, by path and name, or the serial numbers of others."""

    devices: tuple[str, ...] = ()
    keys: int = 0
    has_password: bool = False
    groups: tuple[str, ...] = ()

    @property
    def serial_numbers(self) -> list[str]:
        return [serial_number(device) for device in self.devices]


def serial_number(device: str) -> str:
    return f"arn:aws:iam::123456789012:mfa{device}" if device.startswith("/") else device


def plant(here: Portal, owned: Owned) -> None:
    """The IAM user with all of that, under ``/members/`` by now, and the record of the adoption."""
    iam = clients(here)[0]
    iam.create_user(UserName=MEMBER, Path=MEMBERS_PATH, PermissionsBoundary=BOUNDARY)
    for device in owned.devices:
        _enable(iam, device)
    for _ in range(owned.keys):
        iam.create_access_key(UserName=MEMBER)
    if owned.has_password:
        iam.create_login_profile(UserName=MEMBER, Password=GOOD)
    for group in owned.groups:
        iam.create_group(GroupName=group, Path="/teams/")
        iam.add_user_to_group(UserName=MEMBER, GroupName=group)
    iam.add_user_to_group(UserName=MEMBER, GroupName=BASELINE_GROUP)
    make_older()
    iam_backends["123456789012"]["aws"].users[MEMBER].create_date -= timedelta(days=1)  # that of the password, too
    now = here.now()
    record = Member(
        MEMBER,
        created_at=now,
        adopting_at=now,
        adopted_at=now,
        former_path=FORMER_PATH,
        former_groups=owned.groups,
        version=new_version(),
    )
    here.members.record_created(record, [])


def adopted(here: Portal, owned: Owned) -> World:
    """The member, invited."""
    plant(here, owned)
    return World(here, invited(here), in_process_browser())


def _enable(iam: Any, device: str) -> None:
    serial = serial_number(device)
    if not device.startswith("/"):  # no call of IAM's makes a passkey or a hardware token
        iam_backends["123456789012"]["aws"].users[MEMBER].enable_mfa_device(serial, "123456", "654321")
        return
    path, _, name = device.rpartition("/")
    iam.create_virtual_mfa_device(Path=f"{path}/", VirtualMFADeviceName=name)
    codes = {"AuthenticationCode1": "123456", "AuthenticationCode2": "654321"}
    iam.enable_mfa_device(UserName=MEMBER, SerialNumber=serial, **codes)


class OnlyCodesOf(Wire):
    """IAM takes the codes of this device only, whichever they are."""

    def __init__(self, serial_number: str) -> None:
        super().__init__()
        self._serial_number = serial_number

    def send(self, operation: str, request: AWSPreparedRequest) -> Any:
        is_other = parse_qs(body_of(request)).get("SerialNumber") != [self._serial_number]
        if operation == "ResyncMFADevice" and is_other:
            return error_answer(request, 403, "InvalidAuthenticationCode", "")
        return super().send(operation, request)


def kept(world: World) -> dict[str, Any]:
    """What IAM has of the member that a journey could take away."""
    iam = world.iam
    return {
        "devices": {one["SerialNumber"] for one in iam.list_mfa_devices(UserName=MEMBER)["MFADevices"]},
        "keys": {
            (key["AccessKeyId"], key["Status"])
            for key in iam.list_access_keys(UserName=MEMBER)["AccessKeyMetadata"]
        },
        "groups": {group["GroupName"] for group in iam.list_groups_for_user(UserName=MEMBER)["Groups"]},
        "password": _password(),
    }


def _password() -> str | None:
    found: str | None = iam_backends["123456789012"]["aws"].users[MEMBER].password
    return found
