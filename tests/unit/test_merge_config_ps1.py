"""The script for PowerShell, parsed with a grammar of the language."""

import re
from collections.abc import Iterator
from hashlib import sha256

import pytest
import tree_sitter_powershell
from tree_sitter import Language, Node, Parser

from tests.helpers.documents import ROOT, text
from tests.helpers.merging import CREDENTIALS, PS1, TEXT, powershell

NAMES = ["Example Corp", "株式会社サンプル", "$(x) `n 'a' \"b\" '@ @' {0} # <# #>", "@@KEYS@@"]
SECRET = CREDENTIALS.splitlines()[2].split(" = ")[1]
each_name = pytest.mark.parametrize("organisation", NAMES)


def parse(script: str) -> Node:
    return Parser(Language(tree_sitter_powershell.language())).parse(script.encode()).root_node


def nodes(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from nodes(child)


def texts(script: str, kind: str) -> list[str]:
    return [(node.text or b"").decode() for node in nodes(parse(script)) if node.type == kind]


@each_name
def test_the_grammar_of_powershell_finds_no_mistake(organisation: str) -> None:
    scripts = powershell(organisation, CREDENTIALS)
    assert not parse(scripts.file).has_error
    assert not parse(scripts.pasted).has_error


def test_the_grammar_would_find_one() -> None:
    assert parse(PS1.replace("return $new", "return ($new")).has_error


@each_name
def test_profiles_and_key_are_strings_in_which_nothing_is_interpreted(organisation: str) -> None:
    file = powershell(organisation, CREDENTIALS).file.replace("\r\n", "\n")
    literals = texts(file, "verbatim_here_string_characters")
    assert literals == [f"@'\n{TEXT}'@", f"@'\n{CREDENTIALS}'@"]


@each_name
def test_whatever_a_script_is_saved_as_it_is_read_the_same(organisation: str) -> None:
    """Windows PowerShell 5.1 takes a file without byte order mark for one in the computer's own encoding."""
    scripts = powershell(organisation)
    assert scripts.file.isascii()
    assert scripts.file.count("\r\n") == scripts.file.count("\n")
    assert scripts.pasted.isascii()


def test_pasted_it_holds_no_key_and_does_not_end_the_window() -> None:
    scripts = powershell(credentials=CREDENTIALS)
    assert SECRET in scripts.file
    assert SECRET not in scripts.pasted
    assert "exit (Merge-Config)" in texts(scripts.file, "flow_control_statement")
    assert not any(statement.startswith("exit") for statement in texts(scripts.pasted, "flow_control_statement"))


def test_it_runs_nothing_but_what_comes_with_powershell_and_the_aws_cli_and_sends_nothing() -> None:
    file = powershell().file
    own = {name.lower() for name in texts(file, "function_name")}
    known = (
        "compare-object get-command get-date get-item new-object read-host select-object set-item set-strictmode"
    )
    used = {name.lower() for name in texts(file, "command_name")} - own
    assert used == {*known.split(), "where-object", "write-host"}
    assert re.findall(r"& \S+.*", PS1) == [
        "& $aws configure get firstday --profile ($name -replace '^profile ') 2>&1)"
    ]
    assert not re.search(r"Invoke-|Net\.|http|DownloadString|Add-Type|\biex\b", PS1, re.IGNORECASE)


def test_the_script_that_ships_is_the_one_that_was_run_in_powershell() -> None:
    digest = sha256(PS1.encode()).hexdigest()
    assert f"`{digest}`" in text(ROOT / "docs" / "powershell.md"), (
        "templates/scripts/merge-config.ps1 has changed since it was run in a real PowerShell. Put pwsh on the "
        "PATH, run tests/unit/test_merge_in_powershell.py, and write what you ran, and the new digest, into "
        f"docs/powershell.md: {digest}"
    )
