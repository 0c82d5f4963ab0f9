"""What a use case of the journey is given besides the member: the portal, and when and from where it is asked."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.aws.iam import IAM
    from chalicelib.aws.members_table import MembersTable
    from chalicelib.wiring import Portal


@dataclass(frozen=True, slots=True)
class MemberRequest:
    """``now`` is in UTC; ``source_ip`` is for the audit trail."""

    portal: "Portal"
    now: datetime
    source_ip: str

    @property
    def members(self) -> "MembersTable":
        return self.portal.members

    @property
    def iam(self) -> "IAM":
        return self.portal.iam
