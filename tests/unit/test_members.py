"""Which user names a member can have, and the state of a member."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import InvalidInput
from chalicelib.members.record import Member, checked_new_user_name, checked_user_name, comparable, state_of


@given(st.from_regex(r"\A[A-Za-z0-9_+=,.@-]{2,64}\Z").filter(lambda name: name != ".."))
def test_what_iam_and_sts_accept_is_accepted(name: str) -> None:
    assert checked_user_name(name) == name


@given(st.text(max_size=80).filter(lambda name: not re.fullmatch(r"[A-Za-z0-9_+=,.@-]{2,64}", name)))
def test_anything_else_is_refused_with_a_reason(name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked_user_name(name)
    assert refused.value.field == "user_name"
    assert refused.value.message


@pytest.mark.parametrize("name", ["ab\n", "a\x00b", "名前", "a b", "a/b", "é1", "１２", "a" * 65, "x", "", ".."])
def test_near_misses_are_refused(name: str) -> None:
    with pytest.raises(InvalidInput):
        checked_user_name(name)


@given(st.from_regex(r"\A[A-Za-z0-9_+=,.@-]{2,64}\Z").filter(lambda name: name != ".."))
def test_a_new_name_is_neither_a_formula_nor_an_option(name: str) -> None:
    """Existing members keep their names."""
    if name[0] not in "=+-@":
        assert checked_new_user_name(name) == name
        return
    with pytest.raises(InvalidInput) as refused:
        checked_new_user_name(name)
    assert refused.value.field == "user_name"
    assert refused.value.message.startswith(f"A new user name cannot begin with {name[0]}:")
    assert checked_user_name(name) == name


@given(st.text(max_size=80).filter(lambda name: not re.fullmatch(r"[A-Za-z0-9_+=,.@-]{2,64}", name)))
def test_a_new_name_has_to_be_one_at_all(name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked_user_name(name)
    with pytest.raises(InvalidInput) as refused_new:
        checked_new_user_name(name)
    assert refused_new.value.message == refused.value.message


def test_names_are_told_apart_as_iam_does() -> None:
    assert comparable("Dev-Simple-User") == comparable("dev-simple-user")


BEGINNING = datetime(2026, 11, 1, tzinfo=UTC)
INVITED = Member(
    "dev-simple-user",
    created_at=BEGINNING,
    token_hash="0" * 64,
    invited_at=BEGINNING,
    expires_at=BEGINNING + timedelta(days=7),
)


def session(*, idle_hours: int) -> dict[str, datetime]:
    ends = {"session_expires_at": 8, "session_idle_ends_at": idle_hours}
    return {name: BEGINNING + timedelta(hours=hours) for name, hours in ends.items()}


@pytest.mark.parametrize(
    ("changes", "days", "state"),
    [
        ({"token_hash": None}, 0, "created"),
        ({}, 0, "invited"),
        ({}, 7, "expired"),
        ({"opened_at": BEGINNING}, 1, "opened"),
        ({"opened_at": BEGINNING, "registering_at": BEGINNING}, 1, "registering"),
        ({"opened_at": BEGINNING, "session_expires_at": BEGINNING + timedelta(days=7.1)}, 7, "opened"),
        ({"opened_at": BEGINNING, "expires_at": BEGINNING, **session(idle_hours=2)}, 1 / 24, "opened"),
        ({"opened_at": BEGINNING, "expires_at": BEGINNING, **session(idle_hours=2)}, 2 / 24, "expired"),
        ({"revoked_at": BEGINNING, "opened_at": BEGINNING}, 1, "revoked"),
        ({"failed_attempts": 10}, 1, "locked"),
        ({"failed_attempts": 9}, 1, "invited"),
        ({"accepted_at": BEGINNING, "proved_at": BEGINNING}, 400, "active"),
        # Invited again for a new key: the device is proved all the same.
        ({"proved_at": BEGINNING}, 1, "active"),
        ({"reset_at": BEGINNING}, 1, "reset"),
        ({"reset_at": BEGINNING, "opened_at": BEGINNING}, 1, "opened"),
        # Somebody removed the device in IAM.
        ({"accepted_at": BEGINNING}, 1, "reset"),
        ({"proved_at": BEGINNING, "offboarding_at": BEGINNING}, 1, "offboarding"),
    ],
)
def test_the_state_follows_from_the_record(changes: dict[str, Any], days: float, state: str) -> None:
    assert state_of(replace(INVITED, **changes), BEGINNING + timedelta(days=days)) == state
