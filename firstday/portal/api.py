"""The portal's admin API, one method for each route. Every call may be repeated, and is if the portal is busy."""

# What the portal answers is taken for what the contract says.
# mypy: disable-error-code="no-any-return"

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote, urlencode

from botocore.session import Session

from chalicelib.members.details import NOT_SAID, Details
from chalicelib.members.record import checked_user_name
from firstday.portal.answer_reading import JSON, understood
from firstday.portal.errors import PortalBusy, PortalError
from firstday.portal.http import SignedHTTP, Transport, admin_session

if TYPE_CHECKING:
    from chalicelib.web.api.contract import member_records, outcome_records
    from firstday.portal.link_records import LinkedInvitation, LinkedReset, SignInLink

__all__ = ["PortalAPI", "PortalError", "admin_session"]

TRIES_WHEN_BUSY = 5
LARGEST_PAGE = 200
# What an invitation has: its link, or where that goes by mail.
LINK = "token|mailed_to"


class PortalAPI:
    """``url`` is the portal's address, with the stage where it has one. ``pause`` takes seconds.

    Each method answers as its route does, with ``invitation_url`` in place of an invitation's token. All raise
    PortalError, and most of its subclasses. ``mail``: whether the link goes by mail; None if the portal decides.
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

    def create_member(
        self, user_name: str, groups: list[str], details: Details = NOT_SAID
    ) -> "member_records.CreatedMember":
        body = {"user_name": user_name, "groups": groups, **_said(details)}
        return self._call("POST", "/admin/members", body, "member")

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

    def set_details(self, user_name: str, details: Details, *, basis: str) -> "member_records.ChangedDetails":
        return self._call("PUT", _member(user_name, "/details"), {**_said(details), "basis": basis}, "member")

    def reset_mfa(self, user_name: str, *, basis: str, passcode: bool, mail: bool | None = None) -> "LinkedReset":
        body = {"passcode": passcode, "basis": basis, **_by(mail)}
        return self._linked(self._call("POST", _member(user_name, "/mfa-reset"), body, LINK, "removed"))

    def reset_password(
        self, user_name: str, *, basis: str, passcode: bool, mail: bool | None = None
    ) -> "LinkedReset":
        body = {"passcode": passcode, "basis": basis, **_by(mail)}
        return self._linked(self._call("POST", _member(user_name, "/password-reset"), body, LINK, "removed"))

    def suspend(self, user_name: str, *, basis: str) -> "outcome_records.Suspension":
        body: outcome_records.SuspensionBody = {"basis": basis}
        return self._call("POST", _member(user_name, "/suspension"), body, "user_name", "access_keys")

    def resume(
        self, user_name: str, *, basis: str, passcode: bool, until: str | None, mail: bool | None = None
    ) -> "LinkedInvitation":
        """``until`` is the new last day; "" takes it away, None leaves it as it is."""
        body = {"passcode": passcode, "basis": basis, **_by(mail)}
        if until is not None:
            body["until"] = until
        return self._linked(self._call("POST", _member(user_name, "/resumption"), body, LINK))

    def offboarding_plan(self, user_name: str) -> "outcome_records.OffboardingPlan":
        return self._call("GET", _member(user_name, "/offboarding"), None, "belongings", "obstacles", "basis")

    def offboard(self, user_name: str, *, basis: str) -> "outcome_records.Offboarded":
        return self._call("DELETE", f"{_member(user_name)}?{_encoded({'basis': basis})}", None, "removed")

    def create_invitation(
        self,
        user_name: str,
        groups: list[str],
        *,
        passcode: bool,
        details: Details = NOT_SAID,
        mail: bool | None = None,
    ) -> "LinkedInvitation":
        body = {"user_name": user_name, "groups": groups, "passcode": passcode, **_said(details), **_by(mail)}
        return self._linked(self._call("POST", "/admin/invitations", body, LINK))

    def create_invitation_once(
        self,
        user_name: str,
        groups: list[str],
        *,
        token: str,
        passcode: str | None,
        basis: str,
        details: Details = NOT_SAID,
        mail: bool | None = None,
    ) -> "LinkedInvitation":
        """The same, but repeating it changes nothing, and nobody else's invitation is replaced.

        ``token`` and ``passcode`` are the caller's, ``basis`` is that of the import's check. A busy portal is not
        asked again: that is left to the caller.
        """
        body: JSON = {"user_name": user_name, "groups": groups, "token": token, "unless_invited": True}
        body |= {"basis": basis, **_said(details), **_by(mail)}
        if passcode is not None:
            body.update({"passcode": True, "chosen_passcode": passcode})
        return self._linked(self._call("POST", "/admin/invitations", body, LINK, tries=1))

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
        token = answer.pop("token", None)
        if token is None and not answer.get("mailed_to"):
            raise PortalError(f"{self.url} made an invitation, and its answer has neither a link nor an address.")
        return {**answer, "invitation_url": token and f"{self.url}/start#{token}"}

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
                return understood(self._http.send(method, path, text), self._http, has)
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


def _said(details: Details) -> JSON:
    """What a portal that is yet to be upgraded would refuse is sent only where somebody has said it."""
    said = {"email": details.email, "until": details.until}
    return {name: value for name, value in said.items() if value is not None}


def _by(mail: bool | None) -> JSON:
    return {} if mail is None else {"mail": mail}
