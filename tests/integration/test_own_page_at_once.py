"""Two requests of the member's own page at once: the other one comes in before each call of the first."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qs

import pytest
from botocore.awsrequest import AWSPreparedRequest
from moto.iam.models import iam_backends

from chalicelib.errors import FirstdayError, OwnLinkRefused
from chalicelib.journey import own_page
from chalicelib.journey.access_keys import Issued
from chalicelib.journey.replacing_key import replace_key
from chalicelib.members.link_tokens import invitation_tokens
from chalicelib.members.sessions import session_from
from chalicelib.requests import MemberRequest
from chalicelib.wiring import Portal
from firstday.verification import aws_files
from firstday.verification.browser import Page
from tests.helpers.admin_calls import call, keys_of
from tests.helpers.aws_faults import Wire, body_of, error_answer, watched
from tests.helpers.comebacks import (
    FIRST,
    Comeback,
    active,
    at_the_qr_code,
    check_always,
    on_the_page,
    with_new_key,
    with_two,
)
from tests.helpers.member_walk import shown_codes
from tests.helpers.own_page import CODES, OTHER_CODES, asked_for_link, serials, token
from tests.helpers.worlds import MEMBER, again, within

Act = Callable[[Comeback], Any]


class Meanwhile(Wire):
    """Lets something happen once, before the call at this position."""

    def __init__(self, position: int, happens: Callable[[], object]) -> None:
        super().__init__()
        self._position, self._happens = position, happens
        self.has_happened = False

    def send(self, operation: str, request: AWSPreparedRequest) -> Any:
        if len(self.calls) == self._position and not self.has_happened:
            self.has_happened = True
            self._happens()
            if operation == "EnableMFADevice" and not self._is_there(request):
                return error_answer(request, 404, "NoSuchEntity", "")
        return super().send(operation, request)

    def _is_there(self, request: AWSPreparedRequest) -> bool:
        """moto's gap is filled before a request is sent, which is too early here."""
        devices = iam_backends["123456789012"]["aws"].virtual_mfa_devices
        return parse_qs(body_of(request))["SerialNumber"][0] in devices


# Where they begin.
def proved_with_two_keys(here: Portal) -> Comeback:
    """The member has proved a device, and is to name the key that goes."""
    world = on_the_page(here)
    world.iam.create_access_key(UserName=MEMBER)
    page = world.browser.submit(world.browser.get("me/replace-key").form("me/replace-key"), **CODES, deleted="")
    return replace(world, page=page)


def two_devices_a_minute_later(here: Portal) -> Comeback:
    world = with_two(here)
    world.clock.lead += timedelta(minutes=1)
    return world


# What each request asks for.
def key_instead(nth: int) -> Act:
    def ask(world: Comeback) -> Page:
        options = sorted(keys_of(world))
        return world.browser.post("me/replace-key", {"deleted": options[min(nth, len(options) - 1)]})

    return ask


def begin_adding(world: Comeback) -> Page:
    return world.browser.post("me/add-device", {})


def send_codes(world: Comeback) -> Page:
    return world.browser.submit(world.page.form("me/codes"), **shown_codes(world.page, "me/codes"))


def issue_key(world: Comeback) -> Page:
    return world.browser.post("me/replace-key", {"proved_by": FIRST, **CODES})


def add_by_same_codes(world: Comeback) -> Page:
    return world.browser.post("me/add-device", {"proved_by": FIRST, **CODES})


def remove_first(world: Comeback) -> Page:
    """With the proof of the new device, which is there."""
    return world.browser.post("me/remove-device", {"serial_number": FIRST})


def remove_new(world: Comeback) -> Page:
    """With two codes of the first device."""
    new = next((serial for serial in serials(world) if serial != FIRST), FIRST)
    return world.browser.post("me/remove-device", {"serial_number": new, "proved_by": FIRST, **OTHER_CODES})


def confirm(world: Comeback) -> Page:
    return world.browser.post("me/confirm-key", {})


def choose_daily(world: Comeback) -> Page:
    return world.browser.post("me/config", {"daily": "prompt"})


def come_back(world: Comeback) -> Any:
    answer = asked_for_link()
    link = answer.body.strip().partition("/me#")[2]
    return world.browser.submit(world.page.form("me"), token=link) if link else answer


def reset(_: Comeback) -> Any:
    return call("POST", f"members/{MEMBER}/mfa-reset", {})


def offboard(_: Comeback) -> Any:
    return call("DELETE", f"members/{MEMBER}")


@cache
def length(begin: Callable[[Portal], Comeback], act: Act) -> int:
    with within(begin) as world, watched(world.portal, Wire()) as wire:
        act(world)
    return len(wire.calls)


def each_order(
    begin: Callable[[Portal], Comeback], first: Act, second: Act, here: Portal
) -> Iterator[tuple[Comeback, list[Any]]]:
    """The world after both, once for each call of the first, and the two answers."""
    for position in range(length(begin, first)):
        world = again(begin, here)
        yield world, both(world, first, second, position)


def both(world: Comeback, first: Act, second: Act, position: int) -> list[Any]:
    answers = list[Any]()
    with watched(world.portal, Meanwhile(position, lambda: answers.append(second(world)))):
        answers.append(first(world))
    assert len(answers) == 2
    return answers


