"""The robot's way through the pages: it waits where AWS is busy, and finds the forms by where they lead."""

from collections.abc import Callable
from dataclasses import dataclass

from firstday.verification.browser import Browser, Form, Page
from firstday.verification.clock import Clock

BUSY = frozenset({429, 502, 503, 504})
TRIES, PAUSE = 8, 3.0


class JourneyStopped(Exception):
    """The journey came to a stop; the message says where, with the page's own heading."""


@dataclass(frozen=True, slots=True)
class PatientBrowser:
    """If AWS is busy, a form is sent again, as the page's own script does."""

    browser: Browser
    clock: Clock

    def get(self, address: str) -> Page:
        return self._loaded(lambda: self.browser.get(address))

    def submit(self, form: Form, **typed: str) -> Page:
        return self._loaded(lambda: self.browser.submit(form, **typed))

    def _loaded(self, load: Callable[[], Page]) -> Page:
        page = load()
        for _ in range(TRIES):
            again = next((form for form in page.forms if form.is_automatic), None)
            if again is None and page.status not in BUSY:
                break
            self.clock.pause(PAUSE)
            page = self._again(again) if again else load()
        return page

    def _again(self, form: Form) -> Page:
        return self.browser.get(form.action) if form.method == "get" else self.browser.submit(form)


def find(page: Page, *actions: str) -> Form | None:
    """The form that leads to one of these pages, without the language switch."""
    for form in page.forms:
        name = form.action.partition("?")[0].rpartition("/")[2]
        if name in actions and form.method == "post" and "lang" not in form.fields:
            return form
    return None


def needed(page: Page, *actions: str) -> Form:
    form = find(page, *actions)
    if form is None:
        raise JourneyStopped(where(page, f"It does not lead to {' or '.join(actions)}"))
    return form


def where(page: Page, what: str) -> str:
    return f"{what}: the page “{' '.join(page.heading.split())}” ({page.status})."
