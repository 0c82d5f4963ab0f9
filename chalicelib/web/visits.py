"""One request of a member's browser: what it asks, in which language, from which session.

The body is not read before the sender is known: see ``is_known``.
"""

import re
from collections.abc import Callable, Container, Mapping
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from chalice.app import Request

from chalicelib.errors import InvalidInput, NotSignedIn, Refused, UnsupportedMediaType
from chalicelib.journey import onboarding
from chalicelib.members.record import Member
from chalicelib.members.sessions import MemberSession, session_from
from chalicelib.web.bodies import MAXIMUM_BODY, MAXIMUM_FIRST_BODY, body_of, fields_of, media_type
from chalicelib.web.browser_session import check_cookies, check_owner, with_owner
from chalicelib.web.headers import accepted_languages, cookies_in
from chalicelib.web.portal_address import address
from chalicelib.web.senders import is_own_page
from chalicelib.wiring import Portal

if TYPE_CHECKING:
    from chalicelib.aws.members_table import MembersTable

# A stage, or the path of a domain's mapping to the API.
_ROOT_PART = re.compile(r"[A-Za-z0-9$_.+!*'()-]+", re.ASCII)
LANGUAGE_COOKIE = "firstday-language"
LookUp = Callable[["MembersTable", MemberSession, datetime], Member]
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})


