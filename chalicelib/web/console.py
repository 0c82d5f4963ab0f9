"""The administrator's console: signing in and out, and what its pages have in common."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cached_property, partial, wraps
from typing import Any
from urllib.parse import urlencode

from chalice.app import Blueprint, Response

from chalicelib.admin import signing_in
from chalicelib.admin.signing_in import IDLE_LASTS, SESSION_LASTS, ConsoleSession
from chalicelib.audit import short
from chalicelib.errors import ChangedMeanwhile, ConsoleSignedOut, FirstdayError, SignInTooOld
from chalicelib.journey import onboarding
from chalicelib.members.invitations import Session, is_secret, session_from, token_from
from chalicelib.members.versions import checked_basis
from chalicelib.web.console_errors import words_of
from chalicelib.web.console_return import MINUTES, place_from, place_text
from chalicelib.web.pages import Form, ended_session, html, lasting, retry_form, see_other, sent_again_unread
from chalicelib.web.serving import FORM, served
from chalicelib.web.visits import MAXIMUM_BODY, Visit, media_type

pages = Blueprint(__name__)

MULTIPART = "multipart/form-data"
LIMITS = {
    "idle_minutes": f"{IDLE_LASTS.total_seconds() / 60:g}",
    "session_hours": f"{SESSION_LASTS.total_seconds() / 3600:g}",
}


class ConsoleVisit(Visit):
    """One request of an administrator's browser. ``admin`` is the session of the console, once it is looked up."""

    maximum_fields = 500
    admin: ConsoleSession | None = None
    # The page that one comes back to if one has to sign in again first.
    place: str | None = None

    @property
    def session_cookie_name(self) -> str:
        return "firstday-console" if self.is_loopback else "__Host-firstday-console"

    @property
    def return_cookie_name(self) -> str:
        return f"{self.session_cookie_name}-return"

    @property
    def return_cookie(self) -> str:
        return self._cookies.get(self.return_cookie_name, "")

    @property
    def console_cookie(self) -> str | None:
        """The cookie's value, if the portal gives one of that shape."""
        cookie = self._cookies.get(self.session_cookie_name, "")
        return cookie if is_secret(cookie) else None

    @property
    def is_known(self) -> bool:
        return self._is_admitted or self.admin is not None

    def check_sender(self) -> None:
        """The session is left to ``console_page``, which looks it up for every page."""
        self._is_admitted = self._begins_session

    @cached_property
    def form(self) -> dict[str, str]:
        """As of any visit, and of forms with a file, too: its text, whatever its encoding."""
        if media_type(self._request) != MULTIPART:
            return super().form
        body = self.body
        from chalicelib.web.console_upload import fields

        return fields(self._request.headers["content-type"], body)

    @property
    def member_session(self) -> Session:
        """The session of a member, not yet checked; NotSignedIn without one."""
        return session_from(self._cookies.get(super().session_cookie_name, ""))

    @property
    def signed_in(self) -> ConsoleSession:
        """The session of a page that only administrators see."""
        if self.admin is None:
            raise ConsoleSignedOut
        return self.admin

    @property
    def actor(self) -> str:
        return self.signed_in.actor

    @property
    def known_actor(self) -> str | None:
        return short(self.admin.actor) if self.admin else None

    @property
    def user_name(self) -> str:
        """Whom the page is about: a field of the form, or part of the address."""
        return (self.form if self.method == "POST" else self.query).get("user_name", "").strip()

    @property
    def basis(self) -> str:
        """What the form was made from."""
        return checked_basis(self.form.get("basis", ""))


View = Callable[[ConsoleVisit], Response]


def open_page(
    blueprint: Blueprint,
    path: str,
    method: str,
    *,
    maximum_body: int = MAXIMUM_BODY,
    content_types: Sequence[str] = (FORM,),
    begins_session: bool = False,
) -> Callable[[View], Callable[[], Response]]:
    """Serve a page of the console to everybody. ``maximum_body`` is in bytes."""
    visit_of = partial(ConsoleVisit, maximum_body=maximum_body, begins_session=begins_session)
    return served(blueprint, path, method, visit_of, console_error_page, content_types)


def console_page(
    blueprint: Blueprint,
    path: str,
    method: str,
    *,
    maximum_body: int = MAXIMUM_BODY,
    content_types: Sequence[str] = (FORM,),
    comes_back_to: str | None = None,
) -> Callable[[View], Callable[[], Response]]:
    """Serve a page to administrators who are signed in; everybody else gets one that says how to sign in.

    With ``comes_back_to``, a page of ``console_return.PLACES``, it needs a sign-in of the last hour.
    """

    def register(view: View) -> Callable[[], Response]:
        @wraps(view)
        def inside(visit: ConsoleVisit) -> Response:
            visit.admin = _session_of(visit)
            if comes_back_to:
                visit.place = comes_back_to
                signing_in.check_fresh(visit.admin, visit.now)
            return view(visit)

        return open_page(blueprint, path, method, maximum_body=maximum_body, content_types=content_types)(inside)

    return register


