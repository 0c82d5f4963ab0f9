"""IAM may take codes that are late, and the device does not work then: no group comes before two fresh codes."""

from typing import Any

import pytest

from firstday.verification.browser import Page
from tests.helpers.admin_calls import devices_of, events_of, groups_of
from tests.helpers.aws_faults import Refuse, Wire, watched
from tests.helpers.member_walk import Walk, scan, shown_codes
from tests.helpers.worlds import MEMBER, World, with_settings

FRESH = "Enter two fresh codes"
BASELINE = ["firstday-members"]
GRANTED = ["developers", "firstday-members"]


def enter(world: World, page: Page, action: str, late: int) -> Page:
    return world.browser.submit(page.form(action), **shown_codes(page, action, late=late))


def registered(world: World, late: int) -> Page:
    """The page after two codes that were ``late`` steps old."""
    page = world.browser.post("start", {"token": world.invitation.token})
    return enter(world, world.browser.submit(page.form("register-device")), "codes", late)


@pytest.mark.parametrize("late", [-1, 0, 1])
def test_codes_of_the_present_and_of_a_step_beside_it_are_enough(world: World, late: int) -> None:
    assert registered(world, late).heading == "Get your access key"
    assert groups_of(world) == GRANTED


@pytest.mark.parametrize(
    ("late", "told"),
    [
        (2, "Your codes were 1 minute old when they arrived"),
        (8, "Your codes were 4 minutes old when they arrived"),
        (20, "Your codes were 10 minutes old when they arrived"),
        (1080, "Your phone’s clock is about 9 hours slow"),
        (-6, "Your phone’s clock is 3 minutes fast"),
        (2000, "We cannot tell how old the codes were"),
    ],
)
def test_others_register_the_device_and_get_no_group(world: World, late: int, told: str) -> None:
    page = registered(world, late)
    assert (page.status, page.heading) == (200, FRESH)
    assert told in page.text
    assert (groups_of(world), len(devices_of(world))) == (BASELINE, 1)
    assert "mfa.enabled" not in {action for _, action in events_of()}


def test_a_slow_typist_is_let_in_with_two_fresh_codes(world: World) -> None:
    page = enter(world, registered(world, 8), "fresh-codes", 0)
    assert page.heading == "Get your access key"
    assert groups_of(world) == GRANTED


@pytest.mark.parametrize("again", [19, 20, 21])
def test_a_slow_clock_is_noted_by_aws_and_told(world: World, again: int) -> None:
    page = enter(world, registered(world, 20), "fresh-codes", again)
    assert page.heading == "Your MFA device is registered"
    assert f"Your phone’s clock is {round(again / 2)} minutes slow" in page.text
    assert groups_of(world) == GRANTED


@pytest.mark.parametrize(("late", "again"), [(8, 4), (20, 8), (20, 22), (2000, 2000), (2000, 8)])
def test_who_is_late_again_by_another_time_is_asked_again(world: World, late: int, again: int) -> None:
    page = enter(world, registered(world, late), "fresh-codes", again)
    assert page.heading == FRESH
    assert groups_of(world) == BASELINE
    assert enter(world, page, "fresh-codes", 0).heading == "Get your access key"


def test_opening_the_link_again_is_no_way_round(world: World) -> None:
    registered(world, 8)
    page = world.browser.post("register-device", {})
    assert page.heading == "You already have an MFA device"
    assert groups_of(world) == BASELINE
    page = world.browser.submit(page.form("existing-device"), code1="123456", code2="654321")
    assert groups_of(world) == GRANTED


def test_fresh_codes_on_the_first_page_once_more_set_the_devices_clock(world: World) -> None:
    """The back button leads to the page of the QR code, which takes codes as before."""
    page = scan(world)
    assert enter(world, page, "codes", 8).heading == FRESH
    typed = shown_codes(page, "codes")
    with watched(world.portal, Wire()) as wire:
        assert world.browser.submit(page.form("codes"), **typed).heading == "Get your access key"
    assert [one.operation for one in wire.calls].count("ResyncMFADevice") == 1
    assert groups_of(world) == GRANTED


def test_a_device_that_went_while_the_first_page_was_open_means_a_new_qr_code(world: World) -> None:
    page = scan(world)
    enter(world, page, "codes", 8)
    with watched(world.portal, Refuse("ResyncMFADevice", "NoSuchEntity")):
        assert enter(world, page, "codes", 0).heading == "You need a new QR code"
    assert groups_of(world) == BASELINE


def test_nor_is_sending_the_late_codes_again(world: World) -> None:
    page = scan(world)
    for _ in range(2):
        assert enter(world, page, "codes", 8).heading == FRESH
    assert groups_of(world) == BASELINE


@pytest.mark.parametrize("drift", ["", "-8", "0", "x", "-99999", "1e3", "８"])
def test_what_the_page_says_of_the_first_codes_opens_nothing_by_itself(world: World, drift: str) -> None:
    page = registered(world, 8)
    form = page.form("fresh-codes")
    form.fields["drift"] = drift
    with watched(world.portal, Refuse("ResyncMFADevice", "InvalidAuthenticationCode")):
        refused = world.browser.submit(form, **shown_codes(page, "fresh-codes"))
    assert (refused.status, refused.heading) == (400, FRESH)
    assert groups_of(world) == BASELINE


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({"code1": "123456", "code2": "123456"}, "You entered the same code twice"),
        ({"code1": "", "code2": ""}, "A code is six digits"),
    ],
)
def test_codes_that_cannot_be_right_are_refused_and_the_page_stays(
    world: World, typed: dict[str, Any], problem: str
) -> None:
    page = registered(world, 8)
    refused = world.browser.submit(page.form("fresh-codes"), **typed)
    assert (refused.status, refused.heading) == (400, FRESH)
    assert problem in refused.text
    assert refused.form("fresh-codes").fields["seed"] == page.form("fresh-codes").fields["seed"]


def test_codes_that_were_used_before_are_told_as_that(world: World) -> None:
    page = registered(world, 8)
    with watched(world.portal, Refuse("ResyncMFADevice", "InvalidAuthenticationCode")):
        assert "These codes were used before" in enter(world, page, "fresh-codes", 0).text


def test_a_device_that_was_removed_meanwhile_means_a_new_qr_code(world: World) -> None:
    page = registered(world, 8)
    (serial_number,) = devices_of(world)
    world.iam.deactivate_mfa_device(UserName=MEMBER, SerialNumber=serial_number)
    with watched(world.portal, Refuse("ResyncMFADevice", "NoSuchEntity")):
        assert enter(world, page, "fresh-codes", 0).heading == "You need a new QR code"


def test_the_language_can_be_changed_and_the_seed_is_in_the_page_alone(world: World) -> None:
    page = registered(world, 8)
    (switch,) = [form for form in page.forms if "lang" in form.fields]
    japanese = world.browser.submit(switch, lang="ja")
    assert japanese.form("fresh-codes").fields["drift"] == "-8"
    assert world.browser.get("fresh-codes").heading != japanese.heading
    assert japanese.form("fresh-codes").fields["seed"] not in str(world.dynamodb.scan(TableName="members"))


def test_the_page_of_a_noted_clock_leads_on_to_the_password_where_there_is_one(world: World) -> None:
    world = with_settings(world, console_password=True)
    page = enter(world, registered(world, 20), "fresh-codes", 20)
    assert any(link.endswith("/password") for link in page.links)


def test_the_journey_goes_on_to_its_end(world: World) -> None:
    walked = Walk(world.browser, world.invitation.token, late=(8, 5, 0)).to_the_end()
    assert walked.headings.count(FRESH) == 2
