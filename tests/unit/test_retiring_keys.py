"""Which former access keys are to be deactivated, for every kind of record."""

import ast
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from inspect import getsource

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.admin import retiring_keys
from chalicelib.admin.retiring_keys import LOOKS_FOR, due_since
from chalicelib.members.record import Member

NOW = datetime(2026, 12, 1, tzinfo=UTC)
DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)
moments = st.none() | st.timedeltas(timedelta(days=-30), timedelta(days=30)).map(lambda since: NOW + since)
keys = st.sampled_from([None, "AKIAIOSFODNN7EXAMPLE", "AKIAI44QH8DHBEXAMPLE"])
members = st.builds(
    Member,
    user_name=st.just("dev-simple-user"),
    created_at=st.just(NOW),
    access_key_id=keys,
    former_key_id=keys,
    former_key_ends_at=moments,
    offboarding_at=moments,
    reset_at=moments,
    proved_at=moments,
)
REPLACED = Member(
    user_name="dev-simple-user",
    created_at=NOW - 30 * DAY,
    access_key_id="AKIAI44QH8DHBEXAMPLE",
    former_key_id="AKIAIOSFODNN7EXAMPLE",
    former_key_ends_at=NOW,
)


@given(members)
def test_the_key_that_the_member_works_with_is_never_due(member: Member) -> None:
    if due_since(member, NOW):
        assert member.former_key_id not in (None, member.access_key_id)


@given(members)
def test_nothing_is_due_before_its_time_or_a_week_after_it_or_while_the_member_leaves(member: Member) -> None:
    if since := due_since(member, NOW):
        assert since == member.former_key_ends_at
        assert NOW - LOOKS_FOR < since <= NOW
        assert member.offboarding_at is None


@pytest.mark.parametrize(
    ("waited", "is_due"), [(-MOMENT, False), (timedelta(0), True), (7 * DAY - MOMENT, True), (7 * DAY, False)]
)
def test_a_former_key_is_due_from_its_end_and_for_a_week(waited: timedelta, is_due: bool) -> None:
    assert (due_since(REPLACED, NOW + waited) is not None) is is_due


def test_a_key_that_was_not_replaced_has_no_end() -> None:
    assert due_since(replace(REPLACED, former_key_id=None), NOW) is None
    assert due_since(replace(REPLACED, former_key_ends_at=None), NOW) is None
    assert due_since(replace(REPLACED, access_key_id=REPLACED.former_key_id), NOW) is None


def test_the_code_knows_one_change_of_a_key_only_to_inactive() -> None:
    """IAM cannot limit the role to it, so the code has to."""
    calls = [node for node in ast.walk(ast.parse(getsource(retiring_keys))) if isinstance(node, ast.Call)]
    changes = [ast.unparse(call) for call in calls if "is_active" in {keyword.arg for keyword in call.keywords}]
    assert changes == ["iam.set_access_key_status(name, key_id, is_active=False)"]
