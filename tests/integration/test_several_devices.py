"""Members with several devices, and what administrators, sweeper, reset, refresh and offboarding make of them."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.wiring import Portal
from tests.helpers.admin_calls import call, devices_of, done, events_of, first_day, keys_of
from tests.helpers.aws_faults import Before, Call, Fault, Wire, watched
from tests.helpers.console_administrator import signed_in
from tests.helpers.further_devices import all_devices, by_hand, further, record_of, recorded, serial_of, unfinished
from tests.helpers.journeys import calls_of
from tests.helpers.member_walk import Walk
from tests.helpers.sweeper import later, swept
from tests.helpers.terminal_in_process import Terminal
from tests.helpers.worlds import MEMBER, World, a_world, again, in_process_browser, invited

FIRST, SECOND = serial_of(MEMBER), serial_of(f"{MEMBER}-x7k2m9qpwz")
RESET, OFFBOARD = f"members/{MEMBER}/mfa-reset", f"members/{MEMBER}"
DAY = timedelta(days=1)
OWN_PAGE = ("own_link_hash", "own_link_ends_at", "own_session_hash", "own_session_ends_at", "own_proof_serial")


def with_two(here: Portal) -> World:
    """A member with two devices, a third that was begun, a replaced key, and an own page; 20 minutes later."""
    world = a_world(here)
    first_day(world)
    further(here, f"{MEMBER}-x7k2m9qpwz")
    unfinished(here, f"{MEMBER}-q5w8e2rtyu")
    former, ends_at = next(iter(keys_of(world))), here.now() + DAY
    world.iam.create_access_key(UserName=MEMBER)
    recorded(here, former_key_id=former, former_key_ends_at=ends_at)
    recorded(here, own_link_hash="ab", own_link_ends_at=ends_at, own_session_hash="cd", own_session_ends_at=ends_at)
    recorded(here, own_proof_serial=SECOND, own_proved_at=here.now())
    world.clock.lead += timedelta(minutes=20)
    return world


@pytest.fixture
def two(aws: Portal) -> World:
    return again(with_two, aws)


def refreshed() -> list[str]:
    return [one["message"] for one in done("POST", "refresh", {})["differences"]]


def shown() -> dict[str, Any]:
    return done("GET", f"members/{MEMBER}")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "reset_call" in metafunc.fixturenames:
        metafunc.parametrize("reset_call", calls_of(with_two, lambda _: done("POST", RESET, {})), ids=str)
    if "offboarding_call" in metafunc.fixturenames:
        metafunc.parametrize("offboarding_call", calls_of(with_two, lambda _: done("DELETE", OFFBOARD)), ids=str)


def test_an_administrator_sees_every_device_and_whose_it_is(two: World) -> None:
    spare = by_hand(two.portal, "spare")
    answer = shown()
    names = ("serial_number", "is_registered", "is_in_config", "is_passkey")
    assert [tuple(device[name] for name in names) for device in answer["iam"]["devices"]] == [
        (FIRST, True, True, False),
        (SECOND, True, False, False),
        (spare, False, False, False),
    ]
    assert answer["differences"] == []
    assert answer["member"]["device_count"] == 2
    assert refreshed() == []


def test_a_refresh_keeps_the_device_of_the_config_wherever_iam_lists_it(two: World) -> None:
    recorded(two.portal, serial_number=SECOND)
    assert refreshed() == []
    record = record_of(two.portal)
    assert (record.serial_number, record.registered_serials) == (SECOND, (FIRST, SECOND))


def test_a_device_that_is_gone_leaves_the_record_and_the_config_names_another(two: World) -> None:
    two.iam.deactivate_mfa_device(UserName=MEMBER, SerialNumber=FIRST)
    (told,) = refreshed()
    assert told.startswith(f"The MFA device {FIRST} is gone from IAM, and the config names it")
    record = record_of(two.portal)
    assert (record.serial_number, record.registered_serials) == (SECOND, (SECOND,))
    assert shown()["member"]["state"] == "active"
    assert refreshed() == []


def test_a_refresh_does_not_forget_a_device_that_is_registered_meanwhile(two: World) -> None:
    """The member finishes a third one while IAM is being asked, and another one is gone."""
    two.iam.deactivate_mfa_device(UserName=MEMBER, SerialNumber=SECOND)
    with watched(two.portal, Before("ListMFADevices", lambda: further(two.portal, f"{MEMBER}-third"))):
        status, _ = call("POST", "refresh", {})
    assert status == 503
    assert serial_of(f"{MEMBER}-third") in record_of(two.portal).registered_serials
    done("POST", "refresh", {})
    assert record_of(two.portal).registered_serials == (FIRST, serial_of(f"{MEMBER}-third"))


def test_a_journey_registers_the_only_device(world: World) -> None:
    first_day(world)
    record = record_of(world.portal)
    assert (record.serial_number, record.registered_serials) == (FIRST, (FIRST,))


def test_a_device_that_was_there_before_is_not_called_the_portals(world: World) -> None:
    spare = by_hand(world.portal, "spare")
    later(world.portal, 20 * DAY)
    again_invited = invited(world.portal)
    Walk(in_process_browser(), again_invited.token).to_the_end()
    assert record_of(world.portal).serial_number == spare
    (device,) = shown()["iam"]["devices"]
    assert (device["is_registered"], device["is_in_config"]) == (False, True)


def is_reset(world: World) -> bool:
    record = record_of(world.portal)
    left = (
        "serial_number",
        "registered_serials",
        "adding_serial",
        "adding_at",
        "former_key_id",
        "former_key_ends_at",
    )
    return all_devices(world.portal) == [] and not any(getattr(record, name) for name in (*left, *OWN_PAGE))


def test_a_reset_removes_every_device_and_ends_the_own_page(two: World) -> None:
    removed = done("POST", RESET, {})["removed"]
    assert [one["name"] for one in removed if one["kind"] == "mfa_device"] == [FIRST, SECOND]
    assert is_reset(two)


def test_a_replaced_key_does_not_come_back_with_the_next_proof(two: World) -> None:
    former = record_of(two.portal).former_key_id
    (kept,) = keys_of(two).keys() - {former}
    answer = done("POST", RESET, {})
    assert set(keys_of(two).values()) == {"Inactive"}
    assert record_of(two.portal).deactivated_keys == (kept,)
    Walk(in_process_browser(), answer["token"], has_key=True).to_the_end()
    assert keys_of(two) == {former: "Inactive", kept: "Active"}
    assert record_of(two.portal).registered_serials == (FIRST,)


@pytest.mark.parametrize("fault", Fault, ids=str)
def test_a_reset_of_several_devices_survives_a_fault_at_every_call(
    aws: Portal, reset_call: Call, fault: Fault
) -> None:
    world = again(with_two, aws)
    former = record_of(aws).former_key_id
    with watched(aws, Wire(reset_call, fault)):
        assert call("POST", RESET, {})[0] == 503
        done("POST", RESET, {})
    assert is_reset(world)
    assert set(keys_of(world).values()) == {"Inactive"}
    assert former not in record_of(aws).deactivated_keys
    assert len(record_of(aws).deactivated_keys) == 1


def test_a_reset_knows_a_device_that_was_begun_at_the_same_moment(two: World) -> None:
    """The record names another one than was read: the reset begins again with it."""
    with watched(two.portal, Before("ListAccessKeys", lambda: unfinished(two.portal, f"{MEMBER}-newest"))):
        assert call("POST", RESET, {})[0] == 503
    done("POST", RESET, {})
    assert f"{MEMBER}-newest" not in all_devices(two.portal)


def test_a_device_that_is_enabled_while_the_reset_runs_goes_with_the_next_try(two: World) -> None:
    third = record_of(two.portal).adding_serial

    def enable() -> None:
        codes = {"AuthenticationCode1": "123456", "AuthenticationCode2": "654321"}
        two.iam.enable_mfa_device(UserName=MEMBER, SerialNumber=third, **codes)

    with watched(two.portal, Before("DeleteVirtualMFADevice", enable)):
        assert call("POST", RESET, {})[0] == 503
        done("POST", RESET, {})
    assert is_reset(two)


def test_from_the_first_moment_of_an_offboarding_the_own_page_is_closed(two: World) -> None:
    with watched(two.portal, Wire(Call("DeleteUser", 1), Fault.THROTTLED)):
        assert call("DELETE", OFFBOARD)[0] == 503
    assert not any(getattr(record_of(two.portal), name) for name in OWN_PAGE)


@pytest.mark.parametrize("fault", Fault, ids=str)
def test_offboarding_leaves_no_device_whatever_call_fails(
    aws: Portal, offboarding_call: Call, fault: Fault
) -> None:
    again(with_two, aws)
    with watched(aws, Wire(offboarding_call, fault)):
        assert call("DELETE", OFFBOARD)[0] == 503
        status, _ = call("DELETE", OFFBOARD)
    assert status in {200, 404}  # nothing is left to find where only the last reply was lost
    assert all_devices(aws) == []
    assert aws.members.get(MEMBER) is None


def test_a_further_device_that_was_given_up_is_swept_after_a_day_and_no_record_changes(two: World) -> None:
    third = record_of(two.portal).adding_serial
    assert swept(two.portal).devices == []
    later(two.portal, DAY)
    before = record_of(two.portal)
    assert swept(two.portal).devices == [MEMBER]
    assert all_devices(two.portal) == [MEMBER, f"{MEMBER}-x7k2m9qpwz"]
    assert record_of(two.portal) == before
    assert ("firstday-sweeper", "device.swept") in events_of()
    assert third not in devices_of(two)
    assert swept(two.portal).devices == []


def test_who_begins_again_while_it_sweeps_keeps_the_device(two: World) -> None:
    later(two.portal, DAY)
    third = record_of(two.portal).adding_serial

    def begin_again() -> None:
        recorded(two.portal, adding_serial=third, adding_at=two.portal.now())

    with watched(two.portal, Before("ListVirtualMFADevices", begin_again)):
        assert swept(two.portal).devices == []
    assert f"{MEMBER}-q5w8e2rtyu" in all_devices(two.portal)


def test_a_member_has_eight_devices_at_most(two: World) -> None:
    for number in range(6):
        by_hand(two.portal, f"more-{number}")
    with pytest.raises(two.iam.exceptions.LimitExceededException):
        by_hand(two.portal, "ninth")
    assert len(shown()["iam"]["devices"]) == 8


def test_the_terminal_shows_every_device_with_what_an_administrator_may_not_know(
    two: World, tmp_path: Path
) -> None:
    by_hand(two.portal, "spare")
    terminal = Terminal(two, tmp_path)
    shown_text = re.sub(r"since [\d-]+ [\d:]+", "since TIME", terminal.run("member", MEMBER).stdout)
    assert re.findall(r"^  MFA device +arn:aws:iam::123456789012:mfa/(.*)$", shown_text, re.MULTILINE) == [
        f"{MEMBER}, since TIME, in the config",
        f"{MEMBER}-x7k2m9qpwz, since TIME",
        "spare, since TIME, not registered through the portal",
    ]
    assert "  !" not in shown_text
    (line,) = [line for line in terminal.run("members").stdout.splitlines() if line.startswith(MEMBER)]
    assert re.search(r"  proved \S+, 2 devices  ", line)


def test_the_console_shows_them_too(two: World) -> None:
    by_hand(two.portal, "spare")
    admin = signed_in(two.portal)
    (count,) = re.findall(r"<br>(\d+) MFA devices", admin.get("console/members").answer.body)
    assert count == "2"
    page = admin.get(f"console/member?user_name={MEMBER}").answer.body
    assert page.count("Named by the member’s config") == page.count("Not registered through the portal") == 1
    assert (
        page.index(f"{FIRST}<") < page.index("Named by") < page.index(f"{SECOND}<") < page.index("Not registered")
    )
