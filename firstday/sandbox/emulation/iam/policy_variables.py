"""Policy variables such as ``${aws:username}``, in resources and in condition values.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html. ministack
1.5.33 compares them as they stand. A variable without a value is null, and "there is no equal or
like value": a resource or a condition value that holds one matches nothing. So an Allow does
not apply, a Deny on such a resource does not either, and a negated operator is satisfied.

In a policy of the version 2008-10-17, which a policy without Version is of too, ``${aws:username}`` is plain text
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html).
"""

import dataclasses
import json
import re
from collections.abc import Callable
from typing import Any

from ministack.core import iam_evaluator

_VARIABLE = re.compile(r"\$\{\s*([^},\s]+)\s*(?:,\s*'([^']*)'\s*)?\}")
# A mark that no ARN or condition value contains.
_NULL = "\0"
_matches_first = iam_evaluator._first_match
_conditions_met = iam_evaluator._conditions_met
_single_condition = iam_evaluator._evaluate_single_condition
_parse = iam_evaluator.parse_policy_document
_evaluate_resource_policy = iam_evaluator.evaluate_resource_policy
_evaluate_trust_policy = iam_evaluator.evaluate_trust_policy


class _Statement(dict[str, Any]):
    """A statement that its policy's version was applied to: it may be parsed without the policy."""


def install() -> None:
    """Substitute variables before ministack's evaluator compares anything."""
    iam_evaluator._first_match = _first_match_substituted
    iam_evaluator._conditions_met = _conditions_met_substituted
    iam_evaluator._evaluate_single_condition = _any_null
    iam_evaluator.parse_policy_document = lambda document: _parse(_of_version(document))
    iam_evaluator.evaluate_resource_policy = _of_version_first(_evaluate_resource_policy)
    iam_evaluator.evaluate_trust_policy = _of_version_first(_evaluate_trust_policy)


def _of_version_first(evaluate: Callable[..., Any]) -> Callable[..., Any]:
    return lambda document, *arguments, **options: evaluate(_of_version(document), *arguments, **options)


def _of_version(document: Any) -> Any:
    """The policy; where its version has no variables, each ``${`` is written as a literal one, ``${$}{``."""
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except ValueError:
            return document
    found = document.get("Statement", []) if isinstance(document, dict) else None
    found = [found] if isinstance(found, dict) else found
    if not isinstance(found, list):
        return document
    has_variables = document.get("Version") == "2012-10-17"
    return {**document, "Statement": [_statement(one, has_variables) for one in found]}


def _statement(statement: Any, has_variables: bool) -> Any:
    if isinstance(statement, _Statement) or not isinstance(statement, dict):
        return statement
    return _Statement(statement if has_variables else _literal(statement))


def _literal(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _literal(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_literal(inner) for inner in value]
    return value.replace("${", "${$}{") if isinstance(value, str) else value


def substituted(text: str, context: Any) -> str:
    """``text`` with each variable's value of ``context`` (an EvalContext)."""
    values = [_value(match, context) for match in _VARIABLE.finditer(text)]
    if None in values:
        return _NULL
    replacements = iter(values)
    return _VARIABLE.sub(lambda _: str(next(replacements)), text)


def _value(match: re.Match[str], context: Any) -> str | None:
    key, default = match.groups()
    if key == "$":
        return "$"
    value = iam_evaluator._resolve_condition_key(key, context)
    if isinstance(value, list):
        value = None  # multi-valued keys are not variables
    text = default if value is None else str(value)
    # A value is compared literally on AWS; ministack's matching knows no escaping, so a value
    # that would act as a wildcard (and the literals ${*} and ${?}) matches nothing here.
    return None if text is None or set(text) & set("*?") else text


def _first_match_substituted(context: Any, statements: list[Any], effect: str) -> Any:
    return _matches_first(context, [_with_resources(statement, context) for statement in statements], effect)


def _with_resources(statement: Any, context: Any) -> Any:
    if not any("${" in text for text in (*statement.resources, *statement.not_resources)):
        return statement
    return dataclasses.replace(
        statement,
        resources=[substituted(text, context) for text in statement.resources],
        not_resources=[substituted(text, context) for text in statement.not_resources],
    )


def _conditions_met_substituted(conditions: dict[str, Any], context: Any) -> bool:
    values = {
        operator: {key: _with_values(expected, context) for key, expected in block.items()}
        for operator, block in (conditions or {}).items()
        if isinstance(block, dict)
    }
    return bool(_conditions_met(values, context))


def _any_null(operator: str, actual: Any, expected: list[Any]) -> bool:
    """One of several values is enough; for Null, ministack reads only the first."""
    values = [[one] for one in expected] if operator.lower() == "null" else [expected]
    return any(_single_condition(operator, actual, one) for one in values)


def _with_values(expected: Any, context: Any) -> Any:
    if isinstance(expected, list):
        return [_with_values(value, context) for value in expected]
    if isinstance(expected, str) and "${" in expected:
        return substituted(expected, context)
    # JSON's true is IAM's "true".
    return str(expected).lower() if isinstance(expected, bool) else expected
