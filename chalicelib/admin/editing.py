"""Changing what administrators say of a member: the address for mail, and the day on which access ends.

With another address, the links that were mailed to the one before are worth nothing any more: it may have been a
stranger's.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from chalicelib.admin.admin_request import AdminRequest
from chalicelib.admin.changing_groups import existing
from chalicelib.admin.inviting import renew
from chalicelib.admin.mail_state import forget_troubles
from chalicelib.admin.mailed_links import is_open_by_mail, link_terms
from chalicelib.audit import Action
from chalicelib.errors import BeingOffboarded, InvalidInput
from chalicelib.members.details import NOT_SAID, Details, changes, is_elsewhere, with_details
from chalicelib.members.link_tokens import new_secret
from chalicelib.members.record import Member
from chalicelib.members.versions import next_version


class MailedLinks(StrEnum):
    """What became of them. REPLACED: the invitation is mailed anew. REVOKED: it is over."""

    REPLACED = "replaced"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Edited:
    """``mailed_links`` is None if this call has ended none."""

    member: Member
    mailed_links: MailedLinks | None = None


def edit(request: AdminRequest, *, user_name: str, details: Details, basis: str) -> Edited:
    """The member with ``details``, if the record still is what ``basis`` was made from.

    IAM is not called. Doing it again changes nothing.
    """
    if details == NOT_SAID:
        raise InvalidInput("email", "Say what to change: the e-mail address, or the day on which access ends.")
    member = existing(request.members, user_name)
    if member.offboarding_at:
        raise BeingOffboarded
    checked = details.checked(member, request.now, request.settings.time_zone)
    change = (repr(checked.email), repr(checked.until))
    version = next_version(member, basis, request.actor, Action.MEMBER_EDITED, *change)
    edited = replace(with_details(member, checked), version=version)
    if not (changed := changes(member, edited)):
        return Edited(member)
    if edited.email != member.email:  # before the record changes, as a repeated call finds nothing to change
        forget_troubles(request, member.user_name)
    if is_elsewhere(member, edited) and is_open_by_mail(member, request.now):
        return _end_links(request, member, edited, changed)
    request.members.record_changed(member, edited, [request.event(Action.MEMBER_EDITED, edited.user_name, changed)])
    return Edited(edited)


def _end_links(request: AdminRequest, member: Member, edited: Member, changed: dict[str, str]) -> Edited:
    """End the links of ``member``, and mail the invitation anew to where ``edited`` has mail.

    Nobody could tell a new passcode to the member, and the old one is of no use with another invitation: where the
    invitation has one, it is revoked.
    """
    has_passcode = member.passcode_hash is not None
    terms = link_terms(request.settings, edited, "", with_passcode=has_passcode, by_mail=None)
    if terms.is_mailed and terms.passcode is None:
        new = renew(request, replace(edited, created_user=False), member, new_secret(), terms)
        return Edited(new.member, MailedLinks.REPLACED)
    revoked = replace(edited, revoked_at=request.now, resuming_hash=None)
    events = [
        request.event(Action.MEMBER_EDITED, edited.user_name, changed),
        request.event(Action.INVITATION_REVOKED, edited.user_name),
    ]
    request.members.record_changed(member, revoked, events)
    return Edited(revoked, MailedLinks.REVOKED)
