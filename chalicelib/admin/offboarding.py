"""Offboarding: removes everything that a member has, in the portal and in IAM. Repeating it is safe."""

from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.admin.admin_request import AdminRequest
from chalicelib.admin.mail_state import forget_troubles
from chalicelib.admin.quarantine import held, held_meanwhile, is_held
from chalicelib.arns import BASELINE_GROUP, MEMBERS_PATH
from chalicelib.audit import Action
from chalicelib.aws_errors import DeviceExists, OtherSpelling, UserElsewhere, UserMissing, UserNotEmpty
from chalicelib.errors import MemberUnknown, Obstacle
from chalicelib.members.belongings import Belonging, Kind
from chalicelib.members.enabled_devices import portal_serials
from chalicelib.members.iam_account_records import IAMGroup
from chalicelib.members.invitations import is_pending
from chalicelib.members.new_users import awaited
from chalicelib.members.record import Member, checked_user_name, is_in_session, name_between
from chalicelib.members.versions import basis_of, check_user, next_version
from chalicelib.words import Words

if TYPE_CHECKING:
    from chalicelib.aws.iam_administration import IAMAdministration


@dataclass(frozen=True, slots=True)
class OffboardingPlan:
    """``belongings`` will be removed, in that order; ``obstacles`` are what somebody else has to do first.

    ``user_id`` is that of the IAM user, if there is one; ``basis`` is what an offboarding is made from.
    """

    user_name: str
    belongings: tuple[Belonging, ...]
    obstacles: tuple[Words, ...]
    user_id: str
    basis: str


def plan(request: AdminRequest, user_name: str) -> OffboardingPlan:
    """What offboarding would remove; MemberUnknown if neither the portal nor IAM has such a member.

    A user of that name that the portal may not touch is an obstacle, and not MemberUnknown.
    """
    return _planned(request, user_name)[0]


def _planned(request: AdminRequest, user_name: str) -> tuple[OffboardingPlan, Member | None]:
    """The plan, and the member's record that it is made of."""
    iam = request.iam
    member, name, user_id, elsewhere = _found(request, user_name)
    is_in_iam = bool(user_id)
    groups = iam.groups(name) if is_in_iam else ()
    belongings = (
        *_in_portal(member, request.now),
        *(iam.belongings(name) if is_in_iam else ()),
        *(Belonging(Kind.GROUP, group.group_name) for group in _in_order(groups)),
        *([Belonging(Kind.IAM_USER, name)] if is_in_iam else []),
    )
    in_the_way = _obstacles(name, groups)
    obstacles = (*elsewhere, *in_the_way, *(_way_back(member) if member and in_the_way else ()))
    return OffboardingPlan(name, belongings, obstacles, user_id, basis_of(member, user_id)), member


def offboard(request: AdminRequest, *, user_name: str, basis: str) -> tuple[Belonging, ...]:
    """Remove everything that the member has; returns what this call removed.

    Nothing is removed unless record and IAM user are those that ``basis`` was made from. What the same member
    got in the meantime, such as a key or a session, is removed with the rest.

    The record is marked first: from then on no link or session works. It is deleted last, so that a repeated call
    finds it.
    """
    members = request.members
    planned, member = _planned(request, user_name)
    version = next_version(member, basis, request.actor, Action.OFFBOARDING_BEGUN)
    check_user(member, basis, planned.user_id)
    if planned.obstacles:
        raise Obstacle(planned.obstacles[0])
    name, details = planned.user_name, _summary(planned.belongings)
    begun = request.event(Action.OFFBOARDING_BEGUN, name, details)
    if member and member.offboarding_at is None:
        members.record_offboarding(member, version, begun)
    elif member is None:
        members.record_events([begun])
    for belonging in planned.belongings:
        _remove(request.iam, name, belonging)
    removed = {belonging.name for belonging in planned.belongings}
    for serial_number in set(portal_serials(member) if member else ()).difference(removed):
        _delete_unassigned(request.iam, serial_number)
    deleted = request.event(Action.USER_DELETED, name, details)
    forget_troubles(request, name)
    if member:
        members.delete(member, [deleted])
    else:
        members.record_events([deleted])
    return planned.belongings


