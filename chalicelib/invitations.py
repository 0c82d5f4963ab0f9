"""Invitations and the member's session that a link opens.

An invitation is one record. Its key is the SHA-256 hash of the invitation
token, and the session of whoever opened the link last is part of the record:
one read answers whether a request may go on, and revoking ends the session.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.errors import (
    FirstdayError,
    InvitationExpired,
    InvitationLocked,
    InvitationNotFound,
    InvitationRevoked,
    InvitationSpent,
    NotSignedIn,
)

MAXIMUM_ATTEMPTS = 10
# A working day: the link is spent once MFA is proved, so the session has to last until the config is saved.
SESSION_LASTS = timedelta(hours=8)
# IAM's clock stamps devices and keys, to the second; ours stamps the invitation.
CLOCK_SKEW = timedelta(seconds=5)
# No 0/O, 1/I/L or U/V: passcodes are told over the phone. Eight of 29 characters, against ten tries.
PASSCODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTWXYZ"
PASSCODE_LENGTH = 8


@dataclass(frozen=True, slots=True)
class Invitation:
    """One invitation, as stored. ``key`` and the hashes are lower-case hex; times are UTC.

    ``created_user`` tells that the invitation's IAM user is new, so it can have no device of its own.
    ``opened_at`` is when its link was first opened; ``accepted_at``, when MFA was proved and the groups granted.
    """

    key: str
    user_name: str
    groups: tuple[str, ...]
    created_at: datetime
    created_by: str
    expires_at: datetime
    created_user: bool = False
    passcode_hash: str | None = None
    failed_attempts: int = 0
    revoked_at: datetime | None = None
    opened_at: datetime | None = None
    session_hash: str | None = None
    session_expires_at: datetime | None = None
    accepted_at: datetime | None = None
    serial_number: str | None = None
    access_key_attempts: int = 0
    access_key_id: str | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """What a session cookie says: which invitation, and the hash of the session token."""

    invitation_key: str
    session_hash: str


def hashed(token: str) -> str:
    """The only form in which a token is stored. Tokens are 256 random bits, so no salt or work factor is due."""
    return hashlib.sha256(token.encode()).hexdigest()


def passcode_hashed(passcode: str, token: str) -> str:
    """A passcode is guessable, so its hash is keyed with the token, which the table does not hold."""
    normal = "".join(char for char in passcode.upper() if char.isalnum())
    return hmac.digest(token.encode(), normal.encode(), hashlib.sha256).hex()


def token_from(text: str) -> str:
    """The invitation token in what somebody pasted: the whole link or the part after its ``#``."""
    return "".join(text.rpartition("#")[2].split())


def session_cookie(invitation_key: str, session_token: str) -> str:
    """The value of the session cookie."""
    return f"{invitation_key}.{session_token}"


def session_from(cookie: str) -> Session:
    """Read a session cookie's value; a malformed one names no invitation and so opens nothing."""
    key, _, token = cookie.partition(".")
    return Session(key[:64], hashed(token))


def openable(invitation: Invitation | None, now: datetime) -> Invitation:
    """The invitation if its link may be opened at ``now``, else the error that says why not."""
    if invitation is None:
        raise InvitationNotFound
    problem = _problem(invitation, now)
    if problem:
        raise problem
    return invitation


def is_pending(invitation: Invitation, now: datetime) -> bool:
    """Whether the link can still be opened."""
    return _problem(invitation, now) is None


def is_passcode(invitation: Invitation, passcode: str, token: str) -> bool:
    return hmac.compare_digest(passcode_hashed(passcode, token), invitation.passcode_hash or "")


def signed_in(invitation: Invitation | None, session: Session, now: datetime) -> Invitation:
    """The invitation if ``session`` may act for its member at ``now``.

    Else NotSignedIn where opening the link again helps, and the error that says why where it does not.
    """
    if invitation is None or not hmac.compare_digest(invitation.session_hash or "", session.session_hash):
        raise NotSignedIn
    if invitation.session_expires_at is None or now >= invitation.session_expires_at:
        raise InvitationSpent if invitation.accepted_at else NotSignedIn
    if invitation.revoked_at:
        raise InvitationRevoked
    return invitation


def _problem(invitation: Invitation, now: datetime) -> FirstdayError | None:
    if invitation.revoked_at:
        return InvitationRevoked()
    if invitation.accepted_at:
        return InvitationSpent()
    if now >= invitation.expires_at:
        return InvitationExpired()
    if invitation.failed_attempts >= MAXIMUM_ATTEMPTS:
        return InvitationLocked()
    return None
