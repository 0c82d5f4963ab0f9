"""AWS is busy: calls are made again inside the request, then the page goes on by itself from where it was."""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.aws.clients import patience_with
from chalicelib.aws.patience import WAITS, Patience
from chalicelib.members.record import Member
from firstday.verification.browser import Page
from tests.helpers.admin_calls import devices_of, events_of, groups_of
from tests.helpers.aws_faults import Before, Call, Fault, Wire, error_answer, watched
from tests.helpers.journeys import with_device
from tests.helpers.member_walk import enter_codes, scan, shown_codes
from tests.helpers.worlds import MEMBER, World, a_world, again, deployed, invited

GRANTED = ["developers", "firstday-members"]
BUSY = "AWS is busy"
CREATIONS = ("CreateVirtualMFADevice", "CreateAccessKey")


class Busy(Wire):
    """Throttles the next ``times`` calls of ``operation``, and tells which calls were answered."""

    def __init__(self, operation: str, times: int) -> None:
        super().__init__()
        self._operation, self._times = operation, times
        self.answered: list[str] = []

    def send(self, operation: str, request: Any) -> Any:
        if operation == self._operation and self._times:
            self._times -= 1
            return error_answer(request, 400, "Throttling", "ThrottlingException")
        self.answered.append(operation)
        return super().send(operation, request)


