"""AWS refuses everybody for a while: the page waits and goes on by itself.

IAM refuses calls, which the portal's page tells, with and without its script; or the portal has no execution free,
which API Gateway's page tells.
"""

import time

from playwright.sync_api import Browser, expect

from tests.helpers.chromium import DESKTOP, PHONE, Visitor
from tests.helpers.running_sandbox import Device, RunningSandbox

# Seconds: longer than a request of the portal makes a call again.
LONG = 14


def at_the_codes(sandbox: RunningSandbox, visitor: Visitor, name: str, *, with_script: bool) -> Device:
    """The member has typed both codes and not pressed the button yet."""
    link = sandbox.invite(name)["invitation_url"]
    visitor.page.goto(link)
    if not with_script:
        visitor.page.fill("#token", link)
    visitor.click("Begin")
    visitor.click("Show my QR code")
    expect(visitor.page.locator("h1")).to_have_text("Scan the QR code, then enter two codes")
    device = visitor.scan().device
    enter(visitor, device.two_codes())
    return device


def enter(visitor: Visitor, codes: tuple[str, str]) -> None:
    code1, code2 = codes
    visitor.page.fill("#code1", code1)
    visitor.page.fill("#code2", code2)


def test_a_page_says_that_it_waits_and_goes_on_by_itself(sandbox: RunningSandbox, chromium: Browser) -> None:
    visitor = Visitor.at(chromium, sandbox.portal_url, PHONE, "en")
    device = at_the_codes(sandbox, visitor, "waits-with-script", with_script=True)
    with sandbox.aws.iam_refusing():
        visitor.page.set_default_timeout(60_000)
        visitor.click("Register this device")
        assert visitor.heading == "AWS is busy"
        visitor.check_still()
        expect(visitor.page.locator("[data-automatic-note]")).to_contain_text("it tries again by itself")
    expect(visitor.page.locator("h1")).not_to_have_text("AWS is busy", timeout=60_000)
    went_on(sandbox, visitor, device, "waits-with-script")


def test_without_its_script_the_browser_waits_and_goes_on(sandbox: RunningSandbox, chromium: Browser) -> None:
    visitor = Visitor.at(chromium, sandbox.portal_url, DESKTOP, "en", java_script_enabled=False)
    device = at_the_codes(sandbox, visitor, "waits-without-script", with_script=False)
    visitor.page.set_default_timeout(120_000)
    with visitor.page.expect_event("load"), sandbox.aws.iam_refusing():
        visitor.page.get_by_role("button", name="Register this device").click(no_wait_after=True)
        time.sleep(LONG)
    went_on(sandbox, visitor, device, "waits-without-script")


def test_a_link_to_a_full_portal_opens_by_itself_with_its_token(sandbox: RunningSandbox, chromium: Browser) -> None:
    link = sandbox.invite("waits-at-the-door")["invitation_url"]
    visitor = Visitor.at(chromium, sandbox.portal_url, DESKTOP, "ja")
    with sandbox.full():
        visitor.page.goto(link)
        full(visitor)
        visitor.check_still()
        full(visitor)
    expect(visitor.page.locator("#token")).to_have_value(link.partition("#")[2], timeout=60_000)
    visitor.check()


def test_forms_that_a_full_portal_turned_away_go_on_by_themselves(
    sandbox: RunningSandbox, chromium: Browser
) -> None:
    visitor = Visitor.at(chromium, sandbox.portal_url, PHONE, "en")
    device = at_the_codes(sandbox, visitor, "waits-for-a-place", with_script=True)
    with sandbox.full():
        visitor.click("Register this device")
        full(visitor)
        with visitor.page.expect_navigation(timeout=60_000):  # the second try
            pass
        full(visitor)
    expect(visitor.page.get_by_role("button", name="Sign out")).to_be_visible(timeout=60_000)
    went_on(sandbox, visitor, device, "waits-for-a-place")
    with sandbox.full():
        visitor.click("Issue my access key")
        full(visitor)
    visitor.page.locator("#config-text").wait_for(state="attached", timeout=60_000)
    assert visitor.page.evaluate("Object.keys(sessionStorage)") == ["tries"]
    keys = sandbox.root("iam").list_access_keys(UserName="waits-for-a-place")["AccessKeyMetadata"]
    assert len(keys) == 1


def test_without_its_script_a_full_portal_says_what_to_do(sandbox: RunningSandbox, chromium: Browser) -> None:
    visitor = Visitor.at(chromium, sandbox.portal_url, DESKTOP, "en", java_script_enabled=False)
    with sandbox.full():
        visitor.page.goto(f"{sandbox.portal_url}/start")
        expect(visitor.page.get_by_text("Wait a moment, then reload this page.")).to_be_visible()
        expect(visitor.page.get_by_text("it tries again by itself")).to_be_hidden()
    visitor.page.reload()
    expect(visitor.page.get_by_role("button", name="Begin")).to_be_visible()


def full(visitor: Visitor) -> None:
    """API Gateway's page says in both languages that it goes on by itself."""
    expect(visitor.page.get_by_text("it tries again by itself in a few seconds")).to_be_visible()
    expect(visitor.page.get_by_text("Wait a moment, then reload this page.")).to_be_hidden()


def went_on(sandbox: RunningSandbox, visitor: Visitor, device: Device, name: str) -> None:
    """Either the codes were still good, or the page says why it wants two more, of the same device."""
    if visitor.heading != "Get your access key":
        assert "Your codes grew old while AWS was busy" in visitor.page.inner_text("main")
    for _ in range(3):  # on a busy machine, codes also grow old on their way
        if visitor.heading == "Get your access key":
            break
        is_taken = visitor.heading == "Enter two fresh codes"
        enter(visitor, device.two_fresh_codes() if is_taken else device.two_codes())
        visitor.click("Send the fresh codes" if is_taken else "Register this device")
    assert visitor.heading == "Get your access key"
    groups = sandbox.root("iam").list_groups_for_user(UserName=name)["Groups"]
    assert "developers" in {group["GroupName"] for group in groups}
