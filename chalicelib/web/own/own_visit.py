"""One request of the member's own page, and what its pages have in common."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from chalice.app import Blueprint, Request, Response

from chalicelib.errors import FirstdayError
from chalicelib.journey import own_page
from chalicelib.members.own_sessions import LINK_LASTS, SESSION_LASTS
from chalicelib.web.html import error_answer, html
from chalicelib.web.serving import served
from chalicelib.web.visits import Visit
from chalicelib.wiring import Portal

_LIMITS = {
    "link_seconds": int(LINK_LASTS.total_seconds()),
    "session_minutes": int(SESSION_LASTS.total_seconds() // 60),
}


class OwnVisit(Visit):
    """Its session is not the journey's."""

    def __init__(self, request: Request, portal: Portal, *, begins_session: bool = False) -> None:
        super().__init__(request, portal, begins_session=begins_session, look_up=own_page.current)

    @property
    def session_cookie_name(self) -> str:
        return "firstday-own" if self.is_loopback else "__Host-firstday-own"


def own_view(
    blueprint: Blueprint, path: str, method: str, *, begins_session: bool = False
) -> Callable[[Callable[[OwnVisit], Response]], Callable[[], Response]]:
    """Serve a view of the member's own page at ``path``; every error in it becomes a page."""

    def visit_of(request: Request, portal: Portal) -> OwnVisit:
        return OwnVisit(request, portal, begins_session=begins_session)

    return served(blueprint, path, method, visit_of, own_error_page, during=lambda here: here.patience.lasting())


def own_html(visit: Visit, name: str, *, here: str = "me", cookies: Iterable[str] = (), **values: Any) -> Response:
    """The page of ``templates/<name>.html``; ``here`` is where its language links lead to."""
    common = {"sign_out_page": "me/sign-out", "limits": _LIMITS}
    return html(visit, name, here=here, cookies=cookies, **{**common, **values})


def own_error_page(visit: Visit, error: FirstdayError) -> Response:
    return error_answer(visit, error, partial(own_html, visit, "own/error"))
