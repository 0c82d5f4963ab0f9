"""Which user names can be a member's."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import InvalidInput
from chalicelib.members import checked_user_name, comparable


@given(st.from_regex(r"\A[A-Za-z0-9_+=,.@-]{2,64}\Z"))
def test_what_iam_and_sts_accept_is_accepted(name: str) -> None:
    assert checked_user_name(name) == name


@given(st.text(max_size=80).filter(lambda name: not re.fullmatch(r"[A-Za-z0-9_+=,.@-]{2,64}", name)))
def test_anything_else_is_refused_with_a_reason(name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked_user_name(name)
    assert refused.value.field == "user_name"
    assert refused.value.message


@pytest.mark.parametrize("name", ["ab\n", "a\x00b", "名前", "a b", "a/b", "é1", "１２", "a" * 65, "x", ""])
def test_near_misses_are_refused(name: str) -> None:
    with pytest.raises(InvalidInput):
        checked_user_name(name)


def test_names_are_told_apart_as_iam_does() -> None:
    assert comparable("Dev-Simple-User") == comparable("dev-simple-user")
