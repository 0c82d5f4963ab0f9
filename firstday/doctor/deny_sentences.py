"""What a policy of the organisation's own denies members, what that means for them, and what to do about it."""

from collections.abc import Iterator, Sequence

from chalicelib.settings.records import Credentials, Daily, Settings
from chalicelib.words import hours
from firstday.doctor import mending
from firstday.doctor.left_actions import EVERYTHING, Left
from firstday.doctor.mfa_denies import SESSION_LASTS, Denied

GET_SESSION_TOKEN, CHANGE_PASSWORD = "sts:getsessiontoken", "iam:changepassword"
PROMPT = '# In firstday.toml, write: daily = ["prompt"]. Then:'
IF_REFUSED = '# Only if AWS refuses aws configure mfa-login: write daily = ["prompt"] in firstday.toml, and deploy.'
# More than these are not named.
NAMED = 3


def counted(names: Sequence[str], most: int = NAMED) -> str:
    """The first names, and how many there are besides."""
    more = len(names) - most
    return f"{', '.join(names[:most])} and {more} more" if more > 0 else ", ".join(names)


def sentences(settings: Settings, denied: Denied) -> Iterator[str]:
    """What it denies, the worst first."""
    if denied.closed:
        roles = _roles(settings, denied.closed)
        yield f"With MFA too, it denies sts:AssumeRole of {roles}: members cannot switch there."
    if denied.closed_after is not None:
        yield f"Once an MFA code is {_lasting(denied.closed_after)} old, it denies sts:AssumeRole."
        yield from _about_age(settings)
    if denied.has_mfa:
        yield from _more(settings, denied)
    if denied.unknown:
        yield f"What else it denies depends on {', '.join(denied.unknown)}, and cannot be told."
    elif denied.has_mfa:
        yield from _less(denied)


def refused(denied: Denied) -> tuple[str, ...]:
    """What the settings allow without MFA, and AWS refuses because of the policy.

    A policy does not decide about GetSessionToken:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_getsessiontoken.html
    """
    return tuple(action for action in denied.more if action.lower() != GET_SESSION_TOKEN)


def remedies(settings: Settings, denied: Denied) -> Iterator[str]:
    """What to type, or to change in the policy."""
    more = refused(denied)
    if denied.closed:
        yield f"# Except from this policy's Deny: sts:AssumeRole of {_roles(settings, denied.closed)}"
    if more:
        yield f"# Except from this policy's Deny without MFA: {', '.join(more)}"
    if denied.closed_after is not None:
        yield "# Except from this policy's Deny by the age of MFA: sts:AssumeRole"
        if _has_day_sessions(settings):
            yield from ("# Or have members type a code at each role.", PROMPT, mending.DEPLOY)
    elif _names_day_sessions(settings, denied):
        yield IF_REFUSED
    if not (denied.closed or more or denied.closed_after):
        yield from _for_others(denied)


def _for_others(denied: Denied) -> Iterator[str]:
    if denied.unknown:
        yield "# Ask those who keep this policy."
    elif denied.is_never or denied.by_key.left != denied.in_session.left:
        yield '# To protect others by it, write: "BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}'
    else:
        yield "# Nothing to do for members. It may stay."


def _about_age(settings: Settings) -> Iterator[str]:
    lasting = hours(SESSION_LASTS)
    if _has_day_sessions(settings):
        yield f"The session of aws configure mfa-login lasts {lasting} h, and then opens no role any more."
    yield f"In the AWS console, a session lasts up to {lasting} h: members then sign in again before they switch."


def _more(settings: Settings, denied: Denied) -> Iterator[str]:
    if more := refused(denied):
        yield f"Without MFA{_where(denied)}, it denies what the settings allow: {', '.join(more)}."
        actions = {action.lower() for action in more}
        if CHANGE_PASSWORD in actions:
            yield "A password that has to be changed at the next sign-in cannot be changed."
        if any(action.startswith("iam:") for action in actions - {CHANGE_PASSWORD}):
            yield "Members cannot register a device by themselves; the portal does it for them all the same."
    if _names_day_sessions(settings, denied):
        yield (
            "It denies sts:GetSessionToken, with which aws configure mfa-login begins. By AWS's documentation, a "
            "policy does not decide about that, so members are not refused."
        )


def _names_day_sessions(settings: Settings, denied: Denied) -> bool:
    by_key = {action.lower() for action in denied.by_key.more}
    return GET_SESSION_TOKEN in by_key and _has_day_sessions(settings)


def _where(denied: Denied) -> str:
    if denied.by_key.more == denied.in_session.more:
        return ""
    return " by access key" if denied.by_key.more else " in a session"


def _less(denied: Denied) -> Iterator[str]:
    by_key, in_session = denied.by_key.left, denied.in_session.left
    if denied.is_same:
        yield "It denies what Firstday's own Deny denies."
    elif denied.is_never:
        yield "It denies nothing: no request meets all its conditions on MFA."
    elif denied.limited and by_key == in_session == EVERYTHING:
        yield f"What it denies is on {counted(denied.limited)} alone."
        return
    elif by_key == in_session:
        yield from _left("Without MFA", by_key)
    else:
        yield from _left("By access key alone", by_key)
        yield from _left("In sessions without MFA", in_session)
    if denied.limited:
        yield f"On {counted(denied.limited)}, it denies something besides."


def _left(when: str, left: Left) -> Iterator[str]:
    if left == EVERYTHING:
        yield f"{when}, it denies nothing."
    elif left.is_all_but:
        yield f"{when}, it denies only {', '.join(left.patterns)}."
    elif left:
        yield f"{when}, it leaves {', '.join(left.patterns)}, which is more than Firstday's own Deny does."


def _roles(settings: Settings, arns: Sequence[str]) -> str:
    is_each = len(arns) == len(settings.roles)
    return "every role of the settings" if is_each else counted(arns)


def _lasting(seconds: int) -> str:
    return f"{hours(seconds)} h" if seconds % 1800 == 0 else f"{seconds} s"


def _has_day_sessions(settings: Settings) -> bool:
    return Daily.SESSION in settings.daily and Credentials.ACCESS_KEY in settings.credentials
