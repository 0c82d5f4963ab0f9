"""IAM's lists, in pages as AWS returns them.

ministack 1.5.33 returns everything at once, and ignores MaxItems and Marker.
https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html
"""

import base64
import binascii
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ministack.services import iam

from firstday.sandbox.emulation.xml_answers import (
    Parameters,
    Response,
    constraint,
    elements,
    error,
    parameter,
    success,
)

DEFAULT_ITEMS = 100
MOST_ITEMS = 1000


@dataclass(frozen=True, slots=True)
class Listing:
    """One list: its element's name, the keys of all items, and one item's XML by its key."""

    element: str
    keys: Callable[[Parameters], Sequence[str]]
    xml: Callable[[str], str]


def install() -> None:
    """Take over the lists of users and of what users have."""
    for action, listing in _LISTINGS.items():
        serve(action, listing)


def serve(action: str, listing: Listing) -> None:
    """Answer ``action`` with the pages of ``listing``."""
    iam._IAM_HANDLERS[action] = lambda parameters: page(action, listing, parameters)


def page(action: str, listing: Listing, parameters: Parameters, before: str = "") -> Response:
    """The items behind Marker, MaxItems of them at most; ``before`` is XML that comes first."""
    size, marker = parameter(parameters, "MaxItems") or str(DEFAULT_ITEMS), parameter(parameters, "Marker")
    if not (size.isascii() and size.isdigit() and 1 <= int(size) <= MOST_ITEMS):
        bound = "less than or equal to 1000" if size.isdigit() and int(size) else "greater than or equal to 1"
        return constraint(size, "maxItems", f"have value {bound}")
    after = _key_of(marker)
    if after is None:
        return error(400, "ValidationError", "Invalid Marker.")
    # The marker is the key after which the list goes on, so it is valid even if items go away between two pages.
    keys = sorted(listing.keys(parameters))
    rest = keys[bisect_right(keys, after) :] if marker else keys
    shown = rest[: int(size)]
    is_truncated = len(rest) > len(shown)
    items = "".join(f"<member>{listing.xml(key)}</member>" for key in shown)
    result = f"<{listing.element}>{items}</{listing.element}><IsTruncated>{str(is_truncated).lower()}</IsTruncated>"
    return success(action, before + result + (f"<Marker>{_marker_of(shown[-1])}</Marker>" if is_truncated else ""))


def _marker_of(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode()


def _key_of(marker: str) -> str | None:
    """The key in a marker; None if it is not a marker."""
    try:
        return base64.b64decode(marker, altchars="-_", validate=True).decode()
    except (binascii.Error, ValueError):
        return None


def _users(parameters: Parameters) -> list[str]:
    prefix = parameter(parameters, "PathPrefix") or "/"
    return [name for name, user in iam._users.items() if user["Path"].startswith(prefix)]


def _user_xml(name: str) -> str:
    """Tags and boundary are left out of lists, as on AWS."""
    return elements(iam._users[name], "Path", "UserName", "UserId", "Arn", "CreateDate")


def _groups(parameters: Parameters) -> list[str]:
    user_name = parameter(parameters, "UserName")
    return [name for name, group in iam._groups.items() if user_name in group["Users"]]


def _access_keys(parameters: Parameters) -> list[str]:
    user_name = parameter(parameters, "UserName")
    return [key_id for key_id, key in iam._access_keys.items() if key["UserName"] == user_name]


def _access_key_xml(key_id: str) -> str:
    return elements(iam._access_keys[key_id], "UserName", "AccessKeyId", "Status", "CreateDate")


def _devices(parameters: Parameters) -> list[str]:
    user_name = parameter(parameters, "UserName")
    return [serial for serial, device in iam._mfa_devices.items() if device["User"] == user_name]


def _device_xml(serial_number: str) -> str:
    device = iam._mfa_devices[serial_number]
    return elements({"UserName": device["User"]}, "UserName") + elements(device, "SerialNumber", "EnableDate")


def _virtual_devices(parameters: Parameters) -> list[str]:
    # AWS's default is every device, not the assigned ones.
    status = parameter(parameters, "AssignmentStatus") or "Any"
    wanted = {"Assigned": (True,), "Unassigned": (False,)}.get(status, (True, False))
    return [
        serial
        for serial, device in iam._mfa_devices.items()
        if (device["User"] is not None) in wanted and ":u2f/" not in serial
    ]


def _virtual_device_xml(serial_number: str) -> str:
    device = iam._mfa_devices[serial_number]
    if device["User"] is None:
        return elements(device, "SerialNumber")
    return f"{elements(device, 'SerialNumber', 'EnableDate')}<User>{_user_xml(device['User'])}</User>"


def _inline_policies(parameters: Parameters) -> list[str]:
    return list(iam._user_inline_policies.get(parameter(parameters, "UserName")) or {})


def _attached_policies(parameters: Parameters) -> list[str]:
    user = iam._users.get(parameter(parameters, "UserName"))
    return list(user["AttachedPolicies"]) if user else []


def _attached_policy_xml(arn: str) -> str:
    return elements({"PolicyName": arn.rsplit("/", 1)[-1], "PolicyArn": arn}, "PolicyName", "PolicyArn")


_LISTINGS = {
    "ListUsers": Listing("Users", _users, _user_xml),
    "ListGroupsForUser": Listing("Groups", _groups, iam._group_xml),
    "ListAccessKeys": Listing("AccessKeyMetadata", _access_keys, _access_key_xml),
    "ListMFADevices": Listing("MFADevices", _devices, _device_xml),
    "ListVirtualMFADevices": Listing("VirtualMFADevices", _virtual_devices, _virtual_device_xml),
    "ListUserPolicies": Listing("PolicyNames", _inline_policies, str),
    "ListAttachedUserPolicies": Listing("AttachedPolicies", _attached_policies, _attached_policy_xml),
}
