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
from firstday.verification.result_lines import Line, passed

BUSY = frozenset({429, 502, 503, 504})
TRIES, PAUSE = 8, 3.0
_ASKS_FOR_CODES = ("codes", "fresh-codes", "existing-device")


class JourneyStopped(Exception):
    """The journey came to a stop; the message says where, with the page's own heading."""


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

    def walk(self, invitation_url: str) -> Baggage:
        """From the link to the last page; raises JourneyStopped."""
        page = self._open(invitation_url.partition("#")[2])
        page, device = self._register(page)
        if form := find(page, "password"):
            page = self._choose_password(form)
        config, key = self._leave(page)
        return Baggage(device, config, key)

    def _open(self, token: str) -> Page:
        page = self._submit(needed(self._get("start"), "start"), token=token)
        needed(page, "register-device")
        self.tell(passed("journey", "The invitation link opens the portal", answered=page.heading))
        return page

    def _register(self, page: Page) -> tuple[Page, Device]:
        """First with the codes of the last minute, which AWS probably takes; else as a member does it."""
        page = self._submit(needed(page, "register-device"))
        if "secret-key" not in page.by_id:
            raise JourneyStopped(_where(page, "There is no secret key on it"))
        device = Device("".join(page.by_id["secret-key"].split()), now=self.clock.now, pause=self.clock.pause)
        following, how = self._enter(page, device.two_codes()), "the two codes before the present one"
        if find(following, *_ASKS_FOR_CODES):
            following, how = self._enter(following, device.two_fresh_codes()), "two codes as they were shown"
        if find(following, *_ASKS_FOR_CODES, "register-device") or following.status != 200:
            raise JourneyStopped(_where(following, "The MFA codes are refused; is this computer's clock right?"))
        self.tell(passed("journey", f"An MFA device is registered, with {how}", answered=following.heading))
        return following, device

    def _enter(self, page: Page, codes: tuple[str, str]) -> Page:
        form = needed(page, *_ASKS_FOR_CODES)
        return self._submit(form, code1=codes[0], code2=codes[1])

    def _choose_password(self, form: Form) -> Page:
        password = new_password()
        page = self._submit(form, password=password, repeated=password)
        if find(page, "password") or page.status != 200:
            raise JourneyStopped(_where(page, "It does not accept the console password"))
        self.tell(passed("journey", "A console password is set", answered=page.heading))
        return self._get("access-key")

    def _leave(self, page: Page) -> tuple[aws_files.Profiles, Key | None]:
        is_offered = Credentials.ACCESS_KEY in self.settings.credentials
        if is_offered:
            form = find(page, "access-key") or needed(self._get("access-key"), "access-key")
            page = self._submit(form)
        else:
            page = self._get("config")
        for name in ["config-text", *(["credentials-text"] if is_offered else [])]:
            if name not in page.by_id:
                raise JourneyStopped(_where(page, f"The file {name.removesuffix('-text')} is not on it"))
        try:
            key = aws_files.access_key(page.by_id["credentials-text"]) if is_offered else None
            config = aws_files.profiles(page.by_id["config-text"])
        except aws_files.Unreadable as error:
            raise JourneyStopped(_where(page, f"No AWS tool can read a file on it ({error})")) from None
        self.tell(passed("journey", _what_for(key), answered=page.heading))
        done = self._get("done")
        if done.status != 200:
            raise JourneyStopped(_where(done, "It is to be the last page"))
        return config, key

    def _get(self, address: str) -> Page:
        return self._loaded(lambda: self.browser.get(address))

    def _submit(self, form: Form, **typed: str) -> Page:
        return self._loaded(lambda: self.browser.submit(form, **typed))

    def _loaded(self, load: Callable[[], Page]) -> Page:
        """The page; if AWS is busy, the form is sent again, as the page's own script does."""
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
        raise JourneyStopped(_where(page, f"It does not lead to {' or '.join(actions)}"))
    return form


def new_password() -> str:
    """A password that every policy takes, and nobody will know."""
    return f"{secrets.token_urlsafe(30)}aA1!"


def _what_for(key: Key | None) -> str:
    return "The access key is issued, and the config is there" if key else "The config is there; members get no key"


def _where(page: Page, what: str) -> str:
    return f"{what}: the page “{' '.join(page.heading.split())}” ({page.status})."
