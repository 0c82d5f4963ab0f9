"""The steps of the member's own page: where each begins, one request of it, and how a member gets through."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode

from botocore.awsrequest import AWSPreparedRequest

from chalicelib.members.record import registered_serials
from chalicelib.wiring import Portal
from firstday.verification import aws_files
from firstday.verification.browser import Form, Page
from tests.helpers.admin_calls import first_day
from tests.helpers.aws_faults import Call, Fault, Wire, body_of, error_answer
from tests.helpers.member_walk import shown_codes
from tests.helpers.own_page import CODES, asked_for_link, opened, serials
from tests.helpers.worlds import MEMBER, World, a_world

QR, ADDED = "Scan the QR code, then enter two codes", "The new device is registered"
FIRST = f"arn:aws:iam::123456789012:mfa/{MEMBER}"


@dataclass
class Comeback(World):
    """A member on their own page; ``page`` is the one they see, ``shown`` are the pages with a key so far."""

    page: Page
    number: int = 400000
    shown: list[Page] = field(default_factory=list)

    def codes(self) -> dict[str, str]:
        """Two codes that were never sent before."""
        self.number += 2
        return {"code1": str(self.number), "code2": str(self.number + 1)}

    def submit(self, form: Form, **typed: str) -> Page:
        """The page that follows, with new codes if it asks for some; the member waits and tries again."""
        codes = self.codes() if "code1" in form.fields else {}
        return self.patient(self.browser.submit(form, **{**codes, **typed}))

    def get(self, address: str) -> Page:
        return self.patient(self.browser.get(address))

    def patient(self, page: Page) -> Page:
        for _ in range(20):
            again = [form for form in page.forms if "tries" in form.fields and "lang" not in form.fields]
            if not again:
                break
            check_always(self)
            self.clock.lead += timedelta(seconds=4)
            form = again[0]
            address = f"{form.action}?{urlencode(form.fields)}"
            page = self.browser.get(address) if form.method == "get" else self.browser.submit(form)
        if "credentials-text" in page.by_id:
            self.shown.append(page)
        return page


class JudgedOnce(Wire):
    """As IAM, which takes no two codes of a device twice."""

    def __init__(self, at: Call | None = None, fault: Fault | None = None) -> None:
        super().__init__(at, fault)
        self._taken: set[tuple[str, ...]] = set()

    def send(self, operation: str, request: AWSPreparedRequest) -> Any:
        if operation != "ResyncMFADevice":
            return super().send(operation, request)
        sent = parse_qs(body_of(request))
        pair = tuple(sent[name][0] for name in ("SerialNumber", "AuthenticationCode1", "AuthenticationCode2"))
        if pair in self._taken:
            self.calls.append(Call(operation, 0))
            return error_answer(request, 403, "InvalidAuthenticationCode", "")
        if not (self._is_next(operation) and self._fault not in (None, Fault.CUT_AFTER)):
            self._taken.add(pair)
        return super().send(operation, request)

    def _is_next(self, operation: str) -> bool:
        return self._at == Call(operation, 1 + sum(seen.operation == operation for seen in self.calls))


# Where the steps begin.
def active(here: Portal) -> Comeback:
    world = a_world(here)
    first_day(world)
    return Comeback(world.portal, world.invitation, world.browser, world.browser.get("me"))


def on_the_page(here: Portal) -> Comeback:
    world = active(here)
    return replace(world, page=opened(world.browser))


def at_the_qr_code(here: Portal) -> Comeback:
    world = on_the_page(here)
    form = world.browser.get(f"me/add-device?instead_of={FIRST}").form("me/add-device")
    return replace(world, page=world.browser.submit(form, **CODES))


def at_the_fresh_codes(here: Portal) -> Comeback:
    world = at_the_qr_code(here)
    form = world.page.form("me/codes")
    return replace(world, page=world.browser.submit(form, **shown_codes(world.page, "me/codes", late=8)))


def with_two(here: Portal) -> Comeback:
    world = at_the_qr_code(here)
    form = world.page.form("me/codes")
    return replace(world, page=world.browser.submit(form, **shown_codes(world.page, "me/codes")))


def with_two_keys(here: Portal) -> Comeback:
    world = on_the_page(here)
    world.iam.create_access_key(UserName=MEMBER)
    return world


def with_new_key(here: Portal) -> Comeback:
    world = on_the_page(here)
    world.browser.submit(world.browser.get("me/replace-key").form("me/replace-key"), **CODES)
    return replace(world, page=world.browser.get("me/overview"))


# One try of each step: the first from the page that the member sees, any other from the beginning.
def fetch_link(world: Comeback, _: int) -> Page:
    for _ in range(3):
        answer = asked_for_link()
        if answer.status == 200:
            return world.submit(world.page.form("me"), token=answer.body.strip().partition("/me#")[2])
        assert answer.status == 503
    raise AssertionError(answer.body)


def look(world: Comeback, _: int) -> Page:
    return world.get("me/overview")


def begin_adding(world: Comeback, _: int) -> Page:
    page = world.get("me/add-device")
    if page.heading == "Add a second device":
        page = world.submit(page.form("me/add-device"))
    return page


def add(world: Comeback, nth: int) -> Page:
    page = begin_adding(world, nth) if nth else world.page
    if page.heading != QR:
        return page
    return world.submit(page.form("me/codes"), **shown_codes(page, "me/codes"))


def add_with_fresh_codes(world: Comeback, nth: int) -> Page:
    if nth:
        return add(world, nth)
    return world.submit(world.page.form("me/fresh-codes"), **shown_codes(world.page, "me/fresh-codes"))


def remove(world: Comeback, nth: int) -> Page:
    if not nth:
        return world.submit(world.page.form("me/remove-device"))
    page = world.get(f"me/remove-device?serial_number={FIRST}")
    if FIRST not in serials(world):
        return world.browser.get("me/overview?done=removed")
    return world.submit(page.form("me/remove-device"))


def replace_key(world: Comeback, _: int) -> Page:
    """With two keys, the one that the page names first is to go."""
    return world.submit(world.get("me/replace-key").form("me/replace-key"))


def confirm_key(world: Comeback, nth: int) -> Page:
    page = world.get("me/overview") if nth else world.page
    return world.submit(page.form("me/confirm-key"))


def read_config(world: Comeback, _: int) -> Page:
    return world.get("me/config")


def choose_daily(world: Comeback, _: int) -> Page:
    form = next(form for form in world.get("me/config").forms if "daily" in form.fields)
    return world.submit(form)


def sign_out(world: Comeback, nth: int) -> Page:
    page = world.get("me") if nth else world.page
    return world.submit(page.form("me/sign-out"))


@dataclass(frozen=True)
class Step:
    """``ends`` is in the text of the page that says so; ``told`` is the audit event of it."""

    begin: Callable[[Portal], Comeback]
    go: Callable[[Comeback, int], Page]
    ends: str
    told: str | None = None

    def __str__(self) -> str:
        return f"{self.go.__name__}-{self.begin.__name__}"


STEPS = (
    Step(active, fetch_link, f"Your own page, {MEMBER}", "own_page.opened"),
    Step(on_the_page, look, f"Your own page, {MEMBER}"),
    Step(on_the_page, begin_adding, QR, "mfa.proved"),
    Step(at_the_qr_code, begin_adding, QR),
    Step(at_the_qr_code, add, ADDED, "device.added"),
    Step(at_the_fresh_codes, add_with_fresh_codes, ADDED, "device.added"),
    Step(with_two, remove, "The device is removed.", "device.removed"),
    Step(on_the_page, replace_key, "aws_secret_access_key", "access_key.issued"),
    Step(with_two_keys, replace_key, "aws_secret_access_key", "access_key.deleted"),
    Step(with_new_key, confirm_key, "The former access key is deactivated.", "access_key.deactivated"),
    Step(on_the_page, read_config, "mfa_serial"),
    Step(on_the_page, choose_daily, "mfa_serial"),
    Step(on_the_page, sign_out, "You are signed out", "own_page.closed"),
)


def to_the_end(world: Comeback, step: Step) -> Page:
    """The member goes on until the step is done: a minute later with two new codes, in a new session if need be."""
    for nth in range(6):
        page = step.go(world, nth)
        if step.ends in page.text:
            return page
        world.clock.lead += timedelta(minutes=1)
        if page.heading == "Your session has ended":
            opened(world.browser)
    raise AssertionError(f"no way on from: {page.heading}\n{page.text}")


# What holds at every moment, and what holds in the end.
def check_always(world: World) -> None:
    """A device works, the config names one, and the portal knows of every device and of every key it has shown."""
    member, devices = world.portal.members.get(MEMBER), serials(world)
    assert member
    assert devices
    assert member.serial_number in devices
    known = {*registered_serials(member), member.adding_serial}
    assert {*devices} <= known
    every = world.iam.list_virtual_mfa_devices()["VirtualMFADevices"]
    assert {device["SerialNumber"] for device in every} <= known


def check_end(world: Comeback) -> None:
    check_always(world)
    member = world.portal.members.get(MEMBER)
    assert member
    assert {*registered_serials(member)} <= {*serials(world)}
    keys = world.iam.list_access_keys(UserName=MEMBER)["AccessKeyMetadata"]
    active_keys = {key["AccessKeyId"] for key in keys if key["Status"] == "Active"}
    for page in world.shown:
        key = aws_files.access_key(page.by_id["credentials-text"])
        assert key.access_key_id == member.access_key_id
    assert member.access_key_id in active_keys


def told(world: World) -> set[str]:
    """The actions in the audit trail."""
    return {item["action"]["S"] for item in world.dynamodb.scan(TableName="audit")["Items"]}
