"""The member's session: how they end it, and when it ends by itself."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.aws.items import member_key
from chalicelib.members.sessions import IDLE_LASTS, NOTED_EVERY, SESSION_LASTS
from firstday.verification.browser import Browser
from tests.helpers.aws_faults import Before, Call, Fault, Wire, watched
from tests.helpers.member_walk import Walk, shown_codes
from tests.helpers.worlds import MEMBER, World, clients, in_process_browser

COOKIE = "__Host-firstday-session"
NOT_SIGNED_IN = "Open your invitation link again"
SIGNED_OUT = "You are signed out"
SECOND = timedelta(seconds=1)


def begin(world: World) -> Browser:
    world.browser.submit(world.browser.get("start").form("start"), token=world.invitation.token)
    return world.browser


def actions(world: World) -> list[str]:
    return [event.action for event in world.portal.audit.events(now=world.portal.now(), subject=MEMBER).events]


def record(world: World) -> dict[str, Any]:
    found: dict[str, Any] = world.dynamodb.get_item(TableName="members", Key=member_key(MEMBER))["Item"]
    return found


# Signing out.
def test_a_member_signs_out_and_the_session_ends_in_every_tab(world: World) -> None:
    browser = begin(world)
    other_tab = in_process_browser()
    other_tab.cookies = dict(browser.cookies)
    page = browser.submit(browser.get("register-device").form("sign-out"))
    assert (page.status, page.heading) == (200, SIGNED_OUT)
    assert "Open your invitation link again" in page.text
    assert page.answer.headers["set-cookie"] == [f"{COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Secure; Max-Age=0"]
    assert other_tab.post("register-device", {}).heading == NOT_SIGNED_IN
    assert other_tab.get("codes").heading == NOT_SIGNED_IN
    assert actions(world)[0] == "session.ended"


def test_the_link_goes_on_after_signing_out(world: World) -> None:
    browser = begin(world)
    browser.submit(browser.get("register-device").form("sign-out"))
    Walk(browser, world.invitation.token).to_the_end()


def test_every_page_of_a_session_can_sign_out_and_no_other(world: World) -> None:
    walk = Walk(world.browser, world.invitation.token).to_the_end()
    offers = [any(form.action.endswith("/sign-out") for form in page.forms) for page in walk.pages]
    assert offers == [False] + [True] * (len(walk.pages) - 1)
    signed_out = world.browser.submit(walk.pages[-1].form("sign-out"))
    ended = world.browser.get("config")
    for page in (signed_out, ended, in_process_browser().get("start")):
        assert not any(form.action.endswith("/sign-out") for form in page.forms), page.heading


@pytest.mark.parametrize("cookie", [None, "", "wrong", "a b.c", f"{MEMBER}.wrong", "somebody-else.wrong"])
def test_whoever_has_no_session_is_signed_out_too_and_nobody_else_is(world: World, cookie: str | None) -> None:
    browser, stranger = begin(world), in_process_browser()
    stranger.cookies = {} if cookie is None else {COOKIE: cookie}
    before = record(world)
    page = stranger.post("sign-out", {})
    assert (page.status, page.heading) == (200, SIGNED_OUT)
    assert record(world) == before
    assert browser.post("register-device", {}).heading == "Scan the QR code, then enter two codes"


def test_signing_out_twice_or_after_the_end_says_the_same(world: World) -> None:
    browser = begin(world)
    world.clock.lead += SESSION_LASTS + SECOND
    second = in_process_browser()
    second.cookies = dict(browser.cookies)
    for one in (browser, second):
        assert one.post("sign-out", {}).heading == SIGNED_OUT
    assert actions(world).count("session.ended") == 1


@pytest.mark.parametrize("fault", Fault, ids=str)
@pytest.mark.parametrize("operation", ["GetItem", "TransactWriteItems"])
def test_a_sign_out_that_fails_once_is_finished_by_trying_again(world: World, operation: str, fault: Fault) -> None:
    browser = begin(world)
    page = browser.get("register-device")
    with watched(world.portal, Wire(Call(operation, 1), fault)):
        page = browser.submit(page.form("sign-out"))  # the browser itself sends it again
    assert (page.status, page.heading) == (200, SIGNED_OUT)
    assert "session_hash" not in record(world)
    assert actions(world).count("session.ended") == 1


# Without use.
def test_a_session_ends_after_two_hours_without_use(world: World) -> None:
    browser = begin(world)
    world.clock.lead += IDLE_LASTS + SECOND
    before = record(world)
    for page in (browser.get("codes"), browser.post("register-device", {}), browser.post("access-key", {})):
        assert (page.status, page.heading) == (403, NOT_SIGNED_IN)
        assert "after 2 hours without a click, and after 8 hours in any case" in page.text
    assert record(world) == before
    Walk(browser, world.invitation.token).to_the_end()


@pytest.mark.parametrize("page", ["register-device", "access-key", "config", "done"])
def test_a_session_goes_on_by_being_used_for_a_working_day(world: World, page: str) -> None:
    browser = begin(world)
    if page != "register-device":
        Walk(browser, world.invitation.token).to_the_end()
    for _ in range(5):
        world.clock.lead += timedelta(minutes=90)
        shown = browser.post(page, {}) if page == "register-device" else browser.get(page)
        assert shown.status == 200
    world.clock.lead += timedelta(minutes=31)
    assert browser.get("codes").status in (403, 410)


def test_after_mfa_the_page_of_an_ended_session_says_how_to_go_on(world: World) -> None:
    Walk(world.browser, world.invitation.token).to_the_end()
    world.clock.lead += IDLE_LASTS + SECOND
    for path in ("config", "done", "access-key"):
        page = world.browser.get(path)
        assert (page.status, page.heading) == (410, "Your session has ended")
        assert "after 2 hours without a click, and after 8 hours in any case" in page.text
        assert "for a new link" in page.text


def test_a_session_that_is_in_use_is_noted_now_and_then_only(world: World) -> None:
    Walk(world.browser, world.invitation.token).to_the_end()
    with watched(world.portal, Wire()) as wire:
        world.browser.get("done")
        world.clock.lead += NOTED_EVERY + SECOND
        world.browser.get("done")
        world.browser.get("done")
    assert wire.calls == [Call("GetItem", 1), Call("GetItem", 2), Call("UpdateItem", 1), Call("GetItem", 3)]


@pytest.mark.parametrize("fault", Fault, ids=str)
def test_a_use_that_cannot_be_noted_is_told_and_tried_again(world: World, fault: Fault) -> None:
    Walk(world.browser, world.invitation.token).to_the_end()
    world.clock.lead += timedelta(minutes=90)
    with watched(world.portal, Wire(Call("UpdateItem", 1), fault)):
        assert world.browser.get("done").heading == "AWS is busy"
        assert world.browser.get("done").status == 200
    world.clock.lead += timedelta(minutes=90)
    assert world.browser.get("done").status == 200


def test_a_session_of_the_former_release_goes_on_for_its_eight_hours(world: World) -> None:
    browser = begin(world)
    forget_idle_end(world)
    world.clock.lead += SESSION_LASTS - timedelta(minutes=1)
    page = browser.post("register-device", {})
    assert browser.submit(page.form("codes"), **shown_codes(page)).heading == "Get your access key"
    assert browser.post("access-key", {}).heading == "Save two files"


def test_a_session_that_was_ended_meanwhile_is_not_noted(world: World) -> None:
    browser, other = begin(world), in_process_browser()
    world.clock.lead += timedelta(minutes=30)
    again = Before("UpdateItem", lambda: other.post("start", {"token": world.invitation.token}))
    with watched(world.portal, again):
        assert browser.get("codes").heading == NOT_SIGNED_IN
    assert other.get("codes").heading == "Register your phone"


def forget_idle_end(world: World) -> None:
    clients(world.portal)[1].update_item(
        TableName="members", Key=member_key(MEMBER), UpdateExpression="REMOVE session_idle_ends_at"
    )
