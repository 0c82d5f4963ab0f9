"""Audit events: who did what to whom, when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from chalicelib.members.record import comparable

# Actors that are neither an ARN nor a member's user name: what removes what the portal left behind, and what
# deactivates access keys that were replaced.
SWEEPER = "firstday-sweeper"
KEY_RETIREMENT = "firstday-key-retirement"
# What suspends members on their last day, tells members of keys that age and ends those, and sends mail.
SUSPENSION = "firstday-suspension"
KEY_AGEING = "firstday-key-ageing"
MAILER = "firstday-mailer"
# The subject of events that concern no member: sign-ins to the console, and callers who were refused.
PORTAL = ""


class Action(StrEnum):
    """Everything worth an audit event."""

    USER_CREATED = "user.created"
    USER_DELETED = "user.deleted"
    MEMBER_ADOPTED = "member.adopted"
    MEMBER_RELEASED = "member.released"
    MEMBER_EDITED = "member.edited"
    ACCESS_ENDING = "access.ending"
    ACCESS_SUSPENDED = "access.suspended"
    ACCESS_RESUMED = "access.resumed"
    OFFBOARDING_BEGUN = "offboarding.begun"
    INVITATION_CREATED = "invitation.created"
    INVITATION_REMINDED = "invitation.reminded"
    INVITATION_REVOKED = "invitation.revoked"
    INVITATION_OPENED = "invitation.opened"
    SESSION_ENDED = "session.ended"
    PASSCODE_REFUSED = "passcode.refused"
    MFA_ENABLED = "mfa.enabled"
    MFA_PROVED = "mfa.proved"
    MFA_REFUSED = "mfa.refused"
    MFA_RESET = "mfa.reset"
    DEVICE_ADDED = "device.added"
    DEVICE_REMOVED = "device.removed"
    GROUPS_GRANTED = "groups.granted"
    GROUPS_CHANGED = "groups.changed"
    ACCESS_KEY_ISSUED = "access_key.issued"
    ACCESS_KEY_AGEING = "access_key.ageing"
    ACCESS_KEY_DEACTIVATED = "access_key.deactivated"
    ACCESS_KEY_DELETED = "access_key.deleted"
    ACCESS_KEY_ACTIVATED = "access_key.activated"
    PASSWORD_CREATED = "password.created"  # noqa: S105 -- what happened, and no password
    PASSWORD_RESET = "password.reset"  # noqa: S105 -- the same
    OWN_LINK_ISSUED = "own_link.issued"
    OWN_PAGE_OPENED = "own_page.opened"
    OWN_PAGE_CLOSED = "own_page.closed"
    RECORD_CORRECTED = "record.corrected"
    MAIL_FAILED = "mail.failed"
    DEVICE_SWEPT = "device.swept"
    INVITATION_SWEPT = "invitation.swept"
    ADMIN_REFUSED = "admin.refused"
    CONSOLE_LINK_ISSUED = "console.link_issued"
    CONSOLE_SIGNED_IN = "console.signed_in"
    CONSOLE_SIGNED_OUT = "console.signed_out"
    CONSOLE_REFUSED = "console.refused"


# Actions that anybody can repeat without changing anything: the trail records one of each a minute.
REPEATABLE = frozenset(
    {
        Action.INVITATION_OPENED,
        Action.SESSION_ENDED,
        Action.PASSCODE_REFUSED,
        Action.MFA_REFUSED,
        Action.ADMIN_REFUSED,
        Action.CONSOLE_LINK_ISSUED,
        Action.CONSOLE_REFUSED,
    }
)


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """``actor`` is an administrator's ARN, the member's user name, or one of the functions above, such as SWEEPER.

    ``subject`` is a user name, or PORTAL.

    ``action`` is an Action, or one that a newer version wrote before somebody went back to this one.
    ``details`` never holds a secret: names, ARNs, addresses and access key ids only.
    ``address`` is where the member is told of it, where the record will be gone; it is in no trail and no log.
    """

    actor: str
    action: str
    subject: str
    occurred_at: datetime
    details: Mapping[str, str] = field(default_factory=dict)
    address: str = ""

    @property
    def short_actor(self) -> str:
        """The actor as lists show it."""
        return short(self.actor)


def sameness(event: AuditEvent) -> str | None:
    """The same text for all events that count as one within a minute; None where each event counts.

    Each of the ten tries for a passcode counts, so their number is part of it. So is the address that a link is
    opened from: a thief who opens a stolen link, and so takes the session, cannot hide behind the member.
    """
    if event.action not in REPEATABLE:
        return None
    minute = event.occurred_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M")
    told = "source_ip" if event.action == Action.INVITATION_OPENED else "attempts"
    return "#".join((minute, event.action, event.actor, comparable(event.subject), event.details.get(told, "")))


def short(actor: str) -> str:
    """An administrator's ARN without what is the same in all of them: ``firstday-admin/admin``.

    Role and session name, since sessions of two roles may have the same name.
    """
    return actor.partition(":assumed-role/")[2] or actor.rpartition("/")[2]


def named(actor: str) -> str:
    """The same with the session's name first, ``admin (firstday-admin)``, for columns whose end may be cut off."""
    role_name, _, session_name = short(actor).partition("/")
    return f"{session_name} ({role_name})" if session_name else role_name


def by_member(user_name: str, action: Action, now: datetime, **details: str) -> AuditEvent:
    """An event in which a member acts on themself."""
    return AuditEvent(user_name, action, user_name, now, details)


def iso(moment: datetime) -> str:
    """A time as tables and log store it: ISO 8601 in UTC, all of one length, so that the texts sort by time."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
