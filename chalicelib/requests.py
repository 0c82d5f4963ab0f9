"""What the member's use cases are given; ``chalicelib.admin.admin_request`` is the administrator's."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.settings.records import Settings

if TYPE_CHECKING:
    from chalicelib.aws.iam import IAM
    from chalicelib.aws.members_table import MembersTable
    from chalicelib.wiring import Portal


class OfPortal:
    """What a request knows by its ``portal``. No data class: each makes a cold start longer."""

    __slots__ = ()
    portal: "Portal"

    @property
    def settings(self) -> Settings:
        return self.portal.settings

    @property
    def members(self) -> "MembersTable":
        return self.portal.members


@dataclass(frozen=True, slots=True)
class MemberRequest(OfPortal):
    """``now`` is when it began, in UTC; ``present`` tells the time while it goes on.

    ``source_ip`` is for the audit trail.
    ``first_sent_at`` is when the form was sent for the first time, as its page says: it may have waited for AWS.
    """

    portal: "Portal"
    now: datetime
    source_ip: str
    first_sent_at: datetime
    present: Callable[[], datetime]

    @property
    def iam(self) -> "IAM":
        return self.portal.iam
