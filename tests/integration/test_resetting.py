"""A lost phone: what is taken away, and how the member comes back."""

from datetime import timedelta

import pytest

from chalicelib.aws_errors import UserMissing
from chalicelib.members.belongings import Belonging, Kind
from chalicelib.wiring import Portal
from tests.helpers.admin_calls import call, devices_of, done, events_of, first_day, groups_of, keys_of
from tests.helpers.aws_faults import Call, Fault, NotKnownYet, Wire, watched
from tests.helpers.journeys import active, calls_of
from tests.helpers.member_walk import Walk, scan, shown_codes
from tests.helpers.moto_gaps import make_older
from tests.helpers.replaced_keys import record
from tests.helpers.worlds import ADMIN, MEMBER, World, again, in_process_browser

RESET = f"members/{MEMBER}/mfa-reset"


def test_a_reset_takes_device_groups_and_keys_until_mfa_is_proved_again(world: World) -> None:
    first_day(world)
    answer = done("POST", RESET, {})
    assert devices_of(world) == []
    assert world.iam.list_virtual_mfa_devices()["VirtualMFADevices"] == []
    assert groups_of(world) == ["firstday-members"]
    assert list(keys_of(world).values()) == ["Inactive"]
    assert {(thing["kind"], thing["name"]) for thing in answer["removed"]} == {
        ("group", "developers"),
        ("access_key", *keys_of(world)),
        ("mfa_device", f"arn:aws:iam::123456789012:mfa/{MEMBER}"),
    }
    assert done("GET", f"members/{MEMBER}")["member"]["state"] == "reset"


def test_a_reset_ends_the_members_session_and_every_earlier_link(world: World) -> None:
    first_day(world)
    done("POST", RESET, {})
    assert world.browser.get("config").heading == "Open your invitation link again"
    page = in_process_browser().post("start", {"token": world.invitation.token})
    assert page.heading == "This invitation is no longer valid"


def test_the_journey_after_a_reset_begins_at_the_device_and_ends_with_the_same_config(world: World) -> None:
    before = first_day(world)
    keys = list(keys_of(world))
    answer = done("POST", RESET, {})
    make_older()
    browser = in_process_browser()
    after = Walk(browser, answer["token"], has_key=True, first="register-device")
    page = browser.post("start", {"token": answer["token"]})
    assert page.heading == "Register your phone"
    after.to_the_end()
    config = [walk.pages[-2].by_id["config-text"] for walk in (before, after)]
    assert config[0] == config[1]
    assert groups_of(world) == ["developers", "firstday-members"]
    assert keys_of(world) == {keys[0]: "Active"}
    assert done("GET", f"members/{MEMBER}")["member"]["state"] == "active"


def test_keys_that_were_inactive_before_the_reset_stay_so(world: World) -> None:
    first_day(world)
    (old,) = keys_of(world)
    world.iam.update_access_key(UserName=MEMBER, AccessKeyId=old, Status="Inactive")
    answer = done("POST", RESET, {})
    Walk(in_process_browser(), answer["token"], has_key=True).to_the_end()
    assert keys_of(world)[old] == "Inactive"


def test_a_key_that_was_replaced_before_the_reset_stays_inactive(world: World) -> None:
    first_day(world)
    (former,) = keys_of(world)
    new = world.iam.create_access_key(UserName=MEMBER)["AccessKey"]["AccessKeyId"]
    ends_at = world.portal.now() + timedelta(days=1)
    record(world.portal, access_key_id=new, former_key_id=former, former_key_ends_at=ends_at)
    answer = done("POST", RESET, {})
    assert set(keys_of(world).values()) == {"Inactive"}
    Walk(in_process_browser(), answer["token"], has_key=True).to_the_end()
    assert keys_of(world) == {former: "Inactive", new: "Active"}
    member = world.portal.members.get(MEMBER)
    assert member
    assert member.access_key_id == new


def test_who_did_it_is_in_the_audit_trail(world: World) -> None:
    first_day(world)
    world.clock.lead += timedelta(minutes=1)  # the trail has one opening a minute
    Walk(in_process_browser(), done("POST", RESET, {})["token"], has_key=True).to_the_end()
    told = events_of()
    assert ("admin", "mfa.reset") in told
    after = [action for _, action in told[told.index(("admin", "mfa.reset")) :]]
    assert after[:4] == ["mfa.reset", "invitation.created", "invitation.opened", "mfa.enabled"]
    assert (MEMBER, "access_key.activated") in told


