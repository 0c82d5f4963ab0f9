"""What a user's policies allow and the members' boundary does not: it stops when the user is adopted.

Only what policies allow is compared; a Deny among them may have kept some of it away already.
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from chalicelib.admin.policy_evaluation.conditions import Statement, like, statements, texts
from firstday.adoption.found_account import HeldPolicy, Policy
from firstday.adoption.moving_user import MovingUser
from firstday.stack.policies import OWN_ACTIONS

ASSUME_ROLE = "sts:AssumeRole"
EVERYTHING = "*"


@dataclass(frozen=True, slots=True)
class VoidedAction:
    """A pattern of actions that the policy called ``policy`` allows; ``left`` are the actions in it that stay.

    What stays does so on the member's own user and devices alone. ``is_all_but``: all actions but the pattern's.
    """

    action: str
    policy: str
    left: tuple[str, ...] = ()
    is_all_but: bool = False

    @property
    def service(self) -> str:
        """``s3``, or ``*`` for all services."""
        service, colon, _ = self.action.partition(":")
        return service.lower() if colon and not self.is_all_but else EVERYTHING


@dataclass(frozen=True, slots=True)
class Assumable:
    """Roles that the user's policies allow to assume.

    ``stay`` are those of the settings, which the boundary leaves, ``stop`` patterns that mean others.
    """

    stay: tuple[str, ...] = ()
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Left:
    """One statement of the boundary."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]


def voided(held: Iterable[HeldPolicy], boundary: Policy, user: MovingUser) -> tuple[VoidedAction, ...]:
    """Every pattern of actions that the boundary leaves in part or not at all; not those of AssumeRole alone."""
    limits = list(_limits(boundary, user))
    found = (one for policy in held for one in _of_policy(policy, limits, user))
    return tuple(dict.fromkeys(found))


def _limits(boundary: Policy, user: MovingUser) -> Iterator[_Left]:
    for statement in statements(boundary) or []:
        if statement.get("Effect") == "Allow":
            resources = tuple(user.named(text) for text in texts(statement.get("Resource", [])))
            yield _Left(tuple(texts(statement.get("Action", []))), resources)


def _of_policy(policy: HeldPolicy, limits: Sequence[_Left], user: MovingUser) -> Iterator[VoidedAction]:
    for statement in allowing(policy.document):
        if "NotAction" in statement:
            yield VoidedAction(", ".join(texts(statement["NotAction"])), policy.name, is_all_but=True)
        for action in texts(statement.get("Action", [])):
            if action.lower() != ASSUME_ROLE.lower() and not _is_left(action, statement, limits, user):
                yield VoidedAction(action, policy.name, _left_of(action, limits, statement, user))


def allowing(document: Policy | None) -> list[Statement]:
    """The statements that allow."""
    return [one for one in statements(document) or [] if one.get("Effect") == "Allow"]


def _is_left(action: str, statement: Statement, limits: Sequence[_Left], user: MovingUser) -> bool:
    """Whether the boundary leaves the whole of it."""
    resources = texts(statement.get("Resource", [EVERYTHING]))
    return all(any(_covers(limit, action, resource, user) for limit in limits) for resource in resources)


def _covers(limit: _Left, action: str, resource: str, user: MovingUser) -> bool:
    if not any(_is_action(own, action) for own in limit.actions):
        return False
    if user.is_own(resource):
        stays = action in OWN_ACTIONS or not user.is_lost_on(user.named(resource))
        return stays and any(like(own, user.arn_after) for own in limit.resources)
    return any(like(own, user.named(resource)) for own in limit.resources)


def _left_of(action: str, limits: Sequence[_Left], statement: Statement, user: MovingUser) -> tuple[str, ...]:
    """The actions of the boundary that the pattern contains, besides AssumeRole.

    Where the statement goes by the former path, it allows nothing afterwards, and the baseline's own are left.
    """
    own = {name for limit in limits for name in limit.actions if name != ASSUME_ROLE}
    resources = [user.named(text) for text in texts(statement.get("Resource", [EVERYTHING]))]
    if all(map(user.is_lost_on, resources)):
        own &= set(OWN_ACTIONS)
    return tuple(sorted(name for name in own if _is_action(action, name)))


@cache
def _is_action(pattern: str, action: str) -> bool:
    """Hundreds of users have the same policies, with hundreds of actions."""
    return like(pattern.lower(), action.lower())


def assumable(held: Iterable[HeldPolicy], role_arns: Sequence[str]) -> Assumable:
    """Which roles the policies allow to assume; ``role_arns`` are those that the boundary leaves."""
    patterns = [pattern for policy in held for pattern in _assumed(policy)]
    stay = [arn for arn in role_arns if any(like(pattern, arn) for pattern in patterns)]
    return Assumable(tuple(stay), tuple(dict.fromkeys(one for one in patterns if one not in role_arns)))


def _assumed(policy: HeldPolicy) -> Iterator[str]:
    for statement in allowing(policy.document):
        if may(statement, ASSUME_ROLE):
            yield from texts(statement["Resource"]) if "Resource" in statement else [EVERYTHING]


def may(statement: Statement, action: str) -> bool:
    """Whether a statement is about ``action``."""
    if "NotAction" in statement:
        return not any(_is_action(one, action) for one in texts(statement["NotAction"]))
    return any(_is_action(one, action) for one in texts(statement.get("Action", [])))


def allows(held: Iterable[HeldPolicy], action: str, resource: str) -> bool:
    """Whether the policies may allow ``action`` on ``resource``; a variable in a pattern is any text."""
    return _allows([policy.document for policy in held], action, resource)


def widened(
    held: Iterable[HeldPolicy], former: Policy, boundary: Policy, role_arns: Sequence[str]
) -> tuple[str, ...]:
    """What becomes possible because the former boundary goes: actions, and roles that it kept the user from."""
    policies = [policy.document for policy in held]
    actions = {
        action
        for statement in allowing(boundary)
        for action in texts(statement.get("Action", []))
        if action != ASSUME_ROLE and _allows(policies, action) and not _surely_allows(former, action)
    }
    roles = [
        arn
        for arn in role_arns
        if _allows(policies, ASSUME_ROLE, arn) and not _surely_allows(former, ASSUME_ROLE, arn)
    ]
    return (*sorted(actions), *roles)


def _surely_allows(former: Policy, action: str, resource: str = EVERYTHING) -> bool:
    """Whether a former boundary left the action, without a condition and whatever it denies."""
    found = [one for one in statements(former) or [] if may(one, action)]
    if any(one.get("Effect") != "Allow" for one in found):
        return False
    whole = (one for one in found if "Condition" not in one and "NotResource" not in one)
    return any(like(pattern, resource) for one in whole for pattern in texts(one.get("Resource", [])))


def _allows(policies: Iterable[Policy | None], action: str, resource: str | None = None) -> bool:
    return any(
        may(statement, action)
        and (resource is None or any(like(one, resource) for one in texts(statement.get("Resource", [EVERYTHING]))))
        for document in policies
        for statement in allowing(document)
    )
