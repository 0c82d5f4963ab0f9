"""What the use cases need from AWS: the adapters fulfil it, and tests may stand in for it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chalicelib.audit import AuditEvent
from chalicelib.invitations import Invitation, Session


@dataclass(frozen=True, slots=True)
class IAMUser:
    user_name: str
    path: str
    boundary_arn: str | None


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
    access_key_id: str
    created_at: datetime


class IAM(Protocol):
    """What the journey asks of IAM. Every method may raise AWSBusy, and UserMissing where it names a user."""

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


class Invitations(Protocol):
    """The invitations table; a write and its audit events happen together or not at all."""

    def get(self, key: str) -> Invitation | None: ...
    def count_attempt(self, key: str) -> Invitation: ...
    def record_events(self, events: Iterable[AuditEvent]) -> None: ...
    def record_opened(
        self, invitation: Invitation, session_hash: str, session_expires_at: datetime, event: AuditEvent
    ) -> None: ...
    def record_accepted(
        self, invitation: Invitation, serial_number: str, now: datetime, events: Iterable[AuditEvent]
    ) -> None: ...
    def claim_access_key(
        self, session: Session, now: datetime, *, replace: bool
    ) -> tuple[Invitation | None, bool]: ...
    def release_access_key(self, invitation: Invitation) -> None: ...
    def record_access_key(
        self, invitation: Invitation, access_key_id: str, events: Iterable[AuditEvent]
    ) -> None: ...