class Watch:
    """A clock that waits put forward."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    def pause(self, seconds: float) -> None:
        self.waits.append(seconds)

    def __call__(self) -> float:
        return sum(self.waits)


@pytest.mark.parametrize(
    "operation", ["CreateVirtualMFADevice", "EnableMFADevice", "AddUserToGroup", "CreateAccessKey"]
)
def test_a_throttled_call_is_made_again_and_the_member_sees_nothing_of_it(operation: str) -> None:
    watch = Watch()
    with deployed(Patience(seconds=60, pause=watch.pause, clock=watch)) as here:
        world, wire = a_world(here), Busy(operation, len(WAITS))
        with watched(here, wire):
            page = enter_codes(world.browser, scan(world))
            config = world.browser.submit(page.form("access-key"))
        assert config.heading == "Save two files"
        assert Counter(wire.answered)[operation] == 1
        assert len(watch.waits) == len(WAITS)
        assert all(0 <= wait <= longest for wait, longest in zip(watch.waits, WAITS, strict=True))


def test_a_request_does_not_wait_beyond_its_time() -> None:
    watch = Watch()
    with deployed(Patience(seconds=3, pause=watch.pause, clock=watch)) as here:
        world = a_world(here)
        with watched(here, Busy("CreateVirtualMFADevice", 100)):
            assert scan(world).heading == BUSY
        assert watch() <= 3


@pytest.mark.parametrize("operation", CREATIONS)
def test_a_creation_that_failed_otherwise_is_not_made_again_inside_the_request(operation: str) -> None:
    with deployed(Patience(pause=lambda _: None)) as here:
        world = a_world(here)
        wire = Wire(Call(operation, 1), Fault.FAILED)
        with watched(here, wire):
            page = scan(world)
            if operation == "CreateAccessKey":
                page = world.browser.submit(enter_codes(world.browser, page).form("access-key"))
        assert page.heading == BUSY
        assert [call.operation for call in wire.calls].count(operation) == 1


def test_iam_is_asked_only_for_what_failed_and_whether_the_user_is_there(world: World) -> None:
    page = scan(world)
    with watched(world.portal, Busy("AddUserToGroup", 1)):
        busy = enter_codes(world.browser, page)
    assert busy.heading == BUSY
    wire = Busy("", 0)
    with watched(world.portal, wire):
        assert world.browser.submit(busy.form("codes")).heading == "Get your access key"
    assert [name for name in wire.answered if "Item" not in name] == ["EnableMFADevice", "AddUserToGroup"]
    assert groups_of(world) == GRANTED


def test_the_codes_of_an_existing_device_are_asked_for_once() -> None:
    with deployed() as here:
        world = again(with_device, here)
        page = scan(world)
        form = page.form("existing-device")
        with watched(here, Busy("TransactWriteItems", 1)):
            busy = world.browser.submit(form, code1="111111", code2="222222")
        wire = Busy("", 0)
        with watched(here, wire):
            assert world.browser.submit(busy.form("existing-device")).heading == "Get your access key"
        assert "ResyncMFADevice" not in wire.answered


def test_what_aws_took_is_forgotten_with_a_new_link(world: World) -> None:
    """Else a device that an administrator has reset meanwhile could still be granted the groups."""
    page = scan(world)
    with watched(world.portal, Busy("AddUserToGroup", 1)):
        enter_codes(world.browser, page)
    assert record_of(world).enabled_serial == f"arn:aws:iam::123456789012:mfa/{MEMBER}"
    invited(world.portal)
    assert record_of(world).enabled_serial is None


def record_of(world: World) -> Member:
    found = world.portal.members.get(MEMBER)
    assert found
    return found


def test_codes_that_grow_old_while_their_page_waits_are_asked_for_anew(world: World) -> None:
    page = scan(world)
    with watched(world.portal, Busy("EnableMFADevice", 1)):
        busy = enter_codes(world.browser, page)
    world.clock.lead += timedelta(minutes=2)
    wire = Busy("", 0)
    with watched(world.portal, wire):
        asked = world.browser.submit(busy.form("codes"))
    assert "Your codes grew old while AWS was busy" in asked.text
    assert asked.form("codes").fields["seed"] == page.form("codes").fields["seed"]
    assert "EnableMFADevice" not in wire.answered
    assert devices_of(world) == []
    assert enter_codes(world.browser, asked).heading == "Get your access key"
    assert "mfa.refused" not in {action for _, action in events_of()}


def test_codes_that_grow_old_before_aws_takes_them_are_told_as_such(world: World) -> None:
    page = scan(world)

    def time_passes() -> None:
        world.clock.lead += timedelta(minutes=2)

    with watched(world.portal, Before("EnableMFADevice", time_passes)):
        asked = enter_codes(world.browser, page)
    assert asked.heading == "Enter two fresh codes"
    assert "Your codes grew old while AWS was busy" in asked.text
    assert "developers" not in groups_of(world)
    fresh = world.browser.submit(asked.form("fresh-codes"), **shown_codes(asked, "fresh-codes"))
    assert fresh.heading == "Get your access key"


def test_codes_that_waited_for_a_moment_are_good(world: World) -> None:
    page = scan(world)
    with watched(world.portal, Busy("EnableMFADevice", 1)):
        busy = enter_codes(world.browser, page)
    world.clock.lead += timedelta(seconds=20)
    assert world.browser.submit(busy.form("codes")).heading == "Get your access key"


def test_a_page_waits_longer_each_time_and_never_the_same_for_everybody(world: World) -> None:
    page, waits = scan(world), list[list[int]]()
    for tries in ("0", "3"):
        fields = {**page.form("codes").fields, **shown_codes(page), "tries": tries}
        waits.append(sorted({seconds for _ in range(40) for seconds in busy_waits(world, fields)}))
    assert all(len(found) > 1 for found in waits)
    assert waits[0][-1] <= 4 < waits[1][-1] <= 16


def busy_waits(world: World, fields: dict[str, str]) -> Iterable[int]:
    with watched(world.portal, Busy("EnableMFADevice", 1)):
        page = world.browser.post("codes", fields)
    return [form.seconds for form in page.forms if form.seconds is not None]


def test_a_page_waits_as_long_as_aws_asks_for(world: World) -> None:
    page = scan(world)
    with watched(world.portal, BusyUntil(33)):
        busy = enter_codes(world.browser, page)
    assert [form.seconds for form in busy.forms if form.seconds is not None] == [33]


class BusyUntil(Wire):
    def __init__(self, seconds: int) -> None:
        super().__init__()
        self._seconds = seconds

    def send(self, operation: str, request: Any) -> Any:
        if operation != "EnableMFADevice":
            return super().send(operation, request)
        answer = error_answer(request, 400, "Throttling", "")
        answer.headers["Retry-After"] = str(self._seconds)
        return answer


def test_without_its_script_a_page_goes_on_all_the_same(world: World) -> None:
    page = scan(world)
    world.browser.has_script = False
    with watched(world.portal, Busy("EnableMFADevice", 3)):
        done = world.browser.post("codes", {**page.form("codes").fields, **shown_codes(page)})
    assert done.heading == "Get your access key"
    assert world.browser.resent == 3


def test_without_its_script_a_page_gives_up_before_the_browser_would(world: World) -> None:
    page = scan(world)
    world.browser.has_script = False
    with watched(world.portal, Busy("EnableMFADevice", 100)):
        busy = world.browser.post("codes", {**page.form("codes").fields, **shown_codes(page)})
    assert (busy.heading, busy.status) == (BUSY, 503)
    assert world.browser.resent < 20


def test_a_page_that_only_looks_goes_on_without_its_script(world: World) -> None:
    enter_codes(world.browser, scan(world))
    page = looked_at(world, "config")
    assert page.heading == BUSY
    assert '<noscript><meta http-equiv="refresh" content="' in page.answer.body
    assert "url=/api/config?tries=1&amp;since=" in page.answer.body


def looked_at(world: World, name: str) -> Page:
    with watched(world.portal, Busy("GetItem", 1)):
        return world.browser.get(name)


def test_few_executions_are_not_kept_waiting() -> None:
    assert (patience_with(100).seconds, patience_with(10).seconds, patience_with(0).seconds) == (12, 0, 0)
