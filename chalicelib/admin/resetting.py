"""A lost phone: take away what it proves, and invite the member again. Every step may be repeated."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.admin.admin_request import AdminRequest
from chalicelib.admin.changing_groups import existing, leave_groups
from chalicelib.admin.directory import is_settling
from chalicelib.admin.inviting import NewInvitation, renew
from chalicelib.admin.mailed_links import link_terms
from chalicelib.admin.quarantine import refuse_held
from chalicelib.admin.suspending import refuse_suspended
from chalicelib.audit import Action
from chalicelib.aws_errors import AWSBusy, DeviceExists
from chalicelib.errors import BeingOffboarded
from chalicelib.members.belongings import Belonging, Kind
from chalicelib.members.enabled_devices import portal_serials
from chalicelib.members.iam_account_records import IAMGroup, switch_role_groups
from chalicelib.members.invitations import new_passcode
from chalicelib.members.link_tokens import new_secret
from chalicelib.members.new_users import awaited
from chalicelib.members.record import Member
from chalicelib.members.suspensions import is_resuming
from chalicelib.members.versions import next_version

if TYPE_CHECKING:
    from chalicelib.aws.iam_administration import IAMAdministration


@dataclass(frozen=True, slots=True)
class Reset:
    """``removed`` is what this call took away; access keys were deactivated, not deleted."""

    invitation: NewInvitation
    removed: tuple[Belonging, ...]


def reset_mfa(
    request: AdminRequest, *, user_name: str, with_passcode: bool, basis: str, by_mail: bool | None = None
) -> Reset:
    """Remove the member's devices, and all that they give access to, until MFA is proved again.

    Nothing is changed unless the record still is what ``basis`` was made from. Of a suspended member, an
    administrator has to resume the access first: the link of the reset then does that, too.

    The record comes first, so that no session or link goes on meanwhile, and it keeps the keys to activate with
    the next proof: not one that a new key has replaced. Then groups before keys before devices: whatever fails,
    less is open than before.
    """
    iam = request.iam
    member = existing(request.members, user_name)
    if member.offboarding_at:
        raise BeingOffboarded
    if not is_resuming(member):
        refuse_suspended(member)
    version = next_version(member, basis, request.actor, Action.MFA_RESET)
    terms = link_terms(request.settings, member, new_passcode(), with_passcode=with_passcode, by_mail=by_mail)
    with awaited(member, request.now):
        name = iam.member(member.user_name).user_name
        groups = iam.groups(name)
        refuse_held(name, groups)
        keys = [key.access_key_id for key in iam.access_keys(name) if key.is_active]
    to_keep = [key for key in keys if key != member.former_key_id]
    details = {"access_keys": " ".join(keys)} if keys else {}
    event = request.event(Action.MFA_RESET, name, details)
    kept = _kept_groups(groups, member, request.now)
    member = request.members.record_reset(member, version, to_keep, kept, event)
    removed = [*_leave_groups(iam, name), *_deactivate_keys(iam, name, keys), *_remove_devices(iam, member)]
    # Not before, so that a repeated reset knows what to look for.
    member = request.members.record_removed(member)
    fresh = replace(member, created_user=False)
    return Reset(renew(request, fresh, member, new_secret(), terms), tuple(removed))


def _kept_groups(groups: Iterable[IAMGroup], member: Member, now: datetime) -> tuple[str, ...]:
    """The groups that the next proof gives back, without those that somebody had taken away in IAM before.

    If the reset is repeated, IAM has no groups any more; right after a change, IAM may not show them yet.
    """
    if member.proved_at is None or is_settling(member, now):
        return member.groups
    there = {*switch_role_groups(groups), *member.joining}
    return tuple(name for name in member.groups if name in there)


def _leave_groups(iam: "IAMAdministration", user_name: str) -> list[Belonging]:
    return [Belonging(Kind.GROUP, name) for name in leave_groups(iam, user_name)]


def _deactivate_keys(iam: "IAMAdministration", user_name: str, keys: list[str]) -> list[Belonging]:
    for access_key_id in keys:
        iam.set_access_key_status(user_name, access_key_id, is_active=False)
    return [Belonging(Kind.ACCESS_KEY, access_key_id) for access_key_id in keys]


def _remove_devices(iam: "IAMAdministration", member: Member) -> list[Belonging]:
    """Remove the member's devices, and what IAM has unassigned of those that the portal made.

    AWSBusy if one of these was enabled just now.
    """
    serial_numbers = [device.serial_number for device in iam.all_devices(member.user_name)]
    for serial_number in serial_numbers:
        iam.remove(member.user_name, Belonging(Kind.MFA_DEVICE, serial_number))
    try:
        for serial_number in set(portal_serials(member)).difference(serial_numbers):
            iam.delete_device(serial_number)
    except DeviceExists:
        raise AWSBusy from None
    return [Belonging(Kind.MFA_DEVICE, serial_number) for serial_number in serial_numbers]
