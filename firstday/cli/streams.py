"""Standard input and output as a program finds them: closed, in another encoding, without colours."""

import os
import shutil
import sys
import time
from collections.abc import Mapping
from io import TextIOWrapper
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from firstday.cli.work_progress import WorkProgress


def complete_streams() -> bool:
    """Make the three standard streams usable; False if there is no standard output, so that no answer can be shown.

    Standard input that is closed is an empty one. What cannot be shown in the encoding of a terminal is replaced.
    """
    has_output = sys.stdout is not None
    for descriptor, name in enumerate(("stdin", "stdout", "stderr")):
        _occupy(descriptor)
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), "w" if descriptor else "r"))
        stream = getattr(sys, name)
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    return has_output


def colour(environment: Mapping[str, str]) -> bool | None:
    """Whether to write in colours; None leaves it to whether there is a terminal. https://no-color.org"""
    return False if environment.get("NO_COLOR") or is_dumb(environment) else None


def is_dumb(environment: Mapping[str, str]) -> bool:
    """Whether the terminal understands nothing but lines of text."""
    return environment.get("TERM") == "dumb"


def work_progress(label: str, total: int) -> "WorkProgress":
    """Tells on standard error how far long work is."""
    from firstday.cli.work_progress import WorkProgress

    is_changing = sys.stderr.isatty() and not is_dumb(os.environ)
    width = max(shutil.get_terminal_size().columns - 1, 1)
    return WorkProgress(label, total, sys.stderr, is_changing=is_changing, clock=time.monotonic, width=width)


def _occupy(descriptor: int) -> None:
    """Keep the number from the next file that is opened, which would get what is written to a stream."""
    try:
        os.fstat(descriptor)
    except OSError:
        os.open(os.devnull, os.O_RDWR)  # the lowest number that is free
