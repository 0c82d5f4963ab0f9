"""Checks each role's trust policy, which no member can see: the portal sees some, other accounts the rest."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from chalicelib.admin.policy_evaluation.callers import Caller
from chalicelib.admin.policy_evaluation.trust import MFADemand, names, requires_mfa
from chalicelib.admin.policy_evaluation.trust_reasons import reasons
from chalicelib.settings.records import Role
from chalicelib.words import hours
from firstday.account_names import account_name
from firstday.aws_calls import AccountSession
from firstday.verification.answers import ProbeAnswer, answer_of
from firstday.verification.result_lines import failed, passed, unseen
from firstday.verification.robot import Granted, Robot

SessionOf = Callable[[str], AccountSession | None]


def check_trust(robot: Robot, session_of: SessionOf) -> None:
    """Whether each trust policy asks for MFA by itself, and how long sessions may last, as the portal sees it."""
    for granted in robot.granted:
        seen = robot.seen_by_portal(granted.role)
        _check_requires_mfa(robot, granted, seen, session_of)
        _check_maximum(robot, granted, seen)


def _check_requires_mfa(robot: Robot, granted: Granted, seen: Mapping[str, Any], session_of: SessionOf) -> None:
    """Checks with a session of the role's own account, which sees what the portal cannot."""
    role, seen_by_portal = granted.role, seen.get("requires_mfa")
    caller = Caller(
        robot.settings.partition,
        robot.settings.identity_account,
        robot.user_name,
        datetime.fromtimestamp(robot.clock.now(), UTC),
    )
    policy = trust_policy(session_of, role, robot.settings.region) if seen_by_portal is None else None
    demand = _demand(seen_by_portal) if policy is None else requires_mfa(policy, caller)
    if demand is MFADemand.YES:
        text = f"Its trust policy asks for MFA by itself, as {_seer(seen_by_portal)} sees it"
        robot.lines.add(passed("trust_requires_mfa", text, role.profile))
    elif demand is MFADemand.NO and _is_left_to_group(granted, seen, policy, caller):
        text = (
            f"The trust policy of the role {granted.named}, which others manage, does not ask for MFA:"
            f" the policy of the group {granted.group.name} does"
        )
        robot.lines.add(passed("trust_requires_mfa", text, role.profile))
    elif demand is MFADemand.NO:
        text = f"The trust policy of the role {granted.named} does not ask for MFA"
        remedy = (
            "Only the Deny of the members' group keeps an access key without MFA out. The trust policy needs the"
            " condition Bool, aws:MultiFactorAuthPresent, true."
        )
        robot.lines.add(failed("trust_requires_mfa", text, role.profile, remedy=remedy))
    elif demand is MFADemand.NOBODY:
        text = f"The trust policy of the role {granted.named} lets no IAM user of the identity account in"
        remedy = " ".join([*map(str, reasons(policy, caller)), "firstday doctor says what mends it."])
        robot.lines.add(failed("trust_requires_mfa", text, role.profile, remedy=remedy))
    else:
        _add_unseen(robot, granted, seen)


def _is_left_to_group(
    granted: Granted, seen: Mapping[str, Any], policy: Mapping[str, Any] | None, caller: Caller
) -> bool:
    """Whether others manage the role, and the group's policy, which asks for MFA, is needed to get in."""
    role = granted.role
    if policy is None or not role.is_existing:
        return role.is_existing and seen.get("is_mfa_left_to_group") is True
    is_named = names(policy, caller, external_id=role.external_id or None) is not False
    return not (role.account_id == caller.account_id and is_named)


def _demand(seen_by_portal: bool | None) -> MFADemand:
    return MFADemand.UNKNOWN if seen_by_portal is None else MFADemand.YES if seen_by_portal else MFADemand.NO


def _add_unseen(robot: Robot, granted: Granted, seen: Mapping[str, Any]) -> None:
    role, settings = granted.role, robot.settings
    why = "the Deny answers first"
    if seen.get("in_place") and seen.get("note"):
        why = f"the portal says of the role: {seen['note']}"
    text = f"Whether the trust policy of {granted.named} asks for MFA cannot be seen: {why}"
    option = f"--account-profile {account_name(settings, role.account_id)}=PROFILE"
    remedy = (
        f"Name a profile of that account that may iam:GetRole there, with {option}, or look yourself: aws iam"
        f" get-role --role-name {role.role_name} --query Role.AssumeRolePolicyDocument, which has to"
        " have the condition Bool, aws:MultiFactorAuthPresent, true."
    )
    robot.lines.add(unseen("trust_requires_mfa", text, role.profile, remedy=remedy, seen_with=option))


def _seer(seen_by_portal: bool | None) -> str:
    return "its own account" if seen_by_portal is None else "the portal"


def _check_maximum(robot: Robot, granted: Granted, seen: Mapping[str, Any]) -> None:
    longest, promised = seen.get("maximum_session_seconds"), granted.role.maximum_session_seconds
    if longest is not None and longest < promised:
        text = f"The role allows sessions of {hours(longest)} h, and the settings promise {hours(promised)} h"
        remedy = "AWS refuses more. firstday doctor says what mends it."
        if granted.role.is_existing:
            remedy = f"AWS refuses more. Write maximum_session_seconds = {longest} in firstday.toml."
        robot.lines.add(failed("duration", text, granted.role.profile, remedy=remedy))


def trust_policy(session_of: SessionOf, role: Role, region: str) -> Mapping[str, Any] | None:
    """The role in IAM; None if nobody has named credentials, or they do not reach the role."""
    session = session_of(role.account_id)
    answer = ProbeAnswer("no session")
    if session:
        iam = session.client("iam", region)
        answer = answer_of(lambda: iam.get_role(RoleName=role.role_name))
    found = answer.body["Role"] if answer.is_allowed else {}
    policy = found.get("AssumeRolePolicyDocument")
    return policy if isinstance(policy, Mapping) else None
