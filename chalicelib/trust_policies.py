"""What a role's trust policy and a group's policy mean for one member: yes, no, or None where it cannot be told.

Understood is what such policies are usually made of; a condition beyond that is None, never a guess.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from chalicelib.roles import iam_arn, user_arn

Answer = bool | None
Policy = Mapping[str, Any]
Statement = Mapping[str, Any]
# The keys of a request in lower case; None is a key that it lacks, and of keys that are not here nothing is known.
Context = Mapping[str, str | None]

_MFA_KEYS = ("aws:multifactorauthpresent", "aws:multifactorauthage")
_VARIABLE = re.compile(r"\$\{([^}]*)\}")


@dataclass(frozen=True, slots=True)
class Caller:
    """A member who wants to assume roles."""

    partition: str
    account_id: str
    user_name: str

    @property
    def arn(self) -> str:
        return user_arn(self.partition, self.account_id, self.user_name)

    @property
    def principals(self) -> frozenset[str]:
        """What may stand for them in a policy; https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html"""
        root = iam_arn(self.partition, self.account_id, "root")
        return frozenset({"*", self.account_id, root, self.arn})

    @property
    def context(self) -> dict[str, str | None]:
        """What every request of theirs has."""
        return {
            "aws:username": self.user_name,
            "aws:principalarn": self.arn,
            "aws:principalaccount": self.account_id,
            "aws:principaltype": "User",
        }


def trusts(policy: Policy | None, caller: Caller, *, session_name: str | None = None) -> Answer:
    """Whether a role's trust policy lets the caller in, with MFA and ``session_name``, by default their own."""
    return _lets_in(policy, caller, caller.principals, session_name)


def names(policy: Policy | None, caller: Caller) -> Answer:
    """As ``trusts``, but by a statement that names the caller's own ARN, and not only the account."""
    return _lets_in(policy, caller, frozenset({caller.arn}))


def _lets_in(
    policy: Policy | None, caller: Caller, principals: frozenset[str], session_name: str | None = None
) -> Answer:
    named = session_name or caller.user_name
    own = {"sts:rolesessionname": named, "sts:externalid": None, "sts:sourceidentity": None}
    context = {**caller.context, **own, _MFA_KEYS[0]: "true"}
    return _decided([policy], context, lambda statement, _: _is_principal(statement, principals))


def requires_mfa(policy: Policy | None, caller: Caller) -> Answer:
    """Whether no request of the caller's without MFA passes the trust policy, whatever else the request may have.

    An access key's request lacks the key aws:MultiFactorAuthPresent, that of a session may say "false".
    """
    answers = [
        _decided(
            [policy],
            {**caller.context, _MFA_KEYS[0]: present, _MFA_KEYS[1]: None},
            lambda statement, _: _is_principal(statement, caller.principals),
            is_lenient=True,
        )
        for present in (None, "false")
    ]
    return _not(_any(answers))


def grants(policies: Iterable[Policy | None], role_arn: str, caller: Caller) -> Answer:
    """Whether the policies of the caller's groups together allow them to assume the role."""
    context = {**caller.context, _MFA_KEYS[0]: "true"}
    return _decided(policies, context, lambda statement, fill: _is_resource(statement, role_arn, fill))


Fill = Callable[[str], str | None]


def _decided(
    policies: Iterable[Policy | None],
    context: Context,
    is_meant: Callable[[Statement, Fill], Answer],
    *,
    is_lenient: bool = False,
) -> Answer:
    """Whether a statement allows and none denies. Lenient: what is not known of a request may be in its favour."""
    found: dict[object, list[Answer]] = {"Allow": [], "Deny": []}
    for policy in policies:
        statements = policy.get("Statement") if isinstance(policy, Mapping) else None
        statements = [statements] if isinstance(statements, Mapping) else statements
        if not isinstance(policy, Mapping) or not isinstance(statements, list):
            return None

        def fill(text: str, policy: Policy = policy) -> str | None:
            return _filled(text, context) if policy.get("Version") == "2012-10-17" else text

        for statement in statements:
            effect = statement.get("Effect") if isinstance(statement, Mapping) else None
            if effect not in ("Allow", "Deny"):
                return None
            doubt = effect == "Allow" if is_lenient else None
            parts = [_is_action(statement), is_meant(statement, fill)]
            found[effect].append(all_of([*parts, *_conditions(statement, context, fill, doubt)]))
    return all_of([_any(found["Allow"]), _not(_any(found["Deny"]))])


