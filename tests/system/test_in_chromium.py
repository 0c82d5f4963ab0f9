"""The journey in a real browser, looked at by axe-core and by a QR code reader."""

import re
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, ViewportSize, expect

from chalicelib.web.rendering import rendered
from chalicelib.web.trying_again import Form
from tests.helpers import aws_clients as clients
from tests.helpers import console_pages, sample_pages, screenshots
from tests.helpers.chromium import DESKTOP, PHONE, Visitor
from tests.helpers.lambda_role import guardrail
from tests.helpers.running_sandbox import QUIET, Member, RunningSandbox

# A window of 1280 pixels with 400 % zoom: https://www.w3.org/TR/WCAG22/#reflow
NARROW: ViewportSize = {"width": 320, "height": 568}
MOBILE = {"is_mobile": True, "has_touch": True}
COLOURS = {"runOnly": ["cat.color"]}
HEADINGS = (
    "Welcome to AWS at Example Corp",
    "Register your phone",
    "Scan the QR code, then enter two codes",
    "Get your access key",
    "Save two files",
)
WORDS: dict[str, dict[str, str]] = {
    "en": {
        "begin": "Begin",
        "show": "Show my QR code",
        "register": "Register this device",
        "issue": "Issue my access key",
        "new": "No, it is new here",
        "there": "Yes, or I am not sure",
        "often": "How often you type an MFA code",
        "ask": "Ask me at each role",
        "try": "Saved. Try it now",
    },
    "ja": {
        "begin": "始める",
        "show": "QR コードを表示する",
        "register": "このデバイスを登録する",
        "issue": "アクセスキーを発行する",
        "new": "いいえ、初めてです",
        "there": "はい、またはわかりません",
        "often": "MFA コードを入力する回数",
        "ask": "ロールごとに入力する",
        "try": "保存できたので、試してみる",
    },
}

FRESH = {
    "en": {"heading": "Enter two fresh codes", "send": "Send the fresh codes"},
    "ja": {"heading": "新しいコードを入力してください", "send": "新しいコードを送信する"},
}
DENIED = {
    "en": {"heading": "AWS does not allow this step", "again": "Try again", "next": "Get your access key"},
    "ja": {
        "heading": "この手順は AWS で許可されていません",
        "again": "もう一度試す",
        "next": "アクセスキーを発行する",
    },
}


@pytest.mark.parametrize(
    ("language", "viewport", "options", "daily"),
    [
        ("ja", PHONE, MOBILE, "session"),
        ("en", DESKTOP, {}, "session"),
        ("ja", DESKTOP, {}, "prompt"),
        ("en", PHONE, MOBILE, "prompt"),
    ],
    ids=["ja on a phone", "en on a desktop", "ja, asked by each role", "en, asked by each role"],
)
def test_the_journey(
    sandbox: RunningSandbox,
    chromium: Browser,
    tmp_path: Path,
    language: str,
    viewport: ViewportSize,
    options: dict[str, bool],
    daily: str,
) -> None:
    words, name = WORDS[language], f"walker-{language}-{daily}"
    visitor = Visitor.at(chromium, sandbox.portal_url, viewport, language, **options)
    page, headings = visitor.page, list[str]()

    def arrive(step: str) -> None:
        visitor.check()
        headings.append(visitor.heading)
        if daily == "session":
            screenshots.take(page, f"{step}-{language}")

    page.goto(sandbox.invite(name)["invitation_url"])
    assert page.evaluate("location.href") == f"{sandbox.portal_url}/start"  # the token has left the address bar
    arrive("start")
    visitor.click(words["begin"])
    arrive("register-device")
    visitor.click(words["show"])
    arrive("codes")
    scanned = visitor.scan()
    assert (scanned.issuer, scanned.account) == ("Example Corp", name)
    code1, code2 = scanned.device.two_codes()
    page.fill("#code1", code1)
    page.fill("#code2", code2)
    visitor.click(words["register"])
    arrive("access-key")
    visitor.click(words["issue"])
    arrive("config")
    assert page.evaluate("document.documentElement.scrollHeight") <= 1600
    member = Member(sandbox, name, tmp_path, sandbox.browser(), scanned.device)
    saved(page, words, tmp_path)
    assert (tmp_path / ".aws" / "config").read_text() == page.locator("#config-text").text_content()
    for opened in ("new", "there"):
        page.get_by_text(str(words[opened])).click()
        visitor.check()
    shown_scripts = page.locator("[download^=merge-config]")
    assert [link.is_visible() for link in shown_scripts.all()] == [True, True]
    visitor.click(words["try"])
    arrive("done")
    if daily == "prompt":
        page.goto(f"{sandbox.portal_url}/config")
        page.get_by_text(words["often"]).click()
        visitor.check()
        visitor.click(words["ask"])
        visitor.check()
        assert page.evaluate("document.documentElement.scrollHeight") <= 1600
        saved(page, words, tmp_path)
        visitor.click(words["try"])
    visitor.check()
    if language == "en":
        assert headings == [*HEADINGS, f"You are ready, {name}"]
    assert page.evaluate("document.documentElement.lang") == language
    begin_the_day_and_list(member, page)
    page.context.close()


