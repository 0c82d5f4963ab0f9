"""What a role may not do of what it needs, by IAM's own simulation."""

from collections.abc import Iterator, Mapping
from typing import Any

from firstday.doctor.checks.portal_roles import Need
from firstday.doctor.snapshot import Denial, IAMRole


def simulated(iam: Any, role: IAMRole, need: Need) -> Iterator[Denial]:
    """Whatever of ``need`` the simulation does not allow."""
    keys = [
        {"ContextKeyName": name, "ContextKeyValues": [value], "ContextKeyType": "string"}
        for name, value in need.keys.items()
    ]
    pages = iam.get_paginator("simulate_principal_policy").paginate(
        PolicySourceArn=role.arn, ActionNames=list(need.actions), ResourceArns=[need.resource], ContextEntries=keys
    )
    for result in (result for page in pages for result in page["EvaluationResults"]):
        if result["EvalDecision"] != "allowed":
            # AWS names an inline policy together with its role, and a managed one alone.
            ids = {one["SourcePolicyId"] for one in result.get("MatchedStatements", [])}
            inline = tuple(name for name in role.inline if f"role_{role.name}_{name}" in ids)
            yield Denial(role.name, result["EvalActionName"], _decision(result), inline)


def _decision(result: Mapping[str, Any]) -> str:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html"""
    if result.get("OrganizationsDecisionDetail", {}).get("AllowedByOrganizations") is False:
        return "by organisation"
    if result.get("PermissionsBoundaryDecisionDetail", {}).get("AllowedByPermissionsBoundary") is False:
        return "by boundary"
    return str(result["EvalDecision"])
