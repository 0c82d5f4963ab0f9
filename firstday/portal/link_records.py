"""Invitations and sign-in links as the terminal has them: the whole address in place of the token."""

from typing import TypedDict

from chalicelib.web.api.contract.outcome_records import Belonging, InvitationTerms


class LinkedInvitation(InvitationTerms):
    """An invitation, with the member's link in place of its token."""

    invitation_url: str | None  # Null where the link goes by mail.


class LinkedReset(LinkedInvitation):
    """The same of a reset."""

    removed: list[Belonging]


class SignInLink(TypedDict):
    """The address that signs in to the console."""

    url: str
    expires_at: str
