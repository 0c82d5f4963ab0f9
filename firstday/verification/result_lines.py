"""The results of a run, line by line, for a terminal and as JSON."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

import click

from firstday.text_tables import plain


class Outcome(StrEnum):
    """UNSEEN: it could not be tried, or cannot be seen from here. It is never counted as passed."""

    PASSED = "passed"
    FAILED = "failed"
    UNSEEN = "unseen"


MARKS = {Outcome.PASSED: ("✓", "green"), Outcome.FAILED: ("✗", "red"), Outcome.UNSEEN: ("?", "yellow")}


@dataclass(frozen=True, slots=True)
class Line:
    """One check. ``check`` names it for programs, ``subject`` is the profile it is about, if it is about one.

    ``answered`` is what AWS or the portal said, in their words, ``remedy`` what to do. ``seen_with`` is the option
    with which another run would see what this one could not, if there is one.
    """

    outcome: Outcome
    check: str
    text: str
    subject: str = ""
    answered: str = ""
    remedy: str = ""
    seen_with: str = ""


def passed(check: str, text: str, subject: str = "", answered: str = "") -> Line:
    return Line(Outcome.PASSED, check, text, subject, answered)


def failed(check: str, text: str, subject: str = "", answered: str = "", remedy: str = "") -> Line:
    return Line(Outcome.FAILED, check, text, subject, answered, remedy)


def unseen(
    check: str, text: str, subject: str = "", answered: str = "", remedy: str = "", seen_with: str = ""
) -> Line:
    return Line(Outcome.UNSEEN, check, text, subject, answered, remedy, seen_with)


def shown(line: Line) -> str:
    """The line with its mark; below it, the answer and what to do."""
    mark, colour = MARKS[line.outcome]
    about = f"{line.subject}: " if line.subject else ""
    rows = [f"{click.style(mark, fg=colour)} {about}{_plain(line.text)}"]
    if line.answered:
        rows.append(click.style(f"    answered: {_plain(line.answered)}", dim=True))
    if line.remedy:
        rows.append(f"    {_plain(line.remedy)}")
    return "\n".join(rows)


def _plain(text: str) -> str:
    return plain(" ".join(text.split()))


@dataclass(slots=True)
class Lines:
    """All lines of a run; each is shown as soon as it is known."""

    tell: Callable[[Line], None]
    all: list[Line] = field(default_factory=list)

    def add(self, line: Line) -> None:
        self.all.append(line)
        self.tell(line)

    def count(self, outcome: Outcome) -> int:
        return sum(line.outcome is outcome for line in self.all)

    @property
    def is_right(self) -> bool:
        """Something was tried, and nothing failed."""
        return self.count(Outcome.PASSED) > 0 and self.count(Outcome.FAILED) == 0

    @property
    def verdict(self) -> str:
        heading = "Everything that was tried is right." if self.is_right else "Something is wrong."
        tried = f"{self.count(Outcome.PASSED)} passed, {self.count(Outcome.FAILED)} failed"
        return f"{heading} {tried}, {self._not_seen}."

    @property
    def _not_seen(self) -> str:
        """How many points were not seen, and what would show them."""
        count, options = self.count(Outcome.UNSEEN), [line.seen_with for line in self.all if line.seen_with]
        hints = ["each ? says why"] if count else []
        if options:
            hints.append(f"{' '.join(dict.fromkeys(options))} would show {len(options)}")
        return f"{count} not seen" + (f" ({'; '.join(hints)})" if hints else "")

    def as_json(self) -> list[dict[str, Any]]:
        return [asdict(line) for line in self.all]
