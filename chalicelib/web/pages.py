"""What every page has in common: headers, steps, the language switch, and errors put into words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

from chalice.app import Blueprint, Response

from chalicelib.errors import AWSBusy, FirstdayError, InProgress
from chalicelib.web.headers import SECURITY_HEADERS
from chalicelib.web.rendering import content_security_policy, rendered
from chalicelib.web.visits import LANGUAGE_COOKIE, Visit, log, log_unforeseen
from chalicelib.wiring import portal

FORM = "application/x-www-form-urlencoded"
# The steps of the journey, each with the page that a link can lead to.
STEPS = {
    "start": "start",
    "register": "register-device",
    "codes": "register-device",
    "access_key": "access-key",
    "config": "config",
    "done": "done",
}
NATIVE_NAMES = {"ja": "日本語", "en": "English"}
# After this many times the page stops trying by itself; a person may still go on.
MAXIMUM_AUTOMATIC_TRIES = 10

View = Callable[[Visit], Response]


@dataclass(frozen=True, slots=True)
class Step:
    key: str
    state: str


@dataclass(frozen=True, slots=True)
class Switch:
    """One language of the switch."""

    code: str
    label: str
    current: bool
    href: str


@dataclass(frozen=True, slots=True)
class Form:
    """A form that sends ``fields`` again: for the language switch, or to try again."""

    action: str
    fields: Mapping[str, str]
    automatic: bool = False
    method: str = "post"


def page(blueprint: Blueprint, path: str, method: str) -> Callable[[View], Callable[[], Response]]:
    """Serve ``view`` at ``path``; whatever goes wrong in it becomes a page."""

    def register(view: View) -> Callable[[], Response]:
        options: dict[str, Any] = {"content_types": [FORM]} if method == "POST" else {}

        @wraps(view)
        def handle() -> Response:
            return _answered(view, Visit(blueprint.current_request, portal()))

        blueprint.route(path, methods=[method], **options)(handle)
        return handle

    return register


def html(visit: Visit, name: str, *, status: int = 200, step: str | None = None, **values: object) -> Response:
    """The page of ``templates/<name>.html``. ``switch_form`` among ``values`` makes the language switch a form."""
    common = {
        "contact": visit.settings.contact,
        "organisation": visit.settings.organisation,
        "steps": _steps(step),
        "switch_form": None,
        "switches": _switches(visit, step),
        "url": visit.url,
    }
    headers: dict[str, str | list[str]] = {
        **SECURITY_HEADERS,
        "Content-Type": "text/html; charset=utf-8",
        "Content-Language": visit.language,
        "Content-Security-Policy": content_security_policy(),
    }
    if visit.chosen_language:
        headers["Set-Cookie"] = _cookie(visit, LANGUAGE_COOKIE, visit.chosen_language, same_site="Lax")
    return Response(rendered(name, visit.language, **{**common, **values}), headers, status)


def see_other(visit: Visit, name: str, *, session_cookie: str | None = None) -> Response:
    """Go to another page of the portal, with a new session if ``session_cookie`` is given."""
    cookies = []
    if session_cookie:
        cookies.append(_cookie(visit, visit.session_cookie_name, session_cookie, same_site="Strict"))
    if visit.chosen_language:
        cookies.append(_cookie(visit, LANGUAGE_COOKIE, visit.chosen_language, same_site="Lax"))
    headers: dict[str, Any] = {**SECURITY_HEADERS, "Location": visit.url(name), "Set-Cookie": cookies}
    return Response("", headers, 303)


def error_page(visit: Visit, error: FirstdayError) -> Response:
    retry = _retry(visit, error)
    return html(visit, "error", status=error.status, error=error.code, retry=retry, switch_form=retry)


def _answered(view: View, visit: Visit) -> Response:
    outcome = "ok"
    try:
        if visit.method == "POST":
            visit.check_origin()
        response = view(visit)
    except FirstdayError as error:
        outcome = error.code
        if error.status >= 500:
            log(level="warning", request_id=visit.request_id, error=type(error).__name__, detail=str(error))
        response = error_page(visit, error)
    except Exception as error:
        outcome = type(error).__name__
        log_unforeseen(error, visit.request_id)
        response = error_page(visit, FirstdayError())
    log(
        level="info",
        request_id=visit.request_id,
        method=visit.method,
        path=visit.path,
        status=response.status_code,
        outcome=outcome,
    )
    return response


def _steps(current: str | None) -> tuple[Step, ...]:
    if current is None:
        return ()
    position = list(STEPS).index(current)
    states = ["done"] * position + ["current"] + ["todo"] * (len(STEPS) - position - 1)
    return tuple(map(Step, STEPS, states))


def _switches(visit: Visit, step: str | None) -> tuple[Switch, ...]:
    # An error has no page of its own that a link could lead to.
    here = visit.url(STEPS[step or "start"])
    return tuple(
        Switch(code, NATIVE_NAMES[code], code == visit.language, f"{here}?lang={code}")
        for code in visit.settings.languages
    )


def _retry(visit: Visit, error: FirstdayError) -> Form | None:
    """Sending the same again, where that is right: every step may be repeated."""
    if not isinstance(error, AWSBusy | InProgress):
        return None
    sent = visit.form if visit.method == "POST" else {}
    fields = {name: value for name, value in sent.items() if name != "lang"}
    return Form(
        action=visit.url(visit.path.removeprefix("/")),
        fields={**fields, "tries": str(visit.tries + 1)},
        automatic=visit.tries < MAXIMUM_AUTOMATIC_TRIES,
        method=visit.method.lower(),
    )


def _cookie(visit: Visit, name: str, value: str, *, same_site: str) -> str:
    secure = "" if visit.is_loopback else "; Secure"
    return f"{name}={value}; Path=/; HttpOnly; SameSite={same_site}{secure}"
