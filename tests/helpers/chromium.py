"""Headless Chromium, as the browser tests drive it."""

import io
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import zxingcpp
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright

from tests.helpers.running_sandbox import Device

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# A container has no user namespaces for Chromium's sandbox; the rest keeps it from calling home.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
PHONE: ViewportSize = {"width": 390, "height": 844}
DESKTOP: ViewportSize = {"width": 1280, "height": 900}


@contextmanager
def launched() -> Iterator[Browser]:
    """A Chromium that is on this machine, or the one that Playwright installed."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_found(), args=list(ARGUMENTS))
        yield browser
        browser.close()


@contextmanager
def without_cookies(browser: Browser, folder: Path) -> Iterator[BrowserContext]:
    """The same Chromium with a user who blocks all cookies, and so every storage, in its settings."""
    (folder / "Default").mkdir()
    blocked = {"profile": {"default_content_setting_values": {"cookies": 2}}}
    (folder / "Default" / "Preferences").write_text(json.dumps(blocked))
    found = _found()
    # Playwright's headless shell has no settings.
    channel = None if found else "chromium"
    context = browser.browser_type.launch_persistent_context(
        folder, executable_path=found, channel=channel, args=list(ARGUMENTS), viewport=DESKTOP, locale="en"
    )
    yield context
    context.close()


def _found() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@dataclass(frozen=True)
class Visitor:
    """A person at a browser window. ``problems`` gathers what should never happen."""

    page: Page
    problems: list[str]

    @classmethod
    def at(
        cls, browser: Browser, portal_url: str, viewport: ViewportSize, locale: str, **options: Any
    ) -> "Visitor":
        return cls.within(browser.new_context(viewport=viewport, locale=locale, **options), portal_url)

    @classmethod
    def within(cls, context: BrowserContext, portal_url: str) -> "Visitor":
        page, problems = context.new_page(), list[str]()
        page.on("pageerror", lambda error: problems.append(str(error)))

        def listen(message: Any) -> None:
            # Chromium reports the status of a page that refuses something here, which is not a problem.
            if message.type == "error" and "responded with a status of" not in message.text:
                problems.append(message.text)

        def watch(request: Any) -> None:
            if not request.url.startswith((portal_url, "data:", "blob:")):
                problems.append(f"a request to {request.url}")

        page.on("console", listen)
        page.on("request", watch)
        return cls(page, problems)

    @property
    def heading(self) -> str:
        return self.page.locator("h1").inner_text()

    def click(self, name: str) -> None:
        """Press the button or follow the link called ``name``, and wait for the next page."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=name).or_(self.page.get_by_role("link", name=name)).first.click()

    def check(self) -> None:
        """axe finds nothing, nothing overflows, and nothing went wrong so far."""
        result = Axe().run(self.page)
        assert result.violations_count == 0, f"{self.heading}\n{result.generate_report()}"
        wide, window = self.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide <= window, f"{self.heading} is {wide} wide"
        assert self.problems == [], self.heading

    def check_still(self) -> None:
        """As ``check``, of a page that would go on by itself meanwhile; then it is loaded anew."""
        self.page.evaluate("for (let timer = 1; timer < 1000; timer += 1) clearTimeout(timer)")
        self.check()
        self.page.reload()

    def scan(self) -> "Scanned":
        """Photograph the screen and read the QR code, as a phone does."""
        picture = Image.open(io.BytesIO(self.page.screenshot(full_page=True)))
        (code,) = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
        return Scanned.of(code.text)


@dataclass(frozen=True)
class Scanned:
    """An entry in an authenticator app."""

    issuer: str
    account: str
    device: Device

    @classmethod
    def of(cls, uri: str) -> "Scanned":
        parts = urlsplit(uri)
        assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
        issuer, _, account = unquote(parts.path.removeprefix("/")).partition(":")
        fields = parse_qs(parts.query, strict_parsing=True)
        assert fields.keys() == {"secret"}
        return cls(issuer, account, Device(fields["secret"][0]))
