"""Invitations: the link, its passcode, and whether it may still be opened.

An invitation is part of the member's record. Its token (``link_tokens``) holds the user name, so the link itself
says whose record to read; of the secret, only the SHA-256 hash is stored.
"""

import hashlib
import hmac
import re
import secrets
import unicodedata
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.errors import (
    FirstdayError,
    InvitationExpired,
    InvitationLocked,
    InvitationNotFound,
    InvitationRevoked,
    InvitationSpent,
)
from chalicelib.members.link_tokens import EARLIER_LENGTH, Token
from chalicelib.members.record import MAXIMUM_ATTEMPTS, Member, is_in_session

# IAM's clock stamps devices and keys, to the second; ours stamps the invitation.
CLOCK_SKEW = timedelta(seconds=5)
# No 0/O, 1/I/L or U/V: passcodes are told over the phone. Eight of 29 characters, against ten tries.
PASSCODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTWXYZ"
PASSCODE_LENGTH = 8
_PASSCODE = re.compile(f"[{PASSCODE_ALPHABET}]{{4}}-[{PASSCODE_ALPHABET}]{{4}}", re.ASCII)
# How many replaced links are remembered, to tell their owners that there is a newer one.
FORMER_LINKS = 10
# For this long, the owner of an old link is told what became of it.
OVER_FOR = timedelta(days=30)
# Attributes that nobody needs when an invitation is over. The links' hashes stay: a refresh sees by them that the
# member was invited, and not set up by hand; the sweeper sees by former ones that earlier journeys may have left a
# device.
_NEEDLESS = ("passcode_hash", "session_hash", "session_expires_at", "session_idle_ends_at")
# 256 bits in base64url.
_SECRET = re.compile(r"[A-Za-z0-9_-]{43,86}", re.ASCII)
# The attributes of one invitation, which the next invitation resets.
OF_INVITATION = (
    "groups",
    "created_user",
    "token_hash",
    "former_hashes",
    "invited_at",
    "invited_by",
    "expires_at",
    "passcode_hash",
    "is_mailed",
    "failed_attempts",
    "revoked_at",
    "opened_at",
    "session_hash",
    "session_expires_at",
    "session_idle_ends_at",
    "registering_at",
    "enabled_at",
    "enabled_serial",
    "accepted_at",
    "access_key_attempts",
    "access_key_id",
    "version",
)


def hashed(secret: str) -> str:
    """The only form in which a secret is stored. It is 256 random bits, so it needs no salt or work factor."""
    return hashlib.sha256(secret.encode()).hexdigest()


def passcode_hashed(passcode: str, secret: str) -> str:
    """A passcode is guessable, so its hash is keyed with the token's secret, which the table does not hold.

    Where the invitation is mailed, it is keyed with the invitation's ``token_hash`` instead: its links have secrets
    of their own.

    How wide its letters were typed, and what stands around and between them, is nothing of it.
    """
    normal = "".join(char for char in unicodedata.normalize("NFKC", passcode).upper() if char.isalnum())
    return hmac.digest(secret.encode(), normal.encode(), hashlib.sha256).hex()


def is_secret(text: str) -> bool:
    """Whether ``text`` can be a token's secret: at least 256 bits in base64url."""
    return _SECRET.fullmatch(text) is not None


def is_passcode_text(text: str) -> bool:
    """Whether ``text`` is a passcode as the portal makes them, hyphen included."""
    return _PASSCODE.fullmatch(text) is not None


def new_passcode() -> str:
    return passcode_text("".join(secrets.choice(PASSCODE_ALPHABET) for _ in range(PASSCODE_LENGTH)))


def passcode_text(letters: str) -> str:
    """Eight characters of the alphabet, as people read them to each other."""
    return f"{letters[:4]}-{letters[4:]}"


def renewed(member: Member, *, token_hash: str, invited_at: datetime, invited_by: str, lasts: timedelta) -> Member:
    """``member`` with a fresh invitation: the earlier link and its session are worth nothing any more."""
    is_other = member.token_hash not in (None, token_hash)
    former = (member.token_hash, *member.former_hashes) if is_other and member.token_hash else member.former_hashes
    return replace(
        member,
        token_hash=token_hash,
        former_hashes=former[:FORMER_LINKS],
        invited_at=invited_at,
        invited_by=invited_by,
        expires_at=invited_at + lasts,
        passcode_hash=None,
        is_mailed=False,
        failed_attempts=0,
        revoked_at=None,
        opened_at=None,
        session_hash=None,
        session_expires_at=None,
        session_idle_ends_at=None,
        registering_at=None,
        enabled_at=None,
        enabled_serial=None,
        accepted_at=None,
        access_key_attempts=0,
        access_key_id=None,
    )


def as_sent(member: Member | None, token: Token) -> Token:
    """``token`` without the text that stood behind an earlier link, where the member's record knows it so."""
    shorter = replace(token, secret=token.secret[:EARLIER_LENGTH])
    is_known = member is not None and hashed(shorter.secret) in _links_of(member)
    return shorter if is_known else token


def is_unknown(member: Member | None, link_hash: str) -> bool:
    """Whether the member was invited, but not with a link of this hash: the mailer may have made it."""
    return member is not None and member.token_hash is not None and link_hash not in _links_of(member)


def openable(member: Member | None, token_hash: str, now: datetime, *, is_mailed: bool = False) -> Member:
    """The member whose invitation of ``token_hash`` may be opened at ``now``, else the error that says why not.

    ``is_mailed``: the link is one that the mailer has made for it. Nothing else opens an invitation that is mailed.
    """
    if member is None or member.token_hash is None:
        raise InvitationNotFound
    if not hmac.compare_digest(member.token_hash, token_hash):
        raise InvitationRevoked if token_hash in member.former_hashes else InvitationNotFound
    if member.is_mailed != is_mailed:
        raise InvitationNotFound
    problem = _problem(member, now)
    if problem:
        raise problem
    return member


def _links_of(member: Member) -> tuple[str | None, ...]:
    return (member.token_hash, *member.former_hashes)


def is_pending(member: Member, now: datetime) -> bool:
    """Whether there is a link that can still be opened."""
    return member.token_hash is not None and _problem(member, now) is None


def is_passcode(member: Member, passcode: str, secret: str) -> bool:
    key = member.token_hash if member.is_mailed and member.token_hash else secret
    return hmac.compare_digest(passcode_hashed(passcode, key), member.passcode_hash or "")


def is_long_over(member: Member, now: datetime) -> bool:
    """Whether the time is over in which the owner is told what became of the link."""
    return member.expires_at is not None and now - member.expires_at >= OVER_FOR


def needless(member: Member, now: datetime) -> tuple[str, ...]:
    """The attributes of an invitation that has been over for long enough."""
    if not is_long_over(member, now) or is_in_session(member, now):
        return ()
    return tuple(name for name in _NEEDLESS if getattr(member, name))


def _problem(member: Member, now: datetime) -> FirstdayError | None:
    if member.revoked_at:
        return InvitationRevoked()
    if member.accepted_at:
        return InvitationSpent()
    if member.expires_at is None or now >= member.expires_at:
        return InvitationExpired()
    if member.failed_attempts >= MAXIMUM_ATTEMPTS:
        return InvitationLocked()
    return None
