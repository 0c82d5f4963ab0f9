"""The member's own page in a real browser, looked at by axe-core, with and without its script.

What the member then has is tried with the real AWS CLI.
"""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, ViewportSize, expect
from playwright.sync_api import Error as BrowserError

from chalicelib.web.rendering import translations
from tests.helpers import screenshots
from tests.helpers.chromium import DESKTOP, PHONE, Visitor
from tests.helpers.returning_member import (
    hurry,
    is_key_valid,
    key_ids,
    link_for,
    lists_buckets,
    named_device,
    serials,
    session_of,
    type_codes,
)
from tests.helpers.running_sandbox import Device, Member, NewMember, RunningSandbox

Returning = Callable[[str], Member]
NARROW: ViewportSize = {"width": 320, "height": 568}


@pytest.fixture
def returning(sandbox: RunningSandbox, new_member: NewMember) -> Returning:
    """Gives a member whose first day is over."""

    def come(user_name: str) -> Member:
        member = new_member(user_name)
        member.first_day(sandbox.invite(user_name)["invitation_url"])
        return member

    return come


def phone_of(member: Member) -> Device:
    assert member.device
    return member.device


def opened(visitor: Visitor, link: str, button: str = "Open my page") -> None:
    """The own page; without the script, the link is pasted."""
    page = visitor.page
    page.goto(link)
    if not page.locator("#token").input_value():
        page.fill("#token", link)
    visitor.click(button)


def went_back(visitor: Visitor) -> None:
    """To a page that a form has led to, of which Chromium keeps nothing: it asks, and sends the form again."""
    with pytest.raises(BrowserError, match="ERR_CACHE_MISS"):
        visitor.page.go_back()
    visitor.page.wait_for_url("chrome-error:**")
    visitor.page.reload()


def save_config(visitor: Visitor, member: Member) -> str:
    """Save the config that the page shows: the serial number in it."""
    text = visitor.page.locator("#config-text").text_content() or ""
    (member.home / ".aws" / "config").write_text(text)
    return named_device(text)


def test_a_member_moves_to_a_new_phone_and_reloads_every_page(
    sandbox: RunningSandbox, chromium: Browser, returning: Returning
) -> None:
    member = returning("moves-house")
    old = phone_of(member)
    assert lists_buckets(member, old)
    session = session_of(member)
    visitor = Visitor.at(chromium, sandbox.portal_url, PHONE, "en")
    page = visitor.page
    opened(visitor, link_for(member, session))
    assert page.url.startswith(f"{sandbox.portal_url}/me/overview")  # the token has left the address bar
    page.reload()
    assert visitor.heading == "Your own page, moves-house"
    visitor.click("Move to a new phone")
    page.reload()
    hurry(old)
    type_codes(visitor, old.two_fresh_codes())
    visitor.click("Show my QR code")
    unused = visitor.scan()
    page.reload()
    new = visitor.scan()
    assert new.device.seed != unused.device.seed
    assert len(serials(member)) == 1
    type_codes(visitor, new.device.two_codes())
    visitor.click("Register this device")
    page.reload()
    assert visitor.heading == "The new device is registered"
    assert lists_buckets(member, old)

    visitor.click("Get my config")
    page.reload()
    first, second = sorted(serials(member))
    assert save_config(visitor, member) == second
    assert lists_buckets(member, new.device)
    assert not lists_buckets(member, old)  # whose codes are not those of the device in the config
    went_back(visitor)
    visitor.click("Remove the old phone")
    assert "The device is removed." in page.inner_text("main")
    page.reload()
    assert serials(member) == [second]
    visitor.click("Get my config")
    assert save_config(visitor, member) == second
    assert lists_buckets(member, new.device)
    text = (member.home / ".aws" / "config").read_text()
    (member.home / ".aws" / "config").write_text(text.replace(second, first))
    assert not lists_buckets(member, old)
    page.context.close()


