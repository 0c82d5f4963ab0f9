"""The script for PowerShell: parsed with a grammar of the language, and run where PowerShell is.

No package that these tests could install brings PowerShell: elsewhere it must be the script that was run with it.
"""

import re
from collections.abc import Iterator
from hashlib import sha256
from shutil import which

import pytest
import tree_sitter_powershell
from tree_sitter import Language, Node, Parser

from tests.helpers.merging import PS1, Home, Outcome, powershell
from tests.helpers.merging_cases import READABLE, UNREADABLE

NAMES = ["Example Corp", "株式会社サンプル", "$(x) `n 'a' \"b\" '@ @' {0} # <# #>"]
FUNCTIONS = {"Get-Merged", "Get-LastSection", "Get-Trouble", "Write-Profiles", "Merge-Config"}


def parse(script: str) -> Node:
    return Parser(Language(tree_sitter_powershell.language())).parse(script.encode()).root_node


def nodes(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from nodes(child)


def texts(script: str, kind: str) -> set[str]:
    return {(node.text or b"").decode() for node in nodes(parse(script)) if node.type == kind}


@pytest.mark.parametrize("organisation", NAMES)
def test_the_grammar_of_powershell_finds_no_mistake(organisation: str) -> None:
    scripts = powershell(organisation)
    for script in (scripts.file, scripts.pasted, scripts.commands):
        assert not parse(script).has_error


def test_the_grammar_would_find_one() -> None:
    assert parse(PS1.replace("return $old + $block", "return $old + ($block")).has_error


@pytest.mark.parametrize("organisation", NAMES)
def test_the_profiles_are_one_string_in_which_nothing_is_interpreted(organisation: str) -> None:
    file = powershell(organisation).file.replace("\r\n", "\n")
    [literal] = texts(file, "verbatim_here_string_characters")
    assert literal.startswith("@'\n# firstday:begin 123456789012 ")
    assert literal.endswith(
        "# firstday:end 123456789012 " + literal.split(" ", 3)[3].partition(": all down")[0] + "\n'@"
    )


@pytest.mark.parametrize("organisation", NAMES)
def test_whatever_a_script_is_saved_as_it_is_read_the_same(organisation: str) -> None:
    """Windows PowerShell 5.1 takes a file without byte order mark for one in the computer's own encoding."""
    scripts = powershell(organisation)
    assert scripts.file.isascii()
    assert scripts.file.count("\r\n") == scripts.file.count("\n")
    assert scripts.pasted.isascii()


def test_pasted_it_does_not_end_the_window() -> None:
    assert "exit (Merge-Config)" in texts(powershell().file, "flow_control_statement")
    assert not any(text.startswith("exit") for text in texts(powershell().pasted, "flow_control_statement"))


def test_it_runs_nothing_but_what_comes_with_powershell_and_sends_nothing() -> None:
    commands = {name.lower() for name in texts(powershell().file, "command_name")}
    known = {"new-object", "join-path", "get-item", "write-host", "compare-object", "read-host", "get-date"}
    assert commands == known | {name.lower() for name in FUNCTIONS}
    assert not re.search(r"Invoke-|Net\.|http|DownloadString|Add-Type|\biex\b", PS1, re.IGNORECASE)


# The script that PowerShell 7.6.9 was run with, on Debian 12: all that follows held.
RUN = "19c266d01a1b603b97e1079b54dd0a13d4220857aaa99f5812f7ca5d1b359a7e"
PWSH = {"shell": "pwsh"}
where_powershell_is = pytest.mark.skipif(which("pwsh") is None, reason="no pwsh on the PATH; see RUN")


def test_the_script_is_the_one_that_powershell_was_run_with() -> None:
    assert sha256(PS1.encode()).hexdigest() == RUN, "put pwsh on the PATH, run these tests, and note the new one"


def run(home: Home) -> Outcome:
    """What ``%USERPROFILE%`` leads to on Windows is named here."""
    return home.run("-Yes", AWS_CONFIG_FILE=str(home.config), **PWSH)


@where_powershell_is
@pytest.mark.parametrize("name", READABLE)
def test_a_file_gets_the_profiles_and_keeps_all_else(home: Home, name: str) -> None:
    before, after = READABLE[name]
    home.write(before)
    outcome = run(home)
    assert outcome.status == 0, outcome.said
    assert home.config.read_bytes().decode() == after
    assert [path.read_bytes().decode() for path in home.backups()] == [before]
    again = run(home)
    assert (again.status, len(home.backups())) == (0, 1)
    assert "Nothing to do" in again.said


@where_powershell_is
@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_cannot_be_merged_stays_as_it_is(home: Home, name: str) -> None:
    before, reason = UNREADABLE[name]
    home.write(before)
    outcome = run(home)
    assert outcome.status == 1
    assert reason in outcome.said
    assert home.config.read_bytes() == before
    assert list(home.config.parent.iterdir()) == [home.config]
