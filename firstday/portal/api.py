"""The portal's admin API, one method for each route. Every call may be repeated, and is if the portal is busy."""

# What the portal answers is taken for what the contract says.
# mypy: disable-error-code="no-any-return"

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote, urlencode

from botocore.session import Session

from chalicelib.members.record import checked_user_name
from firstday.clock_skew import clock_words
from firstday.foreign_answers import is_of_aws, stranger_words
from firstday.portal.errors import PortalBusy, PortalError, PortalRefused
from firstday.portal.http import HTTPAnswer, SignedHTTP, Transport, admin_session
from firstday.portal.refusal_reasons import administrators_words

if TYPE_CHECKING:
    from chalicelib.web.api.contract import member_records, outcome_records
    from firstday.portal.link_records import LinkedInvitation, LinkedReset, SignInLink

__all__ = ["PortalAPI", "PortalError", "admin_session"]

TRIES_WHEN_BUSY = 5
LARGEST_PAGE = 200
# The portal or AWS throttles; or API Gateway gave up waiting, and the call may still go on.
BUSY = {429, 503, 504}
# API Gateway's answer for a function that timed out or was throttled; the portal's own answer has words.
BUSY_WITHOUT_WORDS = {500, 502}
LONGEST_RETRY_AFTER = 60.0
# Valid credentials, but no administrator's. A caller who may invoke everything gets the portal's own answer.
NO_ADMINISTRATOR, NOT_ALLOWED = "refused", "not authorized to perform"

JSON = dict[str, Any]


