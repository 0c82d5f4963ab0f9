"""The lines of a JSON file that its names are on, for messages: the standard library does not tell."""

import json
import re
from collections.abc import Iterator

from chalicelib.settings.table import written

_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}:,]|[^\s\[\]{}:,"]+')
Piece = tuple[str, int]


class Places:
    """The line, from 1, of each path in ``text``, such as ``stg.users[3].name``; and what is written twice.

    ``text`` has to be JSON.
    """

    def __init__(self, text: str) -> None:
        self.lines: dict[str, int] = {}
        self.repeated: list[str] = []
        self._pieces = _pieces(text)
        self._read_value("", *next(self._pieces))

    def line_of(self, path: str) -> int | None:
        """The line of the path, or of the nearest one around it."""
        while path and path not in self.lines:
            path = re.sub(r"(\.('[^']*'|[^.\[\]']*)|\[\d+\]|^[^.\[\]]*)$", "", path)
        return self.lines.get(path)

    def _read_value(self, path: str, piece: str, line: int) -> None:
        self.lines.setdefault(path, line)
        if piece == "{":
            self._read_object(path)
        elif piece == "[":
            self._read_list(path)

    def _read_object(self, path: str) -> None:
        for piece, line in self._items("}"):
            name = written(json.loads(piece))
            inner = f"{path}.{name}" if path else name
            if inner in self.lines:
                self.repeated.append(inner)
            self.lines[inner] = line
            next(self._pieces)  # the colon
            self._read_value(inner, *next(self._pieces))

    def _read_list(self, path: str) -> None:
        for index, (piece, line) in enumerate(self._items("]")):
            self._read_value(f"{path}[{index}]", piece, line)

    def _items(self, end: str) -> Iterator[Piece]:
        for piece, line in self._pieces:
            if piece == end:
                return
            if piece != ",":
                yield piece, line


def _pieces(text: str) -> Iterator[Piece]:
    line, counted = 1, 0
    for match in _PIECE.finditer(text):
        line += text.count("\n", counted, match.start())
        counted = match.start()
        yield match[0], line
