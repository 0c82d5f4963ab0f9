"""Which shells the command for one's own page is tried in, and what is typed there."""

from shutil import which

import pytest

from chalicelib.profiles.own_page_command import Place
from tests.helpers.own_page_shells import posix, powershell

needs_pwsh = pytest.mark.skipif(
    which("pwsh") is None, reason="no pwsh on the PATH: docs/powershell.md says how to get it"
)
PWSH = pytest.param("pwsh", marks=needs_pwsh)
BOTH = pytest.mark.parametrize("shell", ["dash", PWSH])
CODE = (("MFA code: ", "123 456"),)


def text_for(shell: str, place: Place) -> str:
    return powershell(place) if shell == "pwsh" else posix(place)


def answers(shell: str, *typed: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """PowerShell puts a colon behind its questions itself."""
    return tuple((question.rstrip(": ") if shell == "pwsh" else question, answer) for question, answer in typed)
