"""Policy variables such as ``${aws:username}``, in resources and in condition values.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html. ministack
1.5.33 compares them as they stand. A variable without a value is null, and "there is no equal or
like value": a resource or a condition value that holds one matches nothing. So an Allow does
not apply, a Deny on such a resource does not either, and a negated operator is satisfied.
"""

import dataclasses
import re
from typing import Any

from ministack.core import iam_evaluator

_VARIABLE = re.compile(r"\$\{\s*([^},\s]+)\s*(?:,\s*'([^']*)'\s*)?\}")
# No ARN and no condition value contains it.
_NULL = "\0"
_matches_first = iam_evaluator._first_match
_conditions_met = iam_evaluator._conditions_met


def install() -> None:
    """Substitute variables before ministack's evaluator compares anything."""
    iam_evaluator._first_match = _first_match_substituted
    iam_evaluator._conditions_met = _conditions_met_substituted


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
        value = None  # multi-valued keys are no variables
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


def _with_values(expected: Any, context: Any) -> Any:
    if isinstance(expected, list):
        return [_with_values(value, context) for value in expected]
    if isinstance(expected, str) and "${" in expected:
        return substituted(expected, context)
    return expected
