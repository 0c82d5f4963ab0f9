"""The comparison of policies with calls finds what is missing and what is too much, and guesses nothing."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.iam_evaluation import Grant, NotEvaluated, Request, denials, denied, grants, missing, needless

VALUES = {"AWS::Partition": "aws", "AWS::AccountId": "123456789012", "T.Arn": "arn:aws:dynamodb:r:1:table/t"}
MEMBERS = "arn:aws:iam::123456789012:user/members/*"
JANE = "arn:aws:iam::123456789012:user/members/jane"
names = st.text("abc/*?.[]", min_size=1, max_size=8)


def policy(**statement: Any) -> dict[str, Any]:
    return {"Statement": [{"Sid": "S", "Effect": "Allow", "Action": ["iam:GetUser"], "Resource": "*", **statement}]}


def granted(**statement: Any) -> tuple[Grant, ...]:
    return grants(policy(**statement), VALUES)


def test_each_action_on_each_resource_is_one_grant_with_its_functions_put_in() -> None:
    found = granted(
        Action=["dynamodb:Query", "dynamodb:GetItem"],
        Resource=[{"Fn::GetAtt": ["T", "Arn"]}, {"Fn::Sub": "${T.Arn}/index/*"}],
    )
    assert [(grant.action, grant.resource) for grant in found] == [
        ("dynamodb:Query", "arn:aws:dynamodb:r:1:table/t"),
        ("dynamodb:Query", "arn:aws:dynamodb:r:1:table/t/index/*"),
        ("dynamodb:GetItem", "arn:aws:dynamodb:r:1:table/t"),
        ("dynamodb:GetItem", "arn:aws:dynamodb:r:1:table/t/index/*"),
    ]


@pytest.mark.parametrize(
    ("resource", "asked", "is_allowed"),
    [
        (MEMBERS, JANE, True),
        (MEMBERS, "arn:aws:iam::123456789012:user/members/team/jane", True),
        (MEMBERS, "arn:aws:iam::123456789012:user/jane", False),
        (MEMBERS, "arn:aws:iam::123456789012:user/Members/jane", False),
        (MEMBERS, "*", False),
        (MEMBERS.replace("*", "j?ne"), JANE, True),
        ("*", JANE, True),
        ("*", "*", True),
        (JANE, JANE + "x", False),
        (JANE.replace(":", "."), JANE, False),
    ],
)
def test_resources_are_matched_as_iam_does(resource: str, asked: str, is_allowed: bool) -> None:
    assert (missing(granted(Resource=resource), [Request("iam:getuser", asked)]) == []) is is_allowed


@given(names)
def test_a_resource_without_wildcards_is_that_one_only(name: str) -> None:
    (grant,) = granted(Resource="a/b.c")
    assert grant.allows(Request("iam:GetUser", name)) is (name == "a/b.c")


def test_a_condition_has_to_be_met() -> None:
    boundary = "iam:PermissionsBoundary"
    found = granted(Condition={"StringEquals": {boundary: {"Fn::Sub": "${AWS::AccountId}"}}})
    right, wrong = ((boundary, "123456789012"),), ((boundary, "other"),)
    requests = [Request("iam:GetUser", JANE, keys) for keys in ((), right, wrong)]
    assert [str(request) for request in missing(found, requests)] == [
        f"iam:GetUser on {JANE}",
        f"iam:GetUser on {JANE} with iam:PermissionsBoundary = other",
    ]


def test_every_value_of_a_key_has_to_be_among_those_of_the_condition() -> None:
    found = granted(Condition={"ForAllValues:StringEquals": {"dynamodb:Attributes": ["name", "version"]}})
    named = [(), ("name",), ("name", "version"), ("name", "groups")]
    requests = [
        Request("iam:GetUser", JANE, sets=(("dynamodb:Attributes", frozenset(names)),) if names else ())
        for names in named
    ]
    assert [str(request) for request in missing(found, requests)] == [
        f"iam:GetUser on {JANE} with dynamodb:Attributes = groups, name"
    ]


def test_what_nothing_allows_is_named() -> None:
    (found,) = missing(granted(Resource=MEMBERS), [Request("iam:GetUser", JANE), Request("iam:TagUser", JANE)])
    assert str(found) == f"iam:TagUser on {JANE}"


def test_what_nothing_needs_is_named() -> None:
    found = granted(Action=["iam:GetUser", "iam:TagUser"], Resource=[JANE, MEMBERS.replace("members", "admins")])
    assert [str(grant) for grant in needless(found, [Request("iam:GetUser", JANE)])] == [
        "iam:GetUser on arn:aws:iam::123456789012:user/admins/* (statement S)",
        f"iam:TagUser on {JANE} (statement S)",
        "iam:TagUser on arn:aws:iam::123456789012:user/admins/* (statement S)",
    ]


def test_what_is_granted_twice_is_needless_both_times() -> None:
    found = granted(Resource=[JANE, MEMBERS])
    assert needless(found, [Request("iam:GetUser", JANE)]) == list(found)
    assert needless(found, [Request("iam:GetUser", JANE), Request("iam:GetUser", JANE + "t")]) == [found[0]]


@pytest.mark.parametrize(
    "statement",
    [
        {"NotAction": ["iam:GetUser"]},
        {"NotResource": "*"},
        {"Action": "iam:*"},
        {"Action": "iam:GetUse?"},
        {"Condition": {"StringLike": {"iam:PermissionsBoundary": "*"}}},
        {"Condition": {"StringEquals": {"iam:PermissionsBoundary": ["a", "b"]}}},
        {"Resource": {"Fn::Join": ["", ["a"]]}},
    ],
    ids=str,
)
def test_what_is_not_known_is_refused_rather_than_overlooked(statement: dict[str, Any]) -> None:
    with pytest.raises(NotEvaluated):
        granted(**statement)


@pytest.mark.parametrize(
    ("statement", "is_denied"),
    [
        ({"Action": "iam:*", "Resource": MEMBERS}, True),
        ({"Action": ["iam:TagUser", "iam:getuser"], "Resource": [JANE]}, True),
        ({"Action": "iam:*", "Resource": MEMBERS + "/*"}, False),
        ({"Action": "iam:List*", "Resource": MEMBERS}, False),
        ({"Effect": "Allow", "Action": ["iam:TagUser"]}, False),
    ],
    ids=str,
)
def test_what_is_denied_is_named_whatever_allows_it(statement: dict[str, Any], is_denied: bool) -> None:
    found = denials(policy(**{"Effect": "Deny", **statement}), VALUES)
    assert [str(one) for one in denied(found, [Request("iam:GetUser", JANE)])] == (
        [f"iam:GetUser on {JANE}"] if is_denied else []
    )
    assert granted(Effect="Deny") == ()


@pytest.mark.parametrize(
    "statement",
    [{"NotAction": "iam:*"}, {"NotResource": "*"}, {"Condition": {"StringLike": {"aws:username": "*"}}}],
    ids=str,
)
def test_nor_is_a_deny_that_is_not_known(statement: dict[str, Any]) -> None:
    with pytest.raises(NotEvaluated):
        denials(policy(Effect="Deny", **statement), VALUES)


def test_a_function_without_a_value_is_no_pattern() -> None:
    with pytest.raises(KeyError):
        granted(Resource={"Fn::Sub": "${Unknown.Arn}"})
