"""What IAM has of a member: users, devices, keys, groups and roles as the use cases know them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from chalicelib.arns import QUARANTINE_GROUP, QUARANTINE_PATH, SWITCH_ROLE_PATH


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
