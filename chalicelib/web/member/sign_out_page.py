"""The page where a member signs out."""

from contextlib import suppress

from chalice.app import Blueprint, Response

from chalicelib.errors import NotSignedIn
from chalicelib.journey import onboarding
from chalicelib.web.html import ended_session, error_page, html
from chalicelib.web.serving import served
from chalicelib.web.visits import Visit

pages = Blueprint(__name__)


class Leaving(Visit):
    """A request to sign out: it needs no valid session, and its form is not read."""

    def check_sender(self) -> None:
        return


@served(pages, "/sign-out", "POST", Leaving, error_page)
def sign_out(visit: Leaving) -> Response:
    """Also when the session is over already, or there is none."""
    with suppress(NotSignedIn):
        if onboarding.sign_out(visit.portal.members, visit.session, visit.now):
            visit.begin(visit.session)
    return html(visit, "signed-out", can_sign_out=False, switches=(), cookies=[ended_session(visit)])
