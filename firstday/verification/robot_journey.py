"""The robot's first day: it goes through the real pages and sends their forms."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from chalicelib.settings.records import Credentials, Settings
from firstday.verification import aws_files
from firstday.verification.answers import Key
from firstday.verification.browser import Browser, Form, Page
from firstday.verification.clock import Clock
from firstday.verification.device import Device
from firstday.verification.patient_browser import JourneyStopped, PatientBrowser, find, needed, where
from firstday.verification.registering_device import register
from firstday.verification.result_lines import Line, passed


@dataclass(frozen=True, slots=True)
class Baggage:
    """The results of the journey; ``key`` is None if members get no access key."""

    device: Device
    config: aws_files.Profiles
    key: Key | None


@dataclass(frozen=True, slots=True)
class Journey:
    """``tell`` is called after each step."""

    browser: Browser
    settings: Settings
    clock: Clock
    tell: Callable[[Line], None]

    @property
    def _pages(self) -> PatientBrowser:
        return PatientBrowser(self.browser, self.clock)

    def walk(self, invitation_url: str) -> Baggage:
        """From the link to the last page; raises JourneyStopped."""
        page = self._open(invitation_url.partition("#")[2])
        page, device = self._register(page)
        if form := find(page, "password"):
            page = self._choose_password(form)
        config, key = self._leave(page)
        return Baggage(device, config, key)

    def _open(self, token: str) -> Page:
        page = self._pages.submit(needed(self._pages.get("start"), "start"), token=token)
        needed(page, "register-device")
        self.tell(passed("journey", "The invitation link opens the portal", answered=page.heading))
        return page

    def _register(self, page: Page) -> tuple[Page, Device]:
        page = self._pages.submit(needed(page, "register-device"))
        registered = register(self._pages, page)
        text = f"An MFA device is registered, with {registered.how}"
        self.tell(passed("journey", text, answered=registered.page.heading))
        return registered.page, registered.device

    def _choose_password(self, form: Form) -> Page:
        password = new_password()
        page = self._pages.submit(form, password=password, repeated=password)
        if find(page, "password") or page.status != 200:
            raise JourneyStopped(where(page, "It does not accept the console password"))
        self.tell(passed("journey", "A console password is set", answered=page.heading))
        return self._pages.get("access-key")

    def _leave(self, page: Page) -> tuple[aws_files.Profiles, Key | None]:
        is_offered = Credentials.ACCESS_KEY in self.settings.credentials
        if is_offered:
            form = find(page, "access-key") or needed(self._pages.get("access-key"), "access-key")
            page = self._pages.submit(form)
        else:
            page = self._pages.get("config")
        for name in ["config-text", *(["credentials-text"] if is_offered else [])]:
            if name not in page.by_id:
                raise JourneyStopped(where(page, f"The file {name.removesuffix('-text')} is not on it"))
        try:
            key = aws_files.access_key(page.by_id["credentials-text"]) if is_offered else None
            config = aws_files.profiles(page.by_id["config-text"])
        except aws_files.Unreadable as error:
            raise JourneyStopped(where(page, f"No AWS tool can read a file on it ({error})")) from None
        self.tell(passed("journey", _what_for(key), answered=page.heading))
        done = self._pages.get("done")
        if done.status != 200:
            raise JourneyStopped(where(done, "It is to be the last page"))
        return config, key


def new_password() -> str:
    """A password that every policy takes, and nobody will know."""
    return f"{secrets.token_urlsafe(30)}aA1!"


def _what_for(key: Key | None) -> str:
    return "The access key is issued, and the config is there" if key else "The config is there; members get no key"
