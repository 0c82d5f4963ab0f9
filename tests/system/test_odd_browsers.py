"""The whole journey in browsers that are not like ours: it ends well, or the page says what to do."""

import base64
import re
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, expect

from tests.helpers import odd_surroundings as odd
from tests.helpers.browser_walk import PATIENCE, OnPage, go_on, is_at, walk
from tests.helpers.chromium import DESKTOP, PHONE, Visitor, without_cookies
from tests.helpers.proxy import proxy
from tests.helpers.running_sandbox import RunningSandbox

NO_COOKIES = "Your browser keeps no cookies"
NO_COPYING = "Copying is refused here. Copy the selected text yourself"


def looked_at(visitor: Visitor, name: str) -> None:  # noqa: ARG001 -- every page is
    visitor.check()


def steps_are_told_apart(visitor: Visitor, name: str) -> None:
    """On any page. In high contrast, every border has the same colour."""
    looked_at(visitor, name)
    page = visitor.page
    assert page.evaluate("matchMedia('(forced-colors: active)').matches")
    done, todo = (
        {
            step.evaluate("step => getComputedStyle(step).borderTopStyle")
            for step in page.locator(f".steps .{state}").all()
        }
        for state in ("done", "todo")
    )
    assert not done & todo


@dataclass(frozen=True)
class Surroundings:
    """``options`` are those of a window, ``script`` runs on each page, ``strip`` is what a proxy takes away."""

    options: dict[str, Any] = field(default_factory=dict)
    script: str = ""
    strip: str = ""
    on_page: OnPage = looked_at


SURROUNDINGS = {
    "no Sec-Fetch headers": Surroundings(strip="sec-fetch-"),
    "no Sec-Fetch headers and no Origin": Surroundings(strip="sec-fetch- origin"),
    "forced colours": Surroundings({"forced_colors": "active"}, on_page=steps_are_told_apart),
    "400 % zoom": Surroundings({"viewport": {"width": 320, "height": 256}, "device_scale_factor": 4}),
    "320 pixels and large text": Surroundings({"viewport": {"width": 320, "height": 568}}, odd.LARGE_TEXT),
    "an extension's fields": Surroundings(script=odd.EXTENSION),
}


@pytest.mark.parametrize("name", SURROUNDINGS)
def test_the_journey_ends_well(sandbox: RunningSandbox, chromium: Browser, name: str) -> None:
    around = SURROUNDINGS[name]
    with ExitStack() as stack:
        server = {"server": stack.enter_context(proxy(around.strip))} if around.strip else None
        options: dict[str, Any] = {"viewport": DESKTOP, "locale": "en", "proxy": server, **around.options}
        context = stack.enter_context(chromium.new_context(**options))
        context.add_init_script(around.script)
        visitor = Visitor.within(context, sandbox.portal_url)
        walk(sandbox, visitor, f"odd-{list(SURROUNDINGS).index(name)}", around.on_page)


def test_the_journey_without_javascript(sandbox: RunningSandbox, chromium: Browser) -> None:
    visitor = Visitor.at(chromium, sandbox.portal_url, DESKTOP, "en", java_script_enabled=False)

    def in_both_languages(visitor: Visitor, name: str) -> None:
        if name == "qr-code":
            scanned = visitor.scan()
            visitor.click("日本語")
            assert visitor.scan() == scanned
            visitor.click("English")
        if name == "config":
            visitor.page.get_by_text("Copy the text rather than download a file").click()
            assert "[profile odd-no-script]" in visitor.page.inner_text("#config-text")

    walk(sandbox, visitor, "odd-no-script", in_both_languages)
    assert visitor.problems == []


def sent(visitor: Visitor, name: str) -> str:
    """The file that the portal sent, as its download has it."""
    href = visitor.page.locator(f"[download={name}]").get_attribute("href") or ""
    return base64.b64decode(href.partition(",")[2]).decode()


def open_texts(visitor: Visitor) -> None:
    """From where nothing was downloaded to the texts of the files."""
    visitor.page.locator("[name=way] > summary").first.click()
    visitor.page.locator("a[href='#copy']").first.click()
    visitor.page.locator("#copy > summary").click()


