"""The day on which a member's access ends."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.errors import InvalidInput
from chalicelib.members.last_day import begins, checked_until, is_near, is_over

NOW = datetime(2026, 11, 30, 15, 30, tzinfo=UTC)


def test_the_day_begins_at_midnight_where_the_organisation_is() -> None:
    assert begins("2026-12-31", "Asia/Tokyo") == datetime(2026, 12, 30, 15, tzinfo=UTC)
    assert begins("2026-12-31", "") == datetime(2026, 12, 31, tzinfo=UTC)
    assert begins("2026-12-31", "America/New_York") == datetime(2026, 12, 31, 5, tzinfo=UTC)


def test_a_day_without_a_midnight_begins_with_its_first_moment() -> None:
    assert begins("2027-04-30", "Africa/Cairo") == datetime(2027, 4, 29, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["2026-02-30", "2026-13-01", "20261231", "2026-W01-1", "31.12.2026", "9999-12-31", "２026-12-31"],
)
def test_what_is_not_a_day_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="is not a day"):
        checked_until(text, NOW, "")


def test_blanks_around_a_day_do_not_matter_and_no_day_is_one_too() -> None:
    assert checked_until(" 2026-12-31 ", NOW, "") == "2026-12-31"
    assert checked_until("  ", NOW, "") == ""


def test_a_day_that_has_begun_there_is_refused() -> None:
    assert checked_until("2026-12-01", NOW, "") == "2026-12-01"
    for until, zone in [("2026-12-01", "Asia/Tokyo"), ("2026-11-30", ""), ("2020-01-01", "")]:
        with pytest.raises(InvalidInput, match="has begun already"):
            checked_until(until, NOW, zone)


def test_access_is_over_from_midnight_on_and_near_its_end_a_week_before() -> None:
    midnight = datetime(2026, 12, 30, 15, tzinfo=UTC)
    second = timedelta(seconds=1)
    assert not is_over("2026-12-31", midnight - second, "Asia/Tokyo")
    assert is_over("2026-12-31", midnight, "Asia/Tokyo")
    assert not is_near("2026-12-31", midnight - timedelta(days=7) - second, "Asia/Tokyo")
    assert is_near("2026-12-31", midnight - timedelta(days=7), "Asia/Tokyo")


@pytest.mark.parametrize("until", ["", "whenever", "2026-02-30", "９999-12-31", "True"])
def test_what_is_no_day_in_a_record_has_ended_access(until: str) -> None:
    assert is_over(until, NOW, "Asia/Tokyo")
    assert is_near(until, NOW, "Asia/Tokyo")


def test_without_a_day_access_goes_on() -> None:
    assert not is_over(None, NOW, "")
    assert not is_near(None, NOW, "")
