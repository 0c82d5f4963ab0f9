"""The member's journey in Chromium, page by page, by buttons of any language."""

from collections.abc import Callable
from typing import Protocol

from playwright.sync_api import expect

from tests.helpers.chromium import Visitor
from tests.helpers.running_sandbox import Device, RunningSandbox

# By their templates.
PAGES = ("start", "register-device", "qr-code", "access-key", "config", "done")
# Milliseconds, for a busy machine.
PATIENCE = 60_000

Step = Callable[[Visitor], None]


class OnPage(Protocol):
    """What happens on the page of the template ``name`` before the walk goes on."""

    def __call__(self, visitor: Visitor, name: str) -> None: ...


def nothing(visitor: Visitor, name: str) -> None:
    """Goes on at once."""


def go_on(visitor: Visitor) -> None:
    with visitor.page.expect_navigation():
        visitor.page.locator("main .primary").click()


def walk(
    sandbox: RunningSandbox, visitor: Visitor, user_name: str, on_page: OnPage = nothing, send: Step = go_on
) -> None:
    """From the link to the last page; ``send`` presses the button of each form."""
    page, link = visitor.page, sandbox.invite(user_name)["invitation_url"]
    page.set_default_timeout(PATIENCE)
    page.goto(link)
    for name in PAGES:
        is_at(visitor, name)
        on_page(visitor, name)
        if name == "start" and page.locator("#token").is_visible():  # no script has taken it from the address
            page.fill("#token", link)
        if name == "qr-code":
            enter_codes(visitor, visitor.scan().device, send)
        elif name == "config":
            go_on(visitor)
        elif name != "done":
            send(visitor)
    assert user_name in page.locator("kbd").first.inner_text()
    groups = sandbox.root("iam").list_groups_for_user(UserName=user_name)["Groups"]
    assert "developers" in {group["GroupName"] for group in groups}


def is_at(visitor: Visitor, name: str) -> None:
    expect(visitor.page.locator(f"main.on-{name}")).to_be_attached(timeout=PATIENCE)


def enter_codes(visitor: Visitor, device: Device, send: Step) -> None:
    """On a busy machine, they may grow old on their way; then the page asks for fresh ones."""
    for codes in (device.two_codes, device.two_fresh_codes, device.two_fresh_codes):
        code1, code2 = codes()
        visitor.page.fill("#code1", code1)
        visitor.page.fill("#code2", code2)
        send(visitor)
        if not visitor.page.locator("#code1").count():
            break
