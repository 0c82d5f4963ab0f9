"""How far long work is: a line that changes in a terminal, and a plain line now and then anywhere else."""

from collections.abc import Callable
from typing import TextIO

from firstday.text_tables import cells, plain

SECONDS_BETWEEN = 15.0
# What a terminal of unknown width has at least.
_WIDTH = 79


class WorkProgress:
    """Tells on ``out`` how many of ``total`` are done. Use it as a context: the end is told in any case.

    ``is_changing``: ``out`` is a terminal in which a line can be written over. ``clock`` tells seconds.
    """

    def __init__(
        self,
        label: str,
        total: int,
        out: TextIO,
        *,
        is_changing: bool,
        clock: Callable[[], float],
        width: int = _WIDTH,
    ) -> None:
        self._label, self._total, self._out = label, total, out
        self._is_changing, self._clock, self._width = is_changing, clock, width
        self._done, self._room = 0, 0
        self._told_at = clock()

    def __enter__(self) -> "WorkProgress":
        self._write(self._text(""))
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_changing:
            self._out.write("\n")
        elif self._done:
            self._write(self._text(""))

    def step(self, words: str = "") -> None:
        """One more is done; ``words`` say which."""
        self._done += 1
        self._tell(words)

    def note(self, words: str) -> None:
        """Why it stands still."""
        self._tell(words)

    def _tell(self, words: str) -> None:
        if self._is_changing or self._clock() - self._told_at >= SECONDS_BETWEEN:
            self._told_at = self._clock()
            self._write(self._text(words))

    def _text(self, words: str) -> str:
        return f"{self._label}: {self._done} of {self._total}" + (f"  {plain(words)}" if words else "")

    def _write(self, text: str) -> None:
        if not self._is_changing:
            self._out.write(f"{text}\n")
        else:
            while cells(text) > self._width:
                text = text[:-1]
            # Blanks rather than a control sequence, which not every terminal knows.
            self._out.write(f"\r{text}{' ' * (self._room - cells(text))}")
            self._room = cells(text)
        self._out.flush()
