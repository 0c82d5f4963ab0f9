"""GetAccountAuthorizationDetails, in pages and with permissions boundaries, as AWS answers it.

ministack 1.5.33 returns everything at once, and leaves boundaries out.
https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote
from xml.sax.saxutils import escape

from ministack.services import iam

from firstday.sandbox.emulation.iam.paged_lists import DEFAULT_ITEMS, MOST_ITEMS
from firstday.sandbox.emulation.xml_answers import (
    Parameters,
    Response,
    constraint,
    elements,
    error,
    parameter,
    success,
)

_ACTION = "GetAccountAuthorizationDetails"


@dataclass(frozen=True, slots=True)
class DetailsList:
    """One of the answer's lists: its element, its entities by their keys, and one entity's XML."""

    element: str
    entities: Callable[[], Any]
    xml: Callable[[str, Any], str]


def install() -> None:
    """Take over the call."""
    iam._IAM_HANDLERS[_ACTION] = _details


def _details(parameters: Parameters) -> Response:
    """The entities behind Marker, MaxItems of them at most: kind after kind, each in order of its keys."""
    size, marker = parameter(parameters, "MaxItems") or str(DEFAULT_ITEMS), parameter(parameters, "Marker")
    if not (size.isascii() and size.isdigit() and 1 <= int(size) <= MOST_ITEMS):
        return constraint(size, "maxItems", "have value less than or equal to 1000")
    kinds = list(_KINDS)
    after = _position_in(marker) if marker else (-1, "")
    if after is None:
        return error(400, "ValidationError", "Invalid Marker.")
    wanted = set(_filter(parameters)) or set(kinds)
    every = [
        (kinds.index(kind), key) for kind in kinds if kind in wanted for key in sorted(_KINDS[kind].entities())
    ]
    rest = [position for position in every if position > after]
    page = rest[: int(size)]
    lists = "".join(_list(kind, [key for number, key in page if kinds[number] == kind]) for kind in kinds)
    is_truncated = len(rest) > len(page)
    last = f"<Marker>{page[-1][0]}-{quote(page[-1][1], safe='')}</Marker>" if is_truncated else ""
    return success(_ACTION, f"{lists}<IsTruncated>{str(is_truncated).lower()}</IsTruncated>{last}")


def _filter(parameters: Parameters) -> list[str]:
    named = (parameter(parameters, f"Filter.member.{number}") for number in range(1, len(_KINDS) + 2))
    return [name for name in named if name]


def _position_in(marker: str) -> tuple[int, str] | None:
    number, hyphen, key = marker.partition("-")
    return (int(number), unquote(key)) if hyphen and number.isdecimal() else None


def _list(kind: str, keys: list[str]) -> str:
    element, entities = _KINDS[kind].element, _KINDS[kind].entities()
    return f"<{element}>{_members(_KINDS[kind].xml(key, entities[key]) for key in keys)}</{element}>"


def _user(name: str, user: Any) -> str:
    groups = _members(escape(key) for key, group in iam._groups.items() if name in group["Users"])
    return (
        elements(user, "Path", "UserName", "UserId", "Arn", "CreateDate")
        + f"<UserPolicyList>{_inline(iam._user_inline_policies.get(name))}</UserPolicyList>"
        + f"<GroupList>{groups}</GroupList>{_attached(user)}{_boundary(user)}"
    )


def _group(name: str, group: Any) -> str:
    own = f"<GroupPolicyList>{_inline(iam._group_inline_policies.get(name))}</GroupPolicyList>"
    return elements(group, "Path", "GroupName", "GroupId", "Arn", "CreateDate") + own + _attached(group)


def _role(_name: str, role: Any) -> str:
    """How long its sessions may last is not in there, on AWS either."""
    trust = quote(role.get("AssumeRolePolicyDocument") or "{}", safe="")
    return (
        elements(role, "Path", "RoleName", "RoleId", "Arn", "CreateDate")
        + f"<AssumeRolePolicyDocument>{trust}</AssumeRolePolicyDocument>"
        + f"<RolePolicyList>{_inline(role.get('InlinePolicies'))}</RolePolicyList>"
        + _attached(role)
        + _boundary(role)
    )


def _policy(arn: str, policy: Any) -> str:
    versions = _members(
        f"<Document>{quote(version.get('Document') or '{}', safe='')}</Document>"
        f"<VersionId>{version['VersionId']}</VersionId>"
        f"<IsDefaultVersion>{str(bool(version.get('IsDefaultVersion'))).lower()}</IsDefaultVersion>"
        for version in policy.get("Versions", {}).values()
    )
    named = {"Arn": arn, "Path": "/", "DefaultVersionId": "v1", **policy}
    return (
        elements(named, "PolicyName", "PolicyId", "Arn", "Path", "DefaultVersionId")
        + f"<PolicyVersionList>{versions}</PolicyVersionList>"
    )


def _members(items: Any) -> str:
    return "".join(f"<member>{item}</member>" for item in items)


def _inline(policies: Any) -> str:
    return _members(
        f"<PolicyName>{escape(name)}</PolicyName><PolicyDocument>{quote(document, safe='')}</PolicyDocument>"
        for name, document in (policies or {}).items()
    )


def _attached(entity: Any) -> str:
    listed = _members(
        elements({"PolicyName": arn.rsplit("/", 1)[-1], "PolicyArn": arn}, "PolicyName", "PolicyArn")
        for arn in entity.get("AttachedPolicies", [])
    )
    return f"<AttachedManagedPolicies>{listed}</AttachedManagedPolicies>"


def _boundary(entity: Any) -> str:
    if not entity.get("PermissionsBoundary"):
        return ""
    arn = elements({"PermissionsBoundaryArn": entity["PermissionsBoundary"]}, "PermissionsBoundaryArn")
    kind = "<PermissionsBoundaryType>PermissionsBoundaryPolicy</PermissionsBoundaryType>"
    return f"<PermissionsBoundary>{kind}{arn}</PermissionsBoundary>"


_KINDS = {
    "User": DetailsList("UserDetailList", lambda: iam._users, _user),
    "Role": DetailsList("RoleDetailList", lambda: iam._roles, _role),
    "Group": DetailsList("GroupDetailList", lambda: iam._groups, _group),
    "LocalManagedPolicy": DetailsList("Policies", lambda: iam._policies, _policy),
}
