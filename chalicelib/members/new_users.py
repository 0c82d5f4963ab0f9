"""Users who were created a moment ago: IAM may know them in one place and not yet in the next.

It then answers NoSuchEntity, or AccessDenied, as it knows no path that a policy could match.
https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from chalicelib.errors import AWSBusy, AWSDenied, UserMissing
from chalicelib.members.record import Member

KNOWN_WITHIN = timedelta(minutes=1)


def is_new(member: Member | None, now: datetime) -> bool:
    """Whether the portal has created the member's IAM user less than a minute ago, and not begun to remove it."""
    if member is None or member.offboarding_at:
        return False
    invited_at = member.invited_at if member.created_user else None
    return any(at is not None and now - at < KNOWN_WITHIN for at in (member.created_at, invited_at))


@contextmanager
def awaited(member: Member | None, now: datetime) -> Iterator[None]:
    """A context in which an unknown or denied new user raises AWSBusy: trying again is enough."""
    try:
        yield
    except (UserMissing, AWSDenied) as error:
        if is_new(member, now) and not (isinstance(error, AWSDenied) and error.is_explicit):
            raise AWSBusy from None
        raise
