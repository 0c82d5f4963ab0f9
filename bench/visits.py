"""One cold visit, and warm ones after it: how long, how much processor time, how much memory."""

import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bench.cpu_share import Share
from bench.laboratory import Laboratory
from bench.pages import Event
from bench.programs import Program
from bench.runtime_api import FunctionFailed

Page = Callable[[], Event]


@dataclass(frozen=True)
class Visit:
    """Seconds, and MB at most; ``warm`` are the same page's later requests in the same process."""

    initialisation: float
    request: float
    processor: float
    megabytes: float
    warm: tuple[float, ...] = ()

    @property
    def cold(self) -> float:
        return self.initialisation + self.request


def visit(
    laboratory: Laboratory,
    program: Program,
    page: Page,
    *,
    warm: int = 0,
    distance: str = "near",
    share: Share | None = None,
) -> Visit:
    """Start the program, send it the page's request, and then the same again ``warm`` times."""
    began = time.perf_counter()
    with laboratory.started(program, distance=distance, share=share) as process:
        ready_at = laboratory.api.ready_at()
        event = page()
        sent_at = time.perf_counter()
        answered_at = answered(laboratory, program, event)
        processor, megabytes = _processor(process), _peak(process)
        again = tuple(_warm(laboratory, program, page()) for _ in range(warm))
    return Visit(ready_at - began, answered_at - sent_at, processor, megabytes, again)


def _warm(laboratory: Laboratory, program: Program, event: Event) -> float:
    laboratory.api.ready_at()
    sent_at = time.perf_counter()
    return answered(laboratory, program, event) - sent_at


def answered(laboratory: Laboratory, program: Program, event: Event) -> float:
    """When the program, which is ready, answered the event. FunctionFailed unless it is the page."""
    answered_at, answer = laboratory.api.invoke(event)
    if answer["statusCode"] not in (200, 303):
        said = f"{answer['statusCode']}: {answer['body']}"
        raise FunctionFailed(f"{program.name} answered {event['path']} with {said}")
    return answered_at


def _processor(process: subprocess.Popen[bytes]) -> float:
    # The clock of another process: CPUCLOCK_SCHED in Linux's include/linux/posix-timers_types.h
    with suppress(OSError):
        return time.clock_gettime((~process.pid << 3) | 2)
    return float("nan")


def _peak(process: subprocess.Popen[bytes]) -> float:
    """What the process itself took: ru_maxrss begins with that of the process it was forked from."""
    with suppress(OSError):
        for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    return float("nan")
