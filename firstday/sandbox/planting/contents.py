"""What an organisation has in its accounts before Firstday comes, as a file for ``--plant`` says it."""

from collections.abc import Mapping
from dataclasses import dataclass

Document = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Grants:
    """The permissions of a user, group or role: inline policies by name, managed ones by ARN."""

    inline_policies: Mapping[str, Document]
    managed_policies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ManagedPolicy:
    """A customer managed policy."""

    name: str
    path: str
    document: Document


@dataclass(frozen=True, slots=True)
class Group:
    """A group, without its users."""

    name: str
    path: str
    grants: Grants


@dataclass(frozen=True, slots=True)
class Device:
    """A virtual MFA device."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class AccessKey:
    """Days are before now; ``used_days_ago`` is None if the key was never used."""

    is_active: bool
    created_days_ago: int
    used_days_ago: int | None
    used_service: str


@dataclass(frozen=True, slots=True)
class OtherCredentials:
    """How many of each; ``service_credentials`` names the services."""

    ssh_keys: int
    signing_certificates: int
    service_credentials: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class User:
    """``service_use`` has the days since each service was last called, by its namespace."""

    name: str
    path: str
    groups: tuple[str, ...]
    grants: Grants
    permissions_boundary: str
    tags: Mapping[str, str]
    created_days_ago: int
    console_password: bool
    access_keys: tuple[AccessKey, ...]
    devices: tuple[Device, ...]
    passkeys: tuple[str, ...]
    other_credentials: OtherCredentials
    service_use: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Role:
    """``service_use`` is as that of a user."""

    name: str
    path: str
    trust_policy: Document
    grants: Grants
    permissions_boundary: str
    tags: Mapping[str, str]
    maximum_session_seconds: int
    service_use: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket; ``policy`` is None if it has none."""

    name: str
    policy: Document | None


@dataclass(frozen=True, slots=True)
class AccountContents:
    """``key`` is what the file calls the account. ``unassigned_devices`` belong to nobody."""

    key: str
    account_id: str
    policies: tuple[ManagedPolicy, ...]
    groups: tuple[Group, ...]
    users: tuple[User, ...]
    roles: tuple[Role, ...]
    unassigned_devices: tuple[Device, ...]
    buckets: tuple[Bucket, ...]
