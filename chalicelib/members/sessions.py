"""The member's session, which begins when a link is opened: how long it lasts, its cookie, whether it goes on.

It is part of the member's record: one read answers whether a request may go on, and revoking ends it.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote, unquote

from chalicelib.errors import AccessSuspended, InvitationRevoked, NotSignedIn, SessionEnded
from chalicelib.members.invitations import hashed, is_secret
from chalicelib.members.record import Member, is_in_session, is_user_name
from chalicelib.members.suspensions import is_paused

# A working day: the link is spent once MFA is proved, so the session has to last until the config is saved.
SESSION_LASTS = timedelta(hours=8)
# Long enough for a break in the middle of the journey; renewed by each page.
IDLE_LASTS = timedelta(hours=2)
# A session in use is written down again after this long, not with every page.
NOTED_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class MemberSession:
    """The contents of a session cookie: the member's name, and the hash of the session token."""

    user_name: str
    session_hash: str


def session_cookie(user_name: str, session_token: str) -> str:
    """The value of the session cookie. A cookie cannot hold a comma, but a user name can."""
    return f"{quote(user_name, safe='')}.{session_token}"


def session_from(cookie: str) -> MemberSession:
    """Read a session cookie's value; NotSignedIn if the portal makes no such values."""
    quoted, _, token = cookie.rpartition(".")
    if not is_secret(token) or not is_user_name(user_name := unquote(quoted)):
        raise NotSignedIn
    return MemberSession(user_name, hashed(token))


def is_of(session: MemberSession, member: Member) -> bool:
    """Whether ``session`` is the latest of the member, over or not."""
    return hmac.compare_digest(member.session_hash or "", session.session_hash)


def signed_in(member: Member | None, session: MemberSession, now: datetime) -> Member:
    """The member if ``session`` may act for them at ``now``.

    Else NotSignedIn where opening the link again helps, and the error that says why where it does not.
    """
    if member is None or not is_of(session, member):
        raise NotSignedIn
    if is_paused(member):
        raise AccessSuspended
    if not is_in_session(member, now):
        raise SessionEnded if member.accepted_at else NotSignedIn
    if member.revoked_at:
        raise InvitationRevoked
    return member


def is_to_be_noted(member: Member, now: datetime) -> bool:
    """Whether the use of the member's session at ``now`` has to be written down, so that it goes on."""
    idle_ends_at = member.session_idle_ends_at
    return idle_ends_at is not None and idle_ends_at - now < IDLE_LASTS - NOTED_EVERY