def shown_keys(answers: list[Any]) -> list[str]:
    """The ids of the keys on the pages."""
    pages = [page for page in answers if isinstance(page, Page) and "credentials-text" in page.by_id]
    return [aws_files.access_key(page.by_id["credentials-text"]).access_key_id for page in pages]


KEYS = [key_instead(0), key_instead(1)]
PAIRS: tuple[tuple[Callable[[Portal], Comeback], Act, Act], ...] = (
    (proved_with_two_keys, KEYS[0], KEYS[1]),
    (proved_with_two_keys, KEYS[0], KEYS[0]),
    (on_the_page, issue_key, issue_key),
    (on_the_page, issue_key, add_by_same_codes),
    (on_the_page, add_by_same_codes, issue_key),
    (on_the_page, add_by_same_codes, add_by_same_codes),
    (at_the_qr_code, send_codes, send_codes),
    (at_the_qr_code, send_codes, begin_adding),
    (at_the_qr_code, begin_adding, send_codes),
    (at_the_qr_code, begin_adding, begin_adding),
    (at_the_qr_code, send_codes, issue_key),
    (at_the_qr_code, send_codes, choose_daily),
    (two_devices_a_minute_later, remove_first, remove_new),
    (two_devices_a_minute_later, remove_new, remove_first),
    (two_devices_a_minute_later, remove_first, remove_first),
    (two_devices_a_minute_later, remove_first, begin_adding),
    (two_devices_a_minute_later, begin_adding, remove_first),
    (with_new_key, confirm, confirm),
)


@pytest.mark.parametrize(
    ("begin", "first", "second"), PAIRS, ids=[f"{a.__name__}-{b.__name__}-{n}" for n, (_, a, b) in enumerate(PAIRS)]
)
def test_two_requests_at_once_leave_a_device_and_one_key_a_proof(
    begin: Callable[[Portal], Comeback], first: Act, second: Act, aws: Portal
) -> None:
    for world, answers in each_order(begin, first, second, aws):
        check_always(world)
        shown = shown_keys(answers)
        member = world.portal.members.get(MEMBER)
        assert member
        assert len(shown) <= 1
        assert not shown or (shown == [member.access_key_id] and keys_of(world)[shown[0]] == "Active")
        assert all(page.status < 500 or page.status == 503 for page in answers)


@pytest.mark.parametrize("ended_by", [reset, offboard])
@pytest.mark.parametrize(
    ("begin", "act"),
    [
        (on_the_page, issue_key),
        (on_the_page, add_by_same_codes),
        (at_the_qr_code, begin_adding),
        (at_the_qr_code, send_codes),
        (two_devices_a_minute_later, remove_first),
        (with_new_key, confirm),
        (on_the_page, choose_daily),
        (active, come_back),
    ],
)
def test_nothing_is_left_after_a_reset_or_an_offboarding_meanwhile(
    begin: Callable[[Portal], Comeback], act: Act, ended_by: Act, aws: Portal
) -> None:
    """No device, no active key, no session."""
    for world, answers in each_order(begin, act, ended_by, aws):
        ended = next(answer for answer in answers if isinstance(answer, tuple))
        if ended[0] != 200:  # the record has changed while the administrator's request was under way
            ended = ended_by(world)
        assert ended[0] == 200, ended
        assert "Active" not in keys_of_anybody(world).values()
        member = world.portal.members.get(MEMBER)
        left = [device["SerialNumber"] for device in world.iam.list_virtual_mfa_devices()["VirtualMFADevices"]]
        assert left in ([], [member.adding_serial] if member else [])
        assert not any("User" in one for one in world.iam.list_virtual_mfa_devices()["VirtualMFADevices"])
        assert world.browser.get("me/overview").status == 403


def keys_of_anybody(world: Comeback) -> dict[str, str]:
    names = [user["UserName"] for user in world.iam.list_users()["Users"]]
    return {key: status for name in names for key, status in keys_of(world, name).items()}


def test_of_many_who_open_a_link_at_once_one_gets_the_session(aws: Portal) -> None:
    again(active, aws)
    (link,) = invitation_tokens(token())

    def spend(_: int) -> str | None:
        try:
            return own_page.open_page(aws.own_page, link, aws.now(), source_ip="192.0.2.1")
        except OwnLinkRefused:
            return None

    with ThreadPoolExecutor(8) as everybody:
        assert len([cookie for cookie in everybody.map(spend, range(8)) if cookie]) == 1


def test_of_many_keys_at_once_one_is_issued(aws: Portal) -> None:
    world = again(proved_with_two_keys, aws)
    session = session_from(world.browser.cookies["__Host-firstday-own"])
    member, keys = aws.members.get(MEMBER), sorted(keys_of(world))
    assert member
    request = MemberRequest(aws, aws.now(), "192.0.2.1", aws.now(), aws.now)

    def ask(number: int) -> object:
        try:
            return replace_key(request, session, member, deleted=keys[number % 2])
        except FirstdayError as error:
            return error

    with ThreadPoolExecutor(6) as everybody:
        issued = [answer for answer in everybody.map(ask, range(6)) if isinstance(answer, Issued)]
    found = aws.members.get(MEMBER)
    assert found
    assert [answer.access_key.access_key_id for answer in issued] == [found.access_key_id]
    assert len(keys_of(world)) == 2
    assert len({*keys} & {*keys_of(world)}) == 1
