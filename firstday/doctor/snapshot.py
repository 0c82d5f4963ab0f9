"""Records of what the doctor has read from AWS, before it judges. None stands for what it could not read."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chalicelib.members.record import Member
from firstday.doctor.policy_comparison import Policy


@dataclass(frozen=True, slots=True)
class IAMUser:
    """``inline`` are policies by their names, ``attached`` and ``boundary`` ARNs of policies."""

    user_name: str
    path: str
    groups: tuple[str, ...] = ()
    inline: Mapping[str, Policy] = field(default_factory=dict)
    attached: tuple[str, ...] = ()
    boundary: str | None = None


@dataclass(frozen=True, slots=True)
class IAMGroup:
    name: str
    arn: str
    inline: Mapping[str, Policy] = field(default_factory=dict)
    attached: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IAMRole:
    """``maximum_session_seconds`` is read of the settings' roles only."""

    name: str
    arn: str
    trust: Policy
    inline: Mapping[str, Policy] = field(default_factory=dict)
    attached: tuple[str, ...] = ()
    maximum_session_seconds: int | None = None

    @property
    def path(self) -> str:
        """Begins and ends with a slash."""
        return self.arn.partition(":role")[2].removesuffix(self.name)


@dataclass(frozen=True, slots=True)
class IAMDetails:
    """One account; ``policies`` maps the ARNs of its own managed policies to their default versions.

    ``stack_resources`` are the types and physical ids of what its stacks have made, also if somebody has deleted
    it since. ``function_roles`` are the names of the portal's functions' roles by their logical ids.
    """

    users: tuple[IAMUser, ...] = ()
    groups: tuple[IAMGroup, ...] = ()
    roles: tuple[IAMRole, ...] = ()
    policies: Mapping[str, Policy] = field(default_factory=dict)
    stack_resources: Set[tuple[str, str]] = frozenset()
    function_roles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class VirtualDevice:
    """A virtual MFA device; ``user_name`` is None if it is assigned to nobody."""

    serial_number: str
    user_name: str | None

    @property
    def name(self) -> str:
        return self.serial_number.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Denial:
    """An action that a role of the portal needs and may not do: ``decision`` is IAM's, or names the limit.

    ``policy_names`` are those of the role's inline policies that deny it.
    """

    role_name: str
    action: str
    decision: str
    policy_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AuditStream:
    """The stream of the audit trail's ``table``; ``arn`` is None where it has none.

    ``mappings`` are the ids of the mappings that call the watcher with that stream, and whether they are on.
    """

    table: str
    arn: str | None
    mappings: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MailState:
    """What Amazon SES says of identity and account, as it calls it; an empty ``identity`` is not there.

    ``set_sends`` of the settings' configuration set is ``sends``, ``paused`` or ``missing``. ``problem`` is why SES
    could not be asked at all.
    """

    identity: dict[str, Any] | None = None
    account: dict[str, Any] | None = None
    set_sends: str | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A permission that was missing, and the account that it was missing in."""

    permission: str
    account_id: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """``targets`` are the accounts with roles besides the identity account, as far as they could be read.

    ``keys_without_device`` maps members who have no device of any kind to their active access keys. The accounts
    ``given_up`` have roles, but none in the settings.
    """

    now: datetime
    identity: IAMDetails | None = None
    targets: Mapping[str, IAMDetails] = field(default_factory=dict)
    given_up: tuple[str, ...] = ()
    devices: tuple[VirtualDevice, ...] | None = None
    keys_without_device: Mapping[str, tuple[str, ...]] | None = None
    members: tuple[Member, ...] | None = None
    has_password_policy: bool | None = None
    denials: tuple[Denial, ...] | None = None
    unprotected_tables: tuple[str, ...] | None = None
    audit_stream: AuditStream | None = None
    mail: MailState | None = None
    unreadable: tuple[Unreadable, ...] = ()
