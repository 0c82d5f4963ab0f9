"""The lines of a TOML file that its keys are on, for messages: the standard library does not tell."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import suppress

from chalicelib.settings.table import written


def line_of(text: str, key: str) -> int | None:
    """The line, from 1, of the key path ``key`` or of the nearest table or list around it.

    An item of a list is not looked for: the list's first line is near enough. None if even that is not to be found.
    ``text`` may end in what is not TOML.
    """
    lines = _lines(text)
    while key:
        if key in lines:
            return lines[key]
        # Remove the last part: ".profile", "[1]".
        key = re.sub(r"(\.[^.\[\]]*|\[\d+\]|^[^.\[\]]*)$", "", key)
    return None


def statements(text: str) -> Iterator[tuple[int, str]]:
    """Each statement with its first line: the fewest lines that are TOML by themselves.

    What comes last may be none: it begins there and never ends.
    """
    start, statement = 1, ""
    # Unlike str.splitlines, TOML ends lines at no other character.
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        statement += f"{line}\n"
        with suppress(ValueError):
            tomllib.loads(statement)
            yield start, statement
            start, statement = number + 1, ""
    if statement:
        yield start, statement


def _lines(text: str) -> dict[str, int]:
    lines: dict[str, int] = {}
    lengths: dict[str, int] = {}
    table = ""
    for number, statement in statements(text):
        with suppress(ValueError):
            found = tomllib.loads(statement)
            if statement.lstrip().startswith("["):
                table = _path(found, lengths)
                lines.setdefault(table, number)
            else:
                for path in _paths(found, table):
                    lines.setdefault(path, number)
    return lines


def _paths(values: Mapping[str, object], above: str) -> Iterator[str]:
    """The path of each key in ``values``, also of those within braces and those with dots."""
    for name, value in values.items():
        path = f"{above}.{written(name)}" if above else written(name)
        yield path
        if isinstance(value, dict):
            yield from _paths(value, path)


def _path(header: object, lengths: dict[str, int]) -> str:
    """``groups[1].roles[0]`` for the first [[groups.roles]] after the second [[groups]].

    ``header`` is what a header alone says; ``lengths`` has how many items each list has so far, and gets the
    new one.
    """
    path = ""
    while isinstance(header, dict) and header:
        ((name, header),) = header.items()
        if path in lengths:
            path += f"[{lengths[path] - 1}]"
        path = f"{path}.{written(name)}" if path else written(name)
    if isinstance(header, list):
        lengths[path] = lengths.get(path, 0) + 1
        path += f"[{lengths[path] - 1}]"
    return path
