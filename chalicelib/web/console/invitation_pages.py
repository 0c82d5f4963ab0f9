"""The console's actions that end with a new invitation: a new member, inviting again, and both resets."""

from collections.abc import Sequence
from dataclasses import dataclass

from chalice.app import Blueprint, Response

from chalicelib.admin import forgotten_passwords, inviting, resetting
from chalicelib.admin.changing_groups import existing
from chalicelib.admin.inviting import NewInvitation
from chalicelib.admin.resetting import Reset
from chalicelib.email_addresses import is_email_address
from chalicelib.errors import ChangedMeanwhile, InvalidInput
from chalicelib.members.details import NOT_SAID, Details
from chalicelib.members.invitation_message import message
from chalicelib.members.record import Member, checked_user_name
from chalicelib.members.versions import basis_of
from chalicelib.web.console.access import console_page
from chalicelib.web.console.frame import ConsoleVisit, console_html, group_choices, invitation_url, sent_again
from chalicelib.web.console.member_pages import chosen_groups
from chalicelib.web.html import NATIVE_NAMES

pages = Blueprint(__name__)

# Stands for the time in a message until the page writes it: in UTC, or as the reader's clock has it.
_EXPIRY = "\0"


@dataclass(frozen=True, slots=True)
class Message:
    """The text for the member in one language, ``before`` and ``after`` the time at which the link expires."""

    language: str
    label: str
    before: str
    after: str


@console_page(pages, "/console/new-member", "GET")
def show_new_member(visit: ConsoleVisit) -> Response:
    return _new_member_page(visit, visit.settings.default_groups)


@console_page(pages, "/console/new-member", "POST")
def create_member(visit: ConsoleVisit) -> Response:
    groups = chosen_groups(visit)
    if _is_to_be_offered(visit):
        return _new_member_page(visit, groups, offered=visit.user_name)
    try:
        there = visit.portal.members.get(checked_user_name(visit.user_name))
        if there:  # whose groups and link are to be kept
            raise _member_already(there.user_name)
        return invitation_page(visit, _invited(visit, groups, basis_of(None), _details(visit)))
    except ChangedMeanwhile:  # another administrator was quicker
        return _new_member_page(visit, groups, _member_already(visit.user_name))
    except InvalidInput as problem:
        if problem.field not in ("user_name", "groups", "email", "until"):
            raise
        return _new_member_page(visit, groups, problem)


@console_page(pages, "/console/invite", "POST")
def invite_again(visit: ConsoleVisit) -> Response:
    """The member keeps the groups that they have."""
    return invitation_page(visit, _invited(visit, (), visit.basis))


@console_page(pages, "/console/reset-mfa", "GET", comes_back_to="reset-mfa")
def show_reset_mfa(visit: ConsoleVisit) -> Response:
    member = existing(visit.portal.members, visit.user_name)
    return _reset_page(visit, "reset-mfa", member)


@console_page(pages, "/console/reset-mfa", "POST", comes_back_to="reset-mfa")
def reset_mfa(visit: ConsoleVisit) -> Response:
    reset = resetting.reset_mfa(
        visit.admin_request,
        user_name=visit.user_name,
        with_passcode=has_passcode(visit),
        basis=visit.basis,
        by_mail=by_mail(visit),
    )
    return invitation_page(visit, reset.invitation, reset, what="mfa")


@console_page(pages, "/console/reset-password", "GET", comes_back_to="reset-password")
def show_reset_password(visit: ConsoleVisit) -> Response:
    member = existing(visit.portal.members, visit.user_name)
    forgotten_passwords.check_resettable(visit.settings, member)
    return _reset_page(visit, "reset-password", member)


@console_page(pages, "/console/reset-password", "POST", comes_back_to="reset-password")
def reset_password(visit: ConsoleVisit) -> Response:
    reset = forgotten_passwords.reset_password(
        visit.admin_request,
        user_name=visit.user_name,
        with_passcode=has_passcode(visit),
        basis=visit.basis,
        by_mail=by_mail(visit),
    )
    return invitation_page(visit, reset.invitation, reset, what="password")