def test_a_translated_page_copies_what_the_portal_sent(sandbox: RunningSandbox, chromium: Browser) -> None:
    permissions = ["clipboard-read", "clipboard-write"]
    visitor = Visitor.at(chromium, sandbox.portal_url, DESKTOP, "en", permissions=permissions)
    visitor.page.add_init_script(odd.TRANSLATOR)

    def copied(visitor: Visitor, name: str) -> None:
        page, wanted = visitor.page, dict[str, str]()
        expect(page.locator("h1")).to_contain_text("ש")
        visitor.check()
        if name == "qr-code":
            wanted = {"secret-key": visitor.scan().device.seed}
            expect(page.locator("#secret-key")).to_have_text(re.compile("^[A-Z2-7 ]+$"))
        if name == "config":
            open_texts(visitor)
            wanted = {f"{file}-text": sent(visitor, file) for file in ("credentials", "config")}
            for source, text in wanted.items():
                assert page.locator(f"#{source}").text_content() == text
        if wanted:
            page.evaluate(odd.RUDE_TRANSLATION)
        for source, text in wanted.items():
            page.locator(f"[data-copy={source}]").click()
            expect(page.locator("#status")).not_to_be_empty(timeout=PATIENCE)
            assert page.evaluate("navigator.clipboard.readText()") == text

    walk(sandbox, visitor, "odd-translated", copied)


@pytest.mark.parametrize(
    "script", [odd.CLIPBOARD_REFUSED, odd.INSIDE_AN_APP], ids=["the clipboard refuses", "inside an app"]
)
def test_where_nothing_is_copied_or_downloaded_the_text_is_selected_and_that_is_said(
    sandbox: RunningSandbox, chromium: Browser, script: str
) -> None:
    visitor = Visitor.at(chromium, sandbox.portal_url, PHONE, "en", accept_downloads=False)
    visitor.page.add_init_script(script)

    def selected(visitor: Visitor, name: str) -> None:
        page, wanted = visitor.page, dict[str, str]()
        if name == "qr-code":
            wanted = {"secret-key": page.inner_text("#secret-key")}
        if name == "config":
            open_texts(visitor)
            wanted = {f"{file}-text": sent(visitor, file) for file in ("credentials", "config")}
        for source, text in wanted.items():
            button = page.locator(f"[data-copy={source}]")
            button.click()
            expect(button).to_have_text(NO_COPYING)
            expect(page.locator("#status")).to_have_text(NO_COPYING)
            assert page.evaluate("getSelection().toString()").strip() == text.strip()
        visitor.check()

    walk(sandbox, visitor, "odd-app" if script == odd.INSIDE_AN_APP else "odd-clipboard", selected)


def test_without_cookies_the_page_names_them_and_the_way_on(
    sandbox: RunningSandbox, chromium: Browser, tmp_path: Path
) -> None:
    link = sandbox.invite("odd-cookies")["invitation_url"]
    with without_cookies(chromium, tmp_path) as context:
        visitor = Visitor.within(context, sandbox.portal_url)
        page, heading = visitor.page, visitor.page.locator("h1")
        for _ in range(2):
            page.goto("about:blank")
            page.goto(link)
            go_on(visitor)
            expect(heading).to_have_text(NO_COOKIES)
            expect(page.locator("main")).to_contain_text("Allow cookies for this page")
            expect(page.locator("main")).to_contain_text("open your invitation link again: it still works")
            visitor.check()
        page.goto(sandbox.firstday("console", "--print").stdout.strip())
        go_on(visitor)
        expect(heading).to_have_text(NO_COOKIES)
        expect(page.locator("main kbd")).to_have_text("firstday console")
        visitor.check()
    allowed = Visitor.at(chromium, sandbox.portal_url, DESKTOP, "en")
    allowed.page.goto(link)
    go_on(allowed)
    is_at(allowed, "register-device")


def test_reloading_and_going_back_at_each_step_loses_nothing(sandbox: RunningSandbox, chromium: Browser) -> None:
    visitor = Visitor.at(chromium, sandbox.portal_url, DESKTOP, "en")

    def again(visitor: Visitor, name: str) -> None:
        visitor.page.reload()
        if name == "config":  # its secret is shown once
            expect(visitor.page.get_by_text("Did not save the secret")).to_be_visible()
            visitor.click("Replace my access key")
        is_at(visitor, name)
        if name in ("register-device", "qr-code", "access-key"):
            move(visitor, -1)
            expect(visitor.page.locator("main .primary")).to_be_visible()
            move(visitor, 1)
            is_at(visitor, name)

    walk(sandbox, visitor, "odd-again", again)
    keys = sandbox.root("iam").list_access_keys(UserName="odd-again")["AccessKeyMetadata"]
    assert [key["Status"] for key in keys].count("Active") == 1


def move(visitor: Visitor, by: int) -> None:
    """Back or forward. Chromium asks whether to send a form again, for which a reload stands."""
    try:
        visitor.page.go_back() if by < 0 else visitor.page.go_forward()
    except Error as error:
        if "ERR_CACHE_MISS" not in str(error):
            raise
        visitor.page.wait_for_url("chrome-error:**")
        visitor.page.reload()
