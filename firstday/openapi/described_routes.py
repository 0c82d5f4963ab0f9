"""Every route of the admin API: its path, parameters, body and errors. The rest is read from its view."""

from collections.abc import Callable
from dataclasses import dataclass
from inspect import cleandoc
from typing import get_type_hints

from chalicelib.admin.authority import Rank, may
from chalicelib.aws_errors import (
    BoundaryMissing,
    DeviceExists,
    GroupLimitReached,
    GroupMissing,
    UserElsewhere,
    UserLimitReached,
    UserMissing,
)
from chalicelib.errors import (
    BeingOffboarded,
    ChangedMeanwhile,
    FirstdayError,
    InvitedAlready,
    MemberUnknown,
    NoPasswordReset,
    Obstacle,
)
from chalicelib.web.api import admin_routes, invitation_routes
from chalicelib.web.api.contract import member_records, outcome_records
from chalicelib.web.api.contract.json_values import Basis, StateFilter
from chalicelib.web.api.contract.member_records import DetailsBody, GroupsBody, MemberBody
from chalicelib.web.api.contract.outcome_records import (
    ConsoleLinkBody,
    ImportBody,
    InvitationBody,
    RefreshBody,
    ResetBody,
    ResumptionBody,
    RevocationBody,
    SuspensionBody,
)
from firstday.openapi.examples import EXAMPLES, MEMBER
from firstday.openapi.json_schemas import Schema, schema

Errors = tuple[type[FirstdayError], ...]

JOINING: Errors = (BeingOffboarded, GroupMissing, GroupLimitReached, Obstacle, UserElsewhere)
CREATING: Errors = (BoundaryMissing, UserLimitReached)
INVITING: Errors = (InvitedAlready, ChangedMeanwhile, UserMissing, *JOINING, *CREATING)
REGROUPING: Errors = (MemberUnknown, ChangedMeanwhile, UserMissing, *JOINING)
EDITING: Errors = (MemberUnknown, ChangedMeanwhile, BeingOffboarded)
OFFBOARDING: Errors = (MemberUnknown, ChangedMeanwhile, Obstacle, UserElsewhere, DeviceExists)
RESETTING: Errors = (*OFFBOARDING, BeingOffboarded, UserMissing)
FORGETTING: Errors = (
    *(MemberUnknown, ChangedMeanwhile, Obstacle, UserElsewhere, BeingOffboarded, UserMissing, NoPasswordReset),
)
RESUMING: Errors = (*(MemberUnknown, ChangedMeanwhile, Obstacle, UserElsewhere, BeingOffboarded, UserMissing),)
ONE = "/admin/members/{user_name}"
RECORDS = {"member_records": member_records, "outcome_records": outcome_records}


@dataclass(frozen=True, slots=True)
class Route:
    """``errors`` are those of this route, besides the ones that every route has."""

    method: str
    path: str
    view: Callable[..., object]
    errors: Errors = ()
    query: tuple[Schema, ...] = ()
    body: type | None = None
    limits: str = ""

    @property
    def name(self) -> str:
        first, *others = self.view.__name__.split("_")
        return first + "".join(word.upper() if word == "mfa" else word.capitalize() for word in others)

    @property
    def is_for_help_desk(self) -> bool:
        return may(Rank.HELP_DESK, f"{self.method} {self.path}")

    @property
    def summary(self) -> str:
        """The first sentence of the view's docstring."""
        return self._docstring.partition(". ")[0]

    @property
    def description(self) -> str:
        """The other sentences."""
        return self._docstring.partition(". ")[2] + self.limits

    @property
    def _docstring(self) -> str:
        return " ".join(cleandoc(self.view.__doc__ or "").split())

    @property
    def answer(self) -> Schema:
        """The record that the view says it returns."""
        return schema(get_type_hints(self.view, localns=RECORDS)["return"])


def _parameter(name: str, description: str, schema: Schema, example: object, *, required: bool = False) -> Schema:
    """A parameter that may be left out, or be empty, which is the same, unless it is ``required``."""
    return {
        "name": name,
        "in": "query",
        "description": description,
        **({"required": True} if required else {"allowEmptyValue": True}),
        "schema": schema,
        **({} if example is None else {"example": example}),
    }


_TEXT, _PAGE, _MOST = {"type": "string"}, admin_routes.PAGE, admin_routes.LARGEST_PAGE
_TIME = {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]}
_LIMIT = {"type": "integer", "minimum": 1, "maximum": _MOST, "default": _PAGE}
_PAGED = (
    _parameter("limit", "How many there may be in the answer.", _LIMIT, _PAGE),
    # It has no example: only one that an earlier answer gave is good.
    _parameter("cursor", "Where to go on: next_cursor of the page before.", _TEXT, None),
)
_BASIS = _parameter("basis", "That of the plan.", schema(Basis), EXAMPLES["Basis"], required=True)
_LIST_LIMIT = f" The request may have {invitation_routes.MAXIMUM_IMPORT:,} bytes."
_OF_MEMBERS = (
    _parameter("state", "Members in this state only.", schema(StateFilter), "invited"),
    _parameter("filter", "Members with this in their names only.", _TEXT, "simple"),
    *_PAGED,
)
_OF_EVENTS = (
    _parameter("user_name", "Events of this member only.", _TEXT, MEMBER),
    _parameter("since", "Nothing before this date or time, in UTC.", _TIME, "2026-11-01"),
    _parameter("until", "Nothing from this date or time on.", _TIME, "2027-01-01T09:00:00+09:00"),
    *_PAGED,
)

ROUTES = (
    Route("GET", "/admin/members", admin_routes.list_members, query=_OF_MEMBERS),
    Route("POST", "/admin/members", invitation_routes.create_member, (*JOINING, *CREATING), body=MemberBody),
    Route("GET", ONE, admin_routes.show_member, (MemberUnknown,)),
    Route("GET", f"{ONE}/check", admin_routes.check_member, (MemberUnknown, UserElsewhere)),
    Route("PUT", f"{ONE}/groups", admin_routes.set_groups, REGROUPING, body=GroupsBody),
    Route("PUT", f"{ONE}/details", invitation_routes.set_details, EDITING, body=DetailsBody),
    Route("POST", f"{ONE}/mfa-reset", admin_routes.reset_mfa, RESETTING, body=ResetBody),
    Route("POST", f"{ONE}/password-reset", admin_routes.reset_password, FORGETTING, body=ResetBody),
    Route("POST", f"{ONE}/suspension", admin_routes.suspend_member, REGROUPING, body=SuspensionBody),
    Route("POST", f"{ONE}/resumption", admin_routes.resume_member, RESUMING, body=ResumptionBody),
    Route("GET", f"{ONE}/offboarding", admin_routes.plan_offboarding, (MemberUnknown, UserElsewhere)),
    Route("DELETE", ONE, admin_routes.offboard, OFFBOARDING, query=(_BASIS,)),
    Route("POST", "/admin/invitations", invitation_routes.create_invitation, INVITING, body=InvitationBody),
    Route(
        "POST",
        "/admin/invitations/revoke",
        invitation_routes.revoke_invitation,
        (ChangedMeanwhile,),
        body=RevocationBody,
    ),
    Route("POST", "/admin/imports/check", invitation_routes.check_import, body=ImportBody, limits=_LIST_LIMIT),
    Route("POST", "/admin/refresh", admin_routes.refresh, body=RefreshBody),
    Route("GET", "/admin/audit-events", admin_routes.list_audit_events, query=_OF_EVENTS),
    Route("POST", "/admin/console-links", admin_routes.create_console_link, body=ConsoleLinkBody),
)
