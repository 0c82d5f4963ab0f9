"""From the command to the printed invitation link."""

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.helpers.embedded_aws import PlainMinistack

RUNS = 3


def measure() -> Iterator[str]:
    ours, theirs = [], []
    for _ in range(RUNS):
        ours.append(_sandbox())
        theirs.append(_ministack())
    yield f"Start of the sandbox, packaged before, {RUNS} runs in turn (min, median, max)"
    yield f"  make sandbox, to the printed link          {_row(ours)}   (target: at most 10 s on two cores)"
    yield f"  ministack alone, to its first open port    {_row(theirs)}"


def _row(taken: list[float]) -> str:
    return f"{min(taken):5.2f} {statistics.median(taken):5.2f} {max(taken):5.2f} s"


def _sandbox() -> float:
    began = time.perf_counter()
    command = [
        str(Path(sys.executable).parent / "firstday"),
        "sandbox",
        "--json",
        "--port",
        "0",
        "--portal-port",
        "0",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        if process.stdout is not None:
            process.stdout.readline()
        taken = time.perf_counter() - began
        process.terminate()
    return taken


def _ministack() -> float:
    began = time.perf_counter()
    with PlainMinistack():
        return time.perf_counter() - began
