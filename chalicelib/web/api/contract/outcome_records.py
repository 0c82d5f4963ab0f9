"""What the admin API tells of what was done, or would be, and of what was not."""

from typing import Annotated, NotRequired, TypedDict

from chalicelib.admin.signing_in import PORTAL_ADDRESS
from chalicelib.audit import SWEEPER
from chalicelib.web.api.contract.json_values import (
    ADMIN,
    CSV,
    GROUP,
    LATER,
    MEMBER,
    PORTAL_URL,
    SECRET,
    SERIAL_NUMBER,
    Action,
    Basis,
    ChosenGroups,
    Cursor,
    Groups,
    Kind,
    LineNumber,
    Passcode,
    Plan,
    Secret,
    Time,
    UserName,
    WithPasscode,
    Yes,
    example,
)


class ErrorDetails(TypedDict):
    """What is wrong."""

    code: Annotated[str, "One word for programs.", example("invalid")]
    message: Annotated[str, "A sentence for people, in English.", example("A user name is needed.")]
    field: Annotated[str | None, "The field or parameter that is meant; null where none is.", example("user_name")]


class Error(TypedDict):
    """Why nothing was done."""

    error: ErrorDetails


class GatewayRefusal(TypedDict):
    """What API Gateway says to a signature or permission that will not do."""

    message: Annotated[
        str | None, "Why, in English.", example("The security token included in the request is expired")
    ]


class Belonging(TypedDict):
    """One thing that a member has."""

    kind: Kind
    name: Annotated[str, "Its id, name or ARN.", example(SERIAL_NUMBER)]


class InvitationBody(TypedDict):
    """Whom, and how."""

    user_name: UserName
    groups: NotRequired[ChosenGroups]
    passcode: NotRequired[WithPasscode]
    token: NotRequired[
        Annotated[
            Secret,
            "The secret of the link, chosen by the caller: repeating the call then gives the same link again.",
        ]
    ]
    chosen_passcode: NotRequired[Annotated[Passcode, "The passcode, chosen by the caller as well."]]
    unless_invited: NotRequired[
        Annotated[Yes, "Whether to refuse where there is another link that can be opened, or no need for one."]
    ]
    basis: NotRequired[Basis]


class InvitationTerms(TypedDict):
    """An invitation without its link."""

    user_name: UserName
    is_new: Annotated[Yes, "Whether this is the member's first link; else it replaces another."]
    groups: Groups
    expires_at: Annotated[Time, "When the link ends.", example(LATER)]
    organisation: Annotated[str, "As the settings call it.", example("Example Corp")]
    languages: Annotated[
        list[Annotated[str, "A language.", example("en")]], "Those of the pages, so of the message to the member."
    ]
    passcode: Annotated[Passcode | None, "To be told over a second channel; null if none was asked for."]


class Invitation(InvitationTerms):
    """A new invitation. It is told this once only."""

    token: Annotated[
        str,
        "The invitation link is the portal's address, /start# and this. It is stored nowhere.",
        example(f"{MEMBER}.{SECRET}"),
    ]


class ResetBody(TypedDict):
    """How."""

    passcode: NotRequired[WithPasscode]
    basis: Basis


class Reset(Invitation):
    """What was taken away, and the new invitation."""

    removed: Annotated[list[Belonging], "Deleted; access keys were deactivated, until MFA is proved again."]


class RevocationBody(TypedDict):
    """Whose."""

    user_name: UserName
    basis: Basis


class Revocation(TypedDict):
    """Whose."""

    user_name: UserName


Belongings = Annotated[list[Belonging], "In the order in which they go."]


class OffboardingPlan(TypedDict):
    """What would go, and what keeps it from going."""

    user_name: UserName
    belongings: Belongings
    obstacles: Annotated[
        list[
            Annotated[
                str,
                "In English.",
                example(f"{MEMBER} is in the group admins, which the portal may not touch."),
            ]
        ],
        "What somebody else has to do before.",
    ]
    basis: Basis


class Offboarded(TypedDict):
    """What this call removed."""

    user_name: UserName
    removed: Belongings


class ImportBody(TypedDict):
    """The list."""

    csv: Annotated[str, "A CSV file, whose first line names the columns.", example(CSV)]


class PlannedLine(TypedDict):
    """What an import will do with one line of the file."""

    line: LineNumber
    user_name: UserName
    groups: Groups
    passcode: Annotated[Yes, "Whether a passcode will be made."]
    plan: Plan
    message: Annotated[str, "The same in words.", example("Will be created and invited.")]
    basis: Basis


class LineProblem(TypedDict):
    """What keeps a line from being used."""

    line: LineNumber
    message: Annotated[str, "Why, in English.", example("The column user_name is missing.")]


class CheckedImport(TypedDict):
    """What an import would do."""

    lines: Annotated[list[PlannedLine], "The lines that can be used."]
    problems: Annotated[list[LineProblem], "Nothing is to be imported until these are mended."]


class RefreshBody(TypedDict):
    """Where to go on."""

    cursor: NotRequired[Annotated[str, "next_cursor of the part before; without it, all begins anew."]]


class Difference(TypedDict):
    """What the portal's record and IAM did not agree on."""

    user_name: UserName
    message: Annotated[
        str, "What differed, in English.", example("The MFA device that was proved is gone from IAM.")
    ]


class Refreshed(TypedDict):
    """One part."""

    checked: Annotated[int, "How many members.", example(20, minimum=0)]
    differences: Annotated[list[Difference], "What was corrected."]
    next_cursor: Cursor


class AuditEvent(TypedDict):
    """Who did what to whom, when."""

    actor: Annotated[
        str,
        f"The ARN of an administrator or of who was refused, a member's user name, or {SWEEPER}.",
        example(ADMIN),
    ]
    action: Action
    subject: Annotated[
        str, "The member's user name; empty where the portal is concerned as a whole.", example(MEMBER)
    ]
    occurred_at: Annotated[Time, "When."]
    details: Annotated[
        dict[str, str], "Names, ARNs, addresses and access key ids; never a secret.", example({"groups": GROUP})
    ]


class AuditEventPage(TypedDict):
    """One page."""

    events: Annotated[list[AuditEvent], "As many as asked for, or those that are left."]
    next_cursor: Cursor


class ConsoleLinkBody(TypedDict):
    """Which portal."""

    portal_url: Annotated[
        str,
        "The portal's address, as the caller knows it.",
        example(PORTAL_URL, pattern=f"^{PORTAL_ADDRESS}$", maxLength=512),
    ]


class ConsoleLink(TypedDict):
    """The link."""

    token: Annotated[str, "It is stored nowhere.", example(SECRET)]
    expires_at: Annotated[Time, "When the link ends.", example("2026-11-30T09:01:00+00:00")]