def test_without_its_script_a_second_device_is_added_and_the_first_one_removed(
    sandbox: RunningSandbox, chromium: Browser, returning: Returning
) -> None:
    member = returning("no-script-at-home")
    first = phone_of(member)
    visitor = Visitor.at(chromium, sandbox.portal_url, DESKTOP, "en", java_script_enabled=False)
    opened(visitor, link_for(member, session_of(member)))
    visitor.click("Add a second device")
    hurry(first)
    type_codes(visitor, first.two_fresh_codes())
    visitor.click("Show my QR code")
    second = visitor.scan().device
    type_codes(visitor, second.two_codes())
    visitor.click("Register this device")
    old, new = sorted(serials(member))
    visitor.click("Back to my page")
    visitor.click("Get my config")
    assert save_config(visitor, member) == old
    assert lists_buckets(member, first)
    visitor.page.goto(f"{sandbox.portal_url}/me/remove-device?serial_number={old}")
    visitor.click("Remove this device")
    assert serials(member) == [new]
    assert not lists_buckets(member, first)
    visitor.click("Get my config")
    assert save_config(visitor, member) == new
    assert lists_buckets(member, second)
    visitor.page.context.close()


def test_a_shell_goes_on_with_the_former_key_until_the_new_one_is_confirmed(
    sandbox: RunningSandbox, chromium: Browser, returning: Returning
) -> None:
    member = returning("new-key")
    phone, credentials = phone_of(member), member.home / ".aws" / "credentials"
    visitor = Visitor.at(chromium, sandbox.portal_url, DESKTOP, "en")
    opened(visitor, link_for(member, session_of(member)))
    visitor.click("Replace my access key")
    hurry(phone)
    type_codes(visitor, phone.two_fresh_codes())
    visitor.page.set_default_timeout(60_000)
    busily(sandbox, visitor, "Issue a new access key")
    assert len(key_ids(member)) == 2
    former, replaced = credentials.read_text(), visitor.page.locator("#credentials-text").text_content() or ""
    assert lists_buckets(member, phone)
    credentials.write_text(replaced)
    assert is_key_valid(member)
    visitor.page.reload()  # the secret is shown once
    assert "These codes were used before" in visitor.page.inner_text("main")
    visitor.click("Back to my page")
    visitor.click("The new key works")
    assert "The former access key is deactivated." in visitor.page.inner_text("main")
    visitor.page.reload()
    (kept,) = key_ids(member)
    assert kept in replaced
    assert lists_buckets(member, phone)
    credentials.write_text(former)
    assert not is_key_valid(member)
    visitor.page.context.close()


def test_where_aws_is_busy_the_page_waits_and_goes_on_by_itself(
    sandbox: RunningSandbox, chromium: Browser, returning: Returning
) -> None:
    member = returning("patient-at-home")
    phone = phone_of(member)
    visitor = Visitor.at(chromium, sandbox.portal_url, PHONE, "en")
    page, link = visitor.page, link_for(member, session_of(member))
    page.set_default_timeout(60_000)
    opened(visitor, link)
    visitor.click("Add a second device")
    hurry(phone)
    type_codes(visitor, phone.two_fresh_codes())
    busily(sandbox, visitor, "Show my QR code")
    expect(page.locator("h1")).to_have_text("Scan the QR code, then enter two codes")
    new = visitor.scan().device
    type_codes(visitor, new.two_codes())
    busily(sandbox, visitor, "Register this device")
    if page.locator("#code1").count():  # they grew old meanwhile
        type_codes(visitor, new.two_fresh_codes())
        visitor.click("Register this device")
    assert visitor.heading == "The new device is registered"
    first, second = sorted(serials(member))
    page.goto(f"{sandbox.portal_url}/me/remove-device?serial_number={first}")
    busily(sandbox, visitor, "Remove this device")
    assert "The device is removed." in page.inner_text("main")
    assert serials(member) == [second]
    page.context.close()


def busily(sandbox: RunningSandbox, visitor: Visitor, button: str) -> None:
    """Press the button while AWS refuses every call of IAM, and wait until the page goes on."""
    with sandbox.aws.iam_refusing():
        visitor.click(button)
        assert visitor.heading == "AWS is busy"
    expect(visitor.page.locator("h1")).not_to_have_text("AWS is busy", timeout=60_000)


