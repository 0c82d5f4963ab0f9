"""The other routes of the admin API: invitations, and routes about all members."""

from chalicelib.admin.signing_in import PORTAL_ADDRESS
from chalicelib.errors import ChangedMeanwhile, InvitedAlready, UserMissing
from chalicelib.members.invitations import PASSCODE_ALPHABET
from chalicelib.web.api.admin_routes import MAXIMUM_IMPORT
from firstday.openapi.records import (
    BASIS,
    CSV,
    GROUP,
    MEMBER,
    PORTAL_URL,
    SECRET,
    flag,
    many,
    record,
    reference,
    text,
    time,
)
from firstday.openapi.route import GROUPS, JOINING, PASSCODE, Route, cursor, limit, page, parameter


def other_routes() -> tuple[Route, ...]:
    return (*_invitations(), *_overview())


def _invitations() -> tuple[Route, ...]:
    name = reference("UserName")
    chosen = "The secret of the link, chosen by the caller: repeating the call then gives the same link again."
    unless = "Whether to refuse where there is another link that can be opened, or no need for one."
    example = {"user_name": MEMBER, "groups": [GROUP], "passcode": False, "token": SECRET, "unless_invited": False}
    return (
        Route(
            "POST",
            "/admin/invitations",
            "createInvitation",
            "Invite a member",
            "Creates the IAM user where needed, and a new link, which ends the old one.",
            reference("Invitation"),
            (InvitedAlready, ChangedMeanwhile, UserMissing, *JOINING),
            body=record(
                "The member, and how to invite them.",
                required=("user_name",),
                user_name=name,
                groups=GROUPS,
                passcode=PASSCODE,
                token=reference("Secret") | {"description": chosen},
                chosen_passcode=text("The passcode, chosen by the caller as well.", "7KQ2-M9XR")
                | {"pattern": f"^[{PASSCODE_ALPHABET}]{{4}}-[{PASSCODE_ALPHABET}]{{4}}$"},
                unless_invited=flag(unless, True),
                basis=reference("Basis"),
            ),
            example=example,
        ),
        Route(
            "POST",
            "/admin/invitations/revoke",
            "revokeInvitation",
            "Revoke an invitation",
            "Ends the member's link, and the session that began with it. Repeating it changes nothing.",
            record("Whose.", user_name=name),
            (ChangedMeanwhile,),
            body=record("Whose.", user_name=name, basis=reference("Basis")),
            example={"user_name": MEMBER, "basis": BASIS},
        ),
        Route(
            "POST",
            "/admin/imports/check",
            "checkImport",
            "Check a list of members",
            f"Nothing is changed. The request may have {MAXIMUM_IMPORT:,} bytes.",
            record(
                "What an import would do.",
                lines=many(reference("PlannedLine"), "The lines that can be used."),
                problems=many(reference("LineProblem"), "Nothing is to be imported until these are corrected."),
            ),
            body=record("The list.", csv=text("A CSV file, whose first line names the columns.", CSV)),
            example={"csv": CSV},
        ),
    )


def _overview() -> tuple[Route, ...]:
    times = {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]}
    url = text(
        "The portal's address, as the caller knows it.",
        PORTAL_URL,
        pattern=f"^{PORTAL_ADDRESS}$",
        maxLength=512,
    )
    went_on = {"type": "string", "description": "next_cursor of the part before; without it, it starts over."}
    return (
        Route(
            "POST",
            "/admin/refresh",
            "refresh",
            "Compare members with IAM",
            "Corrects the records by what IAM says, some members at a time.",
            record(
                "One part.",
                checked={"type": "integer", "minimum": 0, "description": "How many members.", "examples": [20]},
                differences=many(reference("Difference"), "What was corrected."),
                next_cursor=reference("Cursor"),
            ),
            body=record("Where to go on.", required=(), cursor=went_on),
            example={},
        ),
        Route(
            "GET",
            "/admin/audit-events",
            "listAuditEvents",
            "Read the audit trail",
            "The newest first.",
            page("events", "AuditEvent", "As many as asked for, or those that are left."),
            query=(
                parameter("user_name", "Events of this member only.", {"type": "string"}, MEMBER),
                parameter("since", "Nothing before this date or time, in UTC.", times, "2026-11-01"),
                parameter("until", "Nothing from this date or time on.", times, "2027-01-01T09:00:00+09:00"),
                limit(),
                cursor(),
            ),
        ),
        Route(
            "POST",
            "/admin/console-links",
            "createConsoleLink",
            "Sign in to the console",
            "A link that is good for one sign-in within a minute: the portal's address, /console/sign-in# and the"
            " token.",
            record(
                "The link.",
                token=text("It is stored nowhere.", SECRET),
                expires_at=time("When the link ends.", "2026-11-30T09:01:00+00:00"),
            ),
            body=record("Which portal.", portal_url=url),
            example={"portal_url": PORTAL_URL},
        ),
    )
