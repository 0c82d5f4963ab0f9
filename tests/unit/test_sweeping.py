"""Which devices and invitations count as left behind, for every kind of record."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.admin.sweeping import abandoned_serial, may_have_left_device, never_opened
from chalicelib.members.invitations import OVER_FOR, needless
from chalicelib.members.record import Member, is_in_session

NOW = datetime(2026, 12, 1, tzinfo=UTC)
moments = st.none() | st.timedeltas(timedelta(days=-90), timedelta(days=10)).map(lambda since: NOW + since)
members = st.builds(
    Member,
    user_name=st.just("dev-simple-user"),
    created_at=st.just(NOW),
    former_hashes=st.sampled_from([(), ("aa",)]),
    **dict.fromkeys(("token_hash", "passcode_hash", "session_hash"), st.sampled_from([None, "ab"])),
    **dict.fromkeys(
        (
            "invited_at",
            "expires_at",
            "revoked_at",
            "opened_at",
            "session_expires_at",
            "session_idle_ends_at",
            "registering_at",
            "accepted_at",
            "proved_at",
            "reset_at",
            "offboarding_at",
        ),
        moments,
    ),
)


@given(members)
def test_nothing_is_taken_from_a_journey_that_goes_on(member: Member) -> None:
    if is_in_session(member, NOW):
        assert not may_have_left_device(member, NOW)
        assert needless(member, NOW) == ()


def a_member(**times: int | None) -> Member:
    """Each time, given as a number of days ago."""
    found = {name: NOW - timedelta(days=days) for name, days in times.items() if days is not None}
    return Member("dev-simple-user", NOW - timedelta(days=60), **found)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("member", "is_the_portals"),
    [
        (a_member(invited_at=9), False),  # the only link, and no QR code was asked for
        (a_member(invited_at=9, opened_at=8, registering_at=8), True),
        (a_member(invited_at=9, registering_at=0), False),  # today
        (a_member(invited_at=9, registering_at=8, session_expires_at=-1), False),  # in the middle of it
        (a_member(invited_at=9, registering_at=8, accepted_at=8, proved_at=8), False),  # done long ago
        (a_member(invited_at=9, reset_at=9), True),  # the journey before the reset may have left one
        (replace(a_member(invited_at=9), former_hashes=("aa",)), True),  # or the one of the link before
        (replace(a_member(invited_at=0), former_hashes=("aa",)), False),
    ],
)
def test_which_unassigned_device_of_a_members_name_is_the_portals(member: Member, is_the_portals: bool) -> None:
    assert may_have_left_device(member, NOW) is is_the_portals


@pytest.mark.parametrize(
    ("begun", "is_abandoned"), [(None, False), (timedelta(hours=23), False), (timedelta(hours=24), True)]
)
def test_a_further_device_is_abandoned_a_day_after_it_was_begun(
    begun: timedelta | None, is_abandoned: bool
) -> None:
    serial_number = "arn:aws:iam::123456789012:mfa/dev-simple-user-x7k2m9qpwz"
    begun_at = NOW - begun if begun is not None else None
    member = replace(a_member(accepted_at=8, proved_at=8), adding_serial=serial_number, adding_at=begun_at)
    assert abandoned_serial(member, NOW) == (serial_number if is_abandoned else None)
    assert not may_have_left_device(member, NOW)


@given(members)
def test_a_link_that_can_still_be_opened_keeps_its_passcode(member: Member) -> None:
    if member.expires_at is None or NOW - member.expires_at < OVER_FOR:
        assert needless(member, NOW) == ()
    assert "token_hash" not in needless(member, NOW)


@given(members)
def test_who_is_reported_never_came_and_is_not_expected(member: Member) -> None:
    if never_opened(member, NOW):
        assert (member.opened_at, member.proved_at, member.offboarding_at, member.revoked_at) == (None,) * 4
        assert member.expires_at is not None
        assert NOW - member.expires_at >= OVER_FOR
