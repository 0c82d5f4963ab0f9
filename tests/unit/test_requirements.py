"""The locked sets of packages: one inside the other, with all that each of them is for."""

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions

import pytest

from tests.helpers.locked_sets import PROJECT, SANDBOX, SHIPPED, TESTS, locked


def asked_for(name: str) -> list[str]:
    """The packages that somebody wrote into a set's own list."""
    return re.findall(r"^([a-z0-9][a-z0-9-]*)", (PROJECT / f"{name}.in").read_text(), re.MULTILINE)


def imported(*places: str) -> set[str]:
    """The top-level modules that the Python files there import, also within functions, but not for types only."""
    files = [
        path for place in places for path in [PROJECT / place, *(PROJECT / place).rglob("*.py")] if path.is_file()
    ]
    return {module for path in files for module in modules(ast.parse(path.read_text(encoding="utf-8")))}


def modules(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return
    if isinstance(node, ast.Import):
        yield from (alias.name.partition(".")[0] for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield node.module.partition(".")[0]
    for child in ast.iter_child_nodes(node):
        yield from modules(child)


def packages_of(module: str) -> set[str]:
    return {name.lower().replace("_", "-") for name in packages_distributions().get(module, [])}


@pytest.mark.parametrize(("smaller", "larger"), [(SHIPPED, SANDBOX), (SANDBOX, TESTS)])
def test_each_set_is_inside_the_next_with_the_same_versions_and_hashes(smaller: str, larger: str) -> None:
    inner, outer = locked(smaller), locked(larger)
    assert inner
    assert {name: outer.get(name) for name in inner} == inner
    assert len(outer) > len(inner)


def test_the_command_imports_nothing_outside_the_sandboxs_set() -> None:
    ours = {"app", "chalicelib", "firstday", *sys.stdlib_module_names}
    foreign = imported("app.py", "chalicelib", "firstday") - ours
    assert {"boto3", "chalice", "click", "ministack", "qrcode"} <= foreign
    assert {module for module in foreign if not packages_of(module) & set(locked(SANDBOX))} == set()


def test_what_was_asked_for_in_a_set_is_in_it() -> None:
    for name in (SHIPPED, SANDBOX, TESTS):
        assert set(asked_for(name)) <= set(locked(name))


def test_what_was_asked_for_only_for_tests_is_not_in_the_sandboxs_set() -> None:
    assert not set(asked_for(TESTS)) & set(locked(SANDBOX))
