"""The administrator's console: who may see a page, signing in and out."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial, wraps
from typing import Any

from chalice.app import Blueprint, Response

from chalicelib.admin import authority, signing_in
from chalicelib.admin.signing_in import ConsoleSession
from chalicelib.audit import PORTAL, Action
from chalicelib.errors import ChangedMeanwhile, ConsoleSignedOut, FirstdayError, NotYourTask, SignInTooOld
from chalicelib.journey import onboarding
from chalicelib.members.link_tokens import EXAMPLE_SIGN_IN, sign_in_secrets
from chalicelib.web.bodies import MAXIMUM_BODY
from chalicelib.web.console.error_words import words_of
from chalicelib.web.console.frame import ConsoleVisit, console_html, kept_place, place_from, sent_again
from chalicelib.web.html import ended_session, lasting, see_other
from chalicelib.web.serving import FORM, served
from chalicelib.web.trying_again import retry_form, sent_again_unread

pages = Blueprint(__name__)

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

    ``chalicelib.admin.authority`` says which of them may see it. With ``comes_back_to``, a page of
    ``frame.PLACES``, it needs a sign-in of the last hour.
    """

    def register(view: View) -> Callable[[], Response]:
        @wraps(view)
        def inside(visit: ConsoleVisit) -> Response:
            visit.admin = _session_of(visit)
            _check_task(visit, f"{method} {path}")
            if comes_back_to:
                visit.place = comes_back_to
                signing_in.check_fresh(visit.admin, visit.now)
            return view(visit)

        return open_page(blueprint, path, method, maximum_body=maximum_body, content_types=content_types)(inside)

    return register


def _session_of(visit: ConsoleVisit) -> ConsoleSession:
    """The session of the console. A member who sends their own session instead is recorded."""
    if cookie := visit.console_cookie:
        return signing_in.current(visit.portal.console, cookie, visit.now)
    with suppress(FirstdayError):
        member = onboarding.current(visit.portal.members, visit.member_session, visit.now)
        reason, actor = "the session is a member's", member.user_name
        signing_in.refuse(visit.portal.console, visit.now, actor=actor, reason=reason, source_ip=visit.source_ip)
    visit.check_cookies()
    raise ConsoleSignedOut


def _check_task(visit: ConsoleVisit, task: str) -> None:
    """NotYourTask unless the administrator may do the ``task``. Whose role is none of the settings' is signed out.

    The settings may have changed since the administrator has signed in.
    """
    if visit.rank is None:
        actor, visit.admin = visit.actor, None
        reason = "the role administers the portal no longer"
        console, cookie = visit.portal.console, visit.console_cookie or ""
        signing_in.end(console, cookie, visit.now, actor=actor, reason=reason, source_ip=visit.source_ip)
        raise ConsoleSignedOut
    if not authority.may(visit.rank, task):
        details = {"path": visit.path, "method": visit.method}
        visit.portal.members.record_events([visit.admin_request.event(Action.ADMIN_REFUSED, PORTAL, details)])
        raise NotYourTask


def console_error_page(visit: ConsoleVisit, error: FirstdayError) -> Response:
    if resent := sent_again_unread(visit, error):
        return resent
    if isinstance(error, ChangedMeanwhile):
        from chalicelib.web.console.changed_meanwhile import changed_page

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


@open_page(pages, "/console/sign-in", "GET")
def show_sign_in(visit: ConsoleVisit) -> Response:
    return _sign_in_page(visit, None)


@open_page(pages, "/console/sign-in", "POST", begins_session=True)
def sign_in(visit: ConsoleVisit) -> Response:
    pasted = visit.form.get("token", "")
    found = sign_in_secrets(pasted)
    if len(found) != 1:
        problem = "none_found" if pasted.strip() else "missing"
        return _sign_in_page(visit, problem, status=400, switch_form=sent_again(visit))
    cookie = signing_in.sign_in(
        visit.portal.console, found[0], now=visit.now, source_ip=visit.source_ip, former=visit.console_cookie
    )
    place = place_from(visit.return_cookie)
    if place is None:
        return see_other(visit, "console", session_cookie=cookie)
    page, user_name = place
    forgotten = lasting(visit, visit.return_cookie_name, "", 0)
    query = {"user_name": user_name}
    return see_other(visit, f"console/{page}", session_cookie=cookie, query=query, cookies=[forgotten])


def _sign_in_page(visit: ConsoleVisit, problem: str | None, **values: Any) -> Response:
    link = f"{visit.portal_url}/console/sign-in#{EXAMPLE_SIGN_IN}"
    return console_html(visit, "sign-in", problem=problem, example_link=link, **values)


@open_page(pages, "/console/sign-out", "POST")
def sign_out(visit: ConsoleVisit) -> Response:
    """Also when the session is over already."""
    if visit.console_cookie:
        signing_in.sign_out(visit.portal.console, visit.console_cookie, visit.now)
    return console_html(visit, "signed-out", cookies=[ended_session(visit)])