class PortalAPI:
    """``url`` is the portal's address, with the stage where it has one. ``pause`` takes seconds.

    Each method answers as its route does, with ``invitation_url`` in place of an invitation's token. All raise
    PortalError, and most of its subclasses.
    """

    def __init__(
        self,
        url: str,
        session: Session,
        *,
        pause: Callable[[float], None] = time.sleep,
        transport: Transport | None = None,
    ) -> None:
        self._http = SignedHTTP(url, session, transport)
        self._pause = pause

    @property
    def url(self) -> str:
        return self._http.url

    def members(self, *, state: str | None = None, filter_text: str = "") -> "Iterator[member_records.Member]":
        """Every member, in order of their names."""
        return self._pages("/admin/members", "members", {"state": state, "filter": filter_text})

    def create_member(self, user_name: str, groups: list[str]) -> "member_records.CreatedMember":
        return self._call("POST", "/admin/members", {"user_name": user_name, "groups": groups}, "member")

    def member(self, user_name: str) -> "member_records.ShownMember":
        return self._call("GET", _member(user_name), None, "member", "iam", "differences")

    def member_with_basis(self, user_name: str) -> "member_records.ShownMember":
        """The same, as the basis of a change of the member."""
        return self._call("GET", _member(user_name), None, "member", "basis")

    def check(self, user_name: str) -> "member_records.Check":
        return self._call("GET", _member(user_name, "/check"), None, "is_right", "may_be_propagating", "roles")

    def set_groups(self, user_name: str, groups: list[str], *, basis: str) -> "member_records.ChangedGroups":
        """``basis``, here and below: that of the ``member``, or of the offboarding's plan, behind the decision."""
        body: member_records.GroupsBody = {"groups": groups, "basis": basis}
        return self._call("PUT", _member(user_name, "/groups"), body, "member", "is_effective")

    def reset_mfa(self, user_name: str, *, basis: str, passcode: bool) -> "LinkedReset":
        body: outcome_records.ResetBody = {"passcode": passcode, "basis": basis}
        return self._linked(self._call("POST", _member(user_name, "/mfa-reset"), body, "token", "removed"))

    def reset_password(self, user_name: str, *, basis: str, passcode: bool) -> "LinkedReset":
        body: outcome_records.ResetBody = {"passcode": passcode, "basis": basis}
        return self._linked(self._call("POST", _member(user_name, "/password-reset"), body, "token", "removed"))

    def suspend(self, user_name: str, *, basis: str) -> "outcome_records.Suspension":
        body: outcome_records.SuspensionBody = {"basis": basis}
        return self._call("POST", _member(user_name, "/suspension"), body, "user_name", "access_keys")

    def resume(self, user_name: str, *, basis: str, passcode: bool, until: str | None) -> "LinkedInvitation":
        """``until`` is the new last day; "" takes it away, None leaves it as it is."""
        body: outcome_records.ResumptionBody = {"passcode": passcode, "basis": basis}
        if until is not None:
            body["until"] = until
        return self._linked(self._call("POST", _member(user_name, "/resumption"), body, "token"))

    def offboarding_plan(self, user_name: str) -> "outcome_records.OffboardingPlan":
        return self._call("GET", _member(user_name, "/offboarding"), None, "belongings", "obstacles", "basis")

    def offboard(self, user_name: str, *, basis: str) -> "outcome_records.Offboarded":
        return self._call("DELETE", f"{_member(user_name)}?{_encoded({'basis': basis})}", None, "removed")

    def create_invitation(self, user_name: str, groups: list[str], *, passcode: bool) -> "LinkedInvitation":
        body: outcome_records.InvitationBody = {"user_name": user_name, "groups": groups, "passcode": passcode}
        return self._linked(self._call("POST", "/admin/invitations", body, "token"))

    def create_invitation_once(
        self, user_name: str, groups: list[str], *, token: str, passcode: str | None, basis: str
    ) -> "LinkedInvitation":
        """The same, but repeating it changes nothing, and nobody else's invitation is replaced.

        ``token`` and ``passcode`` are the caller's, ``basis`` is that of the import's check. A busy portal is not
        asked again: that is left to the caller.
        """
        body: outcome_records.InvitationBody = {
            "user_name": user_name,
            "groups": groups,
            "token": token,
            "unless_invited": True,
            "basis": basis,
        }
        if passcode is not None:
            body.update({"passcode": True, "chosen_passcode": passcode})
        return self._linked(self._call("POST", "/admin/invitations", body, "token", tries=1))

    def revoke_invitation(self, user_name: str, *, basis: str) -> "outcome_records.Revocation":
        body: outcome_records.RevocationBody = {"user_name": user_name, "basis": basis}
        return self._call("POST", "/admin/invitations/revoke", body, "user_name")

    def check_import(self, csv: str) -> "outcome_records.CheckedImport":
        return self._call("POST", "/admin/imports/check", {"csv": csv}, "lines", "problems")

    def refresh(self) -> "Iterator[outcome_records.Refreshed]":
        """Compares all members with IAM, some at a time."""
        cursor = ""
        while cursor is not None:
            body = {"cursor": cursor} if cursor else {}
            part = self._call("POST", "/admin/refresh", body, "checked", "differences", "next_cursor")
            yield part
            cursor = part["next_cursor"]

    def audit_events(
        self, *, user_name: str | None = None, since: str | None = None, until: str | None = None
    ) -> "Iterator[outcome_records.AuditEvent]":
        """Audit events from the newest to the oldest; times as ISO 8601."""
        query = {"user_name": user_name, "since": since, "until": until}
        return self._pages("/admin/audit-events", "events", query)

    def console_link(self) -> "SignInLink":
        """With ``url``, the address that signs in, in place of the token."""
        answer: JSON = self._call("POST", "/admin/console-links", {"portal_url": self.url}, "token")
        address = {"url": f"{self.url}/console/sign-in#{answer.pop('token')}"}
        return cast("SignInLink", address | answer)

    def _linked(self, answer: JSON) -> Any:
        token = answer.pop("token")
        return {**answer, "invitation_url": f"{self.url}/start#{token}"}

    def _pages(self, path: str, name: str, query: Mapping[str, str | None]) -> Iterator[Any]:
        given = {key: value for key, value in query.items() if value} | {"limit": str(LARGEST_PAGE)}
        cursor = ""
        while cursor is not None:
            parameters = given | ({"cursor": cursor} if cursor else {})
            page = self._call("GET", f"{path}?{_encoded(parameters)}", None, name, "next_cursor")
            yield from page[name]
            cursor = page["next_cursor"]

    def _call(
        self, method: str, path: str, body: Mapping[str, object] | None, *has: str, tries: int = TRIES_WHEN_BUSY
    ) -> Any:
        """The answer, which has the fields ``has``; a busy portal is asked ``tries`` times."""
        text = json.dumps(body) if body is not None else None
        for attempt in range(1, tries + 1):
            try:
                return _understood(self._http.send(method, path, text), self._http, has)
            except PortalBusy as busy:
                if attempt == tries:
                    raise
                self._pause(max(busy.retry_after, jittered(2.0 ** (attempt - 1))))
        raise AssertionError(tries)


