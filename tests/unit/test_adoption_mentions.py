"""Policies that name a user who gets another path: what follows, and what goes by name."""

from typing import Any

import pytest

from firstday.adoption.mentions import Effect, PlacedPolicy, mentions
from firstday.adoption.moving_user import MovingUser

USER = MovingUser("aws", "123456789012", "legacy-user", "/dev/")
ARN = USER.arn_before


def statement(effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": "sts:AssumeRole", **more}


def found(one: dict[str, Any], *, is_of_resource: bool = True) -> list[tuple[str, Effect]]:
    policy = PlacedPolicy("here", {"Version": "2012-10-17", "Statement": one}, is_of_resource)
    return [(mention.element, mention.effect) for mention in mentions([policy], USER)]


def condition(operator: str, value: str) -> dict[str, Any]:
    return {"Principal": {"AWS": "123456789012"}, "Condition": {operator: {"aws:PrincipalArn": value}}}


@pytest.mark.parametrize("principal", [{"AWS": ARN}, {"AWS": ["210987654321", ARN]}])
def test_a_principal_follows(principal: object) -> None:
    assert found(statement(Principal=principal)) == [("Principal", Effect.FOLLOWS)]


@pytest.mark.parametrize(
    "value", [ARN, "arn:aws:iam::123456789012:user/dev/*", "arn:aws:iam::*:user/dev/${aws:username}"]
)
@pytest.mark.parametrize(
    ("effect", "operator", "becomes"),
    [
        ("Allow", "ArnLike", Effect.STOPS),
        ("Deny", "ArnNotLike", Effect.STOPS),
        ("Deny", "StringLike", Effect.OPENS),
        ("Allow", "StringNotLike", Effect.OPENS),
    ],
)
def test_a_condition_on_the_arn_goes_by_name(effect: str, operator: str, becomes: Effect, value: str) -> None:
    assert found(statement(effect, **condition(operator, value))) == [("aws:PrincipalArn", becomes)]


@pytest.mark.parametrize(
    "value", ["*", "arn:aws:iam::123456789012:user/*", "arn:aws:iam::123456789012:user/dev/another"]
)
def test_a_condition_that_meets_the_new_arn_too_or_neither_is_no_matter(value: str) -> None:
    assert found(statement(**condition("ArnLike", value))) == []


@pytest.mark.parametrize(
    ("effect", "element", "becomes"),
    [
        ("Allow", "Resource", Effect.STOPS),
        ("Deny", "Resource", Effect.OPENS),
        ("Allow", "NotResource", Effect.OPENS),
        ("Deny", "NotResource", Effect.STOPS),
    ],
)
def test_a_policy_on_the_user_goes_by_name(effect: str, element: str, becomes: Effect) -> None:
    assert found(statement(effect, **{element: ["*", ARN]}), is_of_resource=False) == [(element, becomes)]


def test_a_variable_in_the_policy_of_somebody_else_means_somebody_else() -> None:
    resource = "arn:aws:iam::123456789012:user/dev/${aws:username}"
    assert found(statement(Resource=resource), is_of_resource=False) == []
