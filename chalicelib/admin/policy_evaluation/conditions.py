"""The conditions of an IAM policy as AWS reads them for one request: met, not met, or None where it cannot be told.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any

Answer = bool | None
Policy = Mapping[str, Any]
Statement = Mapping[str, Any]
Fill = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Some:
    """A value of a request; only the patterns that it may match are known."""

    may_be: Callable[[str], bool]


# The keys of a request in lower case. None is a key that it lacks; nothing is known about keys that are not here.
Context = Mapping[str, str | Some | None]

VERSION_WITH_VARIABLES = "2012-10-17"
_VARIABLE = re.compile(r"\$\{\s*([^},\s]+)\s*(?:,\s*'([^']*)'\s*)?\}")
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
# A variable without a value equals nothing; no value of a request contains this.
_NULL = "\0"


def statements(policy: object) -> list[Statement] | None:
    """The statements of a policy; None if it is not a policy."""
    found = policy.get("Statement") if isinstance(policy, Mapping) else None
    found = [found] if isinstance(found, Mapping) else found
    if not isinstance(found, list) or not all(isinstance(one, Mapping) for one in found):
        return None
    return found


def conditions(statement: Statement) -> Iterator[tuple[str, str, list[str]]]:
    """Each operator, key in lower case, and values; an operator "" stands for something that is not a condition."""
    blocks = statement.get("Condition", {})
    for name, block in blocks.items() if isinstance(blocks, Mapping) else [("", None)]:
        for key, values in block.items() if isinstance(block, Mapping) else [("", [])]:
            yield name, key.lower(), texts(values)


def texts(value: object) -> list[str]:
    """One text or a list of them; true and false may stand without quotes."""
    values = value if isinstance(value, list) else [value]
    return [str(one).lower() if isinstance(one, bool) else str(one) for one in values]


def filling(policy: Policy, context: Context) -> Fill:
    """Fills in policy variables; in the older version of policies, and without Version, they are plain text."""
    if policy.get("Version") != VERSION_WITH_VARIABLES:
        return lambda text: text
    return lambda text: _filled(text, context)


def _filled(text: str, context: Context) -> str | None:
    """``text`` with its policy variables; None if one is not known."""
    found = [_value(match[1], match[2], context) for match in _VARIABLE.finditer(text)]
    if None in found:
        return None
    values = iter(found)
    return _NULL if _NULL in found else _VARIABLE.sub(lambda _: str(next(values)), text)


def _value(key: str, default: str | None, context: Context) -> str | None:
    if key == "$":
        return "$"
    value = context.get(key.lower(), _UNKNOWN)
    if isinstance(value, Some):
        return None
    return value if value is not None else default if default is not None else _NULL


def is_met(name: str, key: str, values: list[str], context: Context, fill: Fill) -> Answer:
    """Whether one condition is met. ``name`` is the operator, maybe with ``IfExists`` and a set operator."""
    quantifier, _, rest = name.rpartition(":")
    plain = rest.removesuffix("IfExists")
    actual = context.get(key, _UNKNOWN)
    if actual is _UNKNOWN or quantifier not in ("", "ForAllValues", "ForAnyValue"):
        return None
    if plain == "Null":
        return any_of(value.lower() == str(actual is None).lower() for value in values)
    is_negated, compare = "Not" in plain, _COMPARISONS.get(plain.replace("Not", "", 1))
    if compare is None:
        return None
    if actual is None:
        return rest != plain or quantifier == "ForAllValues" or (is_negated and not quantifier)
    answer = any_of(_is_equal(compare, fill(value), actual) for value in values)
    return not_(answer) if is_negated else answer


def _is_equal(compare: "Compare", value: str | None, actual: str | Some) -> Answer:
    if value is None or value == _NULL:
        return None if value is None else False
    if isinstance(actual, Some):
        return None if actual.may_be(value) else False
    return compare(value, actual)


def like(pattern: str, text: str) -> bool:
    """IAM's wildcards are * and ? alone."""
    return fnmatchcase(text, pattern.replace("[", "[[]"))


def _arn_like(pattern: str, arn: str) -> Answer:
    """Part by part: a wildcard does not reach over a colon, except within the last part."""
    patterns, parts = pattern.split(":", 5), arn.split(":", 5)
    if len(patterns) < 6:
        return None
    return len(parts) == 6 and all(map(like, patterns, parts))


def _same(value: str, text: str) -> bool:
    return value.lower() == text.lower()


Compare = Callable[[str, str], Answer]
Order = Callable[[Any, Any], bool]


def _numeric(order: Order) -> Compare:
    def compare(value: str, text: str) -> Answer:
        if not (_NUMBER.fullmatch(value) and _NUMBER.fullmatch(text)):
            return None
        return order(float(text), float(value))

    return compare


def _dated(order: Order) -> Compare:
    def compare(value: str, text: str) -> Answer:
        one, other = _date(text), _date(value)
        return None if one is None or other is None else order(one, other)

    return compare


def _date(text: str) -> datetime | None:
    """A date of ISO 8601, or seconds since 1970."""
    try:
        if text.isascii() and text.isdigit():
            return datetime.fromtimestamp(int(text), UTC)
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


_ORDERS: dict[str, Order] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}
_COMPARISONS: dict[str, Compare] = {
    "ArnEquals": _arn_like,
    "ArnLike": _arn_like,
    "Bool": _same,
    "StringEquals": str.__eq__,
    "StringEqualsIgnoreCase": _same,
    "StringLike": like,
    **{f"Numeric{name}": _numeric(order) for name, order in _ORDERS.items()},
    **{f"Date{name}": _dated(order) for name, order in _ORDERS.items()},
}


def all_of(answers: Iterable[Answer]) -> Answer:
    """No if one is no; else None if one is None."""
    found = list(answers)
    return False if False in found else None if None in found else True


def any_of(answers: Iterable[Answer]) -> Answer:
    """Yes if one is yes; else None if one is None."""
    return not_(all_of(map(not_, answers)))


def not_(answer: Answer) -> Answer:
    return None if answer is None else not answer


_UNKNOWN = Some(lambda _: True)
