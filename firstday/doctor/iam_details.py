"""The answers of GetAccountAuthorizationDetails as records.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
"""

from collections.abc import Iterable, Mapping
from typing import Any

from firstday.doctor.policy_comparison import Policy
from firstday.doctor.snapshot import IAMDetails, IAMGroup, IAMRole, IAMUser

JSON = Mapping[str, Any]


def details_from(pages: Iterable[JSON]) -> IAMDetails:
    """One account's entities, whatever pages they are spread over."""
    users: list[IAMUser] = []
    groups: list[IAMGroup] = []
    roles: list[IAMRole] = []
    policies: dict[str, Policy] = {}
    for page in pages:
        users += map(_user, page.get("UserDetailList", []))
        groups += map(_group, page.get("GroupDetailList", []))
        roles += map(_role, page.get("RoleDetailList", []))
        policies |= {policy["Arn"]: _default_version(policy) for policy in page.get("Policies", [])}
    return IAMDetails(tuple(users), tuple(groups), tuple(roles), policies)


def _user(found: JSON) -> IAMUser:
    return IAMUser(
        user_name=found["UserName"],
        path=found["Path"],
        groups=tuple(found.get("GroupList", [])),
        inline=_inline(found.get("UserPolicyList", [])),
        attached=_attached(found),
        boundary=(found.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn"),
    )


def _group(found: JSON) -> IAMGroup:
    return IAMGroup(found["GroupName"], found["Arn"], _inline(found.get("GroupPolicyList", [])), _attached(found))


def _role(found: JSON) -> IAMRole:
    return IAMRole(
        name=found["RoleName"],
        arn=found["Arn"],
        trust=_document(found.get("AssumeRolePolicyDocument")),
        inline=_inline(found.get("RolePolicyList", [])),
        attached=_attached(found),
    )


def _default_version(found: JSON) -> Policy:
    versions = found.get("PolicyVersionList", [])
    return next((_document(one.get("Document")) for one in versions if one.get("IsDefaultVersion")), {})


def _inline(listed: Iterable[JSON]) -> dict[str, Policy]:
    return {one["PolicyName"]: _document(one.get("PolicyDocument")) for one in listed}


def _attached(found: JSON) -> tuple[str, ...]:
    return tuple(one["PolicyArn"] for one in found.get("AttachedManagedPolicies", []))


def _document(document: object) -> Policy:
    """botocore has decoded it, unless it is not JSON: then it counts as no policy."""
    return document if isinstance(document, Mapping) else {}
