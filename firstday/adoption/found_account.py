"""The identity account's IAM as an adoption finds it, with every policy in full.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.members.record import comparable

JSON = Mapping[str, Any]
Policy = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class HeldPolicy:
    """``name`` is for people; ``document`` is None where it could not be read."""

    name: str
    document: Policy | None


@dataclass(frozen=True, slots=True)
class FoundUser:
    """``inline`` are the user's own policies; ``attached`` and ``boundary`` are ARNs."""

    user_name: str
    path: str
    arn: str
    groups: tuple[str, ...] = ()
    inline: tuple[HeldPolicy, ...] = ()
    attached: tuple[str, ...] = ()
    boundary: str | None = None


@dataclass(frozen=True, slots=True)
class FoundGroup:
    name: str
    path: str
    inline: tuple[HeldPolicy, ...] = ()
    attached: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundRole:
    name: str
    arn: str
    trust: Policy
    inline: tuple[HeldPolicy, ...] = ()
    attached: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundAccount:
    """Users by their comparable names. ``policies`` are managed ones by their ARNs: default versions."""

    users: Mapping[str, FoundUser] = field(default_factory=dict)
    groups: Mapping[str, FoundGroup] = field(default_factory=dict)
    roles: tuple[FoundRole, ...] = ()
    policies: Mapping[str, Policy] = field(default_factory=dict)

    @property
    def groups_paths(self) -> Mapping[str, str]:
        """The path of each group."""
        return {name: group.path for name, group in self.groups.items()}

    def policies_of(self, user: FoundUser) -> tuple[HeldPolicy, ...]:
        """Everything that gives the user permissions: inline, attached, and of their groups."""
        held = [*user.inline, *(self._managed(arn) for arn in user.attached)]
        for name in user.groups:
            if group := self.groups.get(name):
                of_group = [*group.inline, *(self._managed(arn) for arn in group.attached)]
                held += [HeldPolicy(f"{one.name} of the group {name}", one.document) for one in of_group]
        return tuple(held)

    def attached_to(self, users: Iterable[FoundUser]) -> frozenset[str]:
        """The ARNs of all managed policies that these users have, and of their boundaries."""
        found: set[str] = set()
        for user in users:
            groups = (self.groups[name] for name in user.groups if name in self.groups)
            found.update(user.attached, *(group.attached for group in groups))
            found.update({user.boundary} if user.boundary else ())
        return frozenset(found)

    def _managed(self, arn: str) -> HeldPolicy:
        return HeldPolicy(policy_name(arn), self.policies.get(arn))


def policy_name(arn: str) -> str:
    """A managed policy's name, for people."""
    return arn.rpartition("/")[2]


def account_from(pages: Iterable[JSON]) -> FoundAccount:
    """The answers of one account, whatever pages its entities are spread over."""
    users: dict[str, FoundUser] = {}
    groups: dict[str, FoundGroup] = {}
    roles: list[FoundRole] = []
    policies: dict[str, Policy] = {}
    for page in pages:
        users |= {comparable(one["UserName"]): _user(one) for one in page.get("UserDetailList", [])}
        groups |= {one["GroupName"]: _group(one) for one in page.get("GroupDetailList", [])}
        roles += map(_role, page.get("RoleDetailList", []))
        policies |= {one["Arn"]: _default_version(one) for one in page.get("Policies", [])}
    return FoundAccount(users, groups, tuple(roles), policies)


def _user(found: JSON) -> FoundUser:
    return FoundUser(
        user_name=found["UserName"],
        path=found["Path"],
        arn=found["Arn"],
        groups=tuple(found.get("GroupList", [])),
        inline=_inline(found.get("UserPolicyList", [])),
        attached=_attached(found),
        boundary=(found.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn"),
    )


def _group(found: JSON) -> FoundGroup:
    own = _inline(found.get("GroupPolicyList", []))
    return FoundGroup(found["GroupName"], found["Path"], own, _attached(found))


def _role(found: JSON) -> FoundRole:
    return FoundRole(
        name=found["RoleName"],
        arn=found["Arn"],
        trust=_document(found.get("AssumeRolePolicyDocument")) or {},
        inline=_inline(found.get("RolePolicyList", [])),
        attached=_attached(found),
    )


def _default_version(found: JSON) -> Policy:
    versions = found.get("PolicyVersionList", [])
    return next((_document(one.get("Document")) or {} for one in versions if one.get("IsDefaultVersion")), {})


def _inline(listed: Iterable[JSON]) -> tuple[HeldPolicy, ...]:
    return tuple(HeldPolicy(one["PolicyName"], _document(one.get("PolicyDocument"))) for one in listed)


def _attached(found: JSON) -> tuple[str, ...]:
    return tuple(one["PolicyArn"] for one in found.get("AttachedManagedPolicies", []))


def _document(document: object) -> Policy | None:
    """botocore has decoded it, unless it is not JSON."""
    return document if isinstance(document, Mapping) else None
