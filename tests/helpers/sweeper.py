"""A sweeper in process, and what it finds."""

from datetime import timedelta
from typing import Any

from chalicelib.admin.sweeping import Swept, sweep
from chalicelib.scheduled import Parts
from chalicelib.wiring import Portal
from firstday.verification.browser import Browser
from tests.helpers.worlds import MEMBER, World, in_process_browser, invited


def sweeper_of(here: Portal) -> Parts:
    return Parts(here.members, here.iam_administration, here.clock)


def swept(here: Portal, **options: Any) -> Swept:
    sweeper = sweeper_of(here)
    return sweep(sweeper.members, sweeper.iam, now=here.now(), **options)


def later(here: Portal, time: timedelta) -> None:
    here.clock.lead += time  # type: ignore[attr-defined]  # the tests' own clock


def abandoned(here: Portal, user_name: str = MEMBER, **options: Any) -> Browser:
    """A member gets as far as the QR code."""
    world = World(here, invited(here, user_name, **options), in_process_browser())
    open_link(world)
    return world.browser


def open_link(world: World) -> None:
    passcode = {"passcode": world.invitation.passcode} if world.invitation.passcode else {}
    page = world.browser.post("start", {"token": world.invitation.token, **passcode})
    world.browser.submit(page.form("register-device"))
