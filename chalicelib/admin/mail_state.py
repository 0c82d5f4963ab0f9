"""What became of the mail to a member."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from chalicelib.admin.admin_request import AdminRequest
from chalicelib.audit import Action, AuditEvent
from chalicelib.mail.outgoing import Trouble
from chalicelib.members.record import Member

if TYPE_CHECKING:
    from chalicelib.aws.mail_table import MailTable


class InvitationMail(StrEnum):
    """SENT: Amazon SES has taken it. FAILED: it did not arrive. WITHHELD: there is no address any more."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    WITHHELD = "withheld"


@dataclass(frozen=True, slots=True)
class MailState:
    """``invitation`` is None if the latest one does not go by mail, or nothing is known of its mail.

    ``troubles`` are the latest first.
    """

    invitation: InvitationMail | None
    troubles: tuple[Trouble, ...]


def mail_state(mails: "MailTable | None", member: Member) -> MailState | None:
    """What became of the mail to ``member``; None where the portal sends none."""
    if mails is None:
        return None
    troubles = [trouble for trouble in mails.trouble_of(member.user_name) if not trouble.for_administrators]
    invitation = _of_invitation(mails, member, troubles) if member.is_mailed else None
    return MailState(invitation, tuple(reversed(troubles)))


def forget_troubles(request: AdminRequest, user_name: str) -> None:
    """What did not reach the member says nothing of a new address or invitation, or of nobody."""
    if request.portal.mails:
        request.portal.mails.forget_troubles(user_name)


def _of_invitation(mails: "MailTable", member: Member, troubles: list[Trouble]) -> InvitationMail | None:
    waiting = [mail.event for mail in mails.waiting_of(member.user_name)]
    if any(_is_latest(event, member) for event in waiting):
        return InvitationMail.WAITING if member.email else InvitationMail.WITHHELD
    if any(_is_of_latest(trouble, member) for trouble in troubles):
        return InvitationMail.FAILED
    return InvitationMail.SENT if member.token_hash and mails.is_sent(member.token_hash) else None


def _is_latest(event: AuditEvent, member: Member) -> bool:
    return event.action == Action.INVITATION_CREATED and event.occurred_at == member.invited_at


def _is_of_latest(trouble: Trouble, member: Member) -> bool:
    is_later = member.invited_at is not None and trouble.failed_at >= member.invited_at
    return trouble.action == Action.INVITATION_CREATED and is_later
