"""Compares what an IAM policy grants with requests: pure, and only as much of IAM as Firstday's Lambdas use.

Allow statements with named actions, resources with ``*`` and ``?``, StringEquals and ForAllValues:StringEquals;
Deny statements without a condition. Anything else raises an error: a proof that overlooks a NotAction would prove
nothing.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

# Pairs rather than a dictionary, so that requests and grants can be members of a set.
Keys = tuple[tuple[str, str], ...]
# Condition keys with several values, and the operator for them.
_SETS = "ForAllValues:StringEquals"
Sets = tuple[tuple[str, frozenset[str]], ...]


class NotEvaluated(ValueError):
    """The policy has something in it that this module does not know."""


@dataclass(frozen=True, slots=True)
class Request:
    """One action on one resource, "*" where the action has none; ``keys`` and ``sets`` are its condition keys."""

    action: str
    resource: str
    keys: Keys = ()
    sets: Sets = ()

    def __str__(self) -> str:
        keys = "".join(f" with {name} = {value}" for name, value in self.keys)
        sets = "".join(f" with {name} = {', '.join(sorted(values))}" for name, values in self.sets)
        return f"{self.action} on {self.resource}{keys}{sets}"


@dataclass(frozen=True, slots=True)
class Grant:
    """One action on one pattern of resources: the smallest part of a statement that could be left out.

    ``within`` are the values that a request may have at most; IAM allows one that has none.
    """

    sid: str
    action: str
    resource: str
    keys: Keys = ()
    within: Sets = ()

    def allows(self, request: Request) -> bool:
        return (
            self.action.lower() == request.action.lower()
            and _pattern(self.resource).fullmatch(request.resource) is not None
            and set(self.keys) <= set(request.keys)
            and all(dict(request.sets).get(name, frozenset()) <= values for name, values in self.within)
        )

    def __str__(self) -> str:
        return f"{self.action} on {self.resource} (statement {self.sid})"


@dataclass(frozen=True, slots=True)
class Denial:
    """Actions on resources, both as patterns, that a statement denies even if others allow them."""

    sid: str
    action: str
    resource: str

    def denies(self, request: Request) -> bool:
        action = _pattern(self.action.lower()).fullmatch(request.action.lower())
        return action is not None and _pattern(self.resource).fullmatch(request.resource) is not None


def grants(policy: Mapping[str, Any], values: Mapping[str, str]) -> tuple[Grant, ...]:
    """Everything that ``policy`` allows. ``values`` are of its intrinsic functions: ``AWS::Region``, ``T.Arn``.

    NotEvaluated for anything that this module does not know; KeyError for an intrinsic function without a value.
    """
    allowing = [statement for statement in policy["Statement"] if statement["Effect"] != "Deny"]
    return tuple(grant for statement in allowing for grant in _of_statement(statement, values))


def denials(policy: Mapping[str, Any], values: Mapping[str, str]) -> tuple[Denial, ...]:
    """Everything that ``policy`` denies; NotEvaluated and KeyError as for ``grants``."""
    denying = [statement for statement in policy["Statement"] if statement["Effect"] == "Deny"]
    return tuple(denial for statement in denying for denial in _of_deny(statement, values))


def denied(found: Iterable[Denial], requests: Iterable[Request]) -> list[Request]:
    """The requests that are denied, even if something allows them."""
    all_found = tuple(found)
    return sorted((request for request in set(requests) if any(one.denies(request) for one in all_found)), key=str)


def missing(granted: Iterable[Grant], requests: Iterable[Request]) -> list[Request]:
    """The requests that nothing allows."""
    all_granted = tuple(granted)
    return sorted(
        (request for request in set(requests) if not any(grant.allows(request) for grant in all_granted)), key=str
    )


def needless(granted: Iterable[Grant], requests: Iterable[Request]) -> list[Grant]:
    """The grants that are not needed: without any single one of them, every request would still be allowed."""
    all_granted = tuple(granted)
    allowing = [[grant for grant in all_granted if grant.allows(request)] for request in set(requests)]
    needed = {found[0] for found in allowing if len(found) == 1}
    return [grant for grant in all_granted if grant not in needed]


def _of_statement(statement: Mapping[str, Any], values: Mapping[str, str]) -> Iterator[Grant]:
    unknown = set(statement) - {"Sid", "Effect", "Action", "Resource", "Condition"}
    if unknown or statement["Effect"] != "Allow":
        raise NotEvaluated(f"{statement.get('Sid')}: {sorted(unknown) or statement['Effect']}")
    keys, within = _condition(statement.get("Condition", {}), values)
    for action in _listed(statement["Action"]):
        if "*" in action or "?" in action:
            raise NotEvaluated(f"{action}: an action has to be named, or nobody can tell whether it is used")
        for resource in _listed(statement["Resource"]):
            yield Grant(str(statement.get("Sid", "")), action, _resolved(resource, values), keys, within)


def _of_deny(statement: Mapping[str, Any], values: Mapping[str, str]) -> Iterator[Denial]:
    if unknown := set(statement) - {"Sid", "Effect", "Action", "Resource"}:
        raise NotEvaluated(f"{statement.get('Sid')}: {sorted(unknown)}")
    for action in _listed(statement["Action"]):
        for resource in _listed(statement["Resource"]):
            yield Denial(str(statement.get("Sid", "")), action, _resolved(resource, values))


def _condition(condition: Mapping[str, Any], values: Mapping[str, str]) -> tuple[Keys, Sets]:
    if set(condition) - {"StringEquals", _SETS}:
        raise NotEvaluated(f"the conditions {sorted(condition)}")
    expected, sets = condition.get("StringEquals", {}), condition.get(_SETS, {})
    if any(isinstance(value, list) for value in expected.values()):
        raise NotEvaluated("a condition with several values")
    keys = tuple(sorted((key, _resolved(value, values)) for key, value in expected.items()))
    within = ((key, frozenset(_resolved(one, values) for one in _listed(each))) for key, each in sets.items())
    return keys, tuple(sorted(within, key=lambda pair: pair[0]))


def _resolved(text: Any, values: Mapping[str, str]) -> str:
    if isinstance(text, str):
        return text
    match text:
        case {"Fn::Sub": str(template)}:
            return re.sub(r"\$\{([^}]+)}", lambda found: values[found[1]], template)
        case {"Fn::GetAtt": [logical_id, attribute]}:
            return values[f"{logical_id}.{attribute}"]
    raise NotEvaluated(f"the intrinsic function {text}")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _pattern(text: str) -> re.Pattern[str]:
    """IAM's wildcards, which match slashes and colons too."""
    parts = {"*": ".*", "?": "."}
    return re.compile("".join(parts.get(each, re.escape(each)) for each in text), re.DOTALL)
