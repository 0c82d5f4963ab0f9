"""CSV files as spreadsheets write them, as text and as records that know their line."""

import csv
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import StringIO

from chalicelib.errors import InvalidInput

SEPARATORS = (",", ";", "\t")
# What .xlsx and .ods (zip) and .xls begin with.
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
# Enough of the first line to tell the separator by; the csv module takes 128 KB in a cell.
_ENOUGH = 10_000


@dataclass(frozen=True, slots=True)
class Record:
    """One line of a spreadsheet, and the line of the file that it begins in, as an editor counts from 1.

    ``cells`` have no space around them. None means that the quotation marks do not match.
    """

    line: int
    cells: list[str] | None


def decoded(data: bytes) -> str:
    """The text of a file: UTF-8, UTF-16 with a byte order mark, or Shift_JIS; raises InvalidInput."""
    if data.startswith(_WORKBOOKS):
        raise InvalidInput("csv", "This is a workbook and not a text file. Save it as CSV, and take that file.")
    is_utf_16 = data.startswith((BOM_UTF16_LE, BOM_UTF16_BE))
    for encoding in ("utf-16",) if is_utf_16 else ("utf-8-sig", "cp932"):
        with suppress(UnicodeDecodeError):
            text = data.decode(encoding)
            break
    else:
        raise InvalidInput("csv", "This is not text in UTF-8, UTF-16 or Shift_JIS. Save it as CSV, in UTF-8.")
    if "\0" in text:
        raise InvalidInput("csv", "This is not a text file. Save it as CSV, in UTF-8.")
    return text


def records(text: str, is_column: Callable[[str], bool]) -> Iterator[Record]:
    """All records that are not blank. After a broken one, reading goes on in the line below its first.

    The separator is the one by which the first line has most cells for which ``is_column`` is true.
    """
    # str.splitlines would also end lines at characters where no editor or spreadsheet does.
    lines = list(StringIO(text.removeprefix("\ufeff"), newline=""))
    separator = _separator(lines, is_column)
    start = 0
    while start < len(lines):
        begin = start
        rest = map(lines.__getitem__, range(begin, len(lines)))
        reader = csv.reader(rest, delimiter=separator, skipinitialspace=True, strict=True)
        try:
            for cells in reader:
                stripped = [cell.strip() for cell in cells]
                if any(stripped):
                    yield Record(start + 1, stripped)
                start = begin + reader.line_num
        except csv.Error:
            # However the marks are placed, no line is read more than a few times: a line that leaves them open
            # is read on to the next such line, and the lines between the two are whole records by themselves.
            yield Record(start + 1, None)
            start += 1


def shown(cell: str) -> str:
    """``cell`` as it fits into a message: short, and without what would upset a terminal."""
    short = cell if len(cell) <= 60 else cell[:57] + "..."
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in short) or "-"


def _separator(lines: list[str], is_column: Callable[[str], bool]) -> str:
    first = next((line for line in lines if re.search(r"\w", line)), "-")[:_ENOUGH]
    return max(SEPARATORS, key=lambda sep: sum(map(is_column, next(csv.reader([first], delimiter=sep)))))
