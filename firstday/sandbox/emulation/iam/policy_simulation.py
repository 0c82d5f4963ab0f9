"""SimulatePrincipalPolicy for roles: with resources, context keys and boundary, and the policy that denies.

ministack 1.5.33 looks at one resource, leaves boundaries and context keys out, and names no policy.
https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
"""

from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id
from ministack.services import iam

from firstday.sandbox.emulation.xml_answers import Parameters, Response, elements, error, parameter, success

_ACTION = "SimulatePrincipalPolicy"
_DECISIONS = {"Allow": "allowed", "Deny": "explicitDeny"}


def install() -> None:
    """Take over the call for roles."""
    others = iam._IAM_HANDLERS[_ACTION]

    def simulate(parameters: Parameters) -> Response:
        arn = parameter(parameters, "PolicySourceArn")
        answer: Response = _simulated(parameters, arn) if ":role/" in arn else others(parameters)
        return answer

    iam._IAM_HANDLERS[_ACTION] = simulate


def _simulated(parameters: Parameters, arn: str) -> Response:
    name = arn.rsplit("/", 1)[-1]
    if name not in iam._roles:
        return error(404, "NoSuchEntity", f"The role with name {name} cannot be found.")
    resources = _listed(parameters, "ResourceArns.member.{}") or ["*"]
    results = "".join(
        f"<member>{_result(name, arn, action, resource, _context(parameters))}</member>"
        for action in _listed(parameters, "ActionNames.member.{}")
        for resource in resources
    )
    return success(_ACTION, f"<EvaluationResults>{results}</EvaluationResults><IsTruncated>false</IsTruncated>")


def role_allows(name: str, action: str, resource: str) -> bool:
    """Whether IAM lets the role do it."""
    return _decision(name, _context_of(iam._roles[name]["Arn"], action, resource, {})) == "allowed"


def _context_of(arn: str, action: str, resource: str, keys: dict[str, str]) -> Any:
    return iam_evaluator.EvalContext(
        principal_arn=arn,
        principal_type="AssumedRole",
        principal_account=get_account_id(),
        action=action,
        resource_arn=resource,
        region="",
        service_context=keys,
    )


def _decision(name: str, context: Any) -> str:
    policies = iam_evaluator._gather_role_policies(name, get_account_id())
    limits = iam_evaluator._permissions_boundary(iam._roles, name, get_account_id())
    return _DECISIONS.get(iam_evaluator.evaluate(context, policies, *limits).decision, "implicitDeny")


def _result(name: str, arn: str, action: str, resource: str, keys: dict[str, str]) -> str:
    context = _context_of(arn, action, resource, keys)
    decision = _decision(name, context)
    limits = iam_evaluator._permissions_boundary(iam._roles, name, get_account_id())
    record = {"EvalActionName": action, "EvalResourceName": resource, "EvalDecision": decision}
    matched = "".join(
        f"<member><SourcePolicyId>role_{name}_{policy}</SourcePolicyId></member>"
        for policy in (_denying(name, context) if decision == "explicitDeny" else ())
    )
    result = elements(record, *record) + f"<MatchedStatements>{matched}</MatchedStatements>"
    if not limits:
        return result
    allows = str(iam_evaluator.evaluate(context, limits[0]).decision == "Allow").lower()
    detail = f"<AllowedByPermissionsBoundary>{allows}</AllowedByPermissionsBoundary>"
    return f"{result}<PermissionsBoundaryDecisionDetail>{detail}</PermissionsBoundaryDecisionDetail>"


def _denying(name: str, context: Any) -> list[str]:
    """The role's inline policies that deny it."""
    documents = iam._roles[name].get("InlinePolicies") or {}
    return [
        policy
        for policy, document in documents.items()
        if iam_evaluator.evaluate(context, [iam_evaluator.parse_policy_document(document)]).decision == "Deny"
    ]


def _listed(parameters: Parameters, written: str) -> list[str]:
    found: list[str] = []
    while value := parameter(parameters, written.format(len(found) + 1)):
        found.append(value)
    return found


def _context(parameters: Parameters) -> dict[str, str]:
    names = _listed(parameters, "ContextEntries.member.{}.ContextKeyName")
    values = _listed(parameters, "ContextEntries.member.{}.ContextKeyValues.member.1")
    return {name.lower(): value for name, value in zip(names, values, strict=True)}
