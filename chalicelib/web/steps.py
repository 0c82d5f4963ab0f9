"""The steps of the journey, as far as the organisation's settings have them."""

from typing import NamedTuple

from chalicelib.settings.records import Credentials, Settings

# Each step with the page that a link can lead to.
_PAGES = {
    "start": "start",
    "register": "register-device",
    "codes": "register-device",
    "password": "password",
    "access_key": "access-key",
    "config": "config",
    "done": "done",
}


class Step(NamedTuple):
    key: str
    state: str


def page_of(step: str) -> str:
    """The page of ``step``."""
    return _PAGES[step]


def has_step(step: str, settings: Settings) -> bool:
    """Whether the settings have this step."""
    return step in _keys(settings)


def page_after(step: str, settings: Settings) -> str:
    """The page that a member comes to when ``step`` is done."""
    keys = _keys(settings)
    return _PAGES[keys[keys.index(step) + 1]]


def steps(current: str | None, settings: Settings) -> tuple[Step, ...]:
    """All steps, seen from the ``current`` one; none of them on a page outside the journey."""
    if current is None:
        return ()
    keys = _keys(settings)
    position = keys.index(current)
    states = ["done"] * position + ["current"] + ["todo"] * (len(keys) - position - 1)
    # Where there is a choice, the access key is only one of them.
    labels = ["sign_in" if key == "access_key" and len(settings.credentials) > 1 else key for key in keys]
    return tuple(map(Step, labels, states))


def _keys(settings: Settings) -> list[str]:
    is_left_out = {
        "password": not settings.console_password,
        # With one kind of credentials and nothing to issue, there is nothing to decide.
        "access_key": len(settings.credentials) == 1 and Credentials.ACCESS_KEY not in settings.credentials,
    }
    return [key for key in _PAGES if not is_left_out.get(key)]
