"""A lost phone: take away what it proves, and invite the member again. Every step may be repeated."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.admin.changing_groups import existing, leave_groups
from chalicelib.admin.directory import is_settling
from chalicelib.admin.inviting import NewInvitation, new_passcode, renew
from chalicelib.admin.quarantine import refuse_held
from chalicelib.audit import Action, AuditEvent
from chalicelib.errors import BeingOffboarded
from chalicelib.members.new_users import awaited
from chalicelib.members.record import Member
from chalicelib.members.versions import next_version
from chalicelib.ports import AdminIAM, Belonging, IAMGroup, Kind, Members, switch_role_groups
from chalicelib.settings.records import Settings


@dataclass(frozen=True, slots=True)
class Reset:
    """``removed`` is what this call took away; access keys were deactivated, not deleted."""

    invitation: NewInvitation
    removed: tuple[Belonging, ...]


def reset_mfa(
    members: Members,
    iam: AdminIAM,
    settings: Settings,
    *,
    user_name: str,
    with_passcode: bool,
    basis: str,
    actor: str,
    now: datetime,
) -> Reset:
    """Remove the member's devices, and all that they give access to, until MFA is proved again.

    Nothing is changed unless the record still is what ``basis`` was made from.

    The record comes first, so that no session or link goes on meanwhile, and it keeps the keys to activate with
    the next proof. Then groups before keys before devices: whatever fails, less is open than before.
    """
    member = existing(members, user_name)
    if member.offboarding_at:
        raise BeingOffboarded
    version = next_version(member, basis, actor, Action.MFA_RESET)
    with awaited(member, now):
        name = iam.member(member.user_name).user_name
        groups = iam.groups(name)
        refuse_held(name, groups)
        keys = [key.access_key_id for key in iam.access_keys(name) if key.is_active]
    details = {"access_keys": " ".join(keys)} if keys else {}
    event = AuditEvent(actor, Action.MFA_RESET, name, now, details)
    kept = _kept_groups(groups, member, now)
    member = members.record_reset(member, version, keys, kept, event)
    removed = [*_leave_groups(iam, name), *_deactivate_keys(iam, name, keys), *_remove_devices(iam, name)]
    fresh = replace(member, created_user=False)
    invitation = renew(
        members,
        settings,
        fresh,
        member,
        secrets.token_urlsafe(32),
        passcode=new_passcode() if with_passcode else None,
        actor=actor,
        now=now,
    )
    return Reset(invitation, tuple(removed))


def _kept_groups(groups: Iterable[IAMGroup], member: Member, now: datetime) -> tuple[str, ...]:
    """The groups that the next proof gives back, without those that somebody had taken away in IAM before.

    If the reset is repeated, IAM has no groups any more; right after a change, IAM may not show them yet.
    """
    if member.proved_at is None or is_settling(member, now):
        return member.groups
    there = {*switch_role_groups(groups), *member.joining}
    return tuple(name for name in member.groups if name in there)


def _leave_groups(iam: AdminIAM, user_name: str) -> list[Belonging]:
    return [Belonging(Kind.GROUP, name) for name in leave_groups(iam, user_name)]


def _deactivate_keys(iam: AdminIAM, user_name: str, keys: list[str]) -> list[Belonging]:
    for access_key_id in keys:
        iam.deactivate_access_key(user_name, access_key_id)
    return [Belonging(Kind.ACCESS_KEY, access_key_id) for access_key_id in keys]


def _remove_devices(iam: AdminIAM, user_name: str) -> list[Belonging]:
    serial_numbers = [device.serial_number for device in iam.all_devices(user_name)]
    for serial_number in serial_numbers:
        iam.remove(user_name, Belonging(Kind.MFA_DEVICE, serial_number))
    return [Belonging(Kind.MFA_DEVICE, serial_number) for serial_number in serial_numbers]
