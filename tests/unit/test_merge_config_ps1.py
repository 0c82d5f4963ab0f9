"""The script for PowerShell: parsed with a grammar of the language, and its decisions compared.

No package that these tests could install brings PowerShell, so it is not run here: docs/clients.md says so.
"""

import inspect
import re
from collections.abc import Iterator

import pytest
import tree_sitter_powershell
from hypothesis import given, settings
from hypothesis import strategies as st
from tree_sitter import Language, Node, Parser

from tests.unit import merging, powershell_twin
from tests.unit.merging import BLOCK, OLDER, PS1, powershell
from tests.unit.merging_cases import READABLE, UNREADABLE
from tests.unit.powershell_twin import Refused, decided

NAMES = ["Example Corp", "株式会社サンプル", "$(x) `n 'a' \"b\" '@ @' {0} # <# #>"]
PROFILES = BLOCK.removesuffix("\n")
FUNCTIONS = {
    "Get-Merged",
    "Get-LastSection",
    "Get-Trouble",
    "Write-Profiles",
    "Merge-Config",
}


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


@pytest.mark.parametrize("name", READABLE)
def test_its_decisions_are_those_of_the_other_script(name: str) -> None:
    before, after = READABLE[name]
    once = decided(PROFILES, before.encode())
    assert once.decode() == after
    assert decided(PROFILES, once) == once
    assert decided(PROFILES.replace("\n", "\r\n"), before.encode()) == once


@pytest.mark.parametrize("name", UNREADABLE)
def test_its_refusals_are_those_of_the_other_script(name: str) -> None:
    content, reason = UNREADABLE[name]
    with pytest.raises(Refused, match=re.escape(reason)):
        decided(PROFILES, content)


@given(config=merging.configs(), older=st.sampled_from(["", OLDER, BLOCK]))
@settings(max_examples=200, deadline=None)
def test_every_byte_outside_the_marks_stays(config: tuple[str, str], older: str) -> None:
    before, after = config
    eol = "\r\n" if (before or after).partition("\n")[0].endswith("\r") else "\n"
    content = (before + older.replace("\n", eol) + after).encode()
    result = decided(PROFILES, content)
    block = BLOCK.replace("\n", eol).encode()
    if older:
        assert result == before.encode() + block + after.encode()
    else:
        assert result.startswith(content)
        assert result.removeprefix(content).removesuffix(block) in (b"", eol.encode(), eol.encode() * 2)


def test_script_and_twin_have_the_same_expressions_and_sentences_in_the_same_order() -> None:
    twin = inspect.getsource(powershell_twin)
    assert _expressions_of_the_script() == _expressions_of(twin)
    for sentence in re.findall(r"return [\"']([^\"'$`{]{12,})", PS1):
        assert sentence.strip() in twin


def _expressions_of_the_script() -> list[str]:
    functions = PS1[PS1.index("function Get-Merged") :]
    found = re.findall(r"\[regex\]::\w+\([^,]*, (?:'((?:[^']|'')*)')", functions)
    return sorted(text.replace("''", "'").replace(r"\z", r"\Z") for text in found if text != r"\r?\n")


def _expressions_of(twin: str) -> list[str]:
    found = re.findall(r're\.\w+\(r(?:"""(.*?)"""|"(.*?)")', twin)
    return sorted(text for pair in found if (text := pair[0] or pair[1]) != r"\r?\n")
