"""Which trust policies IAM stores for a role, and what becomes of one that names a deleted user.

A group is not a principal, a wildcard has to stand alone, and a user or role has to exist. When a user is
deleted, the ARN becomes the user's unique ID, since a new user of the same name is somebody else.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html. ministack 1.5.33
refuses NotPrincipal only.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from ministack.core import iam_evaluator
from ministack.services import iam, s3, sts

from firstday.sandbox.emulation.xml_answers import Parameters, Response, parameter

_PARTITION = r"arn:aws[a-z-]*"
_ANYBODY = re.compile(
    rf"\*|\d{{12}}|{_PARTITION}:iam::\d{{12}}:root|{_PARTITION}:sts::\d{{12}}:(assumed-role|federated-user)/[^*?]+"
)
_USER_OR_ROLE = re.compile(rf"{_PARTITION}:iam::(?P<account>\d{{12}}):(?P<kind>user|role)/[^*?]+")
_SYNTAX = "Syntax errors in policy."
_not_principal_error = iam._trust_policy_not_principal_error
_validate = iam_evaluator.validate_policy_document


def install(accounts: frozenset[str]) -> None:
    """Refuse malformed trust policies, also CloudFormation's; ``accounts`` are those whose users are known."""

    def malformed(document: Any) -> str | None:
        return _not_principal_error(document) or next(_mistakes(document, accounts), None)

    # ministack asks this wherever a role is made or its trust policy changed.
    iam._trust_policy_not_principal_error = malformed
    iam_evaluator.validate_policy_document = sts.validate_policy_document = _validate_identity_side
    iam._IAM_HANDLERS["DeleteUser"] = _remembering(iam._IAM_HANDLERS["DeleteUser"])


def _mistakes(document: Any, accounts: frozenset[str]) -> Iterator[str]:
    for statement in _statements(document):
        if statement is None:
            yield _SYNTAX
            return
        for name in ("Effect", "Principal"):
            if not statement.get(name):
                yield f"Missing required field {name}"
        if not statement.get("Action") and not statement.get("NotAction"):
            yield "Missing required field Action"
        for name in ("Resource", "NotResource"):
            if name in statement:
                yield f"Has prohibited field {name}"
        yield from _wrong_principals(statement.get("Principal"), accounts)


def _statements(document: Any) -> list[dict[str, Any] | None]:
    """The statements; None stands for one that is not a statement."""
    policy = _parsed(document)
    found = policy.get("Statement") if isinstance(policy, dict) else None
    found = [found] if isinstance(found, dict) else found
    if not isinstance(found, list) or not found:
        return [None]
    return [one if isinstance(one, dict) else None for one in found]


def _parsed(document: Any) -> Any:
    if not isinstance(document, str):
        return document
    try:
        return json.loads(document)
    except ValueError:
        return None


def _wrong_principals(principal: Any, accounts: frozenset[str]) -> Iterator[str]:
    if principal == "*":
        return
    if not isinstance(principal, dict):
        yield _SYNTAX
        return
    named = principal.get("AWS", [])
    for one in [named] if isinstance(named, str) else named:
        if not isinstance(one, str) or not _is_principal(one, accounts):
            yield f'Invalid principal in policy: "AWS":"{one}"'


def _is_principal(text: str, accounts: frozenset[str]) -> bool:
    if _ANYBODY.fullmatch(text):
        return True
    match = _USER_OR_ROLE.fullmatch(text)
    if match is None:
        return False
    store = iam._users if match["kind"] == "user" else iam._roles
    found = store.get_scoped(match["account"], None, text.rsplit("/", 1)[-1])
    return match["account"] not in accounts or (found is not None and found["Arn"] == text)


def _validate_identity_side(document: Any) -> str | None:
    """What is wrong with a policy of a user, group or role, or of a session."""
    mistake: str | None = _validate(document)
    if mistake is None and any(one and {"Principal", "NotPrincipal"} & set(one) for one in _statements(document)):
        return "Policy document should not specify a principal."
    return mistake


def _remembering(delete_user: Callable[[Parameters], Response]) -> Callable[[Parameters], Response]:
    def handle(parameters: Parameters) -> Response:
        user = iam._users.get(parameter(parameters, "UserName"))
        response = delete_user(parameters)
        if user is not None and response[0] == 200:
            rename_principal(user["Arn"], user["UserId"])
        return response

    return handle


def rename_principal(old: str, new: str) -> None:
    """Put ``new`` in the place of the principal ``old``, in every role's trust policy and every bucket's policy."""
    for role in list(iam._roles._data.values()):  # of every account
        role["AssumeRolePolicyDocument"] = _renamed(role["AssumeRolePolicyDocument"], old, new)
    buckets = s3._bucket_policies._data
    for bucket, document in list(buckets.items()):
        buckets[bucket] = _renamed(document, old, new)


def _renamed(document: str, old: str, new: str) -> str:
    """The policy; an ARN in a condition, or as a resource, stays, as it is only text."""
    if old not in document:
        return document
    policy = _parsed(document)
    for statement in _statements(policy):
        principal = statement.get("Principal") if statement else None
        if isinstance(principal, dict) and "AWS" in principal:
            named = principal["AWS"]
            found = [new if one == old else one for one in _listed(named)]
            principal["AWS"] = found if isinstance(named, list) else found[0]
    return json.dumps(policy)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
