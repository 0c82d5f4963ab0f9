"""The console's pages that suspend a member's access, and resume it."""

from chalice.app import Blueprint, Response

from chalicelib.admin import resuming, suspending
from chalicelib.admin.changing_groups import existing
from chalicelib.errors import InvalidInput
from chalicelib.members.record import Member
from chalicelib.members.versions import basis_of
from chalicelib.web.console.access import console_page
from chalicelib.web.console.frame import ConsoleVisit, console_html, sent_again
from chalicelib.web.console.invitation_pages import by_mail, has_passcode, invitation_page
from chalicelib.web.html import see_other

pages = Blueprint(__name__)


@console_page(pages, "/console/suspend", "GET", comes_back_to="suspend")
def show_suspension(visit: ConsoleVisit) -> Response:
    member = existing(visit.portal.members, visit.user_name)
    return console_html(visit, "suspend", user_name=member.user_name, basis=basis_of(member))


@console_page(pages, "/console/suspend", "POST", comes_back_to="suspend")
def suspend(visit: ConsoleVisit) -> Response:
    done = suspending.suspend(visit.admin_request, user_name=visit.user_name, basis=visit.basis)
    query = {"user_name": done.member.user_name, "done": "suspended"}
    return see_other(visit, "console/member", query=query)


@console_page(pages, "/console/resume", "GET", comes_back_to="resume")
def show_resumption(visit: ConsoleVisit) -> Response:
    member = existing(visit.portal.members, visit.user_name)
    return _question(visit, member, basis_of(member), member.until or "")


@console_page(pages, "/console/resume", "POST", comes_back_to="resume")
def resume(visit: ConsoleVisit) -> Response:
    until = visit.form.get("until", "").strip()
    try:
        invitation = resuming.resume(
            visit.admin_request,
            user_name=visit.user_name,
            with_passcode=has_passcode(visit),
            until=until,
            basis=visit.basis,
            by_mail=by_mail(visit),
        )
    except InvalidInput as problem:
        if problem.field != "until":
            raise
        member = existing(visit.portal.members, visit.user_name)
        return _question(visit, member, visit.basis, until, problem)
    return invitation_page(visit, invitation, what="resumed")


def _question(
    visit: ConsoleVisit, member: Member, basis: str, until: str, problem: InvalidInput | None = None
) -> Response:
    return console_html(
        visit,
        "resume",
        status=400 if problem else 200,
        user_name=member.user_name,
        email=member.email,
        basis=basis,
        until=until,
        problem=problem,
        switch_form=sent_again(visit) if problem else None,
    )
