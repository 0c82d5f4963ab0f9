"""What use cases are given: the portal, when it is asked, and by whom or from where."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.audit import Action, AuditEvent
from chalicelib.settings.records import Settings

if TYPE_CHECKING:
    from chalicelib.aws.iam import IAM
    from chalicelib.aws.iam_administration import IAMAdministration
    from chalicelib.aws.members_table import MembersTable
    from chalicelib.wiring import Portal


@dataclass(frozen=True, slots=True)
class _Request:
    portal: "Portal"
    now: datetime

    @property
    def settings(self) -> Settings:
        return self.portal.settings

    @property
    def members(self) -> "MembersTable":
        return self.portal.members


@dataclass(frozen=True, slots=True)
class MemberRequest(_Request):
    """Of the member's journey. ``now`` is when it began, in UTC; ``present`` tells the time while it goes on.

    ``source_ip`` is for the audit trail.
    ``first_sent_at`` is when the form was sent for the first time, as its page says: it may have waited for AWS.
    """

    source_ip: str
    first_sent_at: datetime
    present: Callable[[], datetime]

    @property
    def iam(self) -> "IAM":
        return self.portal.iam


@dataclass(frozen=True, slots=True)
class AdminRequest(_Request):
    """Of an administrator. ``now`` is in UTC; ``actor`` is the verified administrator's ARN."""

    actor: str

    @property
    def iam(self) -> "IAMAdministration":
        return self.portal.iam_administration

    def event(self, action: Action, subject: str, details: dict[str, str] | None = None) -> AuditEvent:
        """That the actor does ``action`` now."""
        return AuditEvent(self.actor, action, subject, self.now, details or {})
