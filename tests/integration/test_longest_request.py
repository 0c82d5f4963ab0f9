"""Whatever AWS does, a member's request is over before Lambda gives up. Time is virtual."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from chalicelib.aws.clients import client_config
from chalicelib.aws.patience import Patience
from firstday.verification.browser import Browser, Form, PageAnswer
from tests.helpers.admin_calls import first_day
from tests.helpers.aws_faults import Wire, error_answer, watched
from tests.helpers.member_walk import begin, enter_codes, scan, shown_codes
from tests.helpers.own_page import CODES, opened
from tests.helpers.virtual_time import VirtualTime
from tests.helpers.worlds import PORTAL_URL, World, a_world, deployed, in_process

LAMBDA_GIVES_UP = 25.0
ROOM = 1.0
TRIES = 12
TIME = VirtualTime()
# One for all, so that the clients are made once.
PATIENT = Patience(pause=TIME.sleep, clock=lambda: TIME.seconds)


class Sluggish(Wire):
    """Each attempt is throttled, answered at the last moment, or not answered at all."""

    def __init__(self, luck: Random) -> None:
        super().__init__()
        self._luck = luck
        config = client_config()
        self._longest = config.connect_timeout + config.read_timeout

    def send(self, operation: str, request: Any) -> Any:
        if self._luck.random() < 1 / 3:
            TIME.sleep(0.1)
            return error_answer(request, 400, "Throttling", "ThrottlingException")
        TIME.sleep(self._longest)
        if self._luck.random() < 1 / 2:
            raise ReadTimeoutError(endpoint_url=request.url)
        return super().send(operation, request)


@dataclass
class Timed:
    """Hands requests to the app, and remembers how long each took."""

    requests: list[float] = field(default_factory=list)

    def send(self, method: str, path: str, headers: dict[str, str], body: str) -> PageAnswer:
        began = TIME.seconds
        answer = in_process(method, path, headers, body)
        self.requests.append(TIME.seconds - began)
        return answer


@contextmanager
def timed_world() -> Iterator[tuple[World, Timed]]:
    with deployed(PATIENT) as here:
        timed = Timed()
        yield replace(a_world(here), browser=Browser(timed.send, PORTAL_URL)), timed


def asking_for_qr_code(world: World) -> tuple[Form, dict[str, str]]:
    return begin(world).form("register-device"), {}


def typing_codes(world: World) -> tuple[Form, dict[str, str]]:
    page = scan(world)
    return page.form("codes"), shown_codes(page)


def asking_for_access_key(world: World) -> tuple[Form, dict[str, str]]:
    return enter_codes(world.browser, scan(world)).form("access-key"), {}


def adding_another_device(world: World) -> tuple[Form, dict[str, str]]:
    first_day(world)
    opened(world.browser)
    return world.browser.get("me/add-device").form("me/add-device"), CODES


def replacing_the_key(world: World) -> tuple[Form, dict[str, str]]:
    first_day(world)
    opened(world.browser)
    return world.browser.get("me/replace-key").form("me/replace-key"), CODES


STEPS = (asking_for_qr_code, typing_codes, asking_for_access_key, adding_another_device, replacing_the_key)


@pytest.mark.parametrize("has_script", [True, False])
@pytest.mark.parametrize("step", STEPS)
def test_no_request_lasts_until_lambda_gives_up(
    step: Callable[[World], tuple[Form, dict[str, str]]], has_script: bool
) -> None:
    for luck in map(Random, range(TRIES)):
        with timed_world() as (world, timed):
            form, typed = step(world)
            world.browser.has_script = has_script
            with watched(world.portal, Sluggish(luck)):
                world.browser.submit(form, **typed)
            assert max(timed.requests) <= LAMBDA_GIVES_UP - ROOM
