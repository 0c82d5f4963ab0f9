"""Audit events: who did what to whom, when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Action(StrEnum):
    """Everything worth an audit event."""

    USER_CREATED = "user.created"
    INVITATION_CREATED = "invitation.created"
    INVITATION_REVOKED = "invitation.revoked"
    INVITATION_OPENED = "invitation.opened"
    PASSCODE_REFUSED = "passcode.refused"
    MFA_ENABLED = "mfa.enabled"
    MFA_PROVED = "mfa.proved"
    GROUPS_GRANTED = "groups.granted"
    ACCESS_KEY_ISSUED = "access_key.issued"
    ACCESS_KEY_DELETED = "access_key.deleted"


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """``actor`` is an administrator's ARN or the member's user name; ``subject`` is a user name.

    ``details`` never holds a secret: names, ARNs, addresses and access key ids only.
    """

    actor: str
    action: Action
    subject: str
    occurred_at: datetime
    details: Mapping[str, str] = field(default_factory=dict)


def by_member(user_name: str, action: Action, now: datetime, **details: str) -> AuditEvent:
    """An event in which a member acts on themself."""
    return AuditEvent(user_name, action, user_name, now, details)