@pytest.mark.usefixtures("world")
def test_a_reset_before_the_journey_is_just_a_new_link() -> None:
    answer = done("POST", RESET, {"passcode": True})
    assert answer["removed"] == []
    assert answer["passcode"]
    browser = in_process_browser()
    page = browser.post("start", {"token": answer["token"], "passcode": answer["passcode"]})
    assert page.heading == "Register your phone"


def test_a_session_that_is_under_way_gives_nothing_after_a_reset(world: World) -> None:
    page = scan(world)
    done("POST", RESET, {})
    page = world.browser.submit(page.form("codes"), **shown_codes(page))
    assert page.heading == "Open your invitation link again"
    assert groups_of(world) == ["firstday-members"]


@pytest.mark.usefixtures("world")
def test_nobody_is_reset_whom_the_portal_does_not_know() -> None:
    status, answer = call("POST", "members/stranger/mfa-reset", {})
    assert (status, answer["error"]["code"]) == (404, "member_unknown")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "reset_call" in metafunc.fixturenames:
        metafunc.parametrize("reset_call", calls_of(active, lambda _: done("POST", RESET, {})), ids=str)


@pytest.mark.parametrize("fault", Fault, ids=str)
def test_a_reset_survives_a_fault_at_every_call(aws: Portal, reset_call: Call, fault: Fault) -> None:
    world = again(active, aws)
    with watched(aws, Wire(reset_call, fault)):
        status, answer = call("POST", RESET, {})
        assert status == 503, answer
        answer = done("POST", RESET, {})
    assert devices_of(world) == []
    assert groups_of(world) == ["firstday-members"]
    assert list(keys_of(world).values()) == ["Inactive"]
    assert ("admin", "mfa.reset") in events_of()
    make_older()
    walk = Walk(in_process_browser(), answer["token"], has_key=True).to_the_end()
    assert groups_of(world) == ["developers", "firstday-members"]
    assert walk.pages[-2].by_id["config-text"] == world.walked.pages[-2].by_id["config-text"]
    assert "Inactive" not in keys_of(world).values()


def test_a_device_is_not_told_as_removed_from_a_user_who_is_gone(world: World) -> None:
    device = Belonging(Kind.MFA_DEVICE, f"arn:aws:iam::123456789012:mfa/{MEMBER}")
    with watched(world.portal, NotKnownYet(is_listed=False)), pytest.raises(UserMissing):
        world.portal.iam_administration.remove(MEMBER, device)


def test_the_admin_is_named_by_the_arn_that_was_verified(world: World) -> None:
    first_day(world)
    done("POST", RESET, {})
    (event,) = [
        event
        for event in done("GET", f"audit-events?user_name={MEMBER}")["events"]
        if event["action"] == "mfa.reset"
    ]
    assert event["actor"] == ADMIN
    assert event["details"] == {"access_keys": " ".join(keys_of(world))}


def test_a_member_whom_a_refresh_left_without_groups_can_prove_a_new_phone(world: World) -> None:
    """Somebody took them out of their only group in IAM: nothing is given back, and nothing stands in the way."""
    first_day(world)
    world.clock.lead += timedelta(minutes=20)
    world.iam.remove_user_from_group(GroupName="developers", UserName=MEMBER)
    done("POST", "refresh", {})
    assert done("GET", f"members/{MEMBER}")["member"]["groups"] == []
    token = done("POST", RESET, {})["token"]
    Walk(in_process_browser(), token, has_key=True).to_the_end()
    assert done("GET", f"members/{MEMBER}")["member"]["state"] == "active"
    assert groups_of(world) == ["firstday-members"]


def test_a_session_whose_device_was_removed_in_iam_gets_no_key(world: World) -> None:
    page = scan(world)
    page = world.browser.submit(page.form("codes"), **shown_codes(page))
    world.iam.deactivate_mfa_device(UserName=MEMBER, SerialNumber=f"arn:aws:iam::123456789012:mfa/{MEMBER}")
    world.clock.lead += timedelta(minutes=20)
    done("POST", "refresh", {})
    page = world.browser.submit(page.form("access-key"))
    assert page.heading == "This invitation has already been used"
    assert keys_of(world) == {}