def _found(request: AdminRequest, user_name: str) -> tuple[Member | None, str, str, tuple[Words, ...]]:
    """The member's record, their name as it is spelled, the user's id if any, and why they cannot be touched."""
    member = request.members.get(checked_user_name(user_name))
    name = member.user_name if member else user_name
    try:
        with awaited(member, request.now):
            user_id = request.iam.member(name).user_id
    except UserMissing:
        if member is None:
            raise MemberUnknown(user_name) from None
        return member, name, "", ()
    except UserElsewhere as error:
        if member is None:
            raise
        return member, name, "", (error.words, _moved(name))
    except OtherSpelling as error:
        if member is None:
            raise
        return member, name, "", (error.words, _respelled(error.user_name, name))
    return member, name, user_id, ()


def _moved(user_name: str) -> Words:
    """What to do about a member whose name IAM has somewhere else: it may be somebody else by now."""
    return Words(
        "If it is this member, move it back and offboard again: aws iam update-user --user-name %(user_name)s"
        " --new-path %(path)s. If it is somebody else, rename it.",
        user_name=user_name,
        path=MEMBERS_PATH,
    )


def _respelled(found: str, user_name: str) -> Words:
    return Words(
        "If it is this member, take the change back and offboard again. IAM does not change capitals alone, so it"
        " takes two steps: aws iam update-user --user-name %(found)s --new-user-name %(between)s, and then"
        " aws iam update-user --user-name %(between)s --new-user-name %(user_name)s. If it is somebody else, give"
        " it another name.",
        found=found,
        between=name_between(user_name),
        user_name=user_name,
    )


def _way_back(member: Member) -> Iterable[Words]:
    """An adopted user, with groups from before, need not go altogether."""
    if member.adopting_at:
        yield Words(
            "%(user_name)s was an IAM user before. To give the user back as it was instead: firstday release"
            " %(user_name)s",
            user_name=member.user_name,
        )


def _in_portal(member: Member | None, now: datetime) -> Iterable[Belonging]:
    if member and member.session_hash and is_in_session(member, now):
        yield Belonging(Kind.SESSION, member.user_name)
    if member and is_pending(member, now):
        yield Belonging(Kind.INVITATION, member.user_name)


def _in_order(groups: Iterable[IAMGroup]) -> list[IAMGroup]:
    """Those that deny something last. Nobody is taken out of the quarantine."""
    own = (group for group in groups if not group.is_quarantine)
    return sorted(own, key=lambda group: (group.group_name == BASELINE_GROUP, group.is_suspended))


def _obstacles(user_name: str, groups: Collection[IAMGroup]) -> tuple[Words, ...]:
    """Groups that the portal's role may take nobody out of: the quarantine, and those that are not Firstday's."""
    found = [held(user_name)] if is_held(groups) else []
    found += [
        Words(
            "%(user_name)s is in the group %(group)s, which the portal may not touch. Run: aws iam"
            " remove-user-from-group --user-name %(user_name)s --group-name %(group)s",
            user_name=user_name,
            group=group.group_name,
        )
        for group in groups
        if not group.is_switch_role
        and not group.is_quarantine
        and not group.is_suspended
        and (group.path, group.group_name) != (MEMBERS_PATH, BASELINE_GROUP)
    ]
    return tuple(found)


def _remove(iam: "IAMAdministration", user_name: str, belonging: Belonging) -> None:
    match belonging.kind:
        case Kind.SESSION | Kind.INVITATION:
            return  # the record has said so already
        case Kind.GROUP:
            iam.remove_from_group(user_name, belonging.name)
        case Kind.IAM_USER:
            # An abandoned journey leaves a device of the user's name, which no list of the user's shows.
            _delete_unassigned(iam, iam.serial_number(user_name))
            _delete_user(iam, user_name)
        case _:
            iam.remove(user_name, belonging)


def _delete_user(iam: "IAMAdministration", user_name: str) -> None:
    """Obstacle if an administrator held the member just now: IAM then keeps the user."""
    try:
        iam.delete_user(user_name)
    except UserNotEmpty:
        if is_held(iam.groups(user_name)):
            raise Obstacle(held_meanwhile(user_name)) from None
        raise


def _delete_unassigned(iam: "IAMAdministration", serial_number: str) -> None:
    with suppress(DeviceExists):  # then it is somebody else's
        iam.delete_device(serial_number)


def _summary(belongings: Iterable[Belonging]) -> dict[str, str]:
    names: dict[str, list[str]] = {}
    for belonging in belongings:
        names.setdefault(belonging.kind.value, []).append(belonging.name)
    return {kind: " ".join(found) for kind, found in names.items()}
