"""Moments in the organisation's time zone, for browsers that do not tell theirs."""

import re
from datetime import UTC, datetime

import pytest
from jinja2 import Environment

from chalicelib.members.record import natural
from chalicelib.settings.reader import read_settings
from chalicelib.settings.time_zones import rules_of, zone_of
from chalicelib.web import rendering
from tests.helpers.settings_makers import example_values

WINTER, SUMMER = datetime(2026, 1, 15, 12, tzinfo=UTC), datetime(2026, 7, 15, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("", ["2026-01-15 12:00 UTC+00:00", "2026-07-15 12:00 UTC+00:00"]),
        ("Asia/Tokyo", ["2026-01-15 21:00 UTC+09:00", "2026-07-15 21:00 UTC+09:00"]),
        ("Europe/Berlin", ["2026-01-15 13:00 UTC+01:00", "2026-07-15 14:00 UTC+02:00"]),
        ("America/St_Johns", ["2026-01-15 08:30 UTC-03:30", "2026-07-15 09:30 UTC-02:30"]),
    ],
)
def test_each_moment_has_the_offset_of_its_own_day(name: str, shown: list[str]) -> None:
    environment: Environment = rendering._environment()
    rendering._time_zone.set(name)
    macros = environment.get_template("console/parts/macros.html").module
    texts = [str(macros.moment(at)) for at in (WINTER, SUMMER)]  # type: ignore[attr-defined]
    assert [re.sub("<[^>]*>", "", text).strip() for text in texts] == shown
    assert 'datetime="2026-01-15T12:00:00Z"' in texts[0]


def test_the_zone_is_a_setting() -> None:
    settings = read_settings(example_values() | {"time_zone": "Asia/Tokyo"})
    assert settings.time_zone == "Asia/Tokyo"
    assert zone_of(settings.time_zone).utcoffset(WINTER) == zone_of("Asia/Tokyo").utcoffset(SUMMER)


def test_the_rules_of_the_zone_ship() -> None:
    assert (rules_of("Asia/Tokyo") or b"").startswith(b"TZif")
    assert rules_of("") is None


def test_names_are_in_the_order_in_which_people_put_them() -> None:
    names = ["member-10", "Member-2", "member-1", "member", "10", "9", "a1b10", "a1b9", "zoe", "Anna"]
    assert sorted(names, key=natural) == [
        "9", "10", "a1b9", "a1b10", "Anna", "member", "member-1", "Member-2", "member-10", "zoe",
    ]  # fmt: skip
