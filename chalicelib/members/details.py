"""What an administrator says of a member: where mail goes, and on which day access ends."""

from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.email_addresses import checked_email
from chalicelib.members.last_day import checked_until
from chalicelib.members.record import Member

# In audit events, where there is no day; and what became of the address, which is in no trail.
NO_DAY = "none"
GIVEN, CHANGED, TAKEN_AWAY = "given", "changed", "taken away"


@dataclass(frozen=True, slots=True)
class Details:
    """None leaves what the record has, and an empty text takes it away."""

    email: str | None = None
    until: str | None = None

    def checked(self, member: Member | None, now: datetime, time_zone: str) -> "Details":
        """The same, tidied; InvalidInput if it cannot be used. The day that ``member`` has already may be over."""
        email = None if self.email is None else checked_email(self.email)
        if self.until is None or (member and member.until == self.until):
            return Details(email, self.until)
        return Details(email, checked_until(self.until, now, time_zone))


NOT_SAID = Details()


def with_details(member: Member, details: Details) -> Member:
    """``member`` with ``details`` that have been checked."""
    email = member.email if details.email is None else details.email or None
    until = member.until if details.until is None else details.until or None
    return replace(member, email=email, until=until)


def is_elsewhere(before: Member, after: Member) -> bool:
    """Whether mail goes to another address, or to none any more. Capitals alone make no other address."""
    return (before.email or "").lower() != (after.email or "").lower()


def changes(before: Member | None, after: Member) -> dict[str, str]:
    """The details of the audit event about what changed; empty if nothing did."""
    earlier_email, earlier_until = (before.email, before.until) if before else (None, None)
    found = {}
    if after.email != earlier_email:
        found["email"] = TAKEN_AWAY if not after.email else CHANGED if earlier_email else GIVEN
    if after.until != earlier_until:
        found["until"] = after.until or NO_DAY
        found |= {"before": earlier_until} if earlier_until else {}
    return found