def _member_already(user_name: str) -> InvalidInput:
    return InvalidInput("user_name", "%(user_name)s is a member already: see the list.", user_name=user_name)


def _is_to_be_offered(visit: ConsoleVisit) -> bool:
    """Whether the user name is an address of which nobody has said yet whether mail is to go there."""
    is_silent = not visit.form.get("email", "").strip() and visit.form.get("offered") != visit.user_name
    return visit.settings.mail is not None and is_silent and is_email_address(visit.user_name)


def _details(visit: ConsoleVisit) -> Details:
    return Details(visit.form.get("email", "").strip() or None, visit.form.get("until", "").strip() or None)


def by_mail(visit: ConsoleVisit) -> bool | None:
    """None, where the portal decides, if the box is ticked: a member without an address gets no mail."""
    return None if visit.form.get("mail") == "yes" else False


def _invited(visit: ConsoleVisit, groups: Sequence[str], basis: str, details: Details = NOT_SAID) -> NewInvitation:
    return inviting.invite(
        visit.admin_request,
        user_name=visit.user_name,
        groups=groups,
        with_passcode=has_passcode(visit),
        basis=basis,
        details=details,
        by_mail=by_mail(visit),
    )


def has_passcode(visit: ConsoleVisit) -> bool:
    """Whether the form asks for a passcode."""
    return visit.form.get("passcode") == "yes"


def _reset_page(visit: ConsoleVisit, page: str, member: Member) -> Response:
    return console_html(
        visit, page, user_name=member.user_name, basis=basis_of(member), email=member.email, problem=None
    )


def _new_member_page(
    visit: ConsoleVisit, groups: Sequence[str], problem: InvalidInput | None = None, offered: str | None = None
) -> Response:
    """``offered``: the user name is an address, which the form now has as that of the member."""
    is_filled_in = problem is not None or offered is not None
    return console_html(
        visit,
        "new-member",
        status=400 if problem else 200,
        user_name=visit.user_name,
        groups=group_choices(visit.settings, groups),
        with_passcode=is_filled_in and has_passcode(visit),
        email=offered or (visit.form.get("email", "") if is_filled_in else ""),
        until=visit.form.get("until", "") if is_filled_in else "",
        by_mail=by_mail(visit) is None if is_filled_in else True,
        offered=offered or (visit.form.get("offered") if is_filled_in else None),
        is_offered_now=offered is not None,
        problem=problem,
        switch_form=sent_again(visit) if is_filled_in else None,
    )


def invitation_page(
    visit: ConsoleVisit, new: NewInvitation, reset: Reset | None = None, what: str | None = None
) -> Response:
    """``what`` was reset: "mfa" or "password"; or access was "resumed"."""
    link = invitation_url(visit, new.token) if new.token else ""
    return console_html(
        visit,
        "invitation",
        user_name=new.member.user_name,
        is_new=new.is_new,
        link=link,
        mailed_to=new.mailed_to,
        passcode=new.passcode,
        expires_at=new.member.expires_at,
        messages=[_message(visit, language, link, new) for language in _languages(visit)] if link else (),
        removed=reset.removed if reset else (),
        reset=what,
    )


def _languages(visit: ConsoleVisit) -> list[str]:
    """The languages, that of the page first."""
    return sorted(visit.settings.languages, key=lambda language: language != visit.language)


def _message(visit: ConsoleVisit, language: str, link: str, new: NewInvitation) -> Message:
    text = message(
        language,
        organisation=visit.settings.organisation,
        invitation_url=link,
        expires_at=_EXPIRY,
        has_passcode=new.passcode is not None,
    )
    before, _, after = text.partition(_EXPIRY)
    return Message(language, NATIVE_NAMES[language], before, after)