def saved(page: Page, words: Mapping[str, str], home: Path) -> None:
    """Download what the page has, and move it with the commands that it shows."""
    page.get_by_text(words["new"]).click()
    (home / "Downloads").mkdir(exist_ok=True)
    for link in page.locator("[download=credentials], [download=config]").all():
        with page.expect_download() as download:
            link.click()
        download.value.save_as(home / "Downloads" / download.value.suggested_filename)
    commands = page.locator("[name=way] pre").first.text_content() or ""
    (home / ".aws" / "config").unlink(missing_ok=True)
    subprocess.run(["sh", "-e"], input=commands, env=QUIET | {"HOME": str(home)}, text=True, check=True)
    page.get_by_text(words["new"]).click()


def begin_the_day_and_list(member: Member, page: Page) -> None:
    """Type what the last page says, in its order: only one of its commands asks for a code."""
    assert member.device is not None
    commands = [(element.text_content() or "").split() for element in page.locator("kbd").all()]
    denied, *rest = commands
    assert "AccessDenied" in clients.V2.call(member, *denied[1:])[1]
    code: str | None = member.device.code()
    for command in rest:
        terminal_asks = command[:2] == ["aws", "configure"] or rest[0] is command
        status, shown = member.run([str(clients.V2_PROGRAM), *command[1:]], code=code if terminal_asks else None)
        assert status == 0, shown
    assert f"assumed-role/dev-SwitchRole-S3FullAccess/{member.user_name}" in shown


def test_a_refusal_is_read_out_and_the_qr_code_is_the_same(sandbox: RunningSandbox, chromium: Browser) -> None:
    visitor = Visitor.at(chromium, sandbox.portal_url, PHONE, "en", color_scheme="dark")
    page = visitor.page
    page.goto(sandbox.invite("too-early")["invitation_url"])
    visitor.click("Begin")
    visitor.click("Show my QR code")
    before = visitor.scan()
    code1, code2 = before.device.two_codes()
    page.fill("#code1", code2)
    page.fill("#code2", code1)
    visitor.click("Register this device")
    expect(page.get_by_role("alert")).to_contain_text("The two codes are in the wrong order")
    visitor.check()
    assert visitor.scan().device.seed == before.device.seed
    screenshots.take(page, "codes-refused-dark-en")


@pytest.mark.parametrize(
    ("language", "viewport", "late", "phone_is_slow"),
    [("en", DESKTOP, 600, True), ("ja", PHONE, 240, False)],
    ids=["a phone ten minutes slow", "a member who waited four minutes"],
)
def test_late_codes_get_no_groups_until_two_fresh_ones_are_there(
    sandbox: RunningSandbox,
    chromium: Browser,
    tmp_path: Path,
    language: str,
    viewport: ViewportSize,
    late: int,
    phone_is_slow: bool,
) -> None:
    words, name = WORDS[language], f"late-{language}"
    visitor = Visitor.at(chromium, sandbox.portal_url, viewport, language)
    page = visitor.page
    page.goto(sandbox.invite(name)["invitation_url"])
    visitor.click(words["begin"])
    visitor.click(words["show"])
    device = visitor.scan().device
    device.now = lambda: time.time() - late
    fill(page, device.two_codes())
    visitor.click(words["register"])
    assert visitor.heading == FRESH[language]["heading"]
    visitor.check()
    screenshots.take(page, f"fresh-codes-{language}")
    assert groups_of(sandbox, name) == ["firstday-members"]
    if not phone_is_slow:
        device.now, device.last_step = time.time, 0
    fill(page, device.two_fresh_codes())
    visitor.click(FRESH[language]["send"])
    if phone_is_slow:
        assert visitor.heading == "Your MFA device is registered"
        assert "Your phone’s clock is 10 minutes slow" in page.inner_text("main")
        visitor.check()
        screenshots.take(page, f"clock-noted-{language}")
        visitor.click("Continue")
    assert groups_of(sandbox, name) == ["developers", "firstday-members"]
    visitor.click(words["issue"])
    member = Member(sandbox, name, tmp_path, sandbox.browser(), device)
    saved(page, words, tmp_path)
    visitor.click(words["try"])
    begin_the_day_and_list(member, page)
    page.context.close()


