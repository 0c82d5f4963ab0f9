"""What a memory size costs and gives: the requests of an onboarding in one process, at each size's share."""

import time
from collections.abc import Iterator
from statistics import median

from bench import pages
from bench.cpu_share import Share, shares
from bench.laboratory import Laboratory
from bench.programs import FIRSTDAY, Program
from bench.visits import answered
from firstday.text_tables import table

SIZES = (128, 256, 512, 1024, 1769)  # MB
# USD per GB and second, https://aws.amazon.com/lambda/pricing/
PRICES = {"x86_64": 0.0000166667, "arm64": 0.0000133334}


def measure(laboratory: Laboratory, runs: int) -> Iterator[str]:
    ours = [program for program in laboratory.programs if program.name.startswith(FIRSTDAY)]
    cases = [(program, size) for program in ours for size in SIZES]
    taken: dict[tuple[Program, int], list[list[float]]] = {case: [] for case in cases}
    with shares() as share:
        if share is None:
            yield "Memory sizes: left out, as control groups may not be written here."
            yield "They need Linux, and root or a delegated group."
            return
        yield f"An onboarding's {len(pages.ONBOARDING)} requests in one process by memory size, IAM 150 ms away;"
        yield f"a whole processor until it is ready, then MB/1769 of one; {runs} runs in turn, medians"
        yield "USD are those of a million onboardings; the time on arm64 is taken to be that on x86_64"
        for run in range(runs + 1):
            for program, size in cases:
                share.megabytes = size
                found = _onboarding(laboratory, program, share)
                if run:
                    taken[program, size].append(found)
    header = ("", "MB", "init ms", "requests ms", "slowest ms", "GB s", *(f"USD {name}" for name in PRICES))
    yield from table(header, [_row(program, size, taken[program, size]) for program, size in cases])


def _row(program: Program, size: int, runs: list[list[float]]) -> tuple[str, ...]:
    initialisation = median(run[0] for run in runs)
    requests = median(sum(run[1:]) for run in runs)
    slowest = median(max(run[1:]) for run in runs)
    # Lambda bills the initialisation too, since August 2025.
    gigabyte_seconds = (initialisation + requests) * size / 1024
    dollars = (f"{price * gigabyte_seconds * 1_000_000:.2f}" for price in PRICES.values())
    times = (f"{seconds * 1000:,.0f}" for seconds in (initialisation, requests, slowest))
    return program.name, str(size), *times, f"{gigabyte_seconds:.2f}", *dollars


def _onboarding(laboratory: Laboratory, program: Program, share: Share) -> list[float]:
    """The seconds of the initialisation, and of each request."""
    taken: list[float] = []
    began = time.perf_counter()
    with laboratory.started(program, distance="far", share=share):
        for page in pages.ONBOARDING:
            ready_at = laboratory.api.ready_at()
            if not taken:
                taken.append(ready_at - began)
            event = page()
            sent_at = time.perf_counter()
            taken.append(answered(laboratory, program, event) - sent_at)
    return taken
