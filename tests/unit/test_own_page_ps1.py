"""The command for one's own page in PowerShell, parsed with a grammar of the language."""

from hashlib import sha256

import pytest

from chalicelib.settings.records import Credentials
from tests.helpers.documents import ROOT, text
from tests.helpers.own_page_shells import a_place, unchanged_powershell
from tests.unit.test_merge_config_ps1 import parse, texts

KINDS = (Credentials.ACCESS_KEY, Credentials.AWS_LOGIN)
PLACES = [a_place("https://portal.example.com", kind) for kind in KINDS]
COMMANDS = [unchanged_powershell(place) for place in PLACES]
each_command = pytest.mark.parametrize("command", COMMANDS, ids=KINDS)


@each_command
def test_the_grammar_of_powershell_finds_no_mistake(command: str) -> None:
    assert not parse(command).has_error
    assert parse(command.replace("return }", "return (}")).has_error


@each_command
def test_it_runs_nothing_but_what_comes_with_powershell_the_aws_cli_and_curl(command: str) -> None:
    used = {name.lower() for name in texts(command, "command_name")} - {"find-program", "show-link"}
    known = (
        "convertfrom-json get-command invoke-item join-path mktemp new-object read-host remove-item select-object"
    )
    assert used <= {*known.split(), "set-strictmode", "start-sleep", "test-path", "where-object", "write-host"}
    # It must not end the window that it is pasted into.
    assert not [one for one in texts(command, "flow_control_statement") if one.startswith("exit")]


def test_the_command_that_is_shown_is_the_one_that_was_run_in_powershell() -> None:
    digest = sha256("".join(COMMANDS).encode()).hexdigest()
    assert f"`{digest}`" in text(ROOT / "docs" / "powershell.md"), (
        "The command has changed since it was run in a real PowerShell. Put pwsh on the PATH, run "
        "tests/unit/test_own_page_command.py and test_own_page_refusals.py, and write what you "
        "ran, and the new digest, into "
        f"docs/powershell.md: {digest}"
    )
