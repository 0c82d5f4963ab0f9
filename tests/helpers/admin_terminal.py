"""An administrator at a terminal."""

import time
from pathlib import Path

import pexpect

from chalicelib.members.mfa import code_at, step_at
from tests.helpers.running_sandbox import BIN, QUIET, RunningSandbox


class Terminal:
    """The administrator's terminal, with the AWS profile that the sandbox wrote, and an MFA device."""

    def __init__(self, sandbox: RunningSandbox, home: Path) -> None:
        profile = dict(sandbox.record["admin_profile"])
        self._seed = profile.pop("secret_key")
        self._environment = QUIET | profile | {"HOME": str(home), "FIRSTDAY_PORTAL_URL": sandbox.portal_url}

    def firstday(self, *arguments: str, **answers: str) -> str:
        """Run the command to its end, answering its questions; returns its output."""
        terminal: pexpect.spawn[str] = pexpect.spawn(
            str(BIN / "firstday"), list(arguments), env=self._environment, encoding="utf-8", timeout=60
        )
        shown = ""
        while terminal.expect(["Enter MFA code for .*: ", r"\[y/N\]:? ", pexpect.EOF]) != 2:
            shown += str(terminal.before) + str(terminal.after)
            is_code = str(terminal.after).startswith("Enter")
            terminal.sendline(self._code() if is_code else answers.get("answer", "n"))
        shown += str(terminal.before)
        terminal.close()
        assert terminal.exitstatus == int(answers.get("status", 0)), shown
        return shown

    def _code(self) -> str:
        """A code that no other test has used: another one may have been asked the same just now."""
        Terminal.last_step = max(Terminal.last_step + 1, step_at(time.time()))
        while Terminal.last_step > step_at(time.time()):
            time.sleep(0.5)
        return code_at(self._seed, Terminal.last_step)

    last_step = 0
