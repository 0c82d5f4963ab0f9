"""Where the link to a member's own page leads, and where the member signs out again."""

from contextlib import suppress

from chalice.app import Blueprint, Response

from chalicelib.errors import SessionOver
from chalicelib.journey import own_page
from chalicelib.members.link_tokens import EXAMPLE_TOKEN, invitation_tokens
from chalicelib.members.sessions import session_from
from chalicelib.web.html import ended_session, see_other
from chalicelib.web.own.own_visit import OwnVisit, own_error_page, own_html, own_view
from chalicelib.web.serving import served
from chalicelib.web.trying_again import Form

pages = Blueprint(__name__)


@own_view(pages, "/me", "GET")
def show_opening(visit: OwnVisit) -> Response:
    return _opening_page(visit, None)


@own_view(pages, "/me", "POST", begins_session=True)
def open_own_page(visit: OwnVisit) -> Response:
    pasted = visit.form.get("token", "")
    tokens = invitation_tokens(pasted)
    if len(tokens) != 1:
        return _opening_page(visit, "none_found" if pasted.strip() else "missing", pasted.strip())
    language = visit.language if visit.settings.mail else None
    own = visit.portal.own_page
    cookie = own_page.open_page(own, tokens[0], visit.now, source_ip=visit.source_ip, language=language)
    visit.begin(session_from(cookie))
    return see_other(visit, "me/overview", session_cookie=cookie)


def _opening_page(visit: OwnVisit, problem: str | None, pasted: str = "") -> Response:
    return own_html(
        visit,
        "own/opening",
        status=400 if problem else 200,
        problem=problem,
        token_value=pasted,
        example_link=f"{visit.portal_url}/me#{EXAMPLE_TOKEN}",
        switch_form=Form(visit.url("me"), {"token": pasted}) if pasted else None,
    )


class Closing(OwnVisit):
    """A request to sign out: it needs no valid session, and its form is not read."""

    def check_sender(self) -> None:
        return


@served(pages, "/me/sign-out", "POST", Closing, own_error_page)
def close_own_page(visit: Closing) -> Response:
    """Also when the session is over already, or there is none."""
    with suppress(SessionOver):
        own_page.close_page(visit.portal.own_page, visit.session, visit.now)
        visit.begin(visit.session)
    return own_html(visit, "own/closed", can_sign_out=False, switches=(), cookies=[ended_session(visit)])
