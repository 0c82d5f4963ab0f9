"""Which actions Deny statements leave, of those that the settings deny without MFA."""

from collections.abc import Iterable
from dataclasses import dataclass

from chalicelib.admin.policy_evaluation.conditions import Statement, like, texts


@dataclass(frozen=True, slots=True)
class Left:
    """What is not denied: these patterns of actions, or with ``is_all_but``, everything except them."""

    patterns: tuple[str, ...] = ()
    is_all_but: bool = False

    def __bool__(self) -> bool:
        return bool(self.patterns) or self.is_all_but


EVERYTHING = Left(is_all_but=True)


def left_of(denying: Iterable[Statement], allowed: Iterable[str]) -> Left:
    """What statements leave that deny on all resources; ``allowed`` are actions that the settings allow anyway."""
    denied: list[str] = []
    spared: list[list[str]] = []
    for one in denying:
        if "NotAction" in one:
            spared.append(texts(one["NotAction"]))
        else:
            denied += texts(one.get("Action", []))
    if any(set(pattern) <= set("*:") for pattern in denied):
        return Left()
    if not spared:
        return Left(tuple(sorted(set(denied))), is_all_but=True)
    common = spared[0]
    for patterns in spared[1:]:
        common = [both for one in common for other in patterns if (both := _both(one, other))]
    known = {action.lower() for action in allowed}
    left = {
        pattern.lower(): pattern
        for pattern in common
        if pattern.lower() not in known and not any(_contains(one, pattern) for one in denied)
    }
    return Left(tuple(sorted(left.values())))


def _both(one: str, other: str) -> str | None:
    """A pattern for what both mean; None if nothing is."""
    if _contains(one, other):
        return other
    if _contains(other, one):
        return one
    return f"{one} that are {other} too" if _may_meet(one.lower(), other.lower()) else None


def _contains(pattern: str, other: str) -> bool:
    return like(pattern.lower(), other.lower())


def _may_meet(one: str, other: str) -> bool:
    """Whether two patterns may have an action in common, by how they begin and end."""
    (begin, *rest), (other_begin, *other_rest) = _literals(one), _literals(other)
    if not (rest and other_rest):
        return False
    ends = (rest[-1], other_rest[-1])
    is_begun = begin.startswith(other_begin) or other_begin.startswith(begin)
    return is_begun and (ends[0].endswith(ends[1]) or ends[1].endswith(ends[0]))


def _literals(pattern: str) -> list[str]:
    return pattern.replace("?", "*").split("*")
