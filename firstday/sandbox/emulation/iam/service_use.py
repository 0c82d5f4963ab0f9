"""Which services each user and role has called, when, and with which action.

A request counts once its signature is right, even if a policy then denies it: "The service last accessed data
includes all attempts to access an AWS API, not just the successful ones". AWS shows it within four hours; here it
is at once. https://docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateServiceLastAccessedDetails.html
"""

from dataclasses import dataclass
from typing import Any

from ministack.core import iam_evaluator
from ministack.services import iam

from firstday.sandbox.emulation import served_request
from firstday.sandbox.emulation.served_request import Caller


@dataclass(frozen=True, slots=True)
class Use:
    """The last attempt: when, in IAM's writing, and in which region."""

    at: str
    region: str


# By the unique id of the user or role, so that it follows a renamed one; then by service namespace and action.
_uses: dict[str, dict[str, dict[str, Use]]] = {}


def install() -> None:
    """Note every action that ministack asks a permission for."""
    enforce = iam_evaluator.enforce

    def enforced(key_id: str, action: str, service: str, region: str, *arguments: Any, **options: Any) -> Any:
        denied = enforce(key_id, action, service, region, *arguments, **options)
        caller = served_request.caller()
        if caller is not None and not isinstance(denied, iam_evaluator.AuthError):
            namespace, _, name = action.partition(":")
            note(_unique_id(caller), namespace, name, Use(iam._now(), region))
        return denied

    iam_evaluator.enforce = enforced


def note(unique_id: str, namespace: str, action: str, use: Use) -> None:
    """Note that the user or role of ``unique_id`` called it; "" is an action that is not known."""
    if unique_id:
        _uses.setdefault(unique_id, {}).setdefault(namespace, {})[action] = use


def actions_used(unique_id: str, namespace: str) -> dict[str, Use]:
    """The last use of each action of the service by that user or role."""
    return _uses.get(unique_id, {}).get(namespace, {})


def _unique_id(caller: Caller) -> str:
    if caller.kind == "User":
        found = iam._users.get_scoped(caller.account_id, None, caller.user_name)
        return str(found["UserId"]) if found else ""
    if caller.kind == "AssumedRole":
        found = iam._roles.get_scoped(caller.account_id, None, caller.arn.split("/")[1])
        return str(found["RoleId"]) if found else ""
    return ""
