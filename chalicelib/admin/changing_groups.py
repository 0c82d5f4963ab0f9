"""Changing the switch-role groups of a member: at once where MFA is proved, else at the end of the journey.

Only the difference is applied: a group that the member keeps is not granted again, as somebody may have taken it
away in IAM. The member's page shows where the record and IAM differ.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chalicelib.admin.admin_request import AdminRequest
from chalicelib.admin.quarantine import refuse_held
from chalicelib.audit import Action
from chalicelib.errors import BeingOffboarded, InvalidInput, MemberUnknown
from chalicelib.members.iam_account_records import switch_role_groups
from chalicelib.members.new_users import awaited
from chalicelib.members.record import Member, checked_user_name
from chalicelib.members.versions import next_version
from chalicelib.settings.quotas import GROUPS_A_MEMBER
from chalicelib.settings.records import Settings

if TYPE_CHECKING:
    from chalicelib.aws.iam_administration import IAMAdministration
    from chalicelib.aws.members_table import MembersTable


@dataclass(frozen=True, slots=True)
class Regrouped:
    """``is_effective``: IAM was changed, too; else the groups wait for the proof of MFA.

    Without ``is_changed``, the record had these groups already and IAM was not called: it may have others.
    """

    member: Member
    is_effective: bool
    is_changed: bool


def set_groups(request: AdminRequest, *, user_name: str, groups: Iterable[str], basis: str) -> Regrouped:
    """Give the member exactly these switch-role groups, if the record still is what ``basis`` was made from.

    Doing it again changes nothing.
    """
    wanted = known_groups(request.settings, groups, has_default=False)
    member = existing(request.members, user_name)
    if member.offboarding_at:
        raise BeingOffboarded
    version = next_version(member, basis, request.actor, Action.GROUPS_CHANGED, *wanted)
    with awaited(member, request.now):
        name = request.iam.member(member.user_name).user_name
        refuse_held(name, request.iam.groups(name))
        moved = move_to_groups(request, member, wanted, version=version)
    is_changed = member.groups != wanted or bool(member.joining or member.leaving)
    return Regrouped(moved, moved.proved_at is not None, is_changed)


def move_to_groups(request: AdminRequest, member: Member, wanted: tuple[str, ...], *, version: str) -> Member:
    """Record ``wanted`` and apply the difference in IAM. A member without MFA leaves all switch-role groups.

    The caller has checked the user's path. The record changes first: a request that proves MFA meanwhile finds it
    changed and reads it again. The record keeps what IAM does not have yet, so the next change finishes one that
    was cut off.
    """
    members, iam, name = request.members, request.iam, member.user_name
    if member.groups != wanted:
        details = {"groups": " ".join(wanted), "before": " ".join(member.groups)}
        event, changed = request.event(Action.GROUPS_CHANGED, name, details), _moving(member, wanted)
        member = members.record_groups(member, replace(changed, version=version), request.now, [event])
    if member.proved_at is None:
        return _without_groups(members, iam, member)
    for group_name in member.leaving:
        iam.remove_from_group(name, group_name)
    for group_name in member.joining:
        iam.add_to_group(name, group_name)
    return members.record_moved(member) if member.joining or member.leaving else member


def _without_groups(members: "MembersTable", iam: "IAMAdministration", member: Member) -> Member:
    """Nobody is in a group without MFA. If the member has just proved it, they keep the groups of that proof."""
    name = member.user_name
    found = members.get(name) if leave_groups(iam, name) else None
    if found is None or found.proved_at is None:
        return member
    for group_name in found.groups:
        iam.add_to_group(name, group_name)
    return found


def leave_groups(iam: "IAMAdministration", user_name: str) -> tuple[str, ...]:
    """Take the user out of all switch-role groups; returns which those were."""
    left = switch_role_groups(iam.groups(user_name))
    for group_name in left:
        iam.remove_from_group(user_name, group_name)
    return left


def _moving(member: Member, wanted: tuple[str, ...]) -> Member:
    """``member`` on the way to ``wanted``, also from a change that IAM has only half of."""
    if member.proved_at is None:  # they are granted with the proof
        return replace(member, groups=wanted, joining=(), leaving=())
    joining = tuple(name for name in wanted if name not in member.groups or name in member.joining)
    leaving = dict.fromkeys((*member.groups, *member.leaving))
    return replace(
        member, groups=wanted, joining=joining, leaving=tuple(name for name in leaving if name not in wanted)
    )


def existing(members: "MembersTable", user_name: str) -> Member:
    """The member's record; MemberUnknown if there is none."""
    member = members.get(checked_user_name(user_name))
    if member is None:
        raise MemberUnknown(user_name)
    return member


def known_groups(settings: Settings, names: Iterable[str], *, has_default: bool = True) -> tuple[str, ...]:
    """The switch-role groups called ``names``, each once; InvalidInput if one is unknown or they are too many."""
    wanted = tuple(dict.fromkeys(names)) or (settings.default_groups if has_default else ())
    there_are = [group.name for group in settings.groups]
    if unknown := [name for name in wanted if name not in there_are]:
        raise InvalidInput(
            "groups",
            "No switch-role group is called %(unknown)s. There are: %(known)s.",
            unknown=", ".join(unknown),
            known=", ".join(there_are),
        )
    if len(wanted) > GROUPS_A_MEMBER:
        raise InvalidInput(
            "groups", "A member can be in %(count)s switch-role groups at most.", count=GROUPS_A_MEMBER
        )
    if not wanted:
        raise InvalidInput("groups", "Name at least one switch-role group: %(known)s.", known=", ".join(there_are))
    return wanted