def _session_of(visit: ConsoleVisit) -> ConsoleSession:
    """The session of the console. A member who comes with one of theirs instead is recorded."""
    if cookie := visit.console_cookie:
        return signing_in.current(visit.portal.console, cookie, visit.now)
    with suppress(FirstdayError):
        member = onboarding.current(visit.portal.members, visit.member_session, visit.now)
        reason, actor = "the session is a member's", member.user_name
        signing_in.refuse(visit.portal.console, visit.now, actor=actor, reason=reason, source_ip=visit.source_ip)
    raise ConsoleSignedOut


def console_html(visit: ConsoleVisit, name: str, **values: Any) -> Response:
    """The page of ``templates/console/<name>.html`` in the console's frame.

    What answers a POST has no address that another language could be asked of. Where the same may be sent
    again, ``switch_form`` does; else the page stays in its language.
    """
    frame: dict[str, Any] = {"admin": visit.admin, "limits": LIMITS, "here": visit.path.removeprefix("/")}
    if visit.method == "POST" and values.get("switch_form") is None:
        frame["switches"] = ()
    return html(visit, f"console/{name}", **(frame | values))


def console_error_page(visit: ConsoleVisit, error: FirstdayError) -> Response:
    if resent := sent_again_unread(visit, error):
        return resent
    if isinstance(error, ChangedMeanwhile):
        from chalicelib.web.console_changes import changed_page

        return changed_page(visit, error)
    retry = retry_form(visit, error)
    words = words_of(error)
    cookies = kept_place(visit, visit.place) if visit.place and isinstance(error, SignInTooOld) else ()
    return console_html(
        visit,
        "error",
        status=error.status,
        error=error.code,
        words=words,
        retry=retry,
        switch_form=retry,
        cookies=cookies,
    )


def kept_place(visit: ConsoleVisit, page: str) -> list[str]:
    """The cookie with which one comes back to ``page``, of the member whom this one is about."""
    text = place_text(page, visit.sent.get("user_name", "").strip())
    return [lasting(visit, visit.return_cookie_name, text, MINUTES * 60)] if text else []


def sent_again(visit: ConsoleVisit) -> Form:
    """For the language switch of a page that says what is wrong with a form."""
    fields = {name: value for name, value in visit.form.items() if name != "lang"}
    return Form(visit.url(visit.path.removeprefix("/")), fields)


def address(visit: Visit, name: str, **query: str | None) -> str:
    """A link to a page of the console, without what is empty in ``query``."""
    given = {key: value for key, value in query.items() if value}
    return visit.url(f"console/{name}") + (f"?{urlencode(given)}" if given else "")


def invitation_url(visit: ConsoleVisit, token: str) -> str:
    """The link, on the portal as the administrator's command line knows it: not as the request says."""
    return f"{visit.signed_in.portal_url}/start#{token}"


@console_page(pages, "/console", "GET")
def show_console(visit: ConsoleVisit) -> Response:
    return see_other(visit, "console/members")


@open_page(pages, "/console/sign-in", "GET")
def show_sign_in(visit: ConsoleVisit) -> Response:
    return console_html(visit, "sign-in", problem=None)


@open_page(pages, "/console/sign-in", "POST", begins_session=True)
def sign_in(visit: ConsoleVisit) -> Response:
    token = token_from(visit.form.get("token", ""))
    if not token:
        return console_html(visit, "sign-in", status=400, problem="missing", switch_form=sent_again(visit))
    cookie = signing_in.sign_in(
        visit.portal.console, token, now=visit.now, source_ip=visit.source_ip, former=visit.console_cookie
    )
    place = place_from(visit.return_cookie)
    if place is None:
        return see_other(visit, "console/members", session_cookie=cookie)
    page, user_name = place
    forgotten = lasting(visit, visit.return_cookie_name, "", 0)
    query = {"user_name": user_name}
    return see_other(visit, f"console/{page}", session_cookie=cookie, query=query, cookies=[forgotten])


@open_page(pages, "/console/sign-out", "POST")
def sign_out(visit: ConsoleVisit) -> Response:
    """Also for whose session is over already."""
    if visit.console_cookie:
        signing_in.sign_out(visit.portal.console, visit.console_cookie, visit.now)
    return console_html(visit, "signed-out", cookies=[ended_session(visit)])
