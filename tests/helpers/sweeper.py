"""A sweeper in process, and what it finds."""

from datetime import timedelta
from typing import Any

from chalicelib.admin.sweeping import Swept, sweep
from chalicelib.aws.iam import IAM
from chalicelib.aws.patience import Patience
from chalicelib.sweeper import Sweeper
from chalicelib.wiring import Portal
from firstday.verification.browser import Browser
from tests.helpers.worlds import MEMBER, World, clients, in_process_browser, invited


def sweeper_of(here: Portal) -> Sweeper:
    iam, _ = clients(here)
    account = here.settings.identity_account
    return Sweeper(here.members, IAM(iam, Patience(attempts=1), partition="aws", account_id=account), here.clock)


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
