"""What every use case of an administrator is given: the portal, who asks, and when."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.audit import Action, AuditEvent
from chalicelib.settings.records import Settings

if TYPE_CHECKING:
    from chalicelib.aws.iam import IAM
    from chalicelib.aws.members_table import MembersTable
    from chalicelib.wiring import Portal


@dataclass(frozen=True, slots=True)
class AdminRequest:
    """``actor`` is the verified administrator's ARN, ``now`` is in UTC."""

    portal: "Portal"
    actor: str
    now: datetime

    @property
    def settings(self) -> Settings:
        return self.portal.settings

    @property
    def members(self) -> "MembersTable":
        return self.portal.members

    @property
    def iam(self) -> "IAM":
        return self.portal.iam

    def event(self, action: Action, subject: str, details: dict[str, str] | None = None) -> AuditEvent:
        """That the actor does ``action`` now."""
        return AuditEvent(self.actor, action, subject, self.now, details or {})
