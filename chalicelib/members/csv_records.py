"""CSV files as spreadsheets write them, as text and as records that know their line."""

import csv
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import StringIO

from chalicelib.errors import InvalidInput

SEPARATORS = (",", ";", "\t", "|")
# What .xlsx and .ods (zip) and .xls begin with.
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
# Excel writes the separator into a line of its own, which it does not show; other programs make a row of it.
_SEPARATOR_LINE = re.compile(r'"?sep= ?(?P<separator>[^"\s]|\t)"?[\s,;|]*', re.IGNORECASE)
# DOS's end of a file, also where files were put together, and byte order marks;
# and what nobody sees, as chats and web pages leave it in what is copied out of them.
_INVISIBLE = re.compile(
    r"\x1a(?=\s*?(?:[\r\n]|\Z))|[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
)
_MONTH = "(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
# What a spreadsheet takes for a formula, a number, a date, a time or a truth value.
_COMPUTED = re.compile(
    r"[=+@\t'-].*|[\d.,/: +-]*\d[\d.,/:e +-]*|\d+[ap]m|true|false"
    rf"|{_MONTH}[-. ]?\d+([-., ]\d+)?|\d+[-. ]?{_MONTH}([-., ]?\d+)?",
    re.IGNORECASE | re.DOTALL,
)
# As other systems write text, so that no spreadsheet computes it. No IAM user has quotation marks in the name.
_FORMULA_OF_TEXT = re.compile('="(.*)"', re.DOTALL)
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
    encodings = ["utf-16"] if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else ["utf-8-sig", "cp932"]
    if b"\x1b$" in data:  # ISO-2022-JP, which would pass for UTF-8
        encodings = []
    for encoding in encodings:
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
    lines = list(StringIO(_INVISIBLE.sub("", text), newline=""))
    start, written = _written_separator(lines)
    header = next((line for line in lines[start:] if re.search(r"\w", line)), "-")
    separator = _separator(header[:_ENOUGH], is_column, written)
    for number in range(start, len(lines) - 1):
        # Where lists were put together, it stands above the second header, too.
        if _SEPARATOR_LINE.fullmatch(lines[number]) and lines[number + 1].strip() == header.strip():
            lines[number] = ""
    quoted = _blanks_around_quotes(separator)
    lines = [quoted.sub(r"\1\2", line) if '"' in line else line for line in lines]
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


def inert(cell: str) -> str:
    """``cell`` as a spreadsheet shows it, and does not compute it: behind an apostrophe if need be."""
    return f"'{cell}" if _COMPUTED.fullmatch(cell) else cell


def bare(cell: str) -> str:
    """The text that ``inert``, or another system, has made ``cell`` from, so that it is not computed."""
    formula = _FORMULA_OF_TEXT.fullmatch(cell)
    return formula[1] if formula else cell.removeprefix("'")


def shown(cell: str) -> str:
    """``cell`` as it fits into a message: short, and without what would upset a terminal."""
    short = cell if len(cell) <= 60 else cell[:57] + "..."
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in short) or "-"


def _written_separator(lines: list[str]) -> tuple[int, str | None]:
    """The separator if a line above all others names it, and how many lines to leave out for that."""
    for number, line in enumerate(lines, 1):
        if found := _SEPARATOR_LINE.fullmatch(line):
            return number, found["separator"]
        if line.strip():
            break
    return 0, None


def _blanks_around_quotes(separator: str) -> re.Pattern[str]:
    """A quoted cell with the blanks around it, which the csv module takes for text, and the separator before."""
    between = re.escape(separator)
    blank = rf"[^\S\r\n{between}]*"
    return re.compile(rf'(^|{between}){blank}("(?:[^"]|"")*"){blank}(?={between}|[\r\n]|$)')


def _separator(header: str, is_column: Callable[[str], bool], written: str | None) -> str:
    """The one that ``header`` shows; else what is ``written`` above it."""
    candidates = (written, *SEPARATORS) if written else SEPARATORS
    return max(candidates, key=lambda sep: sum(map(is_column, next(csv.reader([header], delimiter=sep)))))
