"""What the administrators' use cases are given: the portal, when it is asked, and by whom."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.audit import Action, AuditEvent
from chalicelib.requests import OfPortal

if TYPE_CHECKING:
    from chalicelib.aws.iam_administration import IAMAdministration
    from chalicelib.wiring import Portal


@dataclass(frozen=True, slots=True)
class AdminRequest(OfPortal):
    """``now`` is in UTC; ``actor`` is the verified administrator's ARN."""

    portal: "Portal"
    now: datetime
    actor: str

    @property
    def iam(self) -> "IAMAdministration":
        return self.portal.iam_administration

    def event(self, action: Action, subject: str, details: dict[str, str] | None = None) -> AuditEvent:
        """That the actor does ``action`` now."""
        return AuditEvent(self.actor, action, subject, self.now, details or {})
