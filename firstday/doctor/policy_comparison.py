"""Compares policies by what they say, and not by how they are written.

IAM keeps a policy nearly as it was written, so one text and a list of one, another order, and capitals in
actions make no difference. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

Policy = Mapping[str, Any]

_OLDEST = "2008-10-17"
# How IAM stores an account's id in a trust policy.
_ROOT = re.compile(r"arn:[\w-]+:iam::(\d{12}):root", re.ASCII)


def is_same(one: object, other: object) -> bool:
    """Whether both are policies that say the same."""
    return _version(one) == _version(other) and statements(one) == statements(other) is not None


def statements(policy: object) -> frozenset[str] | None:
    """The statements in one way of writing, without their Sid. None if it is not a policy."""
    found = policy.get("Statement") if isinstance(policy, Mapping) else None
    found = [found] if isinstance(found, Mapping) else found
    if not isinstance(found, list) or not all(isinstance(one, Mapping) for one in found):
        return None
    return frozenset(json.dumps(dict(_elements(one)), sort_keys=True) for one in found)


def differences(expected: Policy, found: object) -> str:
    """In words, which statements of ``expected`` are missing, and how many there are besides."""
    has, wanted = statements(found), statements(expected)
    if has is None or wanted is None:
        return "It cannot be read."
    lacking = [_name(one) for one in expected["Statement"] if not (statements({"Statement": one}) or set()) <= has]
    more = len(has - wanted)
    besides = f"{more} statement{'' if more == 1 else 's'} of its own"
    match bool(lacking), bool(more):
        case True, True:
            return f"It lacks {', '.join(lacking)}, and has {besides}."
        case True, False:
            return f"It lacks {', '.join(lacking)}."
        case False, True:
            return f"It has {besides}."
    return "Its Version is another one."


def _name(statement: Mapping[str, Any]) -> str:
    return str(statement.get("Sid") or f"a statement with the effect {statement.get('Effect')}")


def _version(policy: object) -> object:
    return policy.get("Version", _OLDEST) if isinstance(policy, Mapping) else None


def _elements(statement: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    for name, value in statement.items():
        match name:
            case "Sid":
                continue
            case "Action" | "NotAction":
                yield name, sorted({text.lower() for text in _texts(value)})
            case "Principal" | "NotPrincipal":
                yield name, _principal(value)
            case "Condition":
                yield name, _condition(value)
            case "Resource" | "NotResource":
                yield name, sorted(set(_texts(value)))
            case _:
                yield name, value


def _principal(value: object) -> object:
    """``"*"`` is everybody, as ``{"AWS": "*"}``; an account's id is its root."""
    kinds = value if isinstance(value, Mapping) else {"AWS": value}
    return {kind: sorted({_ROOT.sub(r"\1", text) for text in _texts(found)}) for kind, found in kinds.items()}


def _condition(value: object) -> object:
    if not isinstance(value, Mapping):
        return value
    return {
        operator: {key.lower(): sorted(set(_texts(values))) for key, values in block.items()}
        for operator, block in value.items()
        if isinstance(block, Mapping)
    }


def _texts(value: object) -> list[str]:
    """One text or a list of them; true and false may stand without quotes."""
    values = value if isinstance(value, list) else [value]
    return [str(one).lower() if isinstance(one, bool) else str(one) for one in values]