def jittered(seconds: float) -> float:
    """About as long, at random: programs that were refused together should not come back together."""
    return seconds * random.uniform(0.5, 1.5)  # noqa: S311  # no secret


def _member(user_name: str, below: str = "") -> str:
    """A path; InvalidInput for a text that is not a name, before it becomes another path."""
    return f"/admin/members/{quote(checked_user_name(user_name), safe='')}{below}"


def _encoded(query: Mapping[str, str]) -> str:
    return urlencode(query, quote_via=quote, errors="replace")


def _understood(answer: HTTPAnswer, http: SignedHTTP, has: tuple[str, ...]) -> JSON:
    """The answer's JSON object; raises PortalError, in the portal's own words if it has some."""
    found, url = _object_in(answer.text), http.url
    if answer.status == 200 and found and found.keys() >= set(has):
        return found
    error = found.get("error") if found else None
    message = str(error.get("message")) if isinstance(error, dict) else None
    if answer.status in BUSY or (answer.status in BUSY_WITHOUT_WORDS and message is None):
        words = _stranger(answer, url) or f"The portal is busy ({answer.status}). Try again later."
        raise PortalBusy(message or words, _seconds(answer))
    if isinstance(error, dict):
        code = str(error.get("code"))
        raise PortalRefused(
            f"{message} {administrators_words()}{http.precedence}" if code == NO_ADMINISTRATOR else str(message),
            code,
        )
    if stranger := _stranger(answer, url):
        raise PortalError(stranger)
    if answer.status in {401, 403}:
        raise PortalError(_refused(answer, found or {}, http.precedence))
    raise PortalError(f"{url} answered {answer.status}, but not as a Firstday portal does.")


def _stranger(answer: HTTPAnswer, url: str) -> str | None:
    """What answered in place of the portal."""
    if is_of_aws(answer.headers):
        return None
    return stranger_words(url, answer.status, answer.headers, answer.text, instead_of="the portal")


def _refused(answer: HTTPAnswer, found: JSON, precedence: str) -> str:
    """API Gateway's own answers, in words: a signature or permission that is missing, or a clock that is wrong."""
    guess = "they are not those that you mean." if precedence else "they may have expired."
    reason = found.get("message") or found.get("Message") or guess
    if off := clock_words(str(reason), answer.headers, datetime.now(UTC)):
        return off
    words = f"The portal refused your credentials ({answer.status}): {reason}"
    if NOT_ALLOWED not in words:
        return f"{words}{precedence}"
    return f"{words}. {administrators_words(words)}{precedence}"


def _object_in(text: str) -> JSON | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _seconds(answer: HTTPAnswer) -> float:
    """The seconds in Retry-After; a date in it is ignored."""
    text = answer.headers.get("retry-after", "")
    return min(float(text), LONGEST_RETRY_AFTER) if text.isascii() and text.isdecimal() else 0.0
