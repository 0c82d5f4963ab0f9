"""Policies that name a user who gets another path, and what the new path does to each.

A principal follows, because AWS stores the user's id. Everything else goes by name: conditions on aws:PrincipalArn,
and policies that name the user as a resource.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_users_rename.html
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.admin.policy_evaluation.conditions import Statement, conditions, statements, texts
from firstday.adoption.found_account import FoundAccount, HeldPolicy, Policy, policy_name
from firstday.adoption.moving_user import MovingUser

PRINCIPAL, PRINCIPAL_ARN, RESOURCE = "Principal", "aws:PrincipalArn", "Resource"


class Effect(StrEnum):
    """FOLLOWS: as before. STOPS: what was allowed no longer is. OPENS: what was denied no longer is."""

    FOLLOWS = "follows"
    STOPS = "stops"
    OPENS = "opens"


@dataclass(frozen=True, slots=True)
class PlacedPolicy:
    """A policy of the account, and where it is, for people. ``is_of_resource``: it names principals."""

    where: str
    document: Policy
    is_of_resource: bool


@dataclass(frozen=True, slots=True)
class Mention:
    """``element`` is where in the policy the ``pattern`` stands that names the user."""

    where: str
    element: str
    pattern: str
    effect: Effect


def placed_policies(account: FoundAccount) -> tuple[PlacedPolicy, ...]:
    """Every policy of the account's IAM: of roles, groups, users, and managed ones."""
    return tuple(_placed(account))


def _placed(account: FoundAccount) -> Iterator[PlacedPolicy]:
    for role in account.roles:
        yield PlacedPolicy(f"the trust policy of the role {role.name}", role.trust, is_of_resource=True)
        yield from _inline(role.inline, f"the role {role.name}")
    for group in account.groups.values():
        yield from _inline(group.inline, f"the group {group.name}")
    for user in account.users.values():
        yield from _inline(user.inline, f"the user {user.user_name}")
    for arn, document in account.policies.items():
        if ":iam::aws:" not in arn:  # AWS's own name nobody
            yield PlacedPolicy(f"the managed policy {policy_name(arn)}", document, is_of_resource=False)


def _inline(policies: Iterable[HeldPolicy], owner: str) -> Iterator[PlacedPolicy]:
    for policy in policies:
        if policy.document is not None:
            yield PlacedPolicy(f"the policy {policy.name} of {owner}", policy.document, is_of_resource=False)


def mentions(policies: Iterable[PlacedPolicy], user: MovingUser) -> tuple[Mention, ...]:
    """Where the policies name the user, each once."""
    found = (mention for policy in policies for mention in _in_policy(policy, user))
    return tuple(dict.fromkeys(found))


def _in_policy(policy: PlacedPolicy, user: MovingUser) -> Iterator[Mention]:
    for statement in statements(policy.document) or []:
        if policy.is_of_resource:
            for arn in _principals(statement):
                if arn == user.arn_before:
                    yield Mention(policy.where, PRINCIPAL, arn, Effect.FOLLOWS)
        else:
            yield from _as_resource(policy.where, statement, user)
        yield from _by_condition(policy, statement, user)


def _principals(statement: Statement) -> Iterator[str]:
    for element in ("Principal", "NotPrincipal"):
        principal = statement.get(element)
        if isinstance(principal, Mapping):
            yield from texts(principal.get("AWS", []))


def _as_resource(where: str, statement: Statement, user: MovingUser) -> Iterator[Mention]:
    """What others may do to the user; a user's own name, as a variable, is not theirs."""
    for element in (RESOURCE, f"Not{RESOURCE}"):
        for pattern in texts(statement.get(element, [])):
            if user.is_lost_on(pattern):
                yield Mention(where, element, pattern, _effect(statement, is_met=element.startswith("Not")))


def _by_condition(policy: PlacedPolicy, statement: Statement, user: MovingUser) -> Iterator[Mention]:
    for operator, key, values in conditions(statement):
        if key != PRINCIPAL_ARN.lower():
            continue
        for value in values:
            if user.is_lost_on(user.named(value) if policy.is_of_resource else value):
                yield Mention(policy.where, PRINCIPAL_ARN, value, _effect(statement, is_met="Not" in operator))


def _effect(statement: Statement, *, is_met: bool) -> Effect:
    """``is_met``: the statement begins to apply to the user; else it ceases to."""
    is_allow = statement.get("Effect") == "Allow"
    return Effect.OPENS if is_allow == is_met else Effect.STOPS
