"""A member on a slow network presses a button twice: the journey goes on all the same."""

from collections import Counter, defaultdict
from threading import Event
from urllib.parse import urlsplit

from playwright.sync_api import Browser

from tests.helpers.browser_walk import walk
from tests.helpers.chromium import DESKTOP, Visitor
from tests.helpers.proxy import proxy
from tests.helpers.running_sandbox import RunningSandbox


def test_a_double_click_sends_a_form_once(sandbox: RunningSandbox, chromium: Browser) -> None:
    visitor = Visitor.at(chromium, sandbox.portal_url, DESKTOP, "en")
    posted = Counter[str]()
    visitor.page.on("request", lambda request: posted.update([request.url] if request.method == "POST" else []))

    def send(visitor: Visitor) -> None:
        with visitor.page.expect_navigation():
            visitor.page.locator("main .primary").dblclick()

    walk(sandbox, visitor, "odd-double-click", send=send)
    assert set(posted.values()) == {1}


def test_a_form_that_is_sent_again_before_its_answer_has_come_does_no_harm(
    sandbox: RunningSandbox, chromium: Browser
) -> None:
    """Without the page's script, nothing keeps it back. The answer to the first comes after the second was sent."""
    under_way: dict[str, Event] = defaultdict(Event)
    sent_again: dict[str, Event] = defaultdict(Event)

    def after(method: str, path: str) -> None:
        if method == "POST" and under_way[path].is_set():
            sent_again[path].set()
        elif method == "POST":
            under_way[path].set()
            sent_again[path].wait(60)

    with proxy(after=after) as server:
        visitor = Visitor.at(
            chromium, sandbox.portal_url, DESKTOP, "en", java_script_enabled=False, proxy={"server": server}
        )

        def send(visitor: Visitor) -> None:
            button = visitor.page.locator("main .primary")
            path = urlsplit(button.locator("xpath=ancestor::form").get_attribute("action") or "").path
            button.scroll_into_view_if_needed()
            box = button.bounding_box()
            assert box
            middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
            with visitor.page.expect_event("load"):  # a locator would wait for the answer to the first
                visitor.page.mouse.click(*middle)
                assert under_way[path].wait(60)
                visitor.page.mouse.click(*middle)
            if path == "/access-key":  # the first answer had the secret, and was lost
                visitor.click("Replace my access key")

        walk(sandbox, visitor, "odd-twice", send=send)
        assert {path for path, event in sent_again.items() if event.is_set()} == set(under_way)
