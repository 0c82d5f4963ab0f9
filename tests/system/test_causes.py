"""A wrong clock and a profile that lacks a line: an administrator reads the cause, and not only AWS's sentence."""

import re
from pathlib import Path

import pytest

from tests.helpers.admin_terminal import Terminal
from tests.helpers.running_sandbox import RunningSandbox, plain

# Simulates a wrong clock for any Python that finds this file first.
WRONG_CLOCK = """
import datetime, os
right, off = datetime.datetime, datetime.timedelta(minutes=int(os.environ["MINUTES_OFF"]))

class IsRight(type):
    def __instancecheck__(cls, value): return isinstance(value, right)

class Wrong(right, metaclass=IsRight):
    @classmethod
    def now(cls, tz=None): return right.now(tz) + off

datetime.datetime = Wrong
"""


@pytest.mark.parametrize(
    ("minutes", "command", "words"),
    [
        (7, ["members"], "7 minutes fast"),
        (-7, ["members"], "7 minutes slow"),
        (20, ["check", "dev-simple-user"], "20 minutes fast"),
        (-20, ["console"], "20 minutes slow"),
        (20, ["doctor"], "20 minutes fast"),
        (-20, ["doctor"], "20 minutes slow"),
    ],
)
def test_a_wrong_clock_is_told_in_minutes_and_which_way(
    sandbox: RunningSandbox, tmp_path: Path, minutes: int, command: list[str], words: str
) -> None:
    (tmp_path / "sitecustomize.py").write_text(WRONG_CLOCK)
    shown = sandbox.firstday(*command, PYTHONPATH=str(tmp_path), MINUTES_OFF=str(minutes))
    assert f"This computer's clock is {words}, so AWS refuses what is signed here" in shown.stderr
    assert "credentials" not in shown.stderr.replace("Asking AWS whose credentials", "")
    assert shown.returncode == 1


class Careless(Terminal):
    """An administrator whose ``firstday-admin`` profile lacks a line, or has another one."""

    def __init__(self, sandbox: RunningSandbox, home: Path, line: str, instead: str) -> None:
        super().__init__(sandbox, home)
        good = Path(self._environment["AWS_CONFIG_FILE"]).read_text()
        before, header, profile = good.partition("[profile firstday-admin]\n")
        config = home / "config"
        config.write_text(before + header + re.sub(rf"{line} = .*\n", instead, profile, count=1))
        self._environment["AWS_CONFIG_FILE"] = str(config)


@pytest.mark.parametrize(
    ("line", "instead", "words"),
    [
        (
            "role_session_name",
            "",
            "The profile firstday-admin has no role_session_name, and the role asks for the user's own name. "
            "Add this line to it: role_session_name = admin",
        ),
        ("role_session_name", "role_session_name = Admin\n", "Change that line to: role_session_name = admin"),
        ("mfa_serial", "", "The profile firstday-admin has no mfa_serial, and the role takes an MFA code"),
        ("source_profile", "", "missing: source_profile or credential_source"),
    ],
)
def test_what_a_profile_lacks_is_named(
    sandbox: RunningSandbox, tmp_path: Path, line: str, instead: str, words: str
) -> None:
    careless = Careless(sandbox, tmp_path, line, instead)
    shown = careless.firstday("members", "--profile", "firstday-admin", status="1")
    assert words in plain(shown)
