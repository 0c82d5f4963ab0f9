"""What happens to links and codes on their way into a real browser."""

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, expect

from chalicelib.members.link_tokens import token_text
from tests.helpers.chromium import DESKTOP, PHONE, Visitor
from tests.helpers.running_sandbox import RunningSandbox


@pytest.fixture
def visitor(sandbox: RunningSandbox, chromium: Browser) -> Visitor:
    return Visitor.at(chromium, sandbox.portal_url, PHONE, "en")


def test_a_link_whose_number_sign_was_encoded_opens(sandbox: RunningSandbox, visitor: Visitor) -> None:
    for number, sign in enumerate(("%23", "%2523", "/%23")):
        link = sandbox.invite(f"encoded-{number}")["invitation_url"].replace("#", sign)
        visitor.page.goto(link)
        expect(visitor.page.get_by_role("button", name="Begin")).to_be_visible()
        assert "#" not in visitor.page.url
        visitor.click("Begin")
        assert visitor.heading == "Register your phone"
    assert visitor.problems == []


def test_a_link_opens_wherever_its_token_stands(sandbox: RunningSandbox, visitor: Visitor) -> None:
    token = sandbox.invite("elsewhere")["invitation_url"].partition("#")[2]
    for path in ("START#{}", "{}", "start/{}", "start＃{}", "start&#35;{}", "start.#{}", "index.html#{}", "x?y={}"):
        visitor.page.goto(f"{sandbox.portal_url}/{path.format(token)}")
        expect(visitor.page.get_by_role("button", name="Begin")).to_be_visible()
        assert visitor.page.url == f"{sandbox.portal_url}/start"
        assert visitor.page.input_value("#token") == token
    link = sandbox.firstday("console", "--print").stdout.strip().splitlines()[-1]
    visitor.page.goto(link.replace("sign-in", "Sign-In"))
    expect(visitor.page.get_by_role("heading", name="Sign in to the admin console")).to_be_visible()


def test_without_a_domain_of_its_own_the_stage_stays_in_the_address(
    sandbox: RunningSandbox, visitor: Visitor
) -> None:
    page, token = visitor.page, token_text("hanako", "a" * 52)
    portal = "https://abc123.execute-api.ap-northeast-1.amazonaws.com"
    html = page.request.get(f"{sandbox.portal_url}/no-page").text()
    page.route(f"{portal}/**", lambda route: route.fulfill(body=html, content_type="text/html"))
    for path in (f"prod/Start#{token}", f"/prod/start＃{token}", f"prod/{token}"):
        page.goto(f"{portal}/{path}")
        page.wait_for_url(f"{portal}/prod/start#{token}")


def test_a_link_with_something_behind_it_opens(sandbox: RunningSandbox, visitor: Visitor) -> None:
    for number, behind in enumerate((">", "。パスコードは別に", "?utm_source=x", "**", quote("」"), ")")):
        visitor.page.goto("about:blank")
        visitor.page.goto(sandbox.invite(f"behind-{number}")["invitation_url"] + behind)
        visitor.click("Begin")
        assert visitor.heading == "Register your phone"


def test_where_no_link_is_found_the_field_is_there_to_paste_the_message(
    sandbox: RunningSandbox, visitor: Visitor
) -> None:
    link = sandbox.invite("cut-link")["invitation_url"]
    visitor.page.goto(link[:-9])
    visitor.click("Begin")
    expect(visitor.page.get_by_role("heading", name="No invitation link was found")).to_be_visible()
    visitor.check()
    visitor.page.fill("#token", f"Hello,\n\nopen this: {link}\n\nRegards")
    visitor.click("Begin")
    assert visitor.heading == "Register your phone"


def test_a_code_is_taken_in_any_script_pasted_or_composed(sandbox: RunningSandbox, chromium: Browser) -> None:
    visitor = Visitor.at(chromium, sandbox.portal_url, DESKTOP, "en")
    page = visitor.page
    page.goto(sandbox.invite("any-script")["invitation_url"])
    visitor.click("Begin")
    visitor.click("Show my QR code")
    device = visitor.scan().device
    first, second = page.locator("#code1"), page.locator("#code2")
    for typed in (" 123 456", "١٢٣٤٥٦", "१२३ ४५६", "１２３４５６", "\u200f𝟙𝟚𝟛𝟜𝟝𝟞", "「123-456」"):
        first.fill("")
        first.focus()
        page.keyboard.insert_text(typed)
        expect(first).to_have_value("123456")
    waiting = page.get_by_text(re.compile("^Wait until your app shows a different code")).first
    first.fill("")
    expect(waiting).to_be_hidden()
    # An input method that commits full-width digits: no input event follows the end of the composition.
    first.evaluate("field => { field.value = '１２３４５６'; }")
    first.dispatch_event("compositionend", {"bubbles": True})
    expect(first).to_have_value("123456")
    expect(waiting).to_be_visible()
    code1, code2 = device.two_codes()
    first.fill("".join(chr(0x660 + int(digit)) for digit in code1))
    second.fill(" ".join(chr(0xFF10 + int(digit)) for digit in code2))
    visitor.click("Register this device")
    assert visitor.heading == "Get your access key"
    assert visitor.problems == []


def test_without_javascript_too(sandbox: RunningSandbox, chromium: Browser) -> None:
    visitor = Visitor.at(chromium, sandbox.portal_url, DESKTOP, "en", java_script_enabled=False)
    page = visitor.page
    link = sandbox.invite("any-script-without")["invitation_url"]
    page.goto(f"{sandbox.portal_url}/start")
    page.fill("#token", f"<{link}>.")
    visitor.click("Begin")
    visitor.click("Show my QR code")
    code1, code2 = visitor.scan().device.two_codes()
    page.fill("#code1", "".join(chr(0x966 + int(digit)) for digit in code1))
    page.fill("#code2", f" {code2[:3]} {code2[3:]} ")
    visitor.click("Register this device")
    assert visitor.heading == "Get your access key"
