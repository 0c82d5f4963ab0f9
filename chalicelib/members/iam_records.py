"""What IAM has of a member: devices and keys, as the use cases know them."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class NewDevice:
    """A virtual MFA device that nobody uses yet; its base32 seed exists nowhere else."""

    serial_number: str
    seed: str


@dataclass(frozen=True, slots=True)
class MFADevice:
    serial_number: str
    enabled_at: datetime

    @property
    def is_passkey(self) -> bool:
        """Whether it shows no codes: a passkey, or a security key."""
        return ":u2f/" in self.serial_number


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
