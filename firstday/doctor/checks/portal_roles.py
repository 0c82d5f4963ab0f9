"""The roles of the portal's functions: whether AWS lets them do what the code calls, by IAM's own simulation.

It also knows service control policies, but not those with conditions:
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_testing-policies.html
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.settings.records import Settings
from firstday.deployment.portal import DeployedPortal
from firstday.doctor import access_findings, mending
from firstday.doctor.expected_documents import filled
from firstday.doctor.findings import Finding
from firstday.doctor.snapshot import Denial
from firstday.stack import function_policies

# By the logical ids of the roles in the portal's stack.
OF_FUNCTIONS = {
    "ApiHandlerRole": function_policies.portal_lambda,
    "SweeperRole": function_policies.sweeper_lambda,
    "KeyRetirementRole": function_policies.key_retirement_lambda,
    "CensusRole": function_policies.census_lambda,
    "SuspensionRole": function_policies.suspension_lambda,
    "KeyAgeingRole": function_policies.key_ageing_lambda,
}
# Stands for any name in an ARN that ends with a wildcard.
ANY_NAME = "firstday-doctor"
NAMED = 5


@dataclass(frozen=True, slots=True)
class Need:
    """Actions that a function calls on one resource, with the condition keys that it sends."""

    actions: tuple[str, ...]
    resource: str
    keys: Mapping[str, str] = field(default_factory=dict)


def needs(logical_id: str, settings: Settings, portal: DeployedPortal) -> Iterator[Need]:
    """All that the function of that role calls; its log is the runtime's."""
    statements: Any = OF_FUNCTIONS[logical_id]()["Statement"]
    for statement in statements:
        if statement["Sid"] == "Logs" or statement["Effect"] == "Deny":
            continue
        found = filled(statement, settings, portal)
        keys = found.get("Condition", {}).get("StringEquals", {})
        resources = found["Resource"] if isinstance(found["Resource"], list) else [found["Resource"]]
        for resource in resources:
            named = resource if resource == "*" else resource.replace("*", ANY_NAME)
            yield Need(tuple(found["Action"]), named, keys)


def check_portal_roles(denials: Iterable[Denial]) -> Iterator[Finding]:
    """One finding for each role that AWS keeps from something."""
    by_role: dict[str, list[Denial]] = {}
    for denial in denials:
        by_role.setdefault(denial.role_name, []).append(denial)
    for role_name, found in by_role.items():
        actions = list(dict.fromkeys(denial.action for denial in found))
        more = f" and {len(actions) - NAMED} more" if len(actions) > NAMED else ""
        message = f"AWS does not let it {', '.join(actions[:NAMED])}{more}: {_by_whom(found)}."
        yield access_findings.PORTAL_DENIED.found(role_name, message, *_remedies(role_name, found))


def _by_whom(found: Iterable[Denial]) -> str:
    kinds = {
        "by organisation": "a policy of the organisation",
        "by boundary": "the role's permissions boundary",
        "explicitDeny": "a policy denies it",
        "implicitDeny": "no policy allows it",
    }
    return ", ".join(text for kind, text in kinds.items() if kind in {denial.decision for denial in found})


def _remedies(role_name: str, found: Iterable[Denial]) -> list[str]:
    names = dict.fromkeys(name for denial in found for name in denial.policy_names)
    deleted = [mending.iam("delete-role-policy", "--role-name", role_name, "--policy-name", name) for name in names]
    asked = "# Ask the administrators of the account's and the organisation's policies to allow it."
    return deleted or [asked]
