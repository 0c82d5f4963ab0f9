"""Which grants are needed to assume a role: in the same account, a trust policy that names the user is enough.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html:
an implicit deny of a user's policies or permissions boundary does not limit what a resource-based policy allows to
the IAM user's ARN. A trust policy that names the account leaves the decision to the account's own policies,
and across accounts both sides have to allow it. AWS does not say that ``*`` counts as an ARN, but it follows.
ministack 1.5.33 always wants the identity side's grant.
"""

from typing import Any

from ministack.core import iam_evaluator

from firstday.sandbox.emulation.sts.sts_sessions import role_of

_resource_policy = iam_evaluator._resource_policy
_combine = iam_evaluator.combine_resource_policy


def install() -> None:
    """Let ministack's enforcement look at a role's trust policy before it refuses AssumeRole."""
    iam_evaluator._resource_policy = _policy_of_resource
    iam_evaluator.combine_resource_policy = _combined


def _policy_of_resource(service: str, resource_arn: str) -> Any:
    if service != "sts":
        return _resource_policy(service, resource_arn)
    role = role_of(resource_arn)
    return (role["AssumeRolePolicyDocument"], resource_arn.split(":")[4]) if role else None


def _combined(identity: Any, context: Any, policy: Any, owner_account: str | None, **options: Any) -> Any:
    """Only the identity side's part: STS checks the trust policy afterwards, for every caller."""
    if not context.action.startswith("sts:"):
        return _combine(identity, context, policy, owner_account, **options)
    if identity.decision != "ImplicitDeny":
        return identity
    limits = () if context.principal_type == "User" else options.get("limits", ())
    found = _combine(identity, context, policy, owner_account, limits=limits)
    return found if found.decision == "Allow" else identity
