"""The routes of the admin API about members, in the order of a membership."""

from chalicelib.errors import (
    BeingOffboarded,
    ChangedMeanwhile,
    DeviceExists,
    MemberUnknown,
    Obstacle,
    UserElsewhere,
    UserMissing,
)
from firstday.openapi.records import BASIS, GROUP, MEMBER, flag, many, optional, record, reference, text
from firstday.openapi.route import CREATING, GROUPS, JOINING, PASSCODE, Route, cursor, limit, page, parameter

ONE = "/admin/members/{user_name}"


def member_routes() -> tuple[Route, ...]:
    return (*_members(), *_lifecycle())


def _members() -> tuple[Route, ...]:
    states = parameter("state", "Members in this state only.", reference("MemberState"), "invited")
    part = parameter("filter", "Members with this in their names only.", {"type": "string"}, "simple")
    facts = optional(reference("IAMFacts"))
    return (
        Route(
            "GET",
            "/admin/members",
            "listMembers",
            "List members",
            "In order of their names, out of the portal's records alone.",
            page("members", "Member", "As many as asked for, or those that are left."),
            query=(states, part, limit(), cursor()),
        ),
        Route(
            "POST",
            "/admin/members",
            "createMember",
            "Create a member",
            "Creates the IAM user, in the baseline group only, without an invitation. A member is left unchanged.",
            record("The member.", member=reference("Member")),
            (*JOINING, *CREATING),
            body=record("The member.", required=("user_name",), user_name=reference("UserName"), groups=GROUPS),
            example={"user_name": MEMBER, "groups": [GROUP]},
        ),
        Route(
            "GET",
            ONE,
            "showMember",
            "Show a member",
            "The portal's record beside what IAM says now.",
            record(
                "The member.",
                member=reference("Member"),
                iam=facts
                | {"description": "Null where IAM has no such user, or does not say; differences tell which."},
                differences=many(text("In English.", "IAM has no such user any more."), "What does not agree."),
                basis=reference("Basis"),
            ),
            (MemberUnknown,),
        ),
        Route(
            "GET",
            f"{ONE}/check",
            "checkMember",
            "Check what a member has",
            "Asks IAM whether groups and roles are in place. Nothing is changed. What cannot be seen is null.",
            reference("Check"),
            (MemberUnknown,),
        ),
    )


def _lifecycle() -> tuple[Route, ...]:
    groups = many(reference("GroupName"), "Exactly the groups that the member is to have.", minItems=1)
    belongings = many(reference("Belonging"), "In the order in which they go.")
    obstacle = text("In English.", f"{MEMBER} is in the group admins, which the portal may not touch.")
    return (
        Route(
            "PUT",
            f"{ONE}/groups",
            "setGroups",
            "Change a member's groups",
            "At once where MFA is proved, else with its proof. Only the difference is changed in IAM. Repeating it"
            " changes nothing.",
            record(
                "The member with these groups.",
                member=reference("Member"),
                is_effective=flag("Whether IAM was changed; else the groups wait for the proof of MFA.", False),
            ),
            (MemberUnknown, UserMissing, ChangedMeanwhile, *JOINING),
            body=record("The groups.", groups=groups, basis=reference("Basis")),
            example={"groups": [GROUP], "basis": BASIS},
        ),
        Route(
            "POST",
            f"{ONE}/mfa-reset",
            "resetMFA",
            "Reset a lost device",
            "Removes the member's MFA devices and all that they give access to, and invites the member again.",
            reference("Reset"),
            (MemberUnknown, BeingOffboarded, ChangedMeanwhile, Obstacle, UserMissing, UserElsewhere, DeviceExists),
            body=record("How.", required=("basis",), passcode=PASSCODE, basis=reference("Basis")),
            example={"passcode": True, "basis": BASIS},
        ),
        Route(
            "GET",
            f"{ONE}/offboarding",
            "planOffboarding",
            "What offboarding would remove",
            "Nothing is changed.",
            record(
                "What would go, and what keeps it from going.",
                user_name=reference("UserName"),
                belongings=belongings,
                obstacles=many(obstacle, "What somebody else has to do first."),
                basis=reference("Basis"),
            ),
            (MemberUnknown, UserElsewhere),
        ),
        Route(
            "DELETE",
            ONE,
            "offboard",
            "Offboard a member",
            "Removes everything of the member's, in the portal and in IAM. Repeat it where it was interrupted.",
            record("What this call removed.", user_name=reference("UserName"), removed=belongings),
            (MemberUnknown, ChangedMeanwhile, Obstacle, UserElsewhere, DeviceExists),
            query=(parameter("basis", "That of the plan.", reference("Basis"), BASIS, required=True),),
        ),
    )