@pytest.mark.parametrize("has_script", [True, False], ids=["with its script", "without its script"])
def test_the_language_is_switched_on_every_page_and_nothing_is_lost(
    sandbox: RunningSandbox, chromium: Browser, returning: Returning, *, has_script: bool
) -> None:
    member = returning(f"of-two-languages{'-script' if has_script else ''}")
    phone = phone_of(member)
    visitor = Visitor.at(chromium, sandbox.portal_url, DESKTOP, "en", java_script_enabled=has_script)
    japanese = translations("ja").gettext

    def switched(heading: str) -> None:
        assert visitor.heading == heading
        visitor.click("日本語")
        assert visitor.heading == japanese(heading)
        visitor.click("English")
        assert visitor.heading == heading

    opened(visitor, link_for(member, session_of(member)))
    visitor.click("Move to a new phone")
    switched("Move to a new phone")
    hurry(phone)
    type_codes(visitor, phone.two_fresh_codes())
    visitor.click("Show my QR code")
    seed = visitor.scan().device.seed
    switched("Scan the QR code, then enter two codes")
    new = visitor.scan().device
    assert new.seed == seed
    type_codes(visitor, new.two_codes())
    visitor.click("Register this device")
    old, second = sorted(serials(member))
    visitor.click("Get my config")
    switched("Save your config file")
    assert save_config(visitor, member) == second
    visitor.page.goto(f"{sandbox.portal_url}/me/remove-device?serial_number={old}")
    switched("Remove a device")
    visitor.page.goto(f"{sandbox.portal_url}/me/replace-key")
    switched("Replace your access key")
    visitor.click("Issue a new access key")
    assert visitor.page.locator("#credentials-text").text_content()
    visitor.page.goto(f"{sandbox.portal_url}/me/overview")
    visitor.click("The new key works")
    assert "The former access key is deactivated." in visitor.page.inner_text("main")
    assert len(key_ids(member)) == 1
    visitor.page.context.close()


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_page_is_readable_on_a_phone_and_on_a_desktop(
    sandbox: RunningSandbox, chromium: Browser, returning: Returning, language: str
) -> None:
    said, name = translations(language).gettext, f"a-rather-long-name-of-a-member-{language}"
    member = returning(name)
    phone, session = phone_of(member), session_of(member)
    visitor = Visitor.at(chromium, sandbox.portal_url, DESKTOP, language)
    page = visitor.page

    def look() -> None:
        for viewport in (NARROW, DESKTOP):
            page.set_viewport_size(viewport)
            visitor.check()

    def go(button: str, heading: str = "") -> None:
        visitor.click(said(button))
        assert said(heading or visitor.heading) == visitor.heading
        look()

    def visit(address: str) -> None:
        page.goto(f"{sandbox.portal_url}/{address}")
        look()

    visit("me")
    page.fill("#token", "no link")
    go("Open my page", "Your own page")
    page.fill("#token", link_for(member, session))
    go("Open my page")
    screenshots.take(page, f"own-page-{language}")
    go("Move to a new phone", "Move to a new phone")
    type_codes(visitor, ("123456", "123456"))
    go("Show my QR code", "Move to a new phone")
    hurry(phone)
    type_codes(visitor, phone.two_fresh_codes())
    go("Show my QR code", "Scan the QR code, then enter two codes")
    new = visitor.scan().device
    type_codes(visitor, new.two_codes())
    go("Register this device", "The new device is registered")
    go("Get my config", "Save your config file")
    for address in ("overview", "add-device", "replace-key"):
        visit(f"me/{address}")
    go("Issue a new access key", "Save two files")
    page.reload()  # without another two codes
    assert visitor.heading == said("Two codes are needed once more")
    look()
    for address in ("overview", "add-device", "replace-key"):  # of two devices and two keys
        visit(f"me/{address}")
    visit(f"me/remove-device?serial_number={sorted(serials(member))[0]}")
    visit("me/overview?done=removed")
    go("Sign out", "You are signed out")
    visit("me/overview")
    assert visitor.heading == said("Your session has ended")
    page.context.close()
