"""Suspending a member: everything is denied to them until they are resumed. Every step may be repeated.

The record comes first: from then on no link and no session of the member's is good for anything. Then the group
that denies everything, then the keys. Groups, devices and the console password stay as they are.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.admin.admin_request import AdminRequest
from chalicelib.admin.changing_groups import existing
from chalicelib.admin.quarantine import refuse_held
from chalicelib.arns import SUSPENDED_GROUP
from chalicelib.audit import Action
from chalicelib.errors import BeingOffboarded, Obstacle
from chalicelib.members.new_users import awaited
from chalicelib.members.record import Member
from chalicelib.members.suspensions import is_paused
from chalicelib.members.versions import next_version
from chalicelib.words import Words

if TYPE_CHECKING:
    from chalicelib.aws.iam import IAM


@dataclass(frozen=True, slots=True)
class Suspended:
    """``access_keys`` are the ids of those that this call deactivated."""

    member: Member
    access_keys: tuple[str, ...]


def suspend(request: AdminRequest, *, user_name: str, basis: str) -> Suspended:
    """Suspend the member, if the record still is what ``basis`` was made from.

    Doing it again finishes what was cut off. A link that was to end the suspension is then worth nothing any more.
    """
    iam = request.iam
    member = existing(request.members, user_name)
    if member.offboarding_at:
        raise BeingOffboarded
    version = next_version(member, basis, request.actor, Action.ACCESS_SUSPENDED)
    with awaited(member, request.now):
        name = iam.member(member.user_name).user_name
        refuse_held(name, iam.groups(name))
        keys = active_keys(iam, name)
    if not is_paused(member) or not set(keys).issubset(member.suspended_keys):
        event = request.event(Action.ACCESS_SUSPENDED, name, told_of(keys))
        request.portal.suspensions.record_suspended(member, version, keys, event)
    shut_out(iam, name, keys)
    return Suspended(existing(request.members, name), keys)


def active_keys(iam: "IAM", user_name: str) -> tuple[str, ...]:
    """The ids of the user's access keys that can be used."""
    return tuple(key.access_key_id for key in iam.access_keys(user_name) if key.is_active)


def shut_out(iam: "IAM", user_name: str, keys: Iterable[str]) -> None:
    """Put the user into the group that denies everything, and deactivate these keys, also if there is no room."""
    try:
        iam.add_to_group(user_name, SUSPENDED_GROUP)
    finally:
        for access_key_id in keys:
            iam.set_access_key_status(user_name, access_key_id, is_active=False)


def told_of(keys: Iterable[str]) -> dict[str, str]:
    """The details of the event."""
    return {"access_keys": " ".join(keys)} if keys else {}


def refuse_suspended(member: Member) -> None:
    """Obstacle for a member who is suspended: they come back by being resumed, and not another way."""
    if member.suspended_at:
        raise Obstacle(
            Words(
                "%(user_name)s is suspended, so nothing was changed. Resume the member first: firstday resume"
                " %(user_name)s",
                user_name=member.user_name,
            )
        )
