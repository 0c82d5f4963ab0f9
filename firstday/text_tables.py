"""Plain tables for a terminal: columns are aligned, even if letters are two cells wide."""

import unicodedata
from collections.abc import Callable, Sequence

GAP = "  "
NARROWEST = 8
# Takes a cell, padded, and gives it a colour.
Paint = Callable[[str], str]


def table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    width: int | None = None,
    paint: Callable[[int, int], Paint | None] = lambda _row, _column: None,
) -> list[str]:
    """The lines of a table. What does not fit into ``width`` is cut off: headings first, then the widest columns.

    ``paint`` is asked how the cell in a row and a column, from 0, is to be coloured.
    """
    texts = [[plain(cell) for cell in row] for row in [header, *rows]]
    columns = [[cells(text) for text in column] for column in zip(*texts, strict=True)]
    widths = _fitting(
        [max(column) for column in columns], [max(column[1:], default=0) for column in columns], width
    )
    lines = []
    for row, line in enumerate(texts, -1):
        padded = [_padded(text, room) for text, room in zip(line, widths, strict=True)]
        padded[-1] = padded[-1].rstrip()
        paints = [paint(row, column) if row >= 0 else None for column in range(len(line))]
        painted = [do(cell) if do else cell for do, cell in zip(paints, padded, strict=True)]
        lines.append(GAP.join(painted).rstrip())
    return lines


def plain(text: str) -> str:
    """``text`` on one line, without what would upset a terminal."""
    return "".join(
        char if char.isprintable() else " " if char.isspace() else "\N{REPLACEMENT CHARACTER}" for char in text
    )


def cells(text: str) -> int:
    """How many cells of a terminal ``text`` takes."""
    return sum(_width(char) for char in text)


def _width(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _fitting(widths: list[int], needed: list[int], width: int | None) -> list[int]:
    """Makes columns narrower until all fit, but none too narrow to read.

    First those whose heading is longer than what their cells have ``needed``, then the widest.
    """
    excess = sum(widths) + len(GAP) * (len(widths) - 1) - (width or 0) if width else 0
    while excess > 0 and max(widths) > NARROWEST:
        spare = [has - max(needs, NARROWEST) for has, needs in zip(widths, needed, strict=True)]
        narrower = spare.index(max(spare)) if max(spare) > 0 else widths.index(max(widths))
        widths[narrower] -= 1
        excess -= 1
    return widths


def _padded(text: str, width: int) -> str:
    if cells(text) > width:
        while cells(text) > width - 1:
            text = text[:-1]
        text += "…"
    return text + " " * (width - cells(text))