@pytest.mark.parametrize(("language", "viewport"), [("en", DESKTOP), ("ja", PHONE)])
def test_what_aws_does_not_allow_is_told_and_can_be_tried_again(
    sandbox: RunningSandbox, chromium: Browser, language: str, viewport: ViewportSize
) -> None:
    words = WORDS[language]
    visitor = Visitor.at(chromium, sandbox.portal_url, viewport, language)
    page = visitor.page
    page.goto(sandbox.invite(f"denied-{language}")["invitation_url"])
    visitor.click(words["begin"])
    visitor.click(words["show"])
    fill(page, visitor.scan().device.two_codes())
    with guardrail(sandbox, "iam:EnableMFADevice"):
        visitor.click(words["register"])
        assert visitor.heading == DENIED[language]["heading"]
        assert page.inner_text("main code") == "iam:EnableMFADevice"
        visitor.problems[:] = [one for one in visitor.problems if "500" not in one]
        visitor.check()
        screenshots.take(page, f"denied-{language}")
    visitor.click(DENIED[language]["again"])
    assert visitor.heading == DENIED[language]["next"]
    page.context.close()


def fill(page: Page, codes: tuple[str, str]) -> None:
    page.fill("#code1", codes[0])
    page.fill("#code2", codes[1])


def groups_of(sandbox: RunningSandbox, name: str) -> list[str]:
    groups = sandbox.root("iam").list_groups_for_user(UserName=name)["Groups"]
    return sorted(group["GroupName"] for group in groups)


def test_the_secret_key_can_be_copied_and_the_wait_is_counted(sandbox: RunningSandbox, chromium: Browser) -> None:
    visitor = Visitor.at(
        chromium, sandbox.portal_url, DESKTOP, "en", permissions=["clipboard-read", "clipboard-write"]
    )
    page = visitor.page
    page.goto(sandbox.invite("copyist")["invitation_url"])
    visitor.click("Begin")
    visitor.click("Show my QR code")
    page.get_by_role("button", name="Copy secret key").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == visitor.scan().device.seed
    page.fill("#code1", "123456")
    expect(page.get_by_text(re.compile("^Wait until your app shows a different code")).first).to_be_visible()


def test_the_busy_page_goes_on_by_itself(sandbox: RunningSandbox, chromium: Browser) -> None:
    visitor = Visitor.at(chromium, sandbox.portal_url, PHONE, "en")
    page, action = visitor.page, f"{sandbox.portal_url}/register-device?member=patient"
    page.goto(sandbox.invite("patient")["invitation_url"])
    visitor.click("Begin")

    def answer_as_busy(route: Route) -> None:
        route.fulfill(status=503, content_type="text/html; charset=utf-8", body=busy_page(action))

    page.route(lambda address: address == action, answer_as_busy, times=1)
    visitor.click("Show my QR code")
    assert visitor.heading == "AWS is busy"
    expect(page.locator("#main")).to_contain_text(re.compile(r"it tries again by itself in \d s"))
    visitor.check()
    page.wait_for_selector("#secret-key", timeout=10_000)
    assert visitor.scan().account == "patient"


def busy_page(action: str) -> str:
    """The page as the portal renders it when a call fails, which the sandbox's AWS never does."""
    return rendered(
        "error",
        "en",
        can_sign_out=False,
        contact="aws-admins@example.com",
        denied_action=None,
        error="busy",
        organisation="Example Corp",
        retry=Form(action, {"tries": "1"}, seconds=3),
        status=503,
        steps=(),
        switch_form=None,
        switches=(),
        url=str,
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_pages_of_what_went_wrong(
    sandbox: RunningSandbox, chromium: Browser, language: str, scheme: str
) -> None:
    spent = sandbox.invite(f"spent-{language}-{scheme}")["invitation_url"]
    visitor = Visitor.at(chromium, sandbox.portal_url, PHONE, language, color_scheme=scheme)
    page = visitor.page
    for address in (f"{sandbox.portal_url}/config", f"{sandbox.portal_url}/no-such-page"):
        page.goto(address)
        visitor.check()
    sandbox.invite(f"spent-{language}-{scheme}")
    for link in (spent, f"{sandbox.portal_url}/start#wrong"):
        page.goto(link)
        visitor.click(str(WORDS[language]["begin"]))
        visitor.check()
    screenshots.take(page, f"not-found-{scheme}-{language}")


# In the dark, nothing but the colours is different, and they are not chosen by language.
@pytest.mark.parametrize(
    ("language", "scheme", "rules"),
    [("en", "light", {}), ("ja", "light", {}), ("en", "dark", COLOURS)],
    ids=["en-light", "ja-light", "en-dark"],
)
def test_axe_finds_nothing_on_any_page_in_any_variant(
    chromium: Browser, language: str, scheme: str, rules: dict[str, Any]
) -> None:
    options: dict[str, Any] = {"viewport": NARROW, "color_scheme": scheme}
    page = chromium.new_context(**options).new_page()
    for sample in [*sample_pages.samples(), *console_pages.samples()]:
        page.goto("about:blank")  # so that each page's script runs in a world of its own
        page.set_content(sample_pages.shown(sample, language))
        found = Axe().run(page, options={"resultTypes": ["violations"], **rules})
        assert found.violations_count == 0, f"{sample.name}\n{found.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"], sample.name


def test_the_screenshots_in_the_docs_are_current() -> None:
    assert screenshots.TAKEN_OF.read_text().strip() == screenshots.sources(), "run: make screenshots"
