"""If any call of the member's own page fails once, the member gets through, and nothing is half done."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import pytest

from chalicelib.aws.patience import Patience
from chalicelib.wiring import Portal
from firstday.verification.browser import Browser, Page
from tests.helpers.aws_faults import Call, Fault, watched
from tests.helpers.comebacks import STEPS, JudgedOnce, Step, check_always, check_end, to_the_end, told
from tests.helpers.worlds import again, deployed, in_process, within


@cache
def calls_of(step: Step) -> tuple[Call, ...]:
    """Every AWS call of the step without a fault, recorded: a new call is covered by itself."""
    with within(step.begin) as world, watched(world.portal, JudgedOnce()) as wire:
        page = step.go(world, 0)
        calls = tuple(wire.calls)
        assert step.ends in page.text, page.text
    return calls


@pytest.mark.parametrize("fault", Fault, ids=str)
@pytest.mark.parametrize("step", STEPS, ids=str)
def test_a_call_that_fails_once_leaves_nothing_half_done(step: Step, fault: Fault, aws: Portal) -> None:
    for call in calls_of(step):
        world = replace(again(step.begin, aws), shown=[])
        with watched(world.portal, JudgedOnce(call, fault)):
            to_the_end(world, step)
        check_end(world)
        assert step.told is None or step.told in told(world), call


class SentTwice(Browser):
    """Sends each form twice, as a reload of its answer does; the page is the second answer."""

    def __init__(self, browser: Browser) -> None:
        super().__init__(in_process, browser.root)
        self.cookies = dict(browser.cookies)
        self.first: list[Page] = []

    def post(self, address: str, fields: Mapping[str, str]) -> Page:
        self.first.append(super().post(address, fields))
        return super().post(address, fields)


# What a reload of the answer says where it is not the same as before.
OTHERWISE = {
    "fetch_link": "This link no longer works",
    "replace_key": "Replace your access key",  # which says that these codes were used before
}


@pytest.mark.parametrize("step", STEPS, ids=str)
def test_a_form_that_is_sent_again_does_nothing_a_second_time(step: Step, aws: Portal) -> None:
    world = replace(again(step.begin, aws), shown=[])
    world.browser = browser = SentTwice(world.browser)
    with watched(world.portal, JudgedOnce()):
        page = step.go(world, 0)
    expected = OTHERWISE.get(step.go.__name__)
    if expected:
        assert step.ends in browser.first[-1].text
        assert page.heading == expected
    else:
        assert step.ends in page.text
    check_always(world)


@pytest.mark.parametrize("step", STEPS, ids=str)
def test_each_page_may_be_loaded_again(step: Step, aws: Portal) -> None:
    world = again(step.begin, aws)
    for address in (
        "me",
        "me/overview",
        "me/add-device",
        "me/replace-key",
        "me/config",
        "me/codes",
        "me/fresh-codes",
    ):
        pages = [world.browser.get(address) for _ in range(2)]
        assert {page.status for page in pages} == {
            403 if step.begin.__name__ == "active" and address != "me" else 200
        }
        assert len({page.heading for page in pages}) == 1
    check_always(world)


def test_the_steps_reach_every_call_of_the_own_page() -> None:
    reached = {call.operation for step in STEPS for call in calls_of(step)}
    assert reached == {
        "CreateAccessKey",
        "CreateVirtualMFADevice",
        "DeactivateMFADevice",
        "DeleteAccessKey",
        "DeleteVirtualMFADevice",
        "EnableMFADevice",
        "GetAccessKeyLastUsed",
        "GetItem",
        "ListAccessKeys",
        "ListMFADevices",
        "ResyncMFADevice",
        "TransactWriteItems",
        "UpdateAccessKey",
        "UpdateItem",
    }


@pytest.mark.parametrize("step", STEPS, ids=str)
def test_a_lost_reply_leaves_nothing_half_done_where_botocore_tries_again(step: Step) -> None:
    with deployed(Patience(seconds=60, pause=lambda _: None)) as here:
        for call in calls_of(step):
            world = replace(again(step.begin, here), shown=[])
            with watched(world.portal, JudgedOnce(call, Fault.CUT_AFTER)):
                to_the_end(world, step)
            check_end(world)
