"""A training room: many members begin at once, while IAM refuses calls beyond a rate. Time is virtual."""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from chalicelib.aws.clients import patience_with
from chalicelib.aws.patience import Patience
from chalicelib.web.trying_again import LONGEST_WAIT, MAXIMUM_AUTOMATIC_TRIES, SHORTEST_WAIT
from chalicelib.wiring import Portal, use
from firstday.verification.browser import Browser, Page, PageAnswer
from tests.helpers.aws_faults import Wire, error_answer, watched
from tests.helpers.member_walk import Walk
from tests.helpers.virtual_time import VirtualTime
from tests.helpers.worlds import PORTAL_URL, clients, deployed, in_process, invited

BURST = 40
BEGIN_WITHIN = 10.0
# The status of API Gateway's own page.
FULL = 504
# Seconds: of a call to IAM and to DynamoDB, of a page besides, and of the start of another execution.
IAM_CALL, DYNAMODB_CALL, PAGE, COLD_START = 0.15, 0.005, 0.03, 1.0


class ThrottledWire(Wire):
    """IAM as a token bucket, which is full at first."""

    def __init__(self, time: VirtualTime, rate: float) -> None:
        super().__init__()
        self._time, self._rate, self._tokens, self._filled_at = time, rate, float(BURST), 0.0
        self.answered: Counter[str] = Counter()
        self.throttled = 0

    def send(self, operation: str, request: Any) -> Any:
        if "dynamodb" in request.url:
            self._time.sleep(DYNAMODB_CALL)
            return super().send(operation, request)
        self._time.sleep(IAM_CALL)
        passed = self._time.seconds - self._filled_at
        self._tokens, self._filled_at = min(BURST, self._tokens + passed * self._rate), self._time.seconds
        if self._tokens < 1:
            self.throttled += 1
            return error_answer(request, 400, "Throttling", "ThrottlingException")
        self._tokens -= 1
        self.answered[operation] += 1
        return super().send(operation, request)


@dataclass
class Room:
    """What came of it: seconds until each member was ready, and how often one had to click again."""

    portal: Portal
    time: VirtualTime
    wire: ThrottledWire
    executions: int
    ready: dict[str, float] = field(default_factory=dict)
    walks: dict[str, Walk] = field(default_factory=dict)
    busy_pages: int = 0
    turned_away: int = 0
    clicks: int = 0
    longest_request: float = 0.0
    _running: int = 0
    _started: int = 0

    def in_iam(self, name: str) -> dict[str, list[str]]:
        """What IAM has for the member: enabled devices, groups, and active access keys."""
        iam, _ = clients(self.portal)
        keys = iam.list_access_keys(UserName=name)["AccessKeyMetadata"]
        return {
            "devices": [device["SerialNumber"] for device in iam.list_mfa_devices(UserName=name)["MFADevices"]],
            "groups": sorted(group["GroupName"] for group in iam.list_groups_for_user(UserName=name)["Groups"]),
            "keys": [key["AccessKeyId"] for key in keys if key["Status"] == "Active"],
        }

    def send(self, method: str, path: str, headers: dict[str, str], body: str) -> PageAnswer:
        """Through API Gateway and Lambda, which has so many executions."""
        if self._running == self.executions:
            self.turned_away += 1
            return PageAnswer(FULL, {}, "<h1>AWS is busy</h1>")
        self._running += 1
        began = self.time.seconds
        if self._running > self._started:
            self._started += 1
            self.time.sleep(COLD_START)
        self.time.sleep(PAGE)
        answer = in_process(method, path, headers, body)
        self.longest_request = max(self.longest_request, self.time.seconds - began)
        self._running -= 1
        return answer


class PatientBrowser(Browser):
    """Has a member who leaves all waiting to the pages, also to that of API Gateway, whose script this plays."""

    def __init__(self, room: Room) -> None:
        super().__init__(room.send, PORTAL_URL)
        self._room = room

    def _load(self, method: str, address: str, body: str) -> Page:
        page, tries = super()._load(method, address, body), 0
        while page.status == FULL:
            self._room.clicks += tries >= MAXIMUM_AUTOMATIC_TRIES
            longest = min(LONGEST_WAIT, 2 * SHORTEST_WAIT * 2**tries)
            self._room.time.sleep(random.uniform(SHORTEST_WAIT, longest))  # noqa: S311
            tries += 1
            page = super()._load(method, address, body)
        return page

    def waited(self, page: Page) -> Page:
        """The first page that is not one of waiting."""
        while form := next((one for one in page.forms if "tries" in one.fields and "lang" not in one.fields), None):
            self._room.busy_pages += 1
            self._room.clicks += form.seconds is None
            self._room.time.sleep(form.seconds or 5)
            page = self.get(form.action) if form.method == "get" else self.submit(form)
        return page


@contextmanager
def room(members: int, *, rate: float, executions: int) -> Iterator[Room]:
    """Everybody has gone through the whole journey."""
    time = VirtualTime()
    patience = Patience(seconds=patience_with(executions).seconds, pause=time.sleep, clock=lambda: time.seconds)
    with deployed(patience) as here:
        began = datetime.now(UTC)
        here = replace(here, clock=lambda: began + timedelta(seconds=time.seconds))
        use(here)
        links = {name: invited(here, name).token for name in (f"member-{number:03}" for number in range(members))}
        wire = ThrottledWire(time, rate)
        found = Room(here, time, wire, executions)

        def walk(name: str) -> None:
            browser, begun = PatientBrowser(found), time.seconds
            walk = found.walks[name] = Walk(browser, links[name])
            for _ in walk.steps():
                walk.pages[-1] = browser.waited(walk.pages[-1])
            found.ready[name] = time.seconds - begun

        with watched(here, wire):
            time.run((number * BEGIN_WITHIN / members, partial(walk, name)) for number, name in enumerate(links))
        yield found
