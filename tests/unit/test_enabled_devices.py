"""Several devices of a member: which the config names, which are gone, and how they are shown."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.admin.directory import Facts, differences
from chalicelib.admin.refreshing import corrected
from chalicelib.members.enabled_devices import config_serial, device_count, enabled_devices, gone_serials
from chalicelib.members.iam_records import MFADevice
from chalicelib.members.record import Member

NOW = datetime(2026, 12, 1, tzinfo=UTC)
ARN = "arn:aws:iam::123456789012:mfa/"
FIRST, SECOND, HAND = f"{ARN}ada", f"{ARN}ada-x7k2m9qpwz", f"{ARN}spare"
PASSKEY = "arn:aws:iam::123456789012:u2f/user/ada/laptop"
ADA = Member("ada", NOW, token_hash="ab", proved_at=NOW, serial_number=FIRST, registered_serials=(FIRST, SECOND))


def found(*serial_numbers: str) -> tuple[MFADevice, ...]:
    """As IAM lists them, each enabled an hour before the one in front of it."""
    return tuple(MFADevice(one, NOW - timedelta(hours=age)) for age, one in enumerate(serial_numbers))


def facts(*serial_numbers: str) -> Facts:
    return Facts("ada", (), (), found(*serial_numbers), ())


def told(member: Member, *serial_numbers: str) -> list[str]:
    return [str(words) for words in differences(member, facts(*serial_numbers))]


@pytest.mark.parametrize(
    ("there", "named"),
    [
        ((SECOND, FIRST), FIRST),  # the same as before, whichever IAM lists first
        ((HAND, SECOND), SECOND),  # then another one of the portal's
        ((PASSKEY, HAND), HAND),  # a passkey last
        ((PASSKEY,), PASSKEY),
        ((), None),
    ],
)
def test_the_config_goes_on_with_its_device_as_long_as_it_is_there(
    there: tuple[str, ...], named: str | None
) -> None:
    assert config_serial(ADA, found(*there)) == named


@given(st.permutations([FIRST, SECOND, HAND, PASSKEY]))
def test_the_order_of_iams_list_changes_no_record(listed: list[str]) -> None:
    after = corrected(ADA, facts(*listed), NOW)
    assert after == replace(ADA, observed_at=NOW)
    assert told(ADA, *listed) == []


def test_a_refresh_drops_what_is_gone_and_says_so() -> None:
    after = corrected(ADA, facts(FIRST), NOW)
    assert (after.serial_number, after.registered_serials) == (FIRST, (FIRST,))
    assert told(ADA, FIRST) == [f"The MFA device {SECOND} is gone from IAM."]
    assert told(after, FIRST) == []


def test_a_config_that_names_a_device_that_is_gone_is_to_be_fetched_again() -> None:
    after = corrected(ADA, facts(HAND, SECOND), NOW)
    assert (after.serial_number, after.registered_serials) == (SECOND, (SECOND,))
    assert told(ADA, HAND, SECOND) == [
        f"The MFA device {FIRST} is gone from IAM, and the config names it:"
        " the member has to fetch the config again."
    ]
    assert told(after, HAND, SECOND) == []


def test_with_the_last_device_goes_the_proof() -> None:
    after = corrected(ADA, facts(), NOW)
    assert (after.proved_at, after.serial_number, device_count(after)) == (None, None, 0)
    assert told(ADA) == ["The MFA device that was proved is gone from IAM."]


def test_a_record_of_an_earlier_release_has_its_only_device() -> None:
    earlier = replace(ADA, registered_serials=())
    assert device_count(earlier) == 1
    assert gone_serials(earlier, found(SECOND)) == (FIRST,)
    assert [one.is_registered for one in enabled_devices(earlier, found(FIRST, HAND))] == [False, True]


def test_devices_are_shown_from_the_oldest_to_the_newest_as_what_they_are() -> None:
    shown = enabled_devices(ADA, found(PASSKEY, HAND, SECOND, FIRST))
    assert [one.serial_number for one in shown] == [FIRST, SECOND, HAND, PASSKEY]
    assert [one.is_registered for one in shown] == [True, True, False, False]
    assert [one.is_in_config for one in shown] == [True, False, False, False]
    assert [one.is_passkey for one in shown] == [False, False, False, True]


def test_a_device_counts_once_and_only_while_mfa_is_proved() -> None:
    assert device_count(ADA) == 2
    assert device_count(replace(ADA, serial_number=HAND)) == 3
    assert device_count(replace(ADA, proved_at=None)) == 0
