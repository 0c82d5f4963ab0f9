"""Every route of the admin API, described. What it answers, its view says."""

from chalicelib.errors import (
    BeingOffboarded,
    ChangedMeanwhile,
    DeviceExists,
    InvitedAlready,
    MemberUnknown,
    Obstacle,
    UserElsewhere,
    UserMissing,
)
from chalicelib.web.api import admin_routes
from chalicelib.web.api.contract import request_bodies
from chalicelib.web.api.contract.json_values import (
    BASIS,
    CSV,
    GROUP,
    MEMBER,
    PORTAL_URL,
    SECRET,
    Basis,
    MemberState,
)
from firstday.openapi.json_schemas import schema
from firstday.openapi.route import CREATING, JOINING, Route, cursor, limit, parameter

MEMBERS, ONE = "/admin/members", "/admin/members/{user_name}"
TIMES = {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]}

ROUTES = (
    Route(
        "GET",
        MEMBERS,
        admin_routes.list_members,
        "List members",
        "In order of their names, out of the portal's records alone.",
        query=(
            parameter("state", "Members in this state only.", schema(MemberState), "invited"),
            parameter("filter", "Members with this in their names only.", {"type": "string"}, "simple"),
            limit(),
            cursor(),
        ),
    ),
    Route(
        "POST",
        MEMBERS,
        admin_routes.create_member,
        "Create a member",
        "Creates the IAM user, in the baseline group only, without an invitation. Who is a member stays so.",
        (*JOINING, *CREATING),
        body=request_bodies.MemberBody,
        example={"user_name": MEMBER, "groups": [GROUP]},
    ),
    Route(
        "GET",
        ONE,
        admin_routes.show_member,
        "Show a member",
        "The portal's record beside what IAM says now.",
        (MemberUnknown,),
    ),
    Route(
        "GET",
        f"{ONE}/check",
        admin_routes.check_member,
        "Check what a member has",
        "Asks IAM whether groups and roles are in place. Nothing is changed. What cannot be seen is null.",
        (MemberUnknown,),
    ),
    Route(
        "PUT",
        f"{ONE}/groups",
        admin_routes.set_groups,
        "Change a member's groups",
        "At once where MFA is proved, else with its proof. IAM is told of the difference only. Repeating it changes"
        " nothing.",
        (MemberUnknown, UserMissing, ChangedMeanwhile, *JOINING),
        body=request_bodies.GroupsBody,
        example={"groups": [GROUP], "basis": BASIS},
    ),
    Route(
        "POST",
        f"{ONE}/mfa-reset",
        admin_routes.reset_mfa,
        "Reset a lost device",
        "Removes the member's MFA devices and all that they give access to, and invites the member anew.",
        (MemberUnknown, BeingOffboarded, ChangedMeanwhile, Obstacle, UserMissing, UserElsewhere, DeviceExists),
        body=request_bodies.ResetBody,
        example={"passcode": True, "basis": BASIS},
    ),
    Route(
        "GET",
        f"{ONE}/offboarding",
        admin_routes.plan_offboarding,
        "What offboarding would remove",
        "Nothing is changed.",
        (MemberUnknown, UserElsewhere),
    ),
    Route(
        "DELETE",
        ONE,
        admin_routes.offboard,
        "Offboard a member",
        "Removes everything of the member's, in the portal and in IAM. Repeat it where it was interrupted.",
        (MemberUnknown, ChangedMeanwhile, Obstacle, UserElsewhere, DeviceExists),
        query=(parameter("basis", "That of the plan.", schema(Basis), BASIS, required=True),),
    ),
    Route(
        "POST",
        "/admin/invitations",
        admin_routes.create_invitation,
        "Invite a member",
        "Creates the IAM user where needed, and a new link, which ends the old one.",
        (InvitedAlready, ChangedMeanwhile, UserMissing, *JOINING),
        body=request_bodies.InvitationBody,
        example={
            "user_name": MEMBER,
            "groups": [GROUP],
            "passcode": False,
            "token": SECRET,
            "unless_invited": False,
        },
    ),
    Route(
        "POST",
        "/admin/invitations/revoke",
        admin_routes.revoke_invitation,
        "Revoke an invitation",
        "Ends the member's link, and the session that began with it. Repeating it changes nothing.",
        (ChangedMeanwhile,),
        body=request_bodies.RevocationBody,
        example={"user_name": MEMBER, "basis": BASIS},
    ),
    Route(
        "POST",
        "/admin/imports/check",
        admin_routes.check_import,
        "Check a list of members",
        f"Nothing is changed. The request may have {admin_routes.MAXIMUM_IMPORT:,} bytes.",
        body=request_bodies.ImportBody,
        example={"csv": CSV},
    ),
    Route(
        "POST",
        "/admin/refresh",
        admin_routes.refresh,
        "Compare members with IAM",
        "Corrects the records by what IAM says, some members at a time.",
        body=request_bodies.RefreshBody,
        example={},
    ),
    Route(
        "GET",
        "/admin/audit-events",
        admin_routes.list_audit_events,
        "Read the audit trail",
        "The newest first.",
        query=(
            parameter("user_name", "Events of this member only.", {"type": "string"}, MEMBER),
            parameter("since", "Nothing before this date or time, in UTC.", TIMES, "2026-11-01"),
            parameter("until", "Nothing from this date or time on.", TIMES, "2027-01-01T09:00:00+09:00"),
            limit(),
            cursor(),
        ),
    ),
    Route(
        "POST",
        "/admin/console-links",
        admin_routes.create_console_link,
        "Sign in to the console",
        "A link that is good for one sign-in within a minute: the portal's address, /console/sign-in# and the"
        " token.",
        body=request_bodies.ConsoleLinkBody,
        example={"portal_url": PORTAL_URL},
    ),
)
