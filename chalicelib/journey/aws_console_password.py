"""The journey's console password: chosen by the member, handed to IAM, and kept nowhere else.

IAM makes a login profile at most once, so sending a password twice sets the first one.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from chalicelib.audit import Action, by_member
from chalicelib.aws_errors import AWSBusy, PasswordExists, PasswordRefused
from chalicelib.errors import InvitationSpent
from chalicelib.journey import onboarding
from chalicelib.members import passwords
from chalicelib.members.new_users import awaited
from chalicelib.members.passwords import PasswordPolicy
from chalicelib.members.record import Member
from chalicelib.words import Words

if TYPE_CHECKING:
    from chalicelib.aws.iam import IAM
    from chalicelib.aws.members_table import MembersTable

# A password no older than this comes from the same form, sent again because the first reply was lost.
JUST_NOW = timedelta(minutes=10)


class Problem(StrEnum):
    """Why a password was not taken.

    REFUSED: by IAM, though the portal knows of no rule that it breaks. LOST: AWS did not answer, and set none.
    """

    RULES = "rules"
    MISMATCH = "mismatch"
    REFUSED = "refused"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class AskForPassword:
    """The member is to choose; ``broken`` are the rules that the last password broke."""

    member: Member
    policy: PasswordPolicy
    problem: Problem | None = None
    broken: tuple[Words, ...] = ()


@dataclass(frozen=True, slots=True)
class HasPassword:
    """The member has a console password; ``is_new`` if it was set a moment ago, ``is_own`` by this very request."""

    member: Member
    is_new: bool
    is_own: bool = False


def look(iam: "IAM", member: Member, now: datetime) -> AskForPassword | HasPassword:
    """Whether there is a password to choose."""
    _check_proved(member)
    with awaited(member, now):
        created_at = iam.password_created_at(member.user_name)
    if created_at is None:
        return AskForPassword(member, iam.password_policy())
    return HasPassword(member, _is_new(created_at, now))


def choose_password(
    members: "MembersTable",
    iam: "IAM",
    member: Member,
    password: str,
    repeated: str,
    now: datetime,
    *,
    source_ip: str,
) -> AskForPassword | HasPassword:
    """Give the member this password, if it keeps the rules and they have none yet."""
    _check_proved(member)
    policy = iam.password_policy()
    if broken := passwords.broken(policy, password):
        return AskForPassword(member, policy, Problem.RULES, broken)
    if password != repeated:
        return AskForPassword(member, policy, Problem.MISMATCH)
    try:
        with awaited(member, now):
            iam.create_password(member.user_name, password)
        outcome = HasPassword(member, is_new=True, is_own=True)
    except PasswordRefused:
        return AskForPassword(member, policy, Problem.REFUSED)
    except (PasswordExists, AWSBusy) as error:
        outcome = _found(iam, member, error, now)
    return _recorded(members, outcome, now, source_ip)


def look_again(
    members: "MembersTable", iam: "IAM", member: Member, now: datetime, *, source_ip: str
) -> AskForPassword | HasPassword:
    """What came of a try that AWS did not answer. The password is not sent again: nothing has kept it."""
    outcome = look(iam, member, now)
    if isinstance(outcome, AskForPassword):
        return replace(outcome, problem=Problem.LOST)
    return _recorded(members, outcome, now, source_ip)


def _recorded(members: "MembersTable", outcome: HasPassword, now: datetime, source_ip: str) -> HasPassword:
    """Record it twice rather than not at all: a repeated request cannot tell whether the event was written.

    It cannot tell either who set the password that it finds: the event then says that this is known from IAM.
    """
    if outcome.is_new:
        seen = {} if outcome.is_own else {"known_from": "IAM"}
        details = {"source_ip": source_ip, **seen}
        members.record_events([by_member(outcome.member.user_name, Action.PASSWORD_CREATED, now, **details)])
    return outcome


def _found(iam: "IAM", member: Member, error: PasswordExists | AWSBusy, now: datetime) -> HasPassword:
    """The password that IAM has already, or has set although it did not answer; else raises ``error``."""
    may_exist = isinstance(error, PasswordExists) or error.is_ambiguous
    created_at = iam.password_created_at(member.user_name) if may_exist else None
    if created_at is None and isinstance(error, AWSBusy):
        raise error
    return HasPassword(member, is_new=created_at is not None and _is_new(created_at, now))


def _is_new(created_at: datetime, now: datetime) -> bool:
    return now - created_at < JUST_NOW


def _check_proved(member: Member) -> None:
    """NotSignedIn before MFA is proved; InvitationSpent where that is undone, as only a new invitation helps."""
    onboarding.check_accepted(member)
    if member.proved_at is None:
        raise InvitationSpent