def _is_action(statement: Statement) -> Answer:
    for element in ("Action", "NotAction"):
        if element in statement:
            patterns = [text.lower() for text in _texts(statement[element])]
            return any(_like(pattern, "sts:assumerole") for pattern in patterns) == (element == "Action")
    return None


def _is_principal(statement: Statement, principals: frozenset[str]) -> Answer:
    principal = statement.get("Principal")  # NotPrincipal is not understood
    if isinstance(principal, Mapping):
        return not principals.isdisjoint(_texts(principal.get("AWS", [])))
    return "*" in principals if principal == "*" else None


def _is_resource(statement: Statement, role_arn: str, fill: Fill) -> Answer:
    if "Resource" not in statement:
        return None
    filled = map(fill, _texts(statement["Resource"]))
    return _any(None if pattern is None else _like(pattern, role_arn) for pattern in filled)


def _conditions(statement: Statement, context: Context, fill: Fill, doubt: Answer) -> Iterable[Answer]:
    blocks = statement.get("Condition", {})
    for operator, block in blocks.items() if isinstance(blocks, Mapping) else [("", None)]:
        for key, values in block.items() if isinstance(block, Mapping) else [("", [])]:
            answer = _condition(operator, key.lower(), _texts(values), context, fill)
            # Of MFA, nothing may be taken for granted.
            yield doubt if answer is None and key.lower() not in _MFA_KEYS else answer


def _condition(operator: str, key: str, values: list[str], context: Context, fill: Fill) -> Answer:
    if key not in context or operator.startswith("For"):  # ForAnyValue, ForAllValues
        return None
    actual, name = context[key], operator.removesuffix("IfExists")
    if name == "Null":
        return _any(value.lower() == str(actual is None).lower() for value in values)
    is_negated = "Not" in name
    if actual is None:
        return is_negated or name != operator
    compare = _COMPARISONS.get(name.replace("Not", "", 1))
    if compare is None:
        return None
    answer = _any(None if value is None else compare(value, actual) for value in map(fill, values))
    return _not(answer) if is_negated else answer


def _filled(text: str, context: Context) -> str | None:
    """``text`` with its policy variables; None if one is not known."""
    found = [context.get(name.strip().lower()) for name in _VARIABLE.findall(text)]
    values = iter(found)
    return None if None in found else _VARIABLE.sub(lambda _: str(next(values)), text)


def _texts(value: object) -> list[str]:
    """One text or a list of them; true and false may stand without quotes."""
    values = value if isinstance(value, list) else [value]
    return [str(one).lower() if isinstance(one, bool) else str(one) for one in values]


def _like(pattern: str, text: str) -> bool:
    """IAM's wildcards are * and ? alone."""
    return fnmatchcase(text, pattern.replace("[", "[[]"))


def _arn_like(pattern: str, arn: str) -> Answer:
    """Part by part: a wildcard does not reach over a colon, but within the last part."""
    patterns, parts = pattern.split(":", 5), arn.split(":", 5)
    if len(patterns) < 6:
        return None
    return len(parts) == 6 and all(map(_like, patterns, parts))


def _same(value: str, text: str) -> bool:
    return value.lower() == text.lower()


_COMPARISONS: dict[str, Callable[[str, str], Answer]] = {
    "ArnEquals": _arn_like,
    "ArnLike": _arn_like,
    "Bool": _same,
    "StringEquals": str.__eq__,
    "StringEqualsIgnoreCase": _same,
    "StringLike": _like,
}


def all_of(answers: Iterable[Answer]) -> Answer:
    """No if one is no; else None if one is None."""
    found = list(answers)
    return False if False in found else None if None in found else True


def _any(answers: Iterable[Answer]) -> Answer:
    return _not(all_of(map(_not, answers)))


def _not(answer: Answer) -> Answer:
    return None if answer is None else not answer
