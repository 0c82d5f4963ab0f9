"""What a list of members can be narrowed to."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chalicelib.members.list_filters import ALL_WANTED, ListFilter, matches, offered, proved_only, wanted_named
from chalicelib.members.record import Member, MemberState
from tests.helpers.settings_makers import example_settings

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
ACTIVE = Member("dev-simple-user", NOW, proved_at=NOW, access_key_id="AKIANEW")
EXAMPLE = example_settings()
AGEING = replace(EXAMPLE, access_key_days=90)
TOLD = "AKIANEW 2026-12-10 1 told 2026-11-30"


def test_what_is_asked_for_is_a_state_or_a_filter() -> None:
    assert wanted_named("expired") is MemberState.EXPIRED
    assert wanted_named("key-old") is ListFilter.KEY_OLD
    assert wanted_named("happy") is None
    assert len(set(ALL_WANTED)) == len(ALL_WANTED)


def test_everybody_matches_where_nothing_is_asked_for() -> None:
    assert matches(None, ACTIVE, EXAMPLE, NOW)
    assert matches(MemberState.ACTIVE, ACTIVE, EXAMPLE, NOW)
    assert not matches(MemberState.INVITED, ACTIVE, EXAMPLE, NOW)


@pytest.mark.parametrize(
    ("line", "is_old"),
    [
        (TOLD, True),
        ("AKIANEW 2026-12-10 2 ending 2026-12-10", True),
        ("AKIANEW 2026-12-10 2 ended 2026-12-10", True),
        ("AKIAFORMER 2026-12-10 2 ended 2026-12-10", False),
        ("AKIANEW what a newer version writes", False),
    ],
)
def test_a_key_is_old_from_its_first_notice_until_there_is_another_one(line: str, is_old: bool) -> None:
    member = replace(ACTIVE, ageing_keys=(line,))
    assert matches(ListFilter.KEY_OLD, member, AGEING, NOW) is is_old
    assert not matches(ListFilter.KEY_OLD, member, EXAMPLE, NOW), "nothing is old where keys do not age"


def test_the_console_offers_nothing_that_is_turned_off() -> None:
    assert ListFilter.KEY_OLD in offered(AGEING)
    assert ListFilter.KEY_OLD not in offered(EXAMPLE)
    assert [*MemberState] == [each for each in offered(EXAMPLE) if isinstance(each, MemberState)]


@pytest.mark.parametrize("wanted", [None, *ALL_WANTED], ids=str)
def test_nobody_who_matches_is_left_out_by_whether_mfa_is_proved(wanted: MemberState | ListFilter | None) -> None:
    leaving, suspended = replace(ACTIVE, offboarding_at=NOW), replace(ACTIVE, suspended_at=NOW)
    members = (ACTIVE, leaving, suspended, replace(ACTIVE, ageing_keys=(TOLD,)), Member("another", NOW))
    for member in (each for each in members if matches(wanted, each, AGEING, NOW)):
        assert proved_only(wanted) in (None, member.proved_at is not None)
