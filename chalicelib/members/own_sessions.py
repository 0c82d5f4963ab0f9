"""The member's own page: how long its link and session last, and whether the session goes on.

The link comes to a member who has just used MFA. The session shows what they have; whatever it changes takes two
codes of a device besides. Both are part of the member's record, so that resetting and offboarding end them.
"""

import hmac
from datetime import datetime, timedelta

from chalicelib.errors import AccessSuspended, OwnPageOver
from chalicelib.members.record import Member
from chalicelib.members.sessions import MemberSession

LINK_LASTS = timedelta(minutes=1)
SESSION_LASTS = timedelta(minutes=15)
# AWS shows no more codes in this time than a person can type, and nobody guesses many.
ATTEMPT_EVERY = timedelta(minutes=1)
# So many pairs of codes are remembered, as hashes. With one attempt a minute, the oldest is nearly an hour old when
# it is forgotten. The hash needs no salt: IAM has taken the codes, so finding them out is worth nothing.
MOST_PAIRS = 50


def signed_in(member: Member | None, session: MemberSession, now: datetime) -> Member:
    """The member if ``session`` of their own page goes on at ``now``; else OwnPageOver."""
    is_theirs = member is not None and hmac.compare_digest(member.own_session_hash or "", session.session_hash)
    if member is None or not is_theirs or member.own_session_ends_at is None or now >= member.own_session_ends_at:
        raise OwnPageOver
    if member.suspended_at:
        raise AccessSuspended
    if member.proved_at is None or member.offboarding_at:
        raise OwnPageOver
    return member


def proved_device(member: Member, now: datetime) -> str | None:
    """The serial number of the device that was proved in this session, and not used for a change yet."""
    return member.own_proof_serial if member.own_session_ends_at and now < member.own_session_ends_at else None