class Visit:
    """The parts of a request that a view needs, each read when it is used. ``maximum_body`` is in bytes.

    ``begins_session``: the form is one of the two that anybody may send.
    """

    maximum_fields = 20
    # For the log, if a view has a better word.
    outcome = "ok"
    _begun_by: str | None = None
    _member: Member | None = None

    def __init__(
        self,
        request: Request,
        portal: Portal,
        maximum_body: int = MAXIMUM_BODY,
        *,
        begins_session: bool = False,
        look_up: LookUp = onboarding.current,
    ) -> None:
        self._request = request
        self._maximum_body = MAXIMUM_FIRST_BODY if begins_session else maximum_body
        self._begins_session = begins_session
        self._look_up = look_up
        self._is_admitted = False
        self.portal = portal
        self.settings = portal.settings
        self.now: datetime = portal.now()

    @property
    def path(self) -> str:
        """The path below the portal's root, such as ``/codes``."""
        return str(self._request.path).removesuffix("/")

    @property
    def method(self) -> str:
        return str(self._request.method)

    @property
    def request_id(self) -> str:
        return str(self._request.context.get("requestId", ""))

    @property
    def source_ip(self) -> str:
        return str(self._request.context.get("identity", {}).get("sourceIp", ""))

    @property
    def query(self) -> Mapping[str, str]:
        """What follows the ``?`` of the address; one of each, whatever was sent."""
        return self._request.query_params or {}

    @cached_property
    def form(self) -> dict[str, str]:
        """The posted fields; one of each, whatever was sent. InvalidInput if it is not a form or too long."""
        return fields_of(self.body, self.maximum_fields)

    @property
    def body(self) -> bytes:
        """The posted body; InvalidInput if it is too long, NotSignedIn if its sender is not known."""
        if not self.is_known:
            raise NotSignedIn
        return body_of(self._request, self._maximum_body)

    def url(self, page: str) -> str:
        """The address of ``page`` on this portal: execute-api puts the stage first, a custom domain does not.

        It never begins with two slashes, which would lead to another host, even if the request does.
        """
        return "".join(f"/{part}" for part in self._root) + f"/{page}"

    def form_action(self, page: str) -> str:
        """Where a form of a member is sent to."""
        return self.owned(self.url(page))

    def owned(self, url: str) -> str:
        """The address of a form with the name of its member: another one may use the same browser."""
        return with_owner(url, self._cookies.get(self.session_cookie_name, ""))

    @cached_property
    def _root(self) -> list[str]:
        """The part of the request's path before the page's own path."""
        parts, own = (
            [part for part in str(path).split("/") if part]
            for path in (self._request.context.get("path", ""), self.path)
        )
        above = parts[: -len(own)] if own else []
        return above if all(map(_ROOT_PART.fullmatch, above)) else []

    @property
    def portal_url(self) -> str:
        """The portal's address as this browser has it: to be shown to the same browser only."""
        root = self.url("").removesuffix("/")
        return address(self._host, root, is_loopback=self.is_loopback)

    @property
    def is_loopback(self) -> bool:
        """Whether this is a portal on the visitor's own machine, which has no TLS and so no ``__Host-`` cookie."""
        return self._host.rpartition(":")[0] in _LOOPBACK or self._host in _LOOPBACK

    @property
    def session_cookie_name(self) -> str:
        return "firstday-session" if self.is_loopback else "__Host-firstday-session"

    @property
    def session(self) -> MemberSession:
        """The session of the cookie, not yet looked up; NotSignedIn or CookiesBlocked without one."""
        cookie = self._cookies.get(self.session_cookie_name)
        if not cookie:
            self.check_cookies()
            raise NotSignedIn
        session = session_from(cookie)
        check_owner(self.query, session)
        return session

    def check_cookies(self) -> None:
        """CookiesBlocked if this visit without a cookie comes from an answer that set one just now."""
        check_cookies(self.query, self.now)

    def begin(self, session: MemberSession) -> None:
        """Tell the log whose session it is, which has just begun or ended."""
        self._begun_by = session.user_name

    @property
    def member(self) -> Member:
        """The member of the session, looked up once; NotSignedIn, or why the journey has ended."""
        # Not cached_property, which in Python 3.11 lets one visit at a time ask AWS.
        if self._member is None:
            self._member = self._look_up(self.portal.members, self.session, self.now)
        return self._member

    @property
    def has_session(self) -> bool:
        """Whether the browser has a session cookie; nobody has checked yet whether it is valid."""
        return bool(self._cookies.get(self.session_cookie_name))

    @property
    def is_known(self) -> bool:
        """Whether the body may be read: the session was looked up, or the form begins one and was checked."""
        return self._is_admitted or self._member is not None

    @property
    def is_unread(self) -> bool:
        """Whether this is a form that the portal must not read."""
        return self.method == "POST" and not self.is_known

    def check_sender(self) -> None:
        """Look up the session, unless the form begins one; NotSignedIn, or why the journey has ended."""
        if self._begins_session:
            self._is_admitted = True
        else:
            self.member  # noqa: B018 -- looked up here, before the view reads the form

    def check_session(self) -> None:
        """NotSignedIn without a session cookie."""
        self.session  # noqa: B018 -- read for what it raises

    @property
    def known_actor(self) -> str | None:
        """The member for the log: None if nobody has checked the cookie, into which anybody can write anything."""
        return self._member.user_name if self._member else self._begun_by

    @property
    def knows_password(self) -> bool:
        """Whether the password page, which asks IAM, has told the later pages of a password: they do not ask again.

        False means that there may be one or none.
        """
        return self.sent.get("has_password") == "yes"

    @cached_property
    def chosen_language(self) -> str | None:
        """The language chosen just now, in a link or a form."""
        chosen = self.sent.get("lang")
        return chosen if chosen in self.settings.languages else None

    @cached_property
    def language(self) -> str:
        """Chosen now, chosen before, what the browser prefers, the organisation's first: in this order."""
        known = self.settings.languages
        accepted = accepted_languages(self._header("accept-language"))
        wanted = [self.chosen_language, self._cookies.get(LANGUAGE_COOKIE), *accepted]
        return next((language for language in wanted if language in known), known[0])

    def check_origin(self) -> None:
        """Refused unless the portal's own page sent this request, as the browser says."""
        if not is_own_page(self._host, self._header):
            raise Refused

    def check_content_type(self, known: Container[str]) -> None:
        """UnsupportedMediaType unless the body is of a ``known`` type."""
        if media_type(self._request) not in known:
            raise UnsupportedMediaType

    @property
    def sent(self) -> Mapping[str, str]:
        """The form, or the query where nobody may read one; empty if it cannot be read, for error pages."""
        if self.method != "POST" or self.is_unread:
            return self.query
        try:
            return self.form
        except InvalidInput:
            return {}

    @property
    def _host(self) -> str:
        return str(self._header("host"))

    @cached_property
    def _cookies(self) -> dict[str, str]:
        return cookies_in(self._header("cookie"))

    def _header(self, name: str) -> str:
        header: str = self._request.headers.get(name, "")
        return header
