"""From nothing to a portal of three accounts: docs/deployment.md, typed by hand into an empty sandbox."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pexpect
import pytest

from chalicelib.members.mfa import code_at, step_at
from tests.helpers.running_sandbox import BIN, QUIET, ROOT

DEPLOYMENT = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
ENDS = ["all--well", "something--wrong"]
QUESTIONS = [r"\[y/N\] ", "MFA code.*: "]


@dataclass
class Terminal:
    """A shell of somebody who has read what the sandbox printed; ``seed`` is the administrator's."""

    shell: "pexpect.spawn[str]"
    settings_file: Path
    seed: str

    def type(self, command: str, *answers: str) -> str:
        """The output of a command, which has to succeed. Its questions get ``answers``, its MFA prompt a code."""
        self.shell.sendline(f"{command} && echo all-{{is,}}-well || echo something-{{is,}}-wrong")
        shown, left = "", list(answers)
        while (found := self.shell.expect([*ENDS, *QUESTIONS])) >= len(ENDS):
            shown += str(self.shell.before)
            self.shell.sendline(left.pop(0) if found == len(ENDS) else code_at(self.seed, step_at(time.time())))
        shown += str(self.shell.before)
        assert found == 0, shown
        return shown.replace("\r", "")

    def firstday(self, command: str, *answers: str) -> str:
        """A command of the document, with the settings of this rehearsal in place of the project's."""
        (line,) = set(re.findall(rf"^\$ (\.venv/bin/firstday {command} --profile .*)$", DEPLOYMENT, re.MULTILINE))
        return self.type(f"{line} --settings {self.settings_file}", *answers)


@pytest.fixture(scope="module")
def settings_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The organisation of the document."""
    (described,) = re.findall(r"^```toml\n(.*?)^```", DEPLOYMENT, re.MULTILINE | re.DOTALL)
    path = tmp_path_factory.mktemp("organisation") / "firstday.toml"
    path.write_text(described, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def printed(settings_file: Path) -> Iterator[str]:
    """The output of ``firstday sandbox --empty``, while it runs."""
    command = ["sandbox", "--empty", "--settings", str(settings_file), "--port", "0", "--portal-port", "0"]
    sandbox: pexpect.spawn[str] = pexpect.spawn(
        str(BIN / "firstday"), command, env=QUIET, cwd=ROOT, encoding="utf-8", timeout=60, dimensions=(50, 300)
    )
    sandbox.expect("Ctrl-C ends the sandbox")
    yield str(sandbox.before).replace("\r", "")
    sandbox.sendintr()
    sandbox.expect("The sandbox is gone")
    sandbox.close()


@pytest.fixture(scope="module")
def terminal(printed: str, settings_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """A terminal with the variables that were printed for the deployer and the administrator."""
    home = {"HOME": str(tmp_path_factory.mktemp("home")), "PS1": "", "TERM": "dumb"}
    shell: pexpect.spawn[str] = pexpect.spawn(
        "/bin/bash", ["--norc"], env=QUIET | home, cwd=ROOT, encoding="utf-8", timeout=120, echo=False
    )
    seed = re.search(r"(?:[A-Z2-7]{4} ){15}[A-Z2-7]{4}", printed)
    assert seed
    found = Terminal(shell, settings_file, seed[0].replace(" ", ""))
    for line in re.findall(r"^  (export \S+)$", printed.partition("THE MEMBER")[0], re.MULTILINE):
        found.type(line)
    yield found
    shell.close(force=True)


def test_the_printed_commands_are_those_of_the_document(printed: str, settings_file: Path) -> None:
    of_all = f" --settings {settings_file} --account-profile dev=dev-admin --account-profile prod=prod-admin"
    for command in ("deploy", "doctor", "verify"):
        (line,) = re.findall(rf"^  (.*firstday {command} .*)$", printed, re.MULTILINE)
        assert line.replace(f" --settings {settings_file}", "") in DEPLOYMENT
        assert line.endswith(of_all)


def test_nothing_becomes_a_portal_and_nothing_again(terminal: Terminal, printed: str) -> None:
    assert "There is no stack firstday here" in terminal.type(
        f"! {BIN / 'firstday'} doctor --profile identity-admin"
    )

    planned = terminal.firstday("deploy", "y")
    for account in ("the account dev (210987654321):", "the account prod (111122223333):"):
        assert f"The stack firstday-roles in {account}" in planned
    address = re.search(r"The portal is at (\S+)", planned)
    assert address
    assert f"export FIRSTDAY_PORTAL_URL={address[1]}\n" in printed

    assert "Everything is as firstday.toml says." in terminal.firstday("doctor")
    verified = terminal.firstday("verify")
    assert "0 failed, 0 not seen" in verified
    assert "prod: With MFA and the member's own name, the role is assumed" in verified

    assert f"{address[1]}/start#0" in terminal.type(".venv/bin/firstday invite dev-simple-user")
    assert "Nothing to change." in terminal.firstday("deploy")

    text = terminal.settings_file.read_text(encoding="utf-8")
    terminal.settings_file.write_text(text.replace("= 28800", "= 14400"), encoding="utf-8")
    assert "the role developer: MaxSessionDuration" in terminal.firstday("deploy", "y")
    assert "Everything is as firstday.toml says." in terminal.firstday("doctor")

    terminal.type(".venv/bin/firstday offboard dev-simple-user", "y")
    removed = terminal.firstday("remove", "y")
    assert "the table of members" in removed.partition("can remove it by hand")[2]
