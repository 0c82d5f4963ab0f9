"""What the admin API tells of what was done, or would be, and of what was not."""

from typing import NotRequired, TypedDict

from chalicelib.web.api.contract.json_values import (
    Action,
    Basis,
    Count,
    Cursor,
    DayOrNone,
    EmailOrNone,
    GroupName,
    Kind,
    Passcode,
    Plan,
    PortalURL,
    Secret,
    Time,
    UserName,
)


class ErrorDetails(TypedDict):
    """What is wrong."""

    code: str  # One word for programs.
    message: str  # A sentence for people, in English.
    field: str | None  # The field or parameter that is meant; null where none is.


class Error(TypedDict):
    """Why nothing was done."""

    error: ErrorDetails


class GatewayRefusal(TypedDict):
    """API Gateway's answer to an invalid signature or a missing permission."""

    message: str | None  # Why, in English.


class Belonging(TypedDict):
    """One thing that a member has."""

    kind: Kind
    name: str  # Its id, name or ARN.


class InvitationBody(TypedDict):
    """The member, and how to invite them."""

    user_name: UserName
    groups: NotRequired[list[GroupName]]  # Switch-role groups; none means the organisation's default ones.
    passcode: NotRequired[bool]  # Whether to make a passcode, to be told over a second channel.
    # The secret of the link, chosen by the caller: repeating the call, with the same address, gives the same link.
    token: NotRequired[Secret]
    chosen_passcode: NotRequired[Passcode]  # The passcode, chosen by the caller as well.
    # Whether to refuse where there is another link that can be opened, or no need for one.
    unless_invited: NotRequired[bool]
    basis: NotRequired[Basis]
    email: NotRequired[EmailOrNone]  # Where mail goes; empty takes away what is known of the member.
    until: NotRequired[DayOrNone]  # The day on which access ends; empty takes it away.
    # Whether the link goes by mail; without it, where the portal sends mail and the member has an address.
    mail: NotRequired[bool]


class InvitationTerms(TypedDict):
    """An invitation without its link."""

    user_name: UserName
    is_new: bool  # Whether this is the member's first link; else it replaces another.
    groups: list[GroupName]  # Switch-role groups.
    expires_at: Time  # When the link ends.
    organisation: str  # As the settings call it.
    languages: list[str]  # Those of the pages, so of the message to the member.
    passcode: Passcode | None  # To be told over a second channel; null if there is none.
    sends_mail: bool  # Whether this portal sends mail.
    mailed_to: str | None  # The address that the link will be sent to; null where the caller passes it on.


class Invitation(InvitationTerms):
    """A new invitation. It is told this once only."""

    # The invitation link is the portal's address, /start# and this. It is stored nowhere; not there where the link
    # goes by mail.
    token: NotRequired[str]


class ResetBody(TypedDict):
    """How."""

    passcode: NotRequired[bool]  # Whether to make a passcode, to be told over a second channel.
    basis: Basis
    # Whether the link goes by mail; without it, where the portal sends mail and the member has an address.
    mail: NotRequired[bool]


class Reset(Invitation):
    """What was taken away, and the new invitation."""

    removed: list[Belonging]  # Deleted; access keys were deactivated, until MFA is proved again.


class SuspensionBody(TypedDict):
    """From what it was decided."""

    basis: Basis


class Suspension(TypedDict):
    """Whose access is suspended."""

    user_name: UserName
    access_keys: list[str]  # The ids of the access keys that were deactivated, until the member is resumed.


class ResumptionBody(TypedDict):
    """How."""

    passcode: NotRequired[bool]  # Whether to make a passcode, to be told over a second channel.
    # Whether the link goes by mail; without it, where the portal sends mail and the member has an address.
    mail: NotRequired[bool]
    # The day on which access ends, in the organisation's time zone; empty for none. Without it, it stays as it is.
    until: NotRequired[str]
    basis: Basis


class RevocationBody(TypedDict):
    """Whose."""

    user_name: UserName
    basis: Basis


class Revocation(TypedDict):
    """Whose."""

    user_name: UserName


class OffboardingPlan(TypedDict):
    """What would go, and what keeps it from going."""

    user_name: UserName
    belongings: list[Belonging]  # In the order in which they go.
    obstacles: list[str]  # What somebody else has to do first, in English.
    basis: Basis


class Offboarded(TypedDict):
    """What this call removed."""

    user_name: UserName
    removed: list[Belonging]  # In the order in which they go.


class ImportBody(TypedDict):
    """The list."""

    csv: str  # A CSV file, whose first line names the columns.


class PlannedLine(TypedDict):
    """What an import will do with one line of the file."""

    line: Count  # As an editor counts; 0 is the file as a whole.
    user_name: UserName
    groups: list[GroupName]  # Switch-role groups.
    passcode: bool  # Whether a passcode will be made.
    plan: Plan
    message: str  # The same in words.
    basis: Basis
    email: str | None  # The address in the line.
    until: str | None  # The day in the line on which access ends.


class LineProblem(TypedDict):
    """What keeps a line from being used."""

    line: Count  # As an editor counts; 0 is the file as a whole.
    message: str  # Why, in English.


class CheckedImport(TypedDict):
    """What an import would do."""

    lines: list[PlannedLine]  # The lines that can be used.
    problems: list[LineProblem]  # Nothing is to be imported until these are corrected.
    unknown_columns: list[str]  # Columns of the file that are not read.


class RefreshBody(TypedDict):
    """Where to go on."""

    cursor: NotRequired[str]  # next_cursor of the part before; without it, it starts over.


class Difference(TypedDict):
    """What the portal's record and IAM did not agree on."""

    user_name: str  # As IAM has it, which may be a name that no member can have.
    message: str  # What differed, in English.


class Refreshed(TypedDict):
    """One part."""

    checked: Count  # How many members.
    differences: list[Difference]  # What was corrected.
    next_cursor: Cursor


class AuditEvent(TypedDict):
    """Who did what to whom, when."""

    # The ARN of an administrator or of who was refused, a user name, or firstday-sweeper and the like.
    actor: str
    action: Action
    subject: str  # The member's user name; empty where the portal is concerned as a whole.
    occurred_at: Time  # When.
    details: dict[str, str]  # Names, ARNs, addresses and access key ids; never a secret.


class AuditEventPage(TypedDict):
    """One page."""

    events: list[AuditEvent]  # As many as asked for, or those that are left.
    next_cursor: Cursor


class ConsoleLinkBody(TypedDict):
    """Which portal."""

    portal_url: PortalURL  # The portal's address, as the caller knows it.


class ConsoleLink(TypedDict):
    """The link."""

    token: str  # It is stored nowhere.
    expires_at: Time  # When the link ends.
