"""The protocols for what the use cases need from AWS: the adapters implement them, and so may tests."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from chalicelib.arns import QUARANTINE_GROUP, QUARANTINE_PATH, SWITCH_ROLE_PATH
from chalicelib.audit import AuditEvent
from chalicelib.members.invitations import MemberSession
from chalicelib.members.passwords import PasswordPolicy
from chalicelib.members.record import Member


@dataclass(frozen=True, slots=True)
class IAMUser:
    user_name: str
    path: str
    boundary_arn: str | None
    user_id: str


@dataclass(frozen=True, slots=True)
class ListedUser:
    """A user as the account's list of users has them."""

    user_name: str
    path: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NewDevice:
    """A virtual MFA device that nobody uses yet; its base32 seed exists nowhere else."""

    serial_number: str
    seed: str


@dataclass(frozen=True, slots=True)
class MFADevice:
    serial_number: str
    enabled_at: datetime


@dataclass(frozen=True, slots=True)
class AccessKey:
    access_key_id: str
    secret_access_key: str


@dataclass(frozen=True, slots=True)
class AccessKeyInfo:
    """``last_used_at`` is None where the key was never used, or nobody asked."""

    access_key_id: str
    created_at: datetime
    is_active: bool = True
    last_used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class IAMGroup:
    group_name: str
    path: str

    @property
    def is_switch_role(self) -> bool:
        return self.path == SWITCH_ROLE_PATH

    @property
    def is_quarantine(self) -> bool:
        return (self.path, self.group_name) == (QUARANTINE_PATH, QUARANTINE_GROUP)


def switch_role_groups(groups: Iterable[IAMGroup]) -> tuple[str, ...]:
    """The names of those that let members switch role."""
    return tuple(group.group_name for group in groups if group.is_switch_role)


@dataclass(frozen=True, slots=True)
class IAMRole:
    """``trust_policy`` is None where it cannot be read."""

    arn: str
    trust_policy: Mapping[str, Any] | None
    maximum_session_seconds: int


class Kind(StrEnum):
    """What a member may have in the portal and in IAM."""

    SESSION = "session"
    INVITATION = "invitation"
    ACCESS_KEY = "access_key"
    LOGIN_PROFILE = "login_profile"
    MFA_DEVICE = "mfa_device"
    GROUP = "group"
    POLICY = "policy"
    SSH_KEY = "ssh_key"
    SIGNING_CERTIFICATE = "signing_certificate"
    SERVICE_SPECIFIC_CREDENTIAL = "service_specific_credential"
    IAM_USER = "iam_user"


@dataclass(frozen=True, slots=True)
class Belonging:
    """One thing of a member's; ``name`` is its id or ARN in IAM."""

    kind: Kind
    name: str


class IAM(Protocol):
    """What the journey asks of IAM.

    Every method may raise AWSBusy and AWSDenied; where it names a user, also UserMissing and UserElsewhere.
    """

    def get_user(self, user_name: str) -> IAMUser: ...
    def serial_number(self, device_name: str) -> str: ...
    def create_device(self, device_name: str) -> NewDevice: ...
    def delete_device(self, serial_number: str) -> None: ...
    def devices(self, user_name: str) -> tuple[MFADevice, ...]: ...
    def enable_device(self, user_name: str, serial_number: str, code1: str, code2: str) -> None: ...
    def resync_device(self, user_name: str, serial_number: str, code1: str, code2: str) -> None: ...
    def add_to_group(self, user_name: str, group_name: str) -> None: ...
    def access_keys(self, user_name: str) -> tuple[AccessKeyInfo, ...]: ...
    def create_access_key(self, user_name: str) -> AccessKey: ...
    def delete_access_key(self, user_name: str, access_key_id: str) -> None: ...
    def activate_access_key(self, user_name: str, access_key_id: str) -> bool: ...
    def deactivate_access_key(self, user_name: str, access_key_id: str) -> None: ...
    def remove_from_group(self, user_name: str, group_name: str) -> None: ...
    def password_policy(self) -> PasswordPolicy: ...
    def password_created_at(self, user_name: str) -> datetime | None: ...
    def create_password(self, user_name: str, password: str) -> None: ...


