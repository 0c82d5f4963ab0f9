"""Users, groups and roles of the identity account's IAM, as the administrators' use cases know them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.arns import QUARANTINE_GROUP, QUARANTINE_PATH, SUSPENDED_GROUP, SUSPENDED_PATH, SWITCH_ROLE_PATH


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
class IAMGroup:
    group_name: str
    path: str

    @property
    def is_switch_role(self) -> bool:
        return self.path == SWITCH_ROLE_PATH

    @property
    def is_quarantine(self) -> bool:
        return (self.path, self.group_name) == (QUARANTINE_PATH, QUARANTINE_GROUP)

    @property
    def is_suspended(self) -> bool:
        return (self.path, self.group_name) == (SUSPENDED_PATH, SUSPENDED_GROUP)


def switch_role_groups(groups: Iterable[IAMGroup]) -> tuple[str, ...]:
    """The names of those that let members switch role."""
    return tuple(group.group_name for group in groups if group.is_switch_role)


@dataclass(frozen=True, slots=True)
class IAMRole:
    """``trust_policy`` is None where it cannot be read."""

    arn: str
    trust_policy: Mapping[str, Any] | None
    maximum_session_seconds: int
