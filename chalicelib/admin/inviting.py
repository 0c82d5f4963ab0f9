"""Inviting a member, for an administrator: it creates the IAM user and the invitation."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chalicelib.admin.admin_request import AdminRequest
from chalicelib.admin.changing_groups import known_groups, move_to_groups
from chalicelib.admin.ensuring_user import ensure_user
from chalicelib.admin.mail_state import forget_troubles
from chalicelib.admin.mailed_links import LinkTerms, link_terms
from chalicelib.admin.suspending import refuse_suspended
from chalicelib.audit import Action, AuditEvent, short
from chalicelib.aws_errors import OtherSpelling
from chalicelib.errors import BeingOffboarded, InvalidInput, InvitedAlready
from chalicelib.mail.kinds import BY_MAIL
from chalicelib.members import invitations
from chalicelib.members.details import NOT_SAID, Details, changes, is_elsewhere, with_details
from chalicelib.members.invitations import is_pending
from chalicelib.members.link_tokens import new_secret, token_text
from chalicelib.members.record import Member, checked_new_user_name, checked_user_name
from chalicelib.members.versions import new_version, next_version
from chalicelib.words import Words

if TYPE_CHECKING:
    from chalicelib.aws.members_table import MembersTable


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """``token`` and ``passcode`` are in this answer only, and are stored nowhere.

    ``token`` is empty where the link goes by mail: the mailer makes it.
    """

    member: Member
    token: str
    passcode: str | None
    is_new: bool

    @property
    def mailed_to(self) -> str | None:
        """The address that the link will be sent to; None where the administrator passes it on."""
        return self.member.email if self.member.is_mailed else None


def create_member(
    request: AdminRequest, *, user_name: str, groups: Iterable[str], details: Details = NOT_SAID
) -> Member:
    """Create the member ``user_name``, in the baseline group only, without an invitation yet.

    ``groups`` are the switch-role groups to be granted once MFA is proved; none means the default ones.
    A member who exists already is not changed.
    """
    name = checked_user_name(user_name)
    granted = known_groups(request.settings, groups)
    earlier = known(request.members, name)
    details = details.checked(earlier, request.now, request.settings.time_zone)
    created_user = ensure_user(request.iam, name, earlier, request.now)
    if earlier:
        return earlier
    member = Member(name, created_at=request.now, groups=granted, version=new_version())
    member = with_details(member, details)
    request.members.record_created(member, _creation(request, member, None, created_user=created_user))
    return member


def invite(
    request: AdminRequest,
    *,
    user_name: str,
    groups: Iterable[str],
    with_passcode: bool,
    token: str | None = None,
    chosen_passcode: str | None = None,
    unless_invited: bool = False,
    basis: str | None = None,
    details: Details = NOT_SAID,
    by_mail: bool | None = None,
) -> NewInvitation:
    """Create the member ``user_name`` where needed, in the baseline group only, and a fresh invitation.

    ``groups`` are the switch-role groups to be granted once MFA is proved; none means those that the member has
    already, or the default ones. A member whose MFA is proved is moved to them at once.

    Inviting again is safe: it makes a new link and ends the old one. A caller who chooses the link's ``token``,
    and the ``chosen_passcode`` if there is one, may repeat the call: nothing changes. ``unless_invited``
    raises InvitedAlready if there is another link that can be opened, or no need for one. A ``basis``
    raises ChangedMeanwhile if the member has changed since it was made; None if nobody has looked at the member.
    ``details`` are recorded, too; ``by_mail`` is None where the portal decides.
    """
    name, named = checked_user_name(user_name), tuple(groups)
    granted = known_groups(request.settings, named)
    secret = _checked_secret(token) if token is not None else new_secret()
    chosen = _passcode(chosen_passcode)
    earlier = known(request.members, name)
    details = details.checked(earlier, request.now, request.settings.time_zone)
    wanted = with_details(earlier or Member(name, created_at=request.now), details)
    terms = link_terms(request.settings, wanted, chosen, with_passcode=with_passcode, by_mail=by_mail)
    is_same = earlier is not None and earlier.token_hash == invitations.hashed(secret)
    if earlier and (unless_invited or is_same):
        _refuse_invited(earlier, is_same=is_same, now=request.now)
    if earlier:
        _refuse_former_links(earlier, wanted, invitations.hashed(secret), terms)
    if earlier and is_same and _has_terms(earlier, terms, secret) and not changes(earlier, wanted):
        return _new(earlier, secret, terms, is_new=not earlier.former_hashes)
    version = next_version(earlier, basis, request.actor, Action.INVITATION_CREATED)
    created_user = ensure_user(request.iam, name, earlier, request.now)
    if earlier and named and earlier.proved_at:
        earlier = move_to_groups(request, earlier, granted, version=version)
    # A member who was invited before and has no group any more had them taken away.
    groups = earlier.groups if earlier and not named and (earlier.groups or earlier.token_hash) else granted
    member = with_details(earlier or wanted, details)
    member = replace(member, groups=groups, created_user=created_user, version=version)
    return renew(request, member, earlier, secret, terms)


def renew(
    request: AdminRequest, member: Member, earlier: Member | None, secret: str, terms: LinkTerms
) -> NewInvitation:
    """Record a fresh invitation for ``member``, whose record was ``earlier``; None if there was none."""
    renewed = replace(
        invitations.renewed(
            member,
            token_hash=invitations.hashed(secret),
            invited_at=request.now,
            invited_by=request.actor,
            lasts=timedelta(days=request.settings.invitation_days),
        ),
        passcode_hash=terms.passcode_hash(secret),
        is_mailed=terms.is_mailed,
    )
    name = member.user_name
    forget_troubles(request, name)  # those of the new invitation come later
    events = _creation(request, member, earlier, created_user=member.created_user)
    details = {"groups": " ".join(member.groups)} | ({"link": BY_MAIL} if terms.is_mailed else {})
    created = request.event(Action.INVITATION_CREATED, name, details)
    if earlier is None:
        request.members.record_created(renewed, [*events, created])
    else:
        if is_pending(earlier, request.now):
            events.append(request.event(Action.INVITATION_REVOKED, name))
        request.members.record_invited(renewed, earlier, [*events, created])
    is_new = earlier is None or (earlier.token_hash in (None, renewed.token_hash) and not earlier.former_hashes)
    return _new(renewed, secret, terms, is_new=is_new)


def revoke(request: AdminRequest, *, user_name: str, basis: str) -> Member:
    """Make the link that ``basis`` stands for worthless, and end the session that began with it.

    The member keeps what they have already: device, groups and access key. Revoking again changes nothing.
    """
    member = request.members.get(checked_user_name(user_name))
    if member is None or member.token_hash is None:
        raise InvalidInput("user_name", "%(user_name)s has no invitation.", user_name=user_name)
    version = next_version(member, basis, request.actor, Action.INVITATION_REVOKED)
    if member.revoked_at is None:
        event = request.event(Action.INVITATION_REVOKED, member.user_name)
        request.members.record_revoked(member, version, event)
    return member


def known(members: "MembersTable", user_name: str) -> Member | None:
    """The member's record, if there is one: with exactly this name, neither suspended nor being offboarded.

    InvalidInput if there is none, and a new member cannot have this name.
    """
    member = members.get(user_name)
    if member is None:
        checked_new_user_name(user_name)
    if member and member.user_name != user_name:
        raise OtherSpelling(member.user_name)
    if member and member.offboarding_at:
        raise BeingOffboarded
    if member:
        refuse_suspended(member)
    return member


def _refuse_invited(member: Member, *, is_same: bool, now: datetime) -> None:
    """``is_same``: the link is the requested one, which the caller can have again as long as it can be opened."""
    if member.proved_at:
        raise InvitedAlready(Words("%(user_name)s is active already.", user_name=member.user_name))
    if is_same and not is_pending(member, now):
        raise InvitedAlready(
            Words("%(user_name)s had this link before, and it is over: invite again.", user_name=member.user_name)
        )
    if is_pending(member, now) and not is_same:
        raise InvitedAlready(
            Words(
                "%(user_name)s was invited already, by %(actor)s.",
                user_name=member.user_name,
                actor=short(member.invited_by or ""),
            )
        )


def _refuse_former_links(earlier: Member, wanted: Member, token_hash: str, terms: LinkTerms) -> None:
    """No chosen token lets links open again that were mailed for it before, perhaps to a stranger."""
    if terms.is_mailed and token_hash in earlier.former_hashes:
        raise InvitedAlready(
            Words("%(user_name)s had this link before, and it is over: invite again.", user_name=earlier.user_name)
        )
    if earlier.is_mailed and token_hash == earlier.token_hash and is_elsewhere(earlier, wanted):
        raise InvalidInput("token", "The links of this token were mailed to another address: choose another token.")


def _new(member: Member, secret: str, terms: LinkTerms, *, is_new: bool) -> NewInvitation:
    token = "" if terms.is_mailed else token_text(member.user_name, secret)
    return NewInvitation(member, token, terms.passcode, is_new)


def _has_terms(member: Member, terms: LinkTerms, secret: str) -> bool:
    return (member.is_mailed, member.passcode_hash) == (terms.is_mailed, terms.passcode_hash(secret))


def _creation(
    request: AdminRequest, member: Member, earlier: Member | None, *, created_user: bool
) -> list[AuditEvent]:
    """What is told besides the invitation: that the user is new, and what administrators say of the member."""
    name, edited = member.user_name, changes(earlier, member)
    created = [request.event(Action.USER_CREATED, name)] if created_user else []
    return created + ([request.event(Action.MEMBER_EDITED, name, edited)] if edited else [])


def _checked_secret(token: str) -> str:
    if not invitations.is_secret(token):
        raise InvalidInput("token", "A token is at least 43 letters, digits, hyphens and underscores.")
    return token


def _passcode(chosen: str | None) -> str:
    if chosen is None:
        return invitations.new_passcode()
    if not invitations.is_passcode_text(chosen):
        raise InvalidInput("chosen_passcode", "A passcode is like 7KQ2-M9XR: no 0, 1, I, L, O, U or V in it.")
    return chosen
