"""``iam:PassRole``, which ministack 1.5.33 never asks for: giving a function a role needs it on that role.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
"""

import json
from typing import Any

from ministack.core import iam_evaluator

from firstday.sandbox.emulation import served_request
from firstday.sandbox.emulation.served_request import FurtherPermission, Request

_ACTION = "iam:PassRole"
# By the action: the parameter that names the role, and the service that the role is passed to.
_PASSES = {
    **dict.fromkeys(
        ("lambda:CreateFunction", "lambda:UpdateFunctionConfiguration"), ("Role", "lambda.amazonaws.com")
    ),
    **dict.fromkeys(
        (
            f"cloudformation:{action}"
            for action in ("CreateStack", "UpdateStack", "DeleteStack", "CreateChangeSet", "ContinueUpdateRollback")
        ),
        ("RoleARN", "cloudformation.amazonaws.com"),
    ),
}


def install() -> None:
    """Ask for the permission after that of the action itself."""
    enforce = iam_evaluator.enforce

    def enforced(key_id: str, action: str, service: str, region: str, *arguments: Any, **options: Any) -> Any:
        denied = enforce(key_id, action, service, region, *arguments, **options)
        current = served_request.current()
        if denied is not None or action not in _PASSES or current is None:
            return denied
        parameter, passed_to = _PASSES[action]
        if role_arn := _parameters(service, current).get(parameter):
            context = {"iam:PassedToService": passed_to}
            denied = enforce(key_id, _ACTION, "iam", region, resource_arn=role_arn, service_context=context)
            current.further = FurtherPermission(_ACTION, role_arn)
        return denied

    iam_evaluator.enforce = enforced


def _parameters(service: str, current: Request) -> dict[str, Any]:
    if service != "lambda":
        return dict(current.parameters)
    try:
        found = json.loads(current.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
