"""The page with the QR code, on which the robot registers a device, on its first day and later."""

from dataclasses import dataclass

from firstday.verification.browser import Page
from firstday.verification.device import Device
from firstday.verification.patient_browser import JourneyStopped, PatientBrowser, find, needed, where

_ASKS_FOR_CODES = ("codes", "fresh-codes", "existing-device")
_BEGINS_ANEW = ("register-device", "add-device")


@dataclass(frozen=True, slots=True)
class Registered:
    """``page`` follows, and ``how`` tells with which codes."""

    device: Device
    page: Page
    how: str


def register(pages: PatientBrowser, page: Page) -> Registered:
    """First with the codes of the last minute, which AWS probably takes; else as a member does it."""
    if "secret-key" not in page.by_id:
        raise JourneyStopped(where(page, "There is no secret key on it"))
    clock = pages.clock
    device = Device("".join(page.by_id["secret-key"].split()), now=clock.now, pause=clock.pause)
    following, how = _entered(pages, page, device.two_codes()), "the two codes before the present one"
    if find(following, *_ASKS_FOR_CODES):
        following, how = _entered(pages, following, device.two_fresh_codes()), "two codes as they were shown"
    if find(following, *_ASKS_FOR_CODES, *_BEGINS_ANEW) or following.status != 200:
        raise JourneyStopped(where(following, "The MFA codes are refused; is this computer's clock right?"))
    return Registered(device, following, how)


def _entered(pages: PatientBrowser, page: Page, codes: tuple[str, str]) -> Page:
    return pages.submit(needed(page, *_ASKS_FOR_CODES), code1=codes[0], code2=codes[1])
