"""The page for the console password, if the settings have this step."""

from typing import Any

from chalice.app import Blueprint, Response

from chalicelib.errors import NotOffered
from chalicelib.journey import aws_console_password
from chalicelib.journey.aws_console_password import AskForPassword, HasPassword, Problem
from chalicelib.members import passwords
from chalicelib.settings.records import Credentials
from chalicelib.web.html import html, page
from chalicelib.web.member.config_page import console_values, href
from chalicelib.web.steps import page_after
from chalicelib.web.visits import Visit

pages = Blueprint(__name__)


@page(pages, "/password", "GET")
def show_password(visit: Visit) -> Response:
    _check_offered(visit)
    portal = visit.portal
    return _page(visit, aws_console_password.look(portal.iam, visit.member, visit.now))


@page(pages, "/password", "POST")
def choose_password(visit: Visit) -> Response:
    """Without a password, the form is that of an error page, which asks what came of the last try."""
    # Taken out of the form: an error page sends the remaining fields again.
    password, repeated = visit.form.pop("password", None), visit.form.pop("repeated", "")
    _check_offered(visit)
    whose = visit.portal.members, visit.portal.iam, visit.member
    if password is None:
        found = aws_console_password.look_again(*whose, visit.now, source_ip=visit.source_ip)
        return _page(visit, found)
    outcome = aws_console_password.choose_password(*whose, password, repeated, visit.now, source_ip=visit.source_ip)
    return _page(visit, outcome)


def _check_offered(visit: Visit) -> None:
    if not visit.settings.console_password:
        raise NotOffered


def _page(visit: Visit, outcome: AskForPassword | HasPassword) -> Response:
    settings, following = visit.settings, page_after("password", visit.settings)
    shown: dict[str, Any]
    match outcome:
        case AskForPassword(member, policy, problem, broken):
            shown = {"rules": passwords.rules(policy), "problem": problem, "broken": broken}
            next_href = visit.url(following)
        case HasPassword(member, is_new):
            shown = {"rules": None, "problem": None, "is_new": is_new}
            next_href = href(visit, following, has_password=True)
    return html(
        visit,
        "password",
        status=200 if shown["problem"] in (None, Problem.LOST) else 400,
        step="password",
        user_name=member.user_name,
        # With aws login alone, the password is the only way in.
        may_skip=settings.credentials != (Credentials.AWS_LOGIN,),
        next_href=next_href,
        **console_values(settings, member),
        **shown,
    )
