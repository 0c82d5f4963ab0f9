"""Policies are compared by what they say, however they are written."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.settings.records import Settings
from firstday.doctor.expected_documents import documents
from firstday.doctor.policy_comparison import differences, is_same
from firstday.stack import policies
from tests.helpers.doctor_snapshots import PORTAL
from tests.helpers.settings_makers import any_settings, example_settings

ALLOW: dict[str, Any] = {"Sid": "Some", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "*"}


def policy(*statements: dict[str, Any], version: str = "2012-10-17") -> dict[str, Any]:
    return {"Version": version, "Statement": list(statements)}


def rewritten(value: Any, data: st.DataObject, *, is_case_free: bool = False) -> Any:
    """``value`` as somebody else might write it: other orders, texts alone or in lists, capitals in actions."""
    if isinstance(value, dict):
        assert not any(key.startswith("Fn::") for key in value)
        items = data.draw(st.permutations(list(value.items())))
        return {key: rewritten(item, data, is_case_free=key in ("Action", "NotAction")) for key, item in items}
    if isinstance(value, list):
        items = [rewritten(item, data, is_case_free=is_case_free) for item in data.draw(st.permutations(value))]
        is_text = len(items) == 1 and isinstance(items[0], str)
        return items[0] if is_text and data.draw(st.booleans()) else items
    if is_case_free and isinstance(value, str):
        return data.draw(st.sampled_from([value, value.upper(), value.lower()]))
    return value


@given(any_settings(), st.data())
def test_another_way_of_writing_is_no_difference(settings: Settings, data: st.DataObject) -> None:
    for document in documents(settings, PORTAL).values():
        assert is_same(document, rewritten(document, data))
        assert is_same(json.loads(json.dumps(document)), document)


@given(any_settings(), st.data())
def test_what_is_left_out_is_a_difference(settings: Settings, data: st.DataObject) -> None:
    document: Any = policies.member_baseline(settings)
    number = data.draw(st.integers(0, len(document["Statement"]) - 1))
    rest = [one for place, one in enumerate(document["Statement"]) if place != number]
    assert not is_same(document, {**document, "Statement": rest})
    assert str(document["Statement"][number]["Sid"]) in differences(document, {**document, "Statement": rest})
    assert not is_same(document, {**document, "Statement": [*document["Statement"], ALLOW]})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (policy(ALLOW), {"Version": "2012-10-17", "Statement": ALLOW}),
        (policy(ALLOW), policy({**ALLOW, "Sid": "Other"})),
        (policy(ALLOW), policy(ALLOW, ALLOW)),
        (policy({**ALLOW, "Principal": "*"}), policy({**ALLOW, "Principal": {"AWS": ["*"]}})),
        (
            policy({**ALLOW, "Principal": {"AWS": "123456789012"}}),
            policy({**ALLOW, "Principal": {"AWS": "arn:aws:iam::123456789012:root"}}),
        ),
        (
            policy({**ALLOW, "Condition": {"Bool": {"aws:MultiFactorAuthPresent": True}}}),
            policy({**ALLOW, "Condition": {"Bool": {"AWS:multifactorauthpresent": ["true"]}}}),
        ),
    ],
)
def test_these_say_the_same(one: object, other: object) -> None:
    assert is_same(one, other)


@pytest.mark.parametrize(
    "other",
    [
        policy(),
        policy({**ALLOW, "Effect": "Deny"}),
        policy({**ALLOW, "Resource": "arn:aws:s3:::example/*"}),
        policy({**ALLOW, "Action": ["s3:GetObject", "s3:PutObject"]}),
        policy({**ALLOW, "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}),
        policy(ALLOW, version="2008-10-17"),
        {"Statement": [ALLOW]},
        {},
        None,
        {"Version": "2012-10-17", "Statement": ["no statement"]},
    ],
)
def test_these_do_not(other: object) -> None:
    assert not is_same(policy(ALLOW), other)
    assert differences(policy(ALLOW), other)


def test_nothing_that_is_no_policy_equals_anything() -> None:
    assert not is_same(None, None)
    assert not is_same({}, {})


def test_a_difference_is_told_in_words() -> None:
    more = {**ALLOW, "Sid": "More", "Action": "s3:PutObject"}
    assert differences(policy(ALLOW), policy()) == "It lacks Some."
    assert differences(policy(ALLOW), policy(ALLOW, more)) == "It has 1 statement of its own."
    assert differences(policy(ALLOW), policy(more)) == "It lacks Some, and has 1 statement of its own."
    assert differences(policy(ALLOW), None) == "It cannot be read."
    assert differences(policy(ALLOW), policy(ALLOW, version="2008-10-17")) == "Its Version is another one."


def test_the_expected_policies_have_no_function_of_cloudformation_left() -> None:
    text = json.dumps(documents(example_settings(), PORTAL))
    assert "Fn::" not in text
    assert "execute-api:ap-northeast-1:123456789012:abc123/*/GET/member/*" in text
