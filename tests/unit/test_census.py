"""What is counted of the members is what the list shows under each of its filters."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.admin.census import NAMED, WAITING, WEEKS, Census, census_of, is_old
from chalicelib.members.list_filters import matches, offered
from chalicelib.members.record import Member, MemberState
from chalicelib.settings.reader import load
from chalicelib.web.console.glance_page import HEIGHT, columns
from chalicelib.wiring import SETTINGS_FILE
from tests.helpers.strict_ses import MAIL

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)  # a Monday
SETTINGS = replace(load(SETTINGS_FILE), access_key_days=90, time_zone="Asia/Tokyo", mail=MAIL)
UNREACHED = {"ab", "abc"}
moments = st.none() | st.timedeltas(timedelta(days=-100), timedelta(days=10)).map(lambda ago: NOW + ago)
members = st.builds(
    Member,
    user_name=st.text("abc", min_size=2, max_size=4),
    created_at=st.just(NOW - timedelta(days=200)),
    token_hash=st.none() | st.just("0" * 64),
    invited_at=moments,
    expires_at=moments,
    accepted_at=moments,
    opened_at=moments,
    proved_at=moments,
    suspended_at=moments,
    offboarding_at=st.none() | moments,
    failed_attempts=st.sampled_from([0, 10]),
    until=st.sampled_from([None, "2026-12-01", "2026-12-31"]),
    ageing_keys=st.sampled_from([(), ("AKIAIOSFODNN7EXAMPLE 2026-12-01 1 told 2026-11-28",)]),
)


def counted(found: Sequence[Member], now: datetime = NOW) -> Census:
    return census_of(found, now, SETTINGS, UNREACHED)


@given(st.lists(members, max_size=30))
def test_the_numbers_are_those_of_the_list(found: list[Member]) -> None:
    census = counted(found)
    assert census.members == len(found) == sum(census.states.values())
    for state in MemberState:
        assert census.states[state] == sum(matches(state, one, SETTINGS, NOW) for one in found)
    for wanted in WAITING:
        listed = [one.user_name for one in found if matches(wanted, one, SETTINGS, NOW, UNREACHED)]
        assert census.waiting[wanted].count == len(listed)
        assert list(census.waiting[wanted].first) == list(islice(listed, NAMED))


@given(st.lists(members, max_size=30))
def test_each_of_the_last_weeks_counts_whoever_was_invited_or_became_active_in_it(found: list[Member]) -> None:
    weeks = counted(found).weeks
    assert [week.begins for week in weeks] == [
        date(2026, 11, 30) - timedelta(weeks=ago) for ago in range(7, -1, -1)
    ]
    tokyo = timedelta(hours=9)
    for week in weeks:
        begins = datetime(week.begins.year, week.begins.month, week.begins.day, tzinfo=UTC) - tokyo
        ends = begins + timedelta(weeks=1)
        assert week.invited == sum(one.invited_at is not None and begins <= one.invited_at < ends for one in found)
        assert week.active == sum(one.proved_at is not None and begins <= one.proved_at < ends for one in found)


def test_old_keys_are_not_counted_where_keys_do_not_age() -> None:
    settings = replace(SETTINGS, access_key_days=0)
    known = [name for name in WAITING if name in offered(settings)]
    assert [*census_of([], NOW, settings, UNREACHED).waiting] == known
    assert "key-old" not in census_of([], NOW, settings).waiting


@pytest.mark.parametrize(("hours", "expected"), [(0, False), (2, False), (3, True), (48, True)])
def test_numbers_are_old_once_two_runs_are_missing(hours: int, expected: bool) -> None:
    assert is_old(counted([]), NOW + timedelta(hours=hours)) is expected


@given(st.lists(members, max_size=30))
def test_the_highest_column_is_as_high_as_the_picture_and_none_leaves_it(found: list[Member]) -> None:
    weeks = counted(found).weeks
    shown = columns(weeks)
    assert len(shown) == WEEKS
    numbers = [column.number for week in shown for column in (week.invited, week.active)]
    assert numbers == [number for week in weeks for number in (week.invited, week.active)]
    heights = [column.height for week in shown for column in (week.invited, week.active)]
    assert max(heights) == (HEIGHT if any(numbers) else 0)
    assert all(column.y + column.height == pytest.approx(HEIGHT) for week in shown for column in (week.invited,))
