"""The step of the console password, and a member who is at it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from chalicelib.aws.patience import Patience
from firstday.verification.browser import Page
from tests.helpers.journeys import proved
from tests.helpers.worlds import HURRIED, World, again, deployed, with_settings

GOOD = "correct Horse battery 1"
SET, CHOOSE, BUSY = "Your console password is set", "Choose your console password", "AWS is busy"


@contextmanager
def at_the_password(patience: Patience = HURRIED, **settings: Any) -> Iterator[World]:
    """A member who has just proved MFA, with an organisation that has this step."""
    with deployed(patience) as here:
        yield with_settings(again(proved, here), **{"console_password": True} | settings)


def choose(world: World, password: str = GOOD, repeated: str | None = None) -> Page:
    form = world.browser.get("password").form("password")
    return world.browser.submit(form, password=password, repeated=password if repeated is None else repeated)
