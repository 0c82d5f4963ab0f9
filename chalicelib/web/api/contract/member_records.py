"""What the admin API tells of members."""

from typing import NotRequired, TypedDict

from chalicelib.web.api.contract.json_values import (
    Action,
    Basis,
    Cursor,
    DayOrNone,
    EmailOrNone,
    GroupName,
    InvitationMail,
    MailedLinks,
    MemberState,
    SessionSeconds,
    SomeGroups,
    Time,
    UserName,
)


class AgeingKey(TypedDict):
    """An access key that ends by its age."""

    access_key_id: str  # Its id.
    ends_on: str  # The day, as 2026-12-31 in the organisation's time zone, on which it ends or was to end.
    has_ended: bool  # Whether it was deactivated for its age; a month later it is deleted.


class Member(TypedDict):
    """A member, as the portal's record has them. Times are in UTC; null is never, or not any more."""

    user_name: UserName
    state: MemberState
    groups: list[GroupName]  # Switch-role groups.
    invited_by: str | None  # The administrator's ARN.
    serial_number: str | None  # The proved MFA device, which the member's config names.
    device_count: int  # How many proved MFA devices the portal knows of.
    access_key_id: str | None  # The access key of the latest journey.
    created_at: Time  # When the portal first knew the member.
    adopted_at: Time | None  # When an IAM user who was there before became a member.
    former_path: str | None  # The path of that IAM user then.
    invited_at: Time | None  # The latest invitation.
    expires_at: Time | None  # When its link ends.
    opened_at: Time | None  # When the link was opened first.
    registering_at: Time | None  # When the QR code was asked for first.
    proved_at: Time | None  # When MFA was proved.
    reset_at: Time | None  # When a lost device was reset.
    last_seen_at: Time | None  # The last sign of life.
    suspended_at: Time | None  # Since when access is suspended.
    suspended_by: str | None  # By which administrator, or function of the portal's.
    access_key_created_at: Time | None  # Since when the oldest active access key exists.
    is_key_old: bool  # Whether it is older than access_key_days, or 90 days where that is not set.
    ageing_keys: list[AgeingKey]  # Access keys that end by their age, or have ended; where access_key_days is set.
    email: str | None  # Where mail goes.
    until: str | None  # The day on which access ends, which begins at midnight in the organisation's time zone.
    is_mailed: bool  # Whether the link of the latest invitation goes by mail.


class MemberPage(TypedDict):
    """One page."""

    members: list[Member]  # As many as asked for, or those that are left.
    next_cursor: Cursor


class MemberBody(TypedDict):
    """The member."""

    user_name: UserName
    groups: NotRequired[list[GroupName]]  # Switch-role groups; none means the organisation's default ones.
    email: NotRequired[EmailOrNone]  # Where mail goes; not changed of a member who is there.
    until: NotRequired[DayOrNone]  # The day on which access ends; not changed of a member who is there.


class CreatedMember(TypedDict):
    """The member."""

    member: Member


class Device(TypedDict):
    """An MFA device."""

    serial_number: str  # Its ARN.
    enabled_at: Time  # Since when it is enabled.
    is_passkey: bool  # Whether it is a passkey or a security key, which shows no codes.
    is_registered: bool  # Whether it was registered through the portal.
    is_in_config: bool  # Whether the member's config names it.


class AccessKey(TypedDict):
    """An access key; its secret is known to the member only."""

    access_key_id: str  # Its id.
    is_active: bool  # Whether it can be used.
    created_at: Time  # Since when it exists.
    last_used_at: Time | None  # When it last signed a request.


class IAMFacts(TypedDict):
    """What IAM says about a member now."""

    groups: list[str]  # All groups, whatever their path.
    devices: list[Device]  # Enabled MFA devices, the oldest first.
    access_keys: list[AccessKey]  # Access keys.
    is_held: bool  # Whether an administrator of IAM holds the member: AWS denies them everything.
    is_suspended: bool  # Whether the member is in the group that denies everything until they are resumed.
    has_console_password: bool | None  # Whether there is a console password; null where the settings ask for none.


class MemberRole(TypedDict):
    """A role that the member's groups are for, by the settings."""

    profile: str  # The profile of the member's config.
    account_id: str  # Its account.
    role_name: str  # Its name, without a path.


class MailTrouble(TypedDict):
    """A mail that did not arrive."""

    action: Action
    reason: str  # Why, in English.
    failed_at: Time  # When that was known.


class MailState(TypedDict):
    """What became of the mail to a member."""

    invitation: InvitationMail | None  # The mail with the link; null if there is none, or nothing is known.
    troubles: list[MailTrouble]  # Mail that did not arrive, the latest first.


class ShownMember(TypedDict):
    """The member."""

    member: Member
    roles: list[MemberRole]  # Those of the groups in the record.
    iam: IAMFacts | None  # Null where IAM has no such user, or does not say; differences tell which.
    differences: list[str]  # What does not agree, in English.
    basis: Basis
    mail: MailState | None  # Null where this portal sends no mail.


class CheckedUser(TypedDict):
    """The member's IAM user."""

    is_there: bool  # Whether IAM has it.
    has_boundary: bool | None  # Whether it has the portal's permissions boundary.
    is_held: bool  # Whether an administrator of IAM holds the member: AWS denies them everything.
    is_suspended: bool  # Whether it is in the group that denies everything until the member is resumed.
    has_mfa_device: bool | None  # Whether a virtual MFA device or another one with codes is enabled.


class CheckedGroup(TypedDict):
    """A switch-role group of the member's record."""

    name: GroupName
    is_in: bool  # Whether IAM has the member in it.


class CheckedRole(TypedDict):
    """A role that the member is to switch to. Roles of other accounts are out of the portal's sight."""

    profile: str  # The profile of the member's config.
    role_arn: str  # As the settings have it.
    in_place: bool | None  # Whether there is such a role.
    requires_mfa: bool | None  # Whether its trust policy lets IAM users in with MFA only; null if it lets none in.
    is_mfa_left_to_group: bool  # Whether only the group's policy asks for MFA; for roles that others manage.
    may_assume: bool | None  # Whether trust policy, groups and boundary let the member assume it, with MFA.
    maximum_session_seconds: SessionSeconds | None  # What the role allows.
    promised_session_seconds: SessionSeconds  # What the settings say.
    note: str | None  # What the answers leave open, or why, in English.


class Check(TypedDict):
    """Which parts of a member's access are in place, as far as the portal can see."""

    user_name: UserName
    is_right: bool  # Whether nothing is wrong.
    may_be_propagating: bool  # Whether what is wrong may be right in a minute: ask again then.
    user: CheckedUser
    groups: list[CheckedGroup]  # The groups.
    roles: list[CheckedRole]  # The roles of these groups.


class GroupsBody(TypedDict):
    """The groups."""

    groups: SomeGroups  # Exactly the groups that the member is to have.
    basis: Basis


class ChangedGroups(TypedDict):
    """The member with these groups."""

    member: Member
    is_effective: bool  # Whether IAM was changed; else the groups wait for the proof of MFA.


class DetailsBody(TypedDict):
    """What to change; what is not sent stays."""

    email: NotRequired[EmailOrNone]  # Where mail goes; empty takes it away.
    until: NotRequired[DayOrNone]  # The day on which access ends, not before tomorrow; empty takes it away.
    basis: Basis


class ChangedDetails(TypedDict):
    """The member with these details."""

    member: Member
    # What became of the links that were mailed to another address; null if this call has ended none.
    mailed_links: MailedLinks | None
