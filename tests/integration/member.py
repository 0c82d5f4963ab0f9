"""A patient member, who does what each page says until the journey is over."""

from collections.abc import Callable, Iterator
from itertools import chain, repeat

from chalicelib.members.mfa import code_at, step_at
from chalicelib.wiring import portal
from tests.browser import Browser, Page


def shown_codes(page: Page, action: str = "codes", *, late: int = 0) -> dict[str, str]:
    """The two latest codes of the device whose seed the page has, or those of ``late`` steps ago."""
    seed, step = page.form(action).fields["seed"], step_at(portal().now().timestamp()) - late
    return {"code1": code_at(seed, step - 1), "code2": code_at(seed, step)}


class Walk:
    """The pages seen on the way, and what was taken from them. ``has_key``: saved on an earlier journey.

    ``late`` is how many steps old each pair of codes is when it is sent; the last one is for all that follow.
    """

    def __init__(
        self,
        browser: Browser,
        token: str,
        *,
        passcode: str | None = None,
        has_key: bool = False,
        late: tuple[int, ...] = (0,),
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
        self._late: Iterator[int] = chain(late, repeat(late[-1]))

    def to_the_end(self, first: str = "start") -> "Walk":
        page = self.browser.get(first)
        for _ in range(40):
            self.pages.append(page)
            if page.heading.startswith("You are ready"):
                return self
            page = self._next(page)
        raise AssertionError([page.heading for page in self.pages])

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
        if page.heading == "Your MFA device is registered":
            return self.browser.get("access-key")
        for action in ("start", "register-device", "codes", "fresh-codes", "existing-device", "access-key"):
            if any(form.action.endswith(action) and "lang" not in form.fields for form in page.forms):
                return self._fill(page, action)
        raise AssertionError(f"no way on from: {page.heading}\n{page.text}")

    def _fill(self, page: Page, action: str) -> Page:
        form = page.form(action)
        if "replace" in form.fields and self.has_key:
            return self.browser.get("config")
        if action == "start":
            asked = {"passcode": self.passcode} if self.passcode and "passcode" in form.fields else {}
            return self.browser.submit(form, token=self.token, **asked)
        if action in {"codes", "fresh-codes"}:
            return self.browser.submit(form, **shown_codes(page, action, late=next(self._late)))
        if action == "existing-device":
            self._code += 2
            return self.browser.submit(form, code1=str(self._code), code2=str(self._code + 1))
        return self.browser.submit(form)
