"""What the routes of the admin API take."""

from typing import Annotated, NotRequired, TypedDict

from chalicelib.admin.signing_in import PORTAL_ADDRESS
from chalicelib.web.api.contract.json_values import (
    CSV,
    PORTAL_URL,
    Basis,
    ChosenGroups,
    GroupName,
    Keywords,
    Passcode,
    Secret,
    UserName,
    WithPasscode,
    Yes,
    example,
)


class MemberBody(TypedDict):
    """Whom."""

    user_name: UserName
    groups: NotRequired[ChosenGroups]


class GroupsBody(TypedDict):
    """The groups."""

    groups: Annotated[list[GroupName], "Exactly the groups that the member is to have.", Keywords(minItems=1)]
    basis: Basis


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


class ResetBody(TypedDict):
    """How."""

    passcode: NotRequired[WithPasscode]
    basis: Basis


class RevocationBody(TypedDict):
    """Whose."""

    user_name: UserName
    basis: Basis


class ImportBody(TypedDict):
    """The list."""

    csv: Annotated[str, "A CSV file, whose first line names the columns.", example(CSV)]


class RefreshBody(TypedDict):
    """Where to go on."""

    cursor: NotRequired[Annotated[str, "next_cursor of the part before; without it, all begins anew."]]


class ConsoleLinkBody(TypedDict):
    """Which portal."""

    portal_url: Annotated[
        str,
        "The portal's address, as the caller knows it.",
        example(PORTAL_URL, pattern=f"^{PORTAL_ADDRESS}$", maxLength=512),
    ]
