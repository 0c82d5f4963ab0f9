"""Why a user cannot be adopted, in words. Nothing is asked of AWS here."""

from collections.abc import Iterator
from datetime import datetime

from chalicelib.admin.policy_evaluation.callers import Caller
from chalicelib.admin.policy_evaluation.conditions import all_of, like, texts
from chalicelib.admin.policy_evaluation.trust import grants, names, trusts
from chalicelib.arns import (
    ADMIN_ROLE_NAME,
    BASELINE_GROUP,
    MEMBERS_PATH,
    QUARANTINE_GROUP,
    SWITCH_ROLE_PATH,
    iam_arn,
)
from chalicelib.errors import InvalidInput
from chalicelib.members.record import Member, checked_user_name, comparable
from chalicelib.settings.records import Settings
from firstday.adoption.adoption_plan import Stage, Wanted, kept_groups
from firstday.adoption.found_account import FoundAccount, FoundUser, Policy, policy_name
from firstday.adoption.voided_permissions import ASSUME_ROLE, EVERYTHING, allowing, may

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
GROUPS_A_USER = 10


def stage_of(user: FoundUser | None, record: Member | None) -> Stage:
    """Where the user is; REFUSED only says that there is a reason: see ``record_refusals``."""
    if user is None:
        return Stage.REFUSED
    if record is None:
        return Stage.NEW
    if record.offboarding_at or record.user_name != user.user_name:
        return Stage.REFUSED
    if record.adopting_at and record.adopted_at is None:
        return Stage.BEGUN
    return Stage.DONE if user.path == MEMBERS_PATH else Stage.REFUSED


def record_refusals(wanted: Wanted, user: FoundUser | None, record: Member | None) -> Iterator[str]:
    """Why a user of ``Stage.REFUSED`` is refused."""
    if user is None:
        yield "IAM has no user of this name."
    elif record and record.offboarding_at:
        yield f"The offboarding of this member has begun. Finish it: firstday offboard {wanted.user_name}"
    elif record and record.user_name != user.user_name:
        yield f"The portal has a member {record.user_name}; IAM does not tell capitals from small letters."
    elif record and record.adopted_at and user.path == record.former_path:
        yield f"A release of this member has begun. Finish it: firstday release {wanted.user_name}"
    elif record:
        yield f"This is a member already, but the IAM user is under the path {user.path} now: firstday doctor"


def user_refusals(
    settings: Settings,
    account: FoundAccount,
    user: FoundUser,
    groups: tuple[str, ...],
    *,
    caller_arn: str,
    at: datetime,
    with_administrators: bool,
) -> Iterator[str]:
    """Why a user without a record cannot be adopted."""
    try:
        checked_user_name(user.user_name)
    except InvalidInput as error:
        yield error.message
    if user.path.startswith(MEMBERS_PATH):
        yield _under_members(user)
    yield from _group_refusals(account, user, groups)
    if role := _role_that_names(settings, account, user, at):
        yield (
            f"This user may administer the portal: the trust policy of {role} lets them in without a grant, and no "
            "boundary limits that. Take them out of it first."
        )
    if user.arn == caller_arn:
        yield "These are the credentials that you use now: have somebody else adopt you."
    elif not with_administrators and (grant := administering_grant(settings, account, user, at)):
        yield (
            f"This user may administer the portal: {grant}, which no member may. Take that away first, or say "
            "--with-administrators, and they stop being one."
        )


def _under_members(user: FoundUser) -> str:
    if user.path == MEMBERS_PATH:
        return f"This user is under {MEMBERS_PATH} already, without a record: firstday create {user.user_name}"
    return f"This user is under {user.path}, below {MEMBERS_PATH}, where the portal's policies deny everything."


def _group_refusals(account: FoundAccount, user: FoundUser, groups: tuple[str, ...]) -> Iterator[str]:
    others = kept_groups(account.groups_paths, user)
    of_firstday = [name for name in user.groups if name not in others]
    if QUARANTINE_GROUP in user.groups:
        yield f"An administrator of IAM holds this user in the group {QUARANTINE_GROUP}."
    elif of_firstday:
        yield (
            f"This user is in Firstday's groups without being a member: {', '.join(of_firstday)}. Take them out "
            "first, with aws iam remove-user-from-group."
        )
    needed = len({*user.groups, *groups, BASELINE_GROUP, QUARANTINE_GROUP})
    if needed > GROUPS_A_USER:
        yield (
            f"IAM allows a user {GROUPS_A_USER} groups. With {len(user.groups)} so far, Firstday's own, "
            f"{len(groups)} to switch roles and room for {QUARANTINE_GROUP}, it would be {needed}."
        )


def group_problems(account: FoundAccount, groups: tuple[str, ...]) -> Iterator[str]:
    """What is wrong with Firstday's groups themselves: missing, or others' of the same name."""
    wanted = {BASELINE_GROUP: MEMBERS_PATH} | dict.fromkeys(groups, SWITCH_ROLE_PATH)
    for name, path in wanted.items():
        group = account.groups.get(name)
        if group is None:
            same = [one for one in account.groups if comparable(one) == comparable(name)]
            other = f" It has {same[0]}." if same else ""
            yield f"IAM has no group {name}.{other} Deploy first: firstday deploy"
        elif group.path != path:
            yield f"IAM's group {name} is not Firstday's: it is under {group.path}, not {path}."


def administering_grant(settings: Settings, account: FoundAccount, user: FoundUser, at: datetime) -> str | None:
    """What makes the user an administrator of the portal, in words, as far as can be told; None if nothing does.

    A policy that allows to assume every role, and nothing of IAM, means nobody in particular: it does not count.
    """
    caller = Caller(settings.partition, settings.identity_account, user.user_name, at, user.path)
    limit = [document] if (document := account.policies.get(user.boundary or "")) else []
    held = [policy for policy in account.policies_of(user) if policy.document is not None]
    may_create = any(may(one, "iam:CreateUser") for policy in held for one in allowing(policy.document))
    for role in _administering_roles(settings, account, caller):
        granted = [
            grants([one.document for one in held], role, caller),
            *(grants([one], role, caller) for one in limit),
        ]
        policy = next((one.name for one in held if _means_administrators(one.document, role, may_create)), None)
        if policy and all_of(granted) is not False:
            return f"{policy} allows sts:AssumeRole on {policy_name(role)}"
    return None


def _role_that_names(settings: Settings, account: FoundAccount, user: FoundUser, at: datetime) -> str | None:
    """A role that administers the portal, and whose trust policy names the user, as far as can be told."""
    caller = Caller(settings.partition, settings.identity_account, user.user_name, at, user.path)
    roles = (role for role in account.roles if settings.administrators.mean(role.name))
    return next((role.name for role in roles if names(role.trust, caller) is not False), None)


def _administering_roles(settings: Settings, account: FoundAccount, caller: Caller) -> Iterator[str]:
    """The ARNs of the portal's admin role, and of roles in the settings that let the user in."""
    yield iam_arn(settings.partition, settings.identity_account, f"role/{ADMIN_ROLE_NAME}")
    for role in account.roles:
        if settings.administrators.mean(role.name) and trusts(role.trust, caller) is not False:
            yield role.arn


def _means_administrators(document: Policy | None, role_arn: str, may_create: bool) -> bool:
    return any(
        may(statement, ASSUME_ROLE)
        and any(
            like(pattern, role_arn) and (pattern != EVERYTHING or may_create)
            for pattern in texts(statement.get("Resource", [EVERYTHING]))
        )
        for statement in allowing(document)
    )
