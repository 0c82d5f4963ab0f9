"""The lines of a TOML file that its keys are on, for messages: the standard library does not tell."""

import re


def line_of(text: str, key: str) -> int | None:
    """The line, from 1, of the key path ``key`` or of the nearest table or list around it.

    Keys within braces, or in a value of several lines, are not looked for: what is around
    them is near enough. None if even that is not to be found.
    """
    lines = _lines(text)
    while key:
        if key in lines:
            return lines[key]
        # Remove the last part: ".profile", "[1]".
        key = re.sub(r"(\.[^.\[\]]*|\[\d+\]|^[^.\[\]]*)$", "", key)
    return None


def _lines(text: str) -> dict[str, int]:
    lines: dict[str, int] = {}
    lengths: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*(\[\[?)\s*([\w.-]+)\s*\]", line):
            table = _path(header[2], lengths, is_item=header[1] == "[[")
            lines.setdefault(table, number)
        elif key := re.match(r"\s*([\w-]+)\s*=", line):
            lines.setdefault(f"{table}.{key[1]}" if table else key[1], number)
    return lines


def _path(header: str, lengths: dict[str, int], *, is_item: bool) -> str:
    """``groups[1].roles[0]`` for the first [[groups.roles]] after the second [[groups]].

    ``lengths`` has how many items each list has so far, and gets the new one.
    """
    *parents, last = header.split(".")
    path = ""
    for part in parents:
        path = f"{path}.{part}" if path else part
        if path in lengths:
            path += f"[{lengths[path] - 1}]"
    path = f"{path}.{last}" if path else last
    if is_item:
        lengths[path] = lengths.get(path, 0) + 1
        path += f"[{lengths[path] - 1}]"
    return path
