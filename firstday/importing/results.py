"""The results of an import: a CSV for the administrator, in which the next run finds what is done already.

Each line is on the disk before the next invitation is made. Until all is done, a file beside it keeps the
import's key, and so the links of all lines: a line that was invited but not written is repeated without harm.
"""

import csv
import io
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass, fields
from enum import StrEnum
from pathlib import Path

from chalicelib.errors import FirstdayError, InvalidInput
from chalicelib.members.csv_records import bare, decoded, inert, records
from chalicelib.members.record import comparable
from firstday.importing.locked_files import append, lock, put
from firstday.text_tables import plain


class Status(StrEnum):
    INVITED = "invited"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the results. ``expires_at`` is ISO 8601; fields that do not apply are empty."""

    user_name: str
    status: Status
    link: str = ""
    passcode: str = ""
    expires_at: str = ""
    message: str = ""
    mailed_to: str = ""


COLUMNS = [field.name for field in fields(Result)]
# Results of an earlier release do without.
NEWER = {"mailed_to"}
# The byte order mark tells Excel that the file is UTF-8.
HEADER = ("\ufeff" + ",".join(COLUMNS) + "\r\n").encode()


class ResultsError(FirstdayError):
    """The results cannot be read or written; the message is for the administrator."""


@contextmanager
def opened(path: Path) -> Iterator["Results"]:
    """The results at ``path``, for this process alone until the end. If nothing was begun, no file is left."""
    results = Results(path)
    try:
        yield results
    finally:
        results.close()


class Results:
    """``rows`` are the lines of earlier runs and of this one, without those that failed earlier."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.key_path = path.with_name(f"{path.name}.key")
        with _in_words(path):
            self._fd = lock(path)
        try:
            with _in_words(path):
                self.rows = self._take_up(path.read_bytes())
                os.fchmod(self._fd, 0o600)
        except BaseException:
            os.close(self._fd)
            raise

    @property
    def done(self) -> set[str]:
        """The names that need nothing more, in their comparable form."""
        return {comparable(row.user_name) for row in self.rows if row.status is not Status.FAILED}

    def check_portal(self, url: str) -> None:
        """Otherwise, links of another portal would be taken for this one's."""
        if any(row.link and not row.link.startswith(f"{url}/start#") for row in self.rows):
            raise ResultsError(f"{self.path} holds links of another portal. Name another file with --results.")

    def import_key(self) -> str:
        """The key of this import, which its first run makes."""
        with _in_words(self.key_path):
            if not self.key_path.exists():
                os.close(put(self.key_path, secrets.token_urlsafe(32).encode()))
            key = self.key_path.read_bytes().decode("ascii", "replace").strip()
        if not re.fullmatch(r"[A-Za-z0-9_-]{43,}", key):
            raise ResultsError(f"{self.key_path} is damaged. Delete it, and run the same command again.")
        return key

    def add(self, result: Result) -> None:
        """Write one line; when this returns, it is on the disk."""
        with _in_words(self.path):
            append(self._fd, _encoded([result]))
        self.rows.append(result)

    def finish(self) -> None:
        """Everything is done: the key is no longer needed."""
        with _in_words(self.key_path):
            self.key_path.unlink(missing_ok=True)

    def close(self) -> None:
        with suppress(OSError):
            if not self.rows and not self.key_path.exists():
                self.path.unlink()
        os.close(self._fd)

    def _take_up(self, data: bytes) -> list[Result]:
        """The lines of earlier runs. A line that was torn when its run ended is removed, and so are failed ones.

        What a spreadsheet has saved in a form of its own is written in ours again.
        """
        is_torn_header, is_ours = HEADER.startswith(data), data.startswith(HEADER)
        whole = data[: data.rfind(b"\n") + 1] if is_ours else data
        rows = [] if is_torn_header else _parsed(self.path, whole)
        kept = [row for row in rows if row.status is not Status.FAILED]
        if whole != data or len(kept) != len(rows) or not is_ours:
            renewed = put(self.path, HEADER + _encoded(kept))
            os.close(self._fd)
            self._fd = renewed
        return kept


def _parsed(path: Path, data: bytes) -> list[Result]:
    try:
        if not data.startswith(HEADER):
            return list(_saved_by_a_spreadsheet(data))
        _, *lines = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
        return [_result(*map(bare, cells)) for cells in lines if cells]
    except (ValueError, TypeError, csv.Error, InvalidInput):
        raise ResultsError(f"{path} holds something other than an import's results. Name another file.") from None


def _saved_by_a_spreadsheet(data: bytes) -> Iterator[Result]:
    """As lists are read: another separator or encoding, columns in another order, and more of them."""
    header, *lines = records(decoded(data), COLUMNS.__contains__)
    names = header.cells or []
    places = [names.index(name) for name in COLUMNS if name in names or name not in NEWER]
    for line in lines:
        cells = [*(line.cells or []), *[""] * len(COLUMNS)]
        yield _result(*(bare(cells[place]) for place in places))


def _result(user_name: str, status: str, *rest: str) -> Result:
    link, passcode, expires_at, message, *newer = rest
    return Result(user_name, Status(status), link, passcode, expires_at, message, *newer)


def _encoded(rows: Iterable[Result]) -> bytes:
    """Each row as one line, so that everything before the last line end is complete."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([inert(plain(cell)) for cell in astuple(row)] for row in rows)
    return text.getvalue().encode("utf-8", "replace")


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    try:
        yield
    except BlockingIOError:
        raise ResultsError(
            f"Another import is writing to {path} right now. Let it end, or name another file with --results."
        ) from None
    except OSError as error:
        raise ResultsError(f"{path} cannot be written: {error.strerror}.") from None
