"""Reads a list of members to invite, as a spreadsheet exports it, and reports every problem with its line.

The first line names the columns: ``user_name``, and where wanted ``groups`` (several separated by
spaces, ``|``, ``;`` or ``,``), ``passcode`` (yes or no), ``email`` and ``until`` (such as 2026-12-31). Others are
not read.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from chalicelib.errors import InvalidInput
from chalicelib.members.csv_records import Record, bare, decoded, records, shown
from chalicelib.members.details import Details
from chalicelib.members.import_cells import email_in, groups_in, passcode_in, until_in
from chalicelib.members.record import checked_user_name, comparable
from chalicelib.words import Words

__all__ = ["LineProblem", "MemberList", "Row", "decoded", "read"]

MAXIMUM_MEMBERS = 10_000
_HEADINGS = {
    "user_name": ("user_name", "user", "username", "ユーザー名"),
    "groups": ("groups", "group", "グループ"),
    "passcode": ("passcode", "パスコード"),
    "email": ("email", "e_mail", "mail", "email_address", "mail_address", "メールアドレス", "メール"),
    "until": ("until", "終了日"),
}
_COLUMN_OF = {heading: column for column, headings in _HEADINGS.items() for heading in headings}
COLUMNS = tuple(_HEADINGS)
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Row:
    """One member to be invited. ``groups`` is never empty: the default ones are filled in.

    An empty ``email`` or ``until`` leaves what is known of a member who is there.
    """

    line: int
    user_name: str
    groups: tuple[str, ...]
    with_passcode: bool
    email: str = ""
    until: str = ""

    @property
    def details(self) -> Details:
        return Details(self.email or None, self.until or None)


@dataclass(frozen=True, slots=True)
class LineProblem:
    """What keeps a line from being used. ``line`` is as an editor counts, or 0 for the file as a whole."""

    line: int
    words: Words


@dataclass(frozen=True, slots=True)
class MemberList:
    """The lines that can be used, and what is wrong with the others; both from the top down.

    ``unknown_columns`` are the names of those that are not read, as they fit into a message.
    """

    rows: tuple[Row, ...]
    problems: tuple[LineProblem, ...]
    unknown_columns: tuple[str, ...] = ()


def read(
    text: str, *, known_groups: Sequence[str], default_groups: Sequence[str], now: datetime, time_zone: str
) -> MemberList:
    """Read a list of members. Nothing is raised: every mistake is among the answer's problems.

    ``time_zone`` is the organisation's, in which a day of the column ``until`` has not begun at ``now``.
    """
    reader = _Reader((known_groups, default_groups), (now, time_zone))
    found = records(text, lambda cell: _column(cell) in COLUMNS)
    header = next(found, None)
    if header is None:
        reader.complain(0, Words("The file is empty."))
    elif reader.understands(header):
        for count, record in enumerate(found):
            if count == MAXIMUM_MEMBERS:
                words = Words("There are more than %(most)s members in the file. Divide it.", most=f"{count:,}")
                return MemberList((), (LineProblem(0, words),))
            reader.add(record)
        if not reader.rows and not reader.problems:
            reader.complain(0, Words("There is no member below the first line, which names the columns."))
    return MemberList(tuple(reader.rows), tuple(reader.problems), tuple(reader.unknown_columns))


class _Reader:
    """What has been read so far."""

    def __init__(self, groups: tuple[Sequence[str], Sequence[str]], today: tuple[datetime, str]) -> None:
        self.rows: list[Row] = []
        self.problems: list[LineProblem] = []
        self.unknown_columns: list[str] = []
        self._header: list[str] = []
        self._groups, self._today = groups, today
        self._columns: list[str] = []
        self._line_of: dict[str, int] = {}

    def complain(self, line: int, words: Words) -> None:
        self.problems.append(LineProblem(line, words))

    def understands(self, header: Record) -> bool:
        """Whether the first line tells in which column the user names are; that is, whether to read on."""
        names = _without_empty(header.cells or [], 0)
        self._columns = [_column(name) for name in names]
        there_are = ", ".join(COLUMNS)
        if not set(self._columns) & set(COLUMNS):
            words = Words("The first line has to name the columns. There are: %(columns)s.", columns=there_are)
            self.complain(header.line, words)
            return False
        self._header = [_plain(name) for name in names]
        missing = [column for column in COLUMNS if column not in self._columns]
        for name in (name for name in names if name and _column(name) not in COLUMNS):
            if close := _close(name, missing):
                words = Words(
                    "No column is called %(name)s. Did you mean %(close)s?", name=shown(name), close=close
                )
                self.complain(header.line, words)
            elif shown(name) not in self.unknown_columns:
                self.unknown_columns.append(shown(name))
        for column in (column for column in COLUMNS if self._columns.count(column) > 1):
            self.complain(header.line, Words("There is more than one column %(name)s.", name=column))
        if "user_name" in self._columns:
            return True
        self.complain(header.line, Words("The column %(name)s is missing.", name="user_name"))
        return False

    def add(self, record: Record) -> None:
        """Take a line below the first: as a row, or as all the problems that it has."""
        line = record.line
        if self._is_header(record.cells or []):
            self.understands(record)  # the first line of another list that was put below this one
            return
        cells = self._attempt(line, lambda: self._cells(record))
        if cells is None:
            return
        name = self._attempt(line, lambda: self._user_name(line, cells["user_name"]))
        groups = self._attempt(line, lambda: groups_in(cells.get("groups", ""), *self._groups))
        with_passcode = self._attempt(line, lambda: passcode_in(cells.get("passcode", "")))
        email = self._attempt(line, lambda: email_in(cells.get("email", "")))
        until = self._attempt(line, lambda: until_in(cells.get("until", ""), *self._today))
        if name is None or groups is None or with_passcode is None or email is None or until is None:
            return
        self.rows.append(Row(line, name, groups, with_passcode, email, until))

    def _is_header(self, cells: list[str]) -> bool:
        """Whether it is the first line again, or one like it; a single cell may be the name of a member."""
        names = list(map(_plain, cells))
        columns = {_COLUMN_OF[name] for name in names if name in _COLUMN_OF}
        return names == self._header or ("user_name" in columns and len(columns) > 1)

    def _attempt(self, line: int, read_cell: Callable[[], _Value]) -> _Value | None:
        try:
            return read_cell()
        except InvalidInput as error:
            self.complain(line, error.words)
            return None

    def _cells(self, record: Record) -> dict[str, str]:
        """The cells by column."""
        if record.cells is None:
            raise InvalidInput(
                "csv",
                "The quotation marks do not match. Close each one; one that belongs to the text is written twice.",
            )
        if any("\0" in cell for cell in record.cells):
            raise InvalidInput("csv", "There is a NUL character. Remove it, or save the table as CSV again.")
        cells = _without_empty(record.cells, len(self._columns))
        if len(cells) != len(self._columns):
            raise InvalidInput(
                "csv",
                "The number of cells is %(found)s, and in the first line %(expected)s."
                " A cell that holds the separator has to be in quotation marks.",
                found=len(cells),
                expected=len(self._columns),
            )
        named = dict(zip(self._columns, cells, strict=True))
        return {column: bare(named[column]) for column in COLUMNS if column in named}

    def _user_name(self, line: int, cell: str) -> str:
        name = checked_user_name(cell)
        first = self._line_of.setdefault(comparable(name), line)
        if first != line:
            raise InvalidInput(
                "csv",
                "%(user_name)s is in line %(line)s already; IAM does not tell capitals from small letters.",
                user_name=name,
                line=first,
            )
        return name


def _column(name: str) -> str:
    """The column that a heading means, whatever its case and the width of its letters."""
    plain = _plain(name)
    return _COLUMN_OF.get(plain, plain)


def _plain(name: str) -> str:
    return re.sub(r"[\s-]+", "_", unicodedata.normalize("NFKC", name).strip().casefold())


def _close(name: str, columns: Sequence[str]) -> str | None:
    """Which of ``columns`` is misspelt as ``name``, if any."""
    from difflib import get_close_matches  # only needed for columns that are not known

    meant = {heading: column for column in columns for heading in _HEADINGS[column]}
    found = get_close_matches(_plain(name), meant, 1, cutoff=0.7)
    return meant[found[0]] if found else None


def _without_empty(cells: list[str], width: int) -> list[str]:
    """``cells`` without the empty ones at the end that are beyond ``width``: spreadsheets make the table square."""
    used = max((number for number, cell in enumerate(cells, 1) if cell), default=0)
    return cells[: max(width, used)]