class AdminIAM(Protocol):
    """What the administrators' actions ask of IAM, always after ``member`` or ``create_user`` for the same name."""

    def member(self, user_name: str) -> IAMUser: ...
    def create_user(self, user_name: str) -> None: ...
    def boundary_arn(self) -> str: ...
    def serial_number(self, device_name: str) -> str: ...
    def member_names(self, after: str | None, limit: int) -> tuple[tuple[str, ...], str | None]: ...
    def users(self) -> Mapping[str, ListedUser]: ...
    def groups(self, user_name: str) -> tuple[IAMGroup, ...]: ...
    def add_to_group(self, user_name: str, group_name: str) -> None: ...
    def remove_from_group(self, user_name: str, group_name: str) -> None: ...
    def all_devices(self, user_name: str) -> tuple[MFADevice, ...]: ...
    def delete_device(self, serial_number: str) -> None: ...
    def access_keys(self, user_name: str) -> tuple[AccessKeyInfo, ...]: ...
    def last_used_at(self, user_name: str, access_key_id: str) -> datetime | None: ...
    def password_created_at(self, user_name: str) -> datetime | None: ...
    def deactivate_access_key(self, user_name: str, access_key_id: str) -> None: ...
    def belongings(self, user_name: str) -> tuple[Belonging, ...]: ...
    def remove(self, user_name: str, belonging: Belonging) -> None: ...
    def delete_user(self, user_name: str) -> None: ...


class SweepIAM(Protocol):
    """What the sweeper asks of IAM."""

    def serial_number(self, device_name: str) -> str: ...
    def unassigned_devices(self) -> frozenset[str]: ...
    def delete_device(self, serial_number: str) -> None: ...


class CheckIAM(Protocol):
    """What a check asks of IAM, after ``member`` for the same name. Both of the last may raise AWSRefused."""

    def member(self, user_name: str) -> IAMUser: ...
    def boundary_arn(self) -> str: ...
    def groups(self, user_name: str) -> tuple[IAMGroup, ...]: ...
    def devices(self, user_name: str) -> tuple[MFADevice, ...]: ...
    def group_policy(self, group_name: str) -> Mapping[str, Any] | None: ...
    def role(self, role_name: str) -> IAMRole | None: ...


class Members(Protocol):
    """The members table; a write and its audit events happen together or not at all."""

    def get(self, user_name: str) -> Member | None: ...
    def page(
        self, *, limit: int | None, after: str | None, name_part: str = "", is_proved: bool | None = None
    ) -> tuple[list[Member], str | None]: ...
    def count_attempt(self, member: Member) -> Member: ...
    def record_created(self, member: Member, events: Iterable[AuditEvent]) -> None: ...
    def record_invited(self, member: Member, earlier: Member, events: Iterable[AuditEvent]) -> None: ...
    def record_revoked(self, member: Member, version: str, event: AuditEvent) -> None: ...
    def record_events(self, events: Iterable[AuditEvent]) -> None: ...
    def record_opened(
        self, member: Member, session_hash: str, expires_at: datetime, idle_ends_at: datetime, event: AuditEvent
    ) -> None: ...
    def record_seen(self, session: MemberSession, now: datetime, idle_ends_at: datetime) -> None: ...
    def record_signed_out(self, session: MemberSession, event: AuditEvent) -> None: ...
    def record_registering(self, session: MemberSession, now: datetime) -> Member | None: ...
    def record_accepted(
        self, member: Member, serial_number: str, known_key: str | None, now: datetime, events: Iterable[AuditEvent]
    ) -> None: ...
    def claim_access_key(
        self, session: MemberSession, now: datetime, *, replace: bool
    ) -> tuple[Member | None, str | None]: ...
    def release_access_key(self, member: Member, claim: str) -> None: ...
    def record_access_key(
        self, member: Member, claim: str, access_key_id: str, now: datetime, events: Iterable[AuditEvent]
    ) -> None: ...
    def record_reset(
        self, member: Member, version: str, keys: Iterable[str], groups: tuple[str, ...], event: AuditEvent
    ) -> Member: ...
    def record_groups(
        self, member: Member, changed: Member, now: datetime, events: Iterable[AuditEvent]
    ) -> Member: ...
    def record_moved(self, member: Member) -> Member: ...
    def record_observed(self, member: Member, observed: Member, events: Iterable[AuditEvent]) -> None: ...
    def record_offboarding(self, member: Member, version: str, event: AuditEvent) -> None: ...
    def delete(self, member: Member, events: Iterable[AuditEvent]) -> None: ...
