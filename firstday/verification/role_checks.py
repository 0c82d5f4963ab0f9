"""Checks each role that the robot should have: with MFA, under its own name, for as long as its config says."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.words import hours
from firstday.verification.answers import Key, ProbeAnswer, key_of
from firstday.verification.key_checks import with_a_code
from firstday.verification.result_lines import failed, passed, unseen
from firstday.verification.robot import Granted, Robot

# The longest that STS grants to a session, which needs one code for all roles.
CHAINED_SECONDS = 3600
OTHER_NAME = "somebody-else"
# The seconds that may be lost between the request and the answer.
ON_THE_WAY = 60
# A deployment without a change does not undo changes by hand.
MENDED = "firstday doctor says what mends it."


def check_roles(robot: Robot, session: Key) -> tuple[Granted, ...]:
    """With the session of one code, as far as its hour goes; then the longest promise with a code of its own.

    Those that could be assumed.
    """
    assumed = tuple(granted for granted in robot.granted if _check_role(robot, granted, session))
    if assumed:
        _check_longest(robot, max(assumed, key=lambda one: one.role.maximum_session_seconds))
    return assumed


def _check_role(robot: Robot, granted: Granted, session: Key) -> bool:
    """Whether the role could be assumed."""
    role, profile = granted.role, robot.config.get(granted.role.profile)
    wanted = (role.arn(robot.settings.partition), role.external_id)
    if profile is None or (profile.role_arn, profile.external_id or "") != wanted:
        text = f"The config of the portal has no such profile for {granted.named}"
        remedy = "The portal was deployed with other settings: deploy again, or name its own with --settings."
        robot.lines.add(failed("config", text, role.profile, remedy=remedy))
        return False
    seconds = min(role.maximum_session_seconds, CHAINED_SECONDS)
    answer = robot.clock.until(lambda one: one.is_allowed, lambda: robot.assume(role, session, seconds=seconds))
    if not answer.is_allowed:
        text = f"With MFA, the role {granted.named} is refused, which the group {granted.group.name} is to give"
        why = cause(answer, robot.seen_by_portal(role), granted)
        robot.lines.add(failed("role", text, role.profile, answered=answer.words, remedy=why))
        unknown = "Whether another session name is refused could not be tried, as the role is"
        robot.lines.add(unseen("other_name", unknown, role.profile))
        return False
    _check_identity(robot, granted, answer)
    _check_other_name(robot, granted, session)
    return True


def cause(answer: ProbeAnswer, seen: Mapping[str, Any], granted: Granted) -> str:
    """Why a promised role is refused, as far as it is known."""
    lacks = f"The policy of the group {granted.group.name} does not have the role {granted.role.role_name}."
    if seen.get("in_place") is False:
        return f"There is no such role in {granted.account}."
    # For another account's role, the portal sees only the group's side, so its No is the group's.
    if "no identity-based policy allows" in answer.text or (
        seen.get("in_place") is None and seen.get("may_assume") is False
    ):
        return f"{lacks} {MENDED}"
    if "ValidationError" in (answer.code or ""):
        return "The role's own maximum session duration is shorter than the settings say."
    if seen.get("in_place") and seen.get("may_assume") is False and seen.get("note"):
        return str(seen["note"])
    trust = "the role's trust policy refuses the member"
    others = ", such as for the external id; firstday doctor says more" if granted.role.is_existing else ""
    return f"Either {lacks[0].lower()}{lacks[1:-1]}, or {trust}{others}."


def _check_identity(robot: Robot, granted: Granted, answer: ProbeAnswer) -> None:
    role = granted.role
    found = robot.identity(key_of(answer))
    partition, account = robot.settings.partition, role.account_id
    wanted = f"arn:{partition}:sts::{account}:assumed-role/{role.role_name}/{robot.user_name}"
    arn = str(found.body.get("Arn", ""))
    if found.is_allowed and (arn, found.body.get("Account")) == (wanted, account):
        text = f"With MFA and the member's own name, the role is assumed, by the group {granted.group.name}"
        robot.lines.add(passed("role", text, role.profile, answered=arn))
    else:
        text = f"The session of the role is somebody else than {wanted}"
        robot.lines.add(failed("role", text, role.profile, answered=arn or found.words))


def _check_other_name(robot: Robot, granted: Granted, session: Key) -> None:
    check, role = "other_name", granted.role
    answer = robot.clock.until(
        lambda one: one.is_denied, lambda: robot.assume(role, session, session_name=OTHER_NAME)
    )
    said = answer.words
    if answer.is_denied:
        # The trust policy of a role that others manage may well allow it.
        by = f", as the policy of the group {granted.group.name} demands" if role.is_existing else ""
        robot.lines.add(passed(check, f"Under another session name, it is refused{by}", role.profile, said))
    elif answer.is_allowed:
        text = f"The role {granted.named} is assumed under another session name, {OTHER_NAME}"
        lacking = "The group's policy" if role.is_existing else "Its trust policy"
        remedy = f"{lacking} lacks the condition StringLike, sts:RoleSessionName, ${{aws:username}}."
        if role.is_existing:
            remedy += " Or its trust policy names users or everybody in their own account, who need no grant."
        robot.lines.add(failed(check, text, role.profile, said, remedy))
    else:
        text = "Under another session name, it is to be refused; AWS answered something else"
        robot.lines.add(failed(check, text, role.profile, said))


def _check_longest(robot: Robot, granted: Granted) -> None:
    """With the access key and a code, as the AWS CLI does it with the config."""
    role = granted.role
    seconds = robot.config[role.profile].duration_seconds or role.maximum_session_seconds
    answer = with_a_code(robot, lambda code: robot.assume(role, robot.key, seconds=seconds, code=code))
    if not answer.is_allowed:
        text = f"With the access key and a code, the role is refused for {hours(seconds)} h, as the settings say"
        remedy = "If AWS names the duration: the role's maximum session duration is shorter than the settings say."
        robot.lines.add(failed("duration", text, role.profile, answered=answer.words, remedy=remedy))
        return
    ends_at: datetime = answer.body["Credentials"]["Expiration"]
    lasts = ends_at.timestamp() - robot.clock.now()
    if lasts < seconds - ON_THE_WAY:
        text = f"The session lasts {hours(round(lasts))} h, and the settings say {hours(seconds)} h"
        robot.lines.add(failed("duration", text, role.profile, answered=f"Expiration {ends_at}"))
        return
    text = f"With the access key and a code, the role is assumed for {hours(seconds)} h, as the settings say"
    robot.lines.add(passed("duration", text, role.profile, answered=f"Expiration {ends_at}"))
