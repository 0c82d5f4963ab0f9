"""The console's actions that end with a new invitation: a new member, inviting again, and both resets."""

from collections.abc import Sequence
from dataclasses import dataclass

from chalice.app import Blueprint, Response

from chalicelib.admin import forgotten_passwords, inviting, resetting
from chalicelib.admin.changing_groups import existing
from chalicelib.admin.inviting import NewInvitation
from chalicelib.admin.resetting import Reset
from chalicelib.errors import ChangedMeanwhile, InvalidInput
from chalicelib.members.invitation_message import message
from chalicelib.members.record import checked_user_name
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
    try:
        there = visit.portal.members.get(checked_user_name(visit.user_name))
        if there:  # whose groups and link are to be kept
            raise _member_already(there.user_name)
        return invitation_page(visit, _invited(visit, groups, basis_of(None)))
    except ChangedMeanwhile:  # another administrator was quicker
        return _new_member_page(visit, groups, _member_already(visit.user_name))
    except InvalidInput as problem:
        if problem.field not in ("user_name", "groups"):
            raise
        return _new_member_page(visit, groups, problem)


@console_page(pages, "/console/invite", "POST")
def invite_again(visit: ConsoleVisit) -> Response:
    """The member keeps the groups that they have."""
    return invitation_page(visit, _invited(visit, (), visit.basis))


@console_page(pages, "/console/reset-mfa", "GET", comes_back_to="reset-mfa")
def show_reset_mfa(visit: ConsoleVisit) -> Response:
    member = existing(visit.portal.members, visit.user_name)
    return console_html(visit, "reset-mfa", user_name=member.user_name, basis=basis_of(member))


@console_page(pages, "/console/reset-mfa", "POST", comes_back_to="reset-mfa")
def reset_mfa(visit: ConsoleVisit) -> Response:
    reset = resetting.reset_mfa(
        visit.admin_request, user_name=visit.user_name, with_passcode=has_passcode(visit), basis=visit.basis
    )
    return invitation_page(visit, reset.invitation, reset, what="mfa")


@console_page(pages, "/console/reset-password", "GET", comes_back_to="reset-password")
def show_reset_password(visit: ConsoleVisit) -> Response:
    member = existing(visit.portal.members, visit.user_name)
    forgotten_passwords.check_resettable(visit.settings, member)
    return console_html(visit, "reset-password", user_name=member.user_name, basis=basis_of(member))


@console_page(pages, "/console/reset-password", "POST", comes_back_to="reset-password")
def reset_password(visit: ConsoleVisit) -> Response:
    reset = forgotten_passwords.reset_password(
        visit.admin_request, user_name=visit.user_name, with_passcode=has_passcode(visit), basis=visit.basis
    )
    return invitation_page(visit, reset.invitation, reset, what="password")


def _member_already(user_name: str) -> InvalidInput:
    return InvalidInput("user_name", "%(user_name)s is a member already: see the list.", user_name=user_name)


def _invited(visit: ConsoleVisit, groups: Sequence[str], basis: str) -> NewInvitation:
    return inviting.invite(
        visit.admin_request,
        user_name=visit.user_name,
        groups=groups,
        with_passcode=has_passcode(visit),
        basis=basis,
    )


def has_passcode(visit: ConsoleVisit) -> bool:
    """Whether the form asks for a passcode."""
    return visit.form.get("passcode") == "yes"


def _new_member_page(visit: ConsoleVisit, groups: Sequence[str], problem: InvalidInput | None = None) -> Response:
    return console_html(
        visit,
        "new-member",
        status=400 if problem else 200,
        user_name=visit.user_name,
        groups=group_choices(visit.settings, groups),
        with_passcode=problem is not None and has_passcode(visit),
        problem=problem,
        switch_form=sent_again(visit) if problem else None,
    )


def invitation_page(
    visit: ConsoleVisit, new: NewInvitation, reset: Reset | None = None, what: str | None = None
) -> Response:
    """``what`` was reset: "mfa" or "password"; or access was "resumed"."""
    link = invitation_url(visit, new.token)
    return console_html(
        visit,
        "invitation",
        user_name=new.member.user_name,
        is_new=new.is_new,
        link=link,
        passcode=new.passcode,
        expires_at=new.member.expires_at,
        messages=[_message(visit, language, link, new) for language in _languages(visit)],
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
