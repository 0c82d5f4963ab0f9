"""docs/adopting.md, typed as it stands into a terminal beside a sandbox with the example organisation."""

import re
import shlex
from collections.abc import Iterator

import pexpect
import pytest

from chalicelib.arns import MEMBERS_PATH
from tests.helpers.running_sandbox import BIN, QUIET, ROOT
from tests.system.test_rehearsal import Terminal

DOCUMENT = (ROOT / "docs" / "adopting.md").read_text(encoding="utf-8")
TYPED = re.findall(r"^\$ (\.venv/bin/firstday .*)$", DOCUMENT, re.MULTILINE)


@pytest.fixture(scope="module")
def printed() -> Iterator[str]:
    """The instructions of the document's sandbox, while it runs."""
    (options,) = re.findall(r'^    make sandbox ARGS="(.*)"$', DOCUMENT, re.MULTILINE)
    sandbox: pexpect.spawn[str] = pexpect.spawn(
        str(BIN / "firstday"),
        ["sandbox", "--port", "0", "--portal-port", "0", *shlex.split(options)],
        env=QUIET,
        cwd=ROOT,
        encoding="utf-8",
        timeout=180,
        dimensions=(50, 300),
    )
    sandbox.expect("Ctrl-C ends the sandbox")
    yield str(sandbox.before).replace("\r", "")
    sandbox.sendintr()
    sandbox.expect(pexpect.EOF)


@pytest.fixture(scope="module")
def terminal(printed: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    home = {"HOME": str(tmp_path_factory.mktemp("home")), "PS1": "", "TERM": "dumb"}
    shell: pexpect.spawn[str] = pexpect.spawn(
        "/bin/bash", ["--norc"], env=QUIET | home, cwd=ROOT, encoding="utf-8", timeout=180, echo=False
    )
    of_administrator = printed.partition("THE ADMINISTRATOR")[2].partition("THE DEPLOYER")[0]
    seed = re.search(r"(?:[A-Z2-7]{4} ){15}[A-Z2-7]{4}", of_administrator)
    assert seed
    found = Terminal(shell, ROOT / "examples" / "brownfield.toml", seed[0].replace(" ", ""))
    for line in re.findall(r"^  (export \S+)$", of_administrator, re.MULTILINE):
        found.type(line)
    yield found
    shell.close(force=True)


def test_the_afternoon_goes_as_the_document_says(terminal: Terminal) -> None:
    imported, deployed, looked, planned, one, team, invited, released, policy = TYPED
    assert "role/automation/terraform-deploy" in terminal.type(imported)
    assert "Nothing to change." in terminal.type(deployed)
    assert "firstday adopt" in terminal.type(f"{looked} ; true")  # it has findings, so its status is 1

    shown = terminal.type(planned)
    assert f"user{MEMBERS_PATH}dev-user-01\n" in shown
    assert "user-in-all-teams  cannot be adopted" in shown

    assert "1 adopted." in terminal.type(one, "y")
    assert "2 adopted." in terminal.type(team)
    assert "/start#0" in terminal.type(invited)
    assert "1 released." in terminal.type(released, "y")
    assert '"Sid"' in terminal.type(policy)
