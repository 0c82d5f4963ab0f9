"""Checks whether a member's access is in place, as far as the portal sees it: the user, the groups, and each role.

An answer is True, False, or None where the portal cannot see it: it cannot see the roles of other accounts.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.admin.directory import SETTLES_IN
from chalicelib.admin.member_access import Check, GroupCheck, RoleCheck, UserCheck
from chalicelib.admin.policy_evaluation.callers import Caller
from chalicelib.admin.policy_evaluation.conditions import Policy, all_of
from chalicelib.admin.policy_evaluation.trust import grants, may_assume, names, requires_mfa, trusts
from chalicelib.admin.policy_evaluation.trust_reasons import reasons
from chalicelib.admin.quarantine import is_held
from chalicelib.aws_errors import AWSRefused, GroupMissing, UserMissing
from chalicelib.members.iam_account_records import IAMRole, switch_role_groups
from chalicelib.members.record import Member
from chalicelib.settings.records import Role, Settings
from chalicelib.words import Words, hours

if TYPE_CHECKING:
    from chalicelib.aws.iam_administration import IAMAdministration

# Each role costs a call to IAM, which is far away from most regions; a request may take 25 seconds.
ROLES_LOOKED_AT = 40
_NO_POLICY: Policy = {"Statement": []}


def check(iam: "IAMAdministration", settings: Settings, member: Member, now: datetime) -> Check:
    """Ask IAM about the member, and about the roles of the groups in the record. It changes nothing.

    InvalidInput if the user of that name is not a member.
    """
    user, present = _looked_up(iam, member.user_name)
    roles = _roles(iam, settings, member, user, present, now)
    return Check(
        member.user_name,
        user,
        tuple(GroupCheck(name, name in present) for name in member.groups),
        tuple(_unproved(role) if member.adopting_at else role for role in roles),
        any(at is not None and now - at < SETTLES_IN for at in (member.proved_at, member.groups_changed_at)),
    )


def _unproved(role: RoleCheck) -> RoleCheck:
    """An adopted member may have policies and groups from before, into which the portal cannot look."""
    note = Words("The member may have policies from before the adoption that deny it: trying it is the proof.")
    return replace(role, may_assume=None, note=role.note or note) if role.may_assume else role


def _looked_up(iam: "IAMAdministration", name: str) -> tuple[UserCheck, frozenset[str]]:
    """The user, and the switch-role groups that IAM has them in."""
    try:
        has_boundary = iam.member(name).boundary_arn == iam.boundary_arn()
        groups = iam.groups(name)
        is_suspended = any(group.is_suspended for group in groups)
        user = UserCheck(True, has_boundary, bool(iam.devices(name)), is_held(groups), is_suspended)
        return user, frozenset(switch_role_groups(groups))
    except UserMissing:
        return UserCheck(False), frozenset()


def _roles(
    iam: "IAMAdministration",
    settings: Settings,
    member: Member,
    user: UserCheck,
    present: frozenset[str],
    now: datetime,
) -> Iterator[RoleCheck]:
    caller = Caller(settings.partition, settings.identity_account, member.user_name, now)
    policies = [_policy(iam, group.name) for group in settings.groups if group.name in present]
    left = ROLES_LOOKED_AT
    for role in settings.roles_of(group.name for group in settings.groups if group.name in member.groups):
        arn = role.arn(settings.partition)
        unseen = RoleCheck(role, arn, may_assume=all_of([user.may_do_anything, None]))
        if role.account_id != settings.identity_account:
            may = all_of([user.may_do_anything, grants(policies, arn, caller), None])
            yield replace(unseen, may_assume=may, note=_other_account(role))
        elif left == 0:
            yield replace(unseen, note=_too_many())
        else:
            left -= 1
            yield _looked_at(iam, unseen, caller, user, policies)


def _policy(iam: "IAMAdministration", group_name: str) -> Policy | None:
    """What the group may do; None if the portal may not look."""
    try:
        return iam.group_policy(group_name)
    except GroupMissing:
        return _NO_POLICY
    except AWSRefused:
        return None


def _looked_at(
    iam: "IAMAdministration", unseen: RoleCheck, caller: Caller, user: UserCheck, policies: list[Policy | None]
) -> RoleCheck:
    try:
        found = iam.role(unseen.role.role_name)
    except AWSRefused:
        return replace(unseen, note=Words("AWS does not let the portal look at this role: trying it is the proof."))
    if found is None:
        return replace(unseen, in_place=False, may_assume=False)
    if found.arn != unseen.role_arn:
        return replace(unseen, in_place=False, may_assume=False, note=_other_path(found))
    trust, external_id = found.trust_policy, unseen.role.external_id or None
    may = may_assume(trust, policies, found.arn, caller, external_id=external_id)
    asks_for_mfa = requires_mfa(trust, caller).answer
    # A trust policy that names the member needs no grant, so the group's policy is not asked.
    needs_group = names(trust, caller, external_id=external_id) is False
    seen = replace(
        unseen,
        in_place=True,
        requires_mfa=asks_for_mfa,
        is_mfa_left_to_group=unseen.role.is_existing and asks_for_mfa is False and needs_group,
        # Another boundary, or none, has a line of its own; what it allows or denies is not looked at.
        may_assume=all_of([user.may_do_anything, may, True if user.has_boundary else None]),
        maximum_session_seconds=found.maximum_session_seconds,
    )
    is_trusted = trusts(trust, caller, external_id=external_id)
    return replace(seen, note=_not_trusted(found, caller, external_id) if is_trusted is False else _note(seen))


def _note(seen: RoleCheck) -> Words | None:
    if seen.is_long_enough is False:
        return Words(
            "The role allows sessions of %(longest)s h, the settings promise %(promised)s h: AWS refuses more.",
            longest=hours(seen.maximum_session_seconds or 0),
            promised=hours(seen.promised_session_seconds),
        )
    if None in seen.answers:
        return Words("The policies have conditions that the portal cannot judge: trying it is the proof.")
    if seen.is_mfa_left_to_group:
        return Words("Others manage the role, and its trust policy asks for no MFA: the policy of the group does.")
    return None


def _other_account(role: Role) -> Words:
    return Words(
        "The role is in account %(account)s, which the portal cannot look into: trying it is the proof.",
        account=role.account_id,
    )


def _other_path(found: IAMRole) -> Words:
    return Words("There is a role of this name, but it is another one: %(arn)s.", arn=found.arn)


def _not_trusted(found: IAMRole, caller: Caller, external_id: str | None) -> Words:
    why = reasons(found.trust_policy, caller, external_id)
    return why[0] if why else Words("The role’s trust policy does not let this member in.")


def _too_many() -> Words:
    return Words("The portal looks at %(count)s roles at most: trying it is the proof.", count=ROLES_LOOKED_AT)
