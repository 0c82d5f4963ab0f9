"""How a new link reaches the member: by mail, or from the administrator who made it.

The portal cannot tell the secret of a link in a mail: the mailer makes it when it sends. The invitation has a
secret all the same, which nobody is told and which opens nothing: its hash is the invitation's identity.
"""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.errors import InvalidInput
from chalicelib.members.invitations import hashed, is_pending, passcode_hashed
from chalicelib.members.record import Member, is_in_session
from chalicelib.settings.records import Settings


@dataclass(frozen=True, slots=True)
class LinkTerms:
    """``passcode`` is what the link needs besides, and administrators tell another way; None if it needs none."""

    is_mailed: bool
    passcode: str | None

    def passcode_hash(self, secret: str) -> str | None:
        """Keyed with the secret of the link; of a mailed one, which has several, with the invitation's identity."""
        if self.passcode is None:
            return None
        return passcode_hashed(self.passcode, hashed(secret) if self.is_mailed else secret)


def link_terms(
    settings: Settings, member: Member, passcode: str, *, with_passcode: bool, by_mail: bool | None
) -> LinkTerms:
    """By mail if the administrator wants it so; else (None) where the portal sends mail and there is an address.

    InvalidInput if it cannot be sent. With a ``passcode`` if the administrator asks for one, or the settings do.
    """
    is_mailed = _is_mailed(settings, member, by_mail)
    is_asked_for = with_passcode or (is_mailed and settings.mail is not None and settings.mail.passcode)
    return LinkTerms(is_mailed, passcode if is_asked_for else None)


def is_open_by_mail(member: Member, now: datetime) -> bool:
    """Whether a mailed link can still be opened, or has begun a session in which MFA is not proved yet."""
    is_over = member.revoked_at is not None or member.accepted_at is not None
    return member.is_mailed and not is_over and (is_pending(member, now) or is_in_session(member, now))


def _is_mailed(settings: Settings, member: Member, by_mail: bool | None) -> bool:
    if by_mail is None:
        return settings.mail is not None and member.email is not None
    if by_mail and settings.mail is None:
        raise InvalidInput("mail", "This portal sends no mail: there is no [mail] in its settings.")
    if by_mail and member.email is None:
        raise InvalidInput(
            "mail", "%(user_name)s has no e-mail address that mail could go to.", user_name=member.user_name
        )
    return by_mail
