"""One request of an administrator's browser, and the parts that all pages of the console share."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote, unquote, urlencode

from chalice.app import Response

from chalicelib.admin.admin_request import AdminRequest
from chalicelib.admin.authority import Rank, rank_of, tasks_of
from chalicelib.admin.signing_in import IDLE_LASTS, SESSION_LASTS, ConsoleSession
from chalicelib.audit import short
from chalicelib.errors import ConsoleSignedOut
from chalicelib.members.invitations import is_secret
from chalicelib.members.record import is_user_name
from chalicelib.members.sessions import MemberSession, session_from
from chalicelib.members.versions import checked_basis
from chalicelib.settings.records import Settings
from chalicelib.web.bodies import media_type
from chalicelib.web.html import html, lasting
from chalicelib.web.serving import MULTIPART
from chalicelib.web.trying_again import Form
from chalicelib.web.visits import Visit
from chalicelib.words import hours

# The pages that an administrator may come back to after signing in again, each about one member.
PLACES = ("member", "offboard", "reset-mfa", "reset-password", "resume", "suspend")
# How long the browser keeps that page: long enough to type a command and an MFA code.
MINUTES = 10
LIMITS = {
    "idle_minutes": f"{IDLE_LASTS.total_seconds() / 60:g}",
    "session_hours": hours(SESSION_LASTS.total_seconds()),
}


class ConsoleVisit(Visit):
    """One request of an administrator's browser. ``admin`` is the session of the console, once it is looked up."""

    maximum_fields = 500
    admin: ConsoleSession | None = None
    # The page that the administrator comes back to after signing in again.
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
        """The cookie's value, if it has the portal's format."""
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
        """The form of any visit; a file in a form counts as its text, whatever its encoding."""
        if media_type(self._request) != MULTIPART:
            return super().form
        body = self.body
        from chalicelib.web.console.upload import fields

        return fields(self._request.headers["content-type"], body)

    @property
    def member_session(self) -> MemberSession:
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
    def rank(self) -> Rank | None:
        """What the administrator may do by the settings as they are now; None without a session."""
        return rank_of(self.admin.actor, self.settings) if self.admin else None

    @property
    def admin_request(self) -> AdminRequest:
        return AdminRequest(self.portal, self.now, self.actor)

    @property
    def known_actor(self) -> str | None:
        return short(self.admin.actor) if self.admin else None

    @property
    def user_name(self) -> str:
        """The name of the member that the page is about: a field of the form, or part of the address."""
        return (self.form if self.method == "POST" else self.query).get("user_name", "").strip()

    @property
    def basis(self) -> str:
        """The basis that the form was made from."""
        return checked_basis(self.form.get("basis", ""))


def console_html(visit: ConsoleVisit, name: str, **values: Any) -> Response:
    """The page of ``templates/console/<name>.html`` in the console's frame.

    The answer to a POST has no address that a language link could lead to. If the same form may be sent
    again, ``switch_form`` sends it; else the page stays in its language.
    """
    frame: dict[str, Any] = {
        "admin": visit.admin,
        "rank": visit.rank,
        "tasks": tasks_of(visit.rank),
        "limits": LIMITS,
        "sends_mail": visit.settings.mail is not None,
        "here": visit.path.removeprefix("/"),
    }
    if visit.method == "POST" and values.get("switch_form") is None:
        frame["switches"] = ()
    return html(visit, f"console/{name}", **(frame | values))


def kept_place(visit: ConsoleVisit, page: str) -> list[str]:
    """The cookie that leads back to ``page``, about the same member as this one."""
    text = place_text(page, visit.sent.get("user_name", "").strip())
    return [lasting(visit, visit.return_cookie_name, text, MINUTES * 60)] if text else []


def place_text(page: str, user_name: str) -> str:
    """The cookie's value; "" if there can be no such member. A cookie cannot hold a comma, but a user name can."""
    return f"{page}.{quote(user_name, safe='')}" if is_user_name(user_name) else ""


def place_from(cookie: str) -> tuple[str, str] | None:
    """The page and the member's name in a cookie; None if it holds something else."""
    page, _, quoted = cookie.partition(".")
    user_name = unquote(quoted)
    return (page, user_name) if page in PLACES and is_user_name(user_name) else None


def sent_again(visit: ConsoleVisit) -> Form:
    """For the language switch of a page that says what is wrong with a form."""
    fields = {name: value for name, value in visit.form.items() if name != "lang"}
    return Form(visit.url(visit.path.removeprefix("/")), fields)


def address(visit: Visit, name: str, **query: str | None) -> str:
    """A link to a page of the console, without empty values of ``query``."""
    given = {key: value for key, value in query.items() if value}
    return visit.url(f"console/{name}") + (f"?{urlencode(given)}" if given else "")


def invitation_url(visit: ConsoleVisit, token: str) -> str:
    """The link, at the address that the administrator's command line knows, and not that of the request."""
    return f"{visit.signed_in.portal_url}/start#{token}"


@dataclass(frozen=True, slots=True)
class GroupChoice:
    """``profiles`` are the names of the group's roles in a member's config."""

    name: str
    profiles: tuple[str, ...]
    is_checked: bool


def group_choices(settings: Settings, checked: Iterable[str]) -> list[GroupChoice]:
    """A checkbox for every switch-role group."""
    names = set(checked)
    return [
        GroupChoice(group.name, tuple(role.profile for role in group.roles), group.name in names)
        for group in settings.groups
    ]
