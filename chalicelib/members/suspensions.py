"""Members whose access is suspended for the time being: which of their links and sessions are good for anything.

The record decides, so that all of them end at once. The function that suspends members on their last day may write
``suspended_at``, and so clear it: IAM does not tell the two apart. It may not write ``resuming_hash``, so it
resumes nobody.
"""

from datetime import datetime, timedelta

from chalicelib.members.record import Member

# After so long, somebody may have forgotten to offboard the member, or to resume the access.
LONG = timedelta(days=90)


def is_resuming(member: Member) -> bool:
    """Whether the latest invitation is one that ends the member's suspension."""
    is_latest = member.resuming_hash is not None and member.resuming_hash == member.token_hash
    return member.suspended_at is not None and is_latest


def is_paused(member: Member) -> bool:
    """Whether the member is suspended, and not invited back."""
    return member.suspended_at is not None and not is_resuming(member)


def is_suspended_long(member: Member, now: datetime) -> bool:
    """Whether the member has been suspended for so long that somebody should decide."""
    return member.suspended_at is not None and now - member.suspended_at >= LONG
