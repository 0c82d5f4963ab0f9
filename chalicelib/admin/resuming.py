"""Ending a member's suspension: an invitation of its own, which gives nothing by itself.

Its link asks for two codes of the device that the member has. Then they get exactly what there was: see
``journey.granting``. Who had no device yet registers one, as with any invitation.
"""

from dataclasses import replace

from chalicelib.admin.admin_request import AdminRequest
from chalicelib.admin.changing_groups import existing
from chalicelib.admin.inviting import NewInvitation, renew
from chalicelib.admin.mailed_links import link_terms
from chalicelib.admin.quarantine import refuse_held
from chalicelib.audit import Action
from chalicelib.errors import BeingOffboarded, InvalidInput
from chalicelib.members.invitations import new_passcode
from chalicelib.members.last_day import checked_until, is_over
from chalicelib.members.link_tokens import new_secret
from chalicelib.members.record import Member
from chalicelib.members.versions import next_version


def resume(
    request: AdminRequest,
    *,
    user_name: str,
    with_passcode: bool,
    until: str | None,
    basis: str,
    by_mail: bool | None = None,
) -> NewInvitation:
    """Invite the suspended member back, if the record still is what ``basis`` was made from.

    ``until`` is the new last day; "" takes it away, and None leaves it as it is. InvalidInput if that day is over,
    as the member would be suspended again. Doing it again makes a new link and ends the old one.
    """
    member = existing(request.members, user_name)
    if member.offboarding_at:
        raise BeingOffboarded
    version = next_version(member, basis, request.actor, Action.INVITATION_CREATED, "resume", until or "")
    if member.suspended_at is None:
        raise InvalidInput("user_name", "%(user_name)s is not suspended.", user_name=member.user_name)
    terms = link_terms(request.settings, member, new_passcode(), with_passcode=with_passcode, by_mail=by_mail)
    last_day = _last_day(request, member, until)
    name = request.iam.member(member.user_name).user_name
    refuse_held(name, request.iam.groups(name))
    # The device that the member has is looked for.
    resumed = replace(member, created_user=False, until=last_day, version=version)
    return renew(request, resumed, member, new_secret(), terms)


def _last_day(request: AdminRequest, member: Member, until: str | None) -> str | None:
    zone = request.settings.time_zone
    if until is not None:
        return checked_until(until, request.now, zone) or None
    if is_over(member.until, request.now, zone):
        raise InvalidInput(
            "until",
            "Access was to end on %(until)s, which has begun, so the member would be suspended again. Write a later"
            " day, or take it away.",
            until=member.until,
        )
    return member.until
