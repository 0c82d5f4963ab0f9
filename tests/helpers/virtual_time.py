"""Many people at once, in time that passes only while all of them wait: no test of it depends on the machine."""

import heapq
from collections.abc import Callable, Iterable
from itertools import count
from threading import Event, Thread


class VirtualTime:
    """Runs tasks in threads of which one goes on at a time, until it sleeps; seconds since the beginning."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._asleep: list[tuple[float, int, Event]] = []
        self._number = count()
        self._failures: list[BaseException] = []
        self._is_over = Event()

    def sleep(self, seconds: float) -> None:
        self._wake_later(self.seconds + seconds, mine := Event())
        self._wake_next()
        mine.wait()

    def run(self, tasks: Iterable[tuple[float, Callable[[], None]]]) -> None:
        """Begin each task at its time; returns when all are done, and raises the first failure."""
        threads = [self._begun(at, task) for at, task in tasks]
        self._wake_next()
        self._is_over.wait()
        for thread in threads:
            thread.join()
        if self._failures:
            raise self._failures[0]

    def _begun(self, at: float, task: Callable[[], None]) -> Thread:
        self._wake_later(at, mine := Event())

        def work() -> None:
            mine.wait()
            try:
                task()
            except BaseException as failure:
                self._failures.append(failure)
            self._wake_next()

        thread = Thread(target=work)
        thread.start()
        return thread

    def _wake_later(self, at: float, sleeper: Event) -> None:
        heapq.heappush(self._asleep, (at, next(self._number), sleeper))

    def _wake_next(self) -> None:
        if not self._asleep:
            self._is_over.set()
            return
        at, _, sleeper = heapq.heappop(self._asleep)
        self.seconds = max(self.seconds, at)
        sleeper.set()
