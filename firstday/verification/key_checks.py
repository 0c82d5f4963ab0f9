"""Checks that the access key can do almost nothing without MFA, and that it gets a session with MFA."""

from collections.abc import Callable

from chalicelib.arns import BASELINE_GROUP
from firstday.verification.answers import Key, ProbeAnswer, key_of
from firstday.verification.result_lines import failed, passed, unseen
from firstday.verification.robot import SESSION_PROBES, Granted, Robot

DENY = "DenyAllExceptListedIfNoMFA"
MEND = f"The policy of the group {BASELINE_GROUP} has to have it, and the member has to be in that group."
# IAM may take a minute to know a new device, and each code works once: so the robot waits for the next codes.
CODES_TRIED = 3


def check_key(robot: Robot) -> None:
    """The key alone is denied by the Deny statement, and assumes no role."""
    _check_denied(robot, robot.key, "key_without_mfa", "the access key", robot.probe())
    for granted in robot.granted:
        _check_role_without_mfa(robot, robot.key, granted, "role_without_mfa", "Without MFA")


def check_session_without_mfa(robot: Robot) -> None:
    """GetSessionToken without a code gives a session, which is denied just like the key.

    AWS gives one to every user, even if policies deny it.
    """
    check = "session_without_mfa"
    answer = robot.clock.until(lambda one: one.is_allowed, robot.get_session_token)
    if not answer.is_allowed:
        text = "sts:GetSessionToken gives no session without a code, so what one may do could not be tried"
        robot.lines.add(unseen(check, text, answered=answer.words))
        return
    session = key_of(answer)
    _check_denied(robot, session, check, "a session that was got without a code", robot.probe(SESSION_PROBES))
    for granted in robot.granted:
        _check_role_without_mfa(robot, session, granted, check, "With a session that was got without a code")


def session_with_mfa(robot: Robot) -> Key | None:
    """A session for an MFA code, for all further checks; None if AWS gives none."""
    answer = with_a_code(robot, robot.get_session_token)
    if answer.is_allowed:
        robot.lines.add(passed("session_with_mfa", "sts:GetSessionToken gives a session for an MFA code"))
        return key_of(answer)
    text = "sts:GetSessionToken gives no session for an MFA code"
    remedy = "If AWS names the code: is the clock of this computer right?"
    robot.lines.add(failed("session_with_mfa", text, answered=answer.words, remedy=remedy))
    return None


def with_a_code(robot: Robot, call: Callable[[str], ProbeAnswer]) -> ProbeAnswer:
    """The answer to ``call`` with an MFA code; if it is denied, with the next codes."""
    answer = call(robot.device.code())
    for _ in range(CODES_TRIED - 1):
        if not answer.is_denied:
            break
        answer = call(robot.device.code(ahead=0))
    return answer


def _check_denied(robot: Robot, key: Key, check: str, what: str, action: str | None) -> None:
    """Checks that a Deny keeps ``what`` from the action, so that no other policy can allow it."""
    if action is None:
        robot.lines.add(unseen(check, "The settings allow without MFA all that this command could try"))
        return
    answer = robot.clock.until(
        lambda one: one.is_explicit or one.is_elsewhere, lambda: robot.try_probe(action, key)
    )
    if answer.is_elsewhere:
        text = f"Without MFA, {what} is denied {action} by another policy, which hides whether {DENY} is there"
        robot.lines.add(unseen(check, text, answered=answer.words))
    elif answer.is_explicit:
        robot.lines.add(passed(check, f"Without MFA, {what} is denied {action}, by a Deny", answered=answer.words))
    elif answer.is_silent:
        text = f"Without MFA, {what} is denied {action}; AWS does not say whether {DENY} did it"
        robot.lines.add(unseen(check, text, answered=answer.words))
    else:
        robot.lines.add(failed(check, _not_denied(answer, what, action), answered=answer.words, remedy=MEND))


def _not_denied(answer: ProbeAnswer, what: str, action: str) -> str:
    if answer.is_allowed:
        return f"Without MFA, {what} may do {action}: the statement {DENY} is missing or does not hold"
    if answer.is_denied:
        return f"Without MFA, {what} is refused {action}, but not by a Deny: the statement {DENY} is missing"
    return f"Without MFA, {what} is to be denied {action}; AWS answered something else"


def _check_role_without_mfa(robot: Robot, key: Key, granted: Granted, check: str, how: str) -> None:
    role = granted.role
    answer = robot.clock.until(lambda one: one.is_denied, lambda: robot.assume(role, key))
    said = answer.words
    if answer.is_denied:
        robot.lines.add(passed(check, f"{how}, the role is refused", role.profile, said))
    elif answer.is_allowed:
        remedy = f"The role's trust policy does not ask for MFA, and {DENY} does not hold."
        text = f"{how}, the role {granted.named} can be assumed"
        robot.lines.add(failed(check, text, role.profile, said, remedy))
    else:
        text = f"{how}, the role is to be refused; AWS answered something else"
        robot.lines.add(failed(check, text, role.profile, said))
