"""Reading TOML tables so that every mistake is collected rather than the first one raised."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from chalicelib.errors import FirstdayError


class Complaint(NamedTuple):
    """What is wrong with a value, and what to do about it: whole sentences."""

    message: str
    remedy: str


Rule = Callable[[str], Complaint | None]


# The key of a mistake in the file as a whole.
FILE = "firstday.toml"


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in the settings; ``key`` is its path, such as ``groups[0].roles[1].profile``.

    ``line`` is where it is in the file, from 1, as far as that is known.
    """

    key: str
    message: str
    remedy: str
    line: int | None = None


class SettingsError(FirstdayError):
    """The settings cannot be used; ``problems`` are all the mistakes in them."""

    code = "settings"

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(in_words(self.problems, "the settings"))


def in_words(problems: Sequence[Problem], where: str) -> str:
    """The mistakes in ``where``, each with its place and its remedy."""
    count = len(problems)
    lines = [f"There {'is a mistake' if count == 1 else f'are {count} mistakes'} in {where}:"]
    for problem in problems:
        line = f" (line {problem.line})" if problem.line else ""
        lines += ["", f"  {problem.key}{line}", f"    {problem.message}", f"    {problem.remedy}"]
    return "\n".join(lines)


class Table:
    """One table of the settings, read key by key.

    A value that cannot be used is reported to ``problems`` and read as empty, so that
    reading goes on; ``close`` reports the keys that nobody asked for.
    """

    # What mistakes call it, and what is in it.
    TABLE = "a table"
    ENTRY = "setting"

    def __init__(self, values: Mapping[str, object], key: str, problems: list[Problem]) -> None:
        self.values = values
        self.key = key
        self._problems = problems
        self._known: list[str] = []

    def path(self, name: str) -> str:
        """The key path of ``name`` in this table."""
        return f"{self.key}.{written(name)}" if self.key else written(name)

    def complain(self, name: str, message: str, remedy: str) -> None:
        """Report the value of ``name``, which may be followed by an index: ``languages[1]``."""
        base, bracket, index = name.partition("[")
        self._problems.append(Problem(self.path(base) + bracket + index, message, remedy))

    def text(self, name: str, rule: Rule, default: str | None = None) -> str:
        """The text at ``name``; without a ``default`` it has to be there."""
        if default is not None and name not in self.values:
            self.ignore(name)
            return default
        value = self._take(name, str, "text in quotes")
        return self._checked(name, value, rule) if isinstance(value, str) else ""

    def texts(
        self, name: str, rule: Rule, default: tuple[str, ...] | None = None, *, one_alone: bool = False
    ) -> tuple[str, ...]:
        """The list of texts at ``name``, each one obeying ``rule`` and none of them twice.

        With ``one_alone`` a single text may stand there without a list around it.
        """
        if one_alone and isinstance(self.values.get(name), str):
            return (self.text(name, rule),)
        found: list[str] = []
        for index, item in self._items(name, str, "text in quotes", required=default is None):
            if item in found:
                self.complain(f"{name}[{index}]", "This is listed twice.", "Remove one of the two.")
            elif isinstance(item, str):
                found.append(self._checked(f"{name}[{index}]", item, rule))
        return tuple(found) if name in self.values else default or ()

    def number(self, name: str, lowest: int, highest: int, default: int) -> int:
        """The whole number at ``name``, between ``lowest`` and ``highest``."""
        if name not in self.values:
            self.ignore(name)
            return default
        value = self._take(name, int, "a whole number")
        if not isinstance(value, int):
            return default
        if not lowest <= value <= highest:
            message = f"{_shown(value)} is out of range."
            self.complain(name, message, f"Write a number from {lowest} to {highest}.")
        return value

    def optional_number(self, name: str, lowest: int, highest: int) -> int | None:
        """The same, None where there is none."""
        number = self.number(name, lowest, highest, lowest)
        return number if name in self.values else None

    def flag(self, name: str, default: bool) -> bool:
        """True or false at ``name``."""
        if name not in self.values:
            self.ignore(name)
            return default
        return self._take(name, bool, "true or false, without quotes") is True

    def table(self, name: str) -> "Table":
        """The table at ``name``, which has to be there."""
        value = self._take(name, dict, self.TABLE)
        return type(self)(value if isinstance(value, dict) else {}, self.path(name), self._problems)

    def tables(self, name: str, *, required: bool = True) -> list["Table"]:
        """The list of tables at ``name``."""
        return [
            type(self)(item, f"{self.path(name)}[{index}]", self._problems)
            for index, item in self._items(name, dict, self.TABLE, required=required)
            if isinstance(item, dict)
        ]

    def ignore(self, name: str) -> None:
        """Take ``name`` as known, whether it is there or not."""
        self._known.append(name)

    def close(self) -> None:
        """Report every key that was not read."""
        for name in self.values:
            if name not in self._known:
                self.complain(name, f"There is no such {self.ENTRY}.", self._suggestion(name))

    def _suggestion(self, name: str) -> str:
        from difflib import get_close_matches  # only needed once something is wrong

        close = get_close_matches(name, self._known, 1)
        return f'Did you mean "{close[0]}"?' if close else f"Remove it; known here: {', '.join(self._known)}."

    def _checked(self, name: str, value: str, rule: Rule) -> str:
        complaint = rule(value)
        if complaint is None:
            return value
        self.complain(name, *complaint)
        return ""

    def _take(self, name: str, kind: type, wanted: str) -> object:
        self.ignore(name)
        if name not in self.values:
            self.complain(name, f"This {self.ENTRY} is missing.", f"Add it: {wanted}.")
            return None
        return self._of_kind(name, self.values[name], kind, wanted)

    def _items(self, name: str, kind: type, wanted: str, *, required: bool) -> list[tuple[int, object]]:
        if not required and name not in self.values:
            self.ignore(name)
            return []
        found = self._take(name, list, f"a list, each item {wanted}")
        items = enumerate(found) if isinstance(found, list) else ()
        checked = [(index, self._of_kind(f"{name}[{index}]", item, kind, wanted)) for index, item in items]
        return [(index, item) for index, item in checked if item is not None]

    def _of_kind(self, name: str, value: object, kind: type, wanted: str) -> object:
        # To Python, though not to TOML, true and false are whole numbers.
        if isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
            return value
        # Account ids are what people forget to quote.
        is_unquoted = kind is str and type(value) is int
        remedy = f'Put quotes around it: "{_shown(value)}".' if is_unquoted else f"Write {wanted}."
        kind_found = self.TABLE if isinstance(value, dict) else _kind_of(value)
        self.complain(name, f"This is {kind_found}, but has to be {wanted}.", remedy)
        return None


def written(name: str) -> str:
    """``name`` as part of a key path, quoted where TOML would want it."""
    return name if re.fullmatch("[A-Za-z0-9_-]+", name) else repr(name)


def _kind_of(value: object) -> str:
    kinds: dict[type, str] = {
        str: "text",
        bool: "true or false",
        int: "a number",
        float: "a number with a point",
        list: "a list",
        type(None): "null",
    }
    return kinds.get(type(value), "a date or time")


def _shown(number: object) -> str:
    """A number as it fits into a message: Python refuses to print more than 4,300 digits."""
    return str(number) if isinstance(number, int) and abs(number) < 10**20 else "A number this long"
