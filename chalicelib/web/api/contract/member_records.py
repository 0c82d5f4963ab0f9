"""What the admin API tells of members."""

from typing import Annotated, NotRequired, TypedDict

from chalicelib.arns import BASELINE_GROUP
from chalicelib.web.api.contract.json_values import (
    ACCESS_KEY_ID,
    ACCOUNT,
    ADMIN,
    LATER,
    SERIAL_NUMBER,
    Basis,
    ChosenGroups,
    Cursor,
    GroupName,
    Groups,
    IsHeld,
    Keywords,
    MemberState,
    No,
    SessionSeconds,
    Time,
    Unsure,
    UserName,
    Yes,
    example,
)


class Member(TypedDict):
    """A member, as the portal's record has them. Times are in UTC; null is never, or not any more."""

    user_name: UserName
    state: MemberState
    groups: Groups
    invited_by: Annotated[str | None, "The administrator's ARN.", example(ADMIN)]
    serial_number: Annotated[str | None, "The proved MFA device.", example(SERIAL_NUMBER)]
    access_key_id: Annotated[str | None, "The access key of the latest journey.", example(ACCESS_KEY_ID)]
    created_at: Annotated[Time, "When the portal first knew the member."]
    invited_at: Annotated[Time | None, "The latest invitation."]
    expires_at: Annotated[Time | None, "When its link ends.", example(LATER)]
    opened_at: Annotated[Time | None, "When the link was opened first."]
    registering_at: Annotated[Time | None, "When the QR code was asked for first."]
    proved_at: Annotated[Time | None, "When MFA was proved."]
    reset_at: Annotated[Time | None, "When a lost device was reset."]
    last_seen_at: Annotated[Time | None, "The last sign of life."]
    access_key_created_at: Annotated[Time | None, "Since when the oldest active access key exists."]


class MemberPage(TypedDict):
    """One page."""

    members: Annotated[list[Member], "As many as asked for, or those that are left."]
    next_cursor: Cursor


class MemberBody(TypedDict):
    """Whom."""

    user_name: UserName
    groups: NotRequired[ChosenGroups]


class CreatedMember(TypedDict):
    """The member."""

    member: Member


class Device(TypedDict):
    """An MFA device."""

    serial_number: Annotated[str, "Its ARN.", example(SERIAL_NUMBER)]
    enabled_at: Annotated[Time, "Since when it is enabled."]


class AccessKey(TypedDict):
    """An access key; its secret is known to the member only."""

    access_key_id: Annotated[str, "Its id.", example(ACCESS_KEY_ID)]
    is_active: Annotated[Yes, "Whether it can be used."]
    created_at: Annotated[Time, "Since when it exists."]
    last_used_at: Annotated[Time | None, "When it last signed a request."]


class IAMFacts(TypedDict):
    """What IAM says about a member now."""

    groups: Annotated[
        list[Annotated[str, "A group of IAM's.", example(BASELINE_GROUP)]], "All groups, whatever their path."
    ]
    devices: Annotated[list[Device], "Enabled MFA devices."]
    access_keys: Annotated[list[AccessKey], "Access keys."]
    is_held: IsHeld
    has_console_password: Annotated[
        Unsure, "Whether there is a console password; null where the settings ask for none."
    ]


class ShownMember(TypedDict):
    """The member."""

    member: Member
    iam: Annotated[IAMFacts | None, "Null where IAM has no such user, or does not say; differences tell which."]
    differences: Annotated[
        list[Annotated[str, "In English.", example("IAM has no such user any more.")]], "What does not agree."
    ]
    basis: Basis


class CheckedUser(TypedDict):
    """The member's IAM user."""

    is_there: Annotated[Yes, "Whether IAM has it."]
    has_boundary: Annotated[Unsure, "Whether it has the portal's permissions boundary."]
    is_held: IsHeld
    has_mfa_device: Annotated[Unsure, "Whether a virtual MFA device or another one with codes is enabled."]


class CheckedGroup(TypedDict):
    """A switch-role group of the member's record."""

    name: GroupName
    is_in: Annotated[Yes, "Whether IAM has the member in it."]


class CheckedRole(TypedDict):
    """A role that the member is to switch to. Roles of other accounts are out of the portal's sight."""

    profile: Annotated[str, "The profile of the member's config.", example("dev")]
    role_arn: Annotated[
        str, "As the settings have it.", example(f"arn:aws:iam::{ACCOUNT}:role/dev-SwitchRole-S3FullAccess")
    ]
    in_place: Annotated[Unsure, "Whether there is such a role."]
    requires_mfa: Annotated[
        Unsure, "Whether its trust policy lets IAM users in with MFA only; null if it lets none in."
    ]
    may_assume: Annotated[Unsure, "Whether trust policy, groups and boundary let the member assume it, with MFA."]
    maximum_session_seconds: Annotated[SessionSeconds | None, "What the role allows."]
    promised_session_seconds: Annotated[SessionSeconds, "What the settings say."]
    note: Annotated[
        str | None, "What the answers leave open, or why, in English.", example("The policies have conditions.")
    ]


class Check(TypedDict):
    """What of a member's access is in place, as far as the portal can see."""

    user_name: UserName
    is_right: Annotated[Yes, "Whether nothing is wrong."]
    may_be_propagating: Annotated[No, "Whether what is wrong may be right in a minute: ask again then."]
    user: CheckedUser
    groups: Annotated[list[CheckedGroup], "The groups."]
    roles: Annotated[list[CheckedRole], "The roles of these groups."]


class GroupsBody(TypedDict):
    """The groups."""

    groups: Annotated[list[GroupName], "Exactly the groups that the member is to have.", Keywords(minItems=1)]
    basis: Basis


class ChangedGroups(TypedDict):
    """The member with these groups."""

    member: Member
    is_effective: Annotated[No, "Whether IAM was changed; else the groups wait for the proof of MFA."]
