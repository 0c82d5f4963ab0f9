"""Changing what administrators say of a member: the address for mail, and the day on which access ends."""

from dataclasses import replace

from chalicelib.admin.admin_request import AdminRequest
from chalicelib.admin.changing_groups import existing
from chalicelib.admin.mail_state import forget_troubles
from chalicelib.audit import Action
from chalicelib.errors import BeingOffboarded, InvalidInput
from chalicelib.members.details import NOT_SAID, Details, changes, with_details
from chalicelib.members.record import Member
from chalicelib.members.versions import next_version


def edit(request: AdminRequest, *, user_name: str, details: Details, basis: str) -> Member:
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
    edited = with_details(member, checked)
    if not (changed := changes(member, edited)):
        return member
    if edited.email != member.email:  # before the record changes, as a repeated call finds nothing to change
        forget_troubles(request, member.user_name)
    event = request.event(Action.MEMBER_EDITED, member.user_name, changed)
    request.members.record_changed(member, replace(edited, version=version), [event])
    return replace(edited, version=version)
