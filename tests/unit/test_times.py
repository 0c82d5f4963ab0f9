"""Moments as administrators type and read them."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstday.times import age, ago, moment, shown

NOW = datetime(2026, 11, 24, 20, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def in_japan(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7d", datetime(2026, 11, 17, 20, 30, tzinfo=UTC)),
        (" 24H ", datetime(2026, 11, 23, 20, 30, tzinfo=UTC)),
        ("90m", datetime(2026, 11, 24, 19, 0, tzinfo=UTC)),
        ("2w", datetime(2026, 11, 10, 20, 30, tzinfo=UTC)),
        ("2026-11-24", datetime(2026, 11, 23, 15, 0, tzinfo=UTC)),
        ("2026-11-24T09:30", datetime(2026, 11, 24, 0, 30, tzinfo=UTC)),
        ("2026-11-24 09:30", datetime(2026, 11, 24, 0, 30, tzinfo=UTC)),
        ("2026-11-24T09:30Z", datetime(2026, 11, 24, 9, 30, tzinfo=UTC)),
        ("2026-11-24T09:30-05:00", datetime(2026, 11, 24, 14, 30, tzinfo=UTC)),
    ],
)
def test_a_moment_is_a_date_a_time_or_so_long_ago(text: str, expected: datetime) -> None:
    assert moment(text, NOW) == expected


def test_a_date_as_an_end_includes_that_day() -> None:
    assert moment("2026-11-24", NOW, is_end=True) == datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
    assert moment("2026-11-24T09:30", NOW, is_end=True) == datetime(2026, 11, 24, 0, 30, tzinfo=UTC)


@given(st.text() | st.datetimes().map(str) | st.dates().map(str), st.booleans())
def test_anything_else_is_a_value_error(text: str, is_end: bool) -> None:
    try:
        found = moment(text, NOW, is_end=is_end)
    except ValueError:
        return
    assert found.tzinfo is not None


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-24T20:29:50+00:00", "just now"),
        ("2026-11-24T20:31:00+00:00", "just now"),
        ("2026-11-24T20:29:00+00:00", "1 minute"),
        ("2026-11-24T18:31:00+00:00", "1 hour"),
        ("2026-11-22T20:31:00+00:00", "1 day"),
        ("2026-08-01T00:00:00+00:00", "115 days"),
        (None, "-"),
    ],
)
def test_an_age_is_told_in_its_largest_unit(at: str | None, expected: str) -> None:
    assert age(at, NOW) == expected
    assert ago(at, NOW) == (f"{expected} ago" if expected[0].isdigit() else expected)


def test_times_are_shown_in_the_time_zone_of_the_reader() -> None:
    assert shown("2026-11-24T20:30:00+00:00") == "2026-11-25 05:30"
    assert shown(None) == "-"
