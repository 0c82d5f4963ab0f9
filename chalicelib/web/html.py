"""The common parts of all pages: headers, steps, the language switch, and error messages."""

import base64
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import urlencode

from chalice.app import Blueprint, Response

from chalicelib.aws_errors import AWSDenied, OtherSpelling, UserElsewhere
from chalicelib.errors import FirstdayError, SessionOver
from chalicelib.journey import onboarding
from chalicelib.members.sessions import IDLE_LASTS, SESSION_LASTS
from chalicelib.web.browser_session import BEGAN_AT, OWNER
from chalicelib.web.rendering import content_security_policy, rendered
from chalicelib.web.serving import served
from chalicelib.web.steps import page_of, steps
from chalicelib.web.trying_again import retry_form, sent_again_unread, sent_again_without_script
from chalicelib.web.visits import LANGUAGE_COOKIE, LookUp, Visit
from chalicelib.words import hours

NATIVE_NAMES = {"ja": "日本語", "en": "English"}
LIMITS = {"idle_hours": hours(IDLE_LASTS.total_seconds()), "session_hours": hours(SESSION_LASTS.total_seconds())}


class Switch(NamedTuple):
    """One language of the switch."""

    code: str
    label: str
    current: bool
    href: str


def page(
    blueprint: Blueprint,
    path: str,
    method: str,
    *,
    begins_session: bool = False,
    look_up: LookUp = onboarding.current,
) -> Callable[[Callable[[Visit], Response]], Callable[[], Response]]:
    """Serve a member's ``view`` at ``path``; every error in it becomes a page.

    ``look_up`` finds the member of the session, before a form is read.
    """
    visit_of = partial(Visit, begins_session=begins_session, look_up=look_up)
    return served(blueprint, path, method, visit_of, error_page, during=lambda here: here.patience.lasting())


def html(
    visit: Visit,
    name: str,
    *,
    status: int = 200,
    step: str | None = None,
    here: str | None = None,
    cookies: Iterable[str] = (),
    **values: object,
) -> Response:
    """The page of ``templates/<name>.html``.

    ``here`` is the page that the language links lead to; None means that of the ``step``.
    ``switch_form`` among ``values`` makes the language switch a form.
    """
    # An error has no page of its own that a link could lead to.
    common = {
        "can_sign_out": visit.has_session,
        "contact": visit.settings.contact,
        "organisation": visit.settings.organisation,
        "steps": steps(step, visit.settings),
        "switch_form": None,
        "switches": _switches(visit, here or page_of(step or "start")),
        "form_action": visit.form_action,
        "url": visit.url,
    }
    headers: dict[str, Any] = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Language": visit.language,
        "Content-Security-Policy": content_security_policy(name),
        **_cookies(visit, cookies),
    }
    text = rendered(name, visit.language, time_zone=visit.settings.time_zone, **{**common, **values})
    return Response(text, headers, status)


def see_other(
    visit: Visit,
    name: str,
    *,
    session_cookie: str | None = None,
    query: Mapping[str, str] | None = None,
    cookies: Iterable[str] = (),
) -> Response:
    """Go to another page of the portal, with a new session if ``session_cookie`` is given."""
    new = [_cookie(visit, visit.session_cookie_name, session_cookie)] if session_cookie else []
    # The next page can tell a browser that keeps no cookies from one whose session is over.
    asked = {**(query or {}), **({BEGAN_AT: int(visit.now.timestamp())} if session_cookie else {})}
    location = visit.url(name) + (f"?{urlencode(asked)}" if asked else "")
    headers: dict[str, Any] = {"Location": location, **_cookies(visit, [*new, *cookies])}
    return Response("", headers, 303)


def ended_session(visit: Visit) -> str:
    """The cookie that makes the browser forget its session."""
    return lasting(visit, visit.session_cookie_name, "", 0)


def lasting(visit: Visit, name: str, value: str, seconds: int) -> str:
    """A cookie that the browser forgets after so long; at once, if 0."""
    return f"{_cookie(visit, name, value)}; Max-Age={seconds}"


def download_link(text: str) -> str:
    """A file as a link that needs no further request; its type keeps browsers from adding ".txt"."""
    return f"data:application/octet-stream;base64,{base64.b64encode(text.encode()).decode()}"


def error_page(visit: Visit, error: FirstdayError) -> Response:
    can_sign_out = visit.has_session and not isinstance(error, SessionOver)
    return error_answer(visit, error, partial(html, visit, "error", can_sign_out=can_sign_out, limits=LIMITS))


def error_answer(visit: Visit, error: FirstdayError, shown: Callable[..., Response]) -> Response:
    """The same request once more if that helps by itself; else what ``shown`` makes of the error's values."""
    if resent := sent_again_unread(visit, error) or sent_again_without_script(visit, error):
        return resent
    retry = retry_form(visit, error)
    denied_action = error.action if isinstance(error, AWSDenied) else None
    # A member types no name, so IAM now has the name in other capitals.
    kind = UserElsewhere if isinstance(error, OtherSpelling) else error
    return shown(status=kind.status, error=kind.code, denied_action=denied_action, retry=retry, switch_form=retry)


def _switches(visit: Visit, here: str) -> tuple[Switch, ...]:
    is_here = visit.path == f"/{here}"
    passing = ("lang", "tries", "since", BEGAN_AT, OWNER)
    kept = {name: value for name, value in visit.query.items() if is_here and name not in passing}
    if is_here and visit.knows_password:
        kept |= {"has_password": "yes"}
    return tuple(
        Switch(
            code,
            NATIVE_NAMES[code],
            code == visit.language,
            f"{visit.url(here)}?{urlencode(kept | {'lang': code})}",
        )
        for code in visit.settings.languages
    )


def _cookies(visit: Visit, cookies: Iterable[str]) -> dict[str, list[str]]:
    """The header that sets ``cookies``, and the language if it was chosen just now."""
    chosen = visit.chosen_language
    lines = [*cookies, *([_cookie(visit, LANGUAGE_COOKIE, chosen, same_site="Lax")] if chosen else [])]
    return {"Set-Cookie": lines} if lines else {}


def _cookie(visit: Visit, name: str, value: str, *, same_site: str = "Strict") -> str:
    secure = "" if visit.is_loopback else "; Secure"
    return f"{name}={value}; Path=/; HttpOnly; SameSite={same_site}{secure}"
