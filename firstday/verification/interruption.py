"""Signals to stop: they end the run, but only after the robot is removed."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class Interruption:
    """The first signal ends the current step with KeyboardInterrupt; later signals are ignored."""

    def __init__(self) -> None:
        self._is_over = False

    @contextmanager
    def heeded(self) -> Iterator[None]:
        """In this context, SIGTERM and the end of the terminal do the same as Ctrl-C."""
        former = {name: signal.signal(name, self._heed) for name in SIGNALS}
        try:
            yield
        finally:
            for name, handler in former.items():
                signal.signal(name, handler)

    def finally_do(self, body: Callable[[], None], removal: Callable[[], None]) -> None:
        """``removal`` is called even if ``body`` fails, and no signal ends it."""
        try:
            body()
        finally:
            try:
                self._is_over = True
            finally:
                removal()

    def _heed(self, *_: object) -> None:
        if not self._is_over:
            self._is_over = True
            raise KeyboardInterrupt
