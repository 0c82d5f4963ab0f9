"""A patient member, who does what each page says until the journey is over."""

import base64
import re
from collections.abc import Callable, Iterator
from copy import copy

from chalicelib.members.mfa import code_at, step_at
from chalicelib.wiring import portal
from firstday.verification import aws_files
from firstday.verification.browser import Browser, Page
from tests.helpers.worlds import World


def shown_codes(page: Page, action: str = "codes", *, late: int = 0) -> dict[str, str]:
    """The two latest codes of the device whose seed the page has, or those of ``late`` steps ago."""
    seed, step = page.form(action).fields["seed"], step_at(portal().now().timestamp()) - late
    return {"code1": code_at(seed, step - 1), "code2": code_at(seed, step)}


def secret_in(credentials: str) -> str:
    """The secret access key in the text of the file ``credentials``."""
    return aws_files.access_key(credentials).secret_access_key


class Walk:
    """The pages seen on the way, and what was taken from them. ``has_key``: saved on an earlier journey.

    ``first`` is where it begins. ``late`` is how many steps old each pair of codes is when it is sent; the last
    one goes for all that follow.
    """

    def __init__(
        self,
        browser: Browser,
        token: str,
        *,
        passcode: str | None = None,
        has_key: bool = False,
        late: tuple[int, ...] = (0,),
        first: str = "start",
        pause: Callable[[], None] = lambda: None,
    ) -> None:
        self.browser = browser
        self.token = token
        self.passcode = passcode
        self.has_key = has_key
        self.pages: list[Page] = []
        self.credentials = ""
        self._pause = pause
        self._code = 100000
        self._late = late
        self._first = first

    def to_the_end(self) -> "Walk":
        for _ in self.steps():
            assert len(self.pages) < 40, self.headings
        return self

    def steps(self) -> Iterator[None]:
        """Goes on to the next page for each."""
        if not self.pages:
            self.pages.append(self.browser.get(self._first))
            yield
        while not self.pages[-1].heading.startswith("You are ready"):
            self.pages.append(self._next(self.pages[-1]))
            yield

    def as_far(self, browser: Browser, pause: Callable[[], None] = lambda: None) -> "Walk":
        """Another walk that has come as far as this one, in another browser."""
        other = copy(self)
        other.browser, other.pages, other._pause = browser, [*self.pages], pause
        return other

    @property
    def headings(self) -> list[str]:
        return [page.heading for page in self.pages]

    def _next(self, page: Page) -> Page:
        for form in page.forms:
            if "tries" in form.fields and "lang" not in form.fields:
                self._pause()
                if form.method == "get":
                    return self.browser.get(form.action)
                return self.browser.submit(form)
        if "config-text" in page.by_id:
            self.credentials = page.by_id.get("credentials-text", self.credentials)
            return self.browser.get("done")
        if page.heading == "Your MFA device is registered" or "console password" in page.heading:
            return self.browser.get("access-key")
        if self.has_key and page.heading == "You already have an access key":
            return self.browser.get("config")
        for action in ("start", "register-device", "codes", "fresh-codes", "existing-device", "access-key"):
            if any(form.is_for(action) and "lang" not in form.fields for form in page.forms):
                return self._fill(page, action)
        raise AssertionError(f"no way on from: {page.heading}\n{page.text}")

    def _fill(self, page: Page, action: str) -> Page:
        form = page.form(action)
        if action == "start":
            asked = {"passcode": self.passcode} if self.passcode and "passcode" in form.fields else {}
            return self.browser.submit(form, token=self.token, **asked)
        if action in {"codes", "fresh-codes"}:
            late, *more = self._late
            self._late = tuple(more) or self._late
            return self.browser.submit(form, **shown_codes(page, action, late=late))
        if action == "existing-device":
            self._code += 2
            return self.browser.submit(form, code1=str(self._code), code2=str(self._code + 1))
        return self.browser.submit(form)


def begin(world: World, browser: Browser | None = None) -> Page:
    browser = browser or world.browser
    return browser.submit(browser.get("start").form("start"), token=world.invitation.token)


def scan(world: World, browser: Browser | None = None) -> Page:
    page = begin(world, browser)
    return (browser or world.browser).submit(page.form("register-device"))


def enter_codes(browser: Browser, page: Page, code1: str | None = None, code2: str = "") -> Page:
    """The codes of the page's device, unless others are given."""
    typed = shown_codes(page) if code1 is None else {"code1": code1, "code2": code2}
    return browser.submit(page.form("codes"), **typed)


def downloads(page: Page) -> dict[str, str]:
    """The files on the page, by name."""
    links = re.findall(r'href="data:[^,"]*,([^"]*)" download="([^"]*)"', page.answer.body)
    return {name: base64.b64decode(data).decode() for data, name in links}
