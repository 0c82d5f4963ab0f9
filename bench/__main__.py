"""``make bench``: how fast, big and talkative Firstday is, each beside a peer of the same run.

``make bench ARGS="--help"`` tells how to choose a part.
"""

import argparse
import os
import platform
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from bench import cold, counts, memory_sizes
from bench.installing import BenchError
from bench.laboratory import Laboratory, open_laboratory
from bench.runtime_api import FunctionFailed

COLD: dict[str, Callable[[Laboratory, int], Iterator[str]]] = {
    "cold": cold.peers,
    "small": cold.small,
    "far": cold.far,
    "pages": cold.each_page,
    "memory": memory_sizes.measure,
    "counts": counts.modules_and_files,
    "instructions": counts.instructions,
}
# Modules of the same name, imported when they are chosen, as they bring moto and the sandbox.
OTHERS = ("package", "sandbox", "calls", "members_page", "import_members")
ABOUT = """\
cold      the page with the QR code, cold, beside its peers
small     the same with 128 MB of memory
far       the same with 150 ms to IAM
pages     each of Firstday's pages, cold
memory    time and price of an onboarding by memory size
counts    modules imported and files opened
instructions
          counted by valgrind, where that is installed; it takes minutes
package   the deployment zip
sandbox   from `make sandbox` to the invitation link
calls     the AWS calls of an onboarding
members_page
          the console's list of members in the sandbox
import_members
          an import of members in the sandbox
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        "bench", description=ABOUT, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help="the parts to run; all, if none is named")
    parser.add_argument("--runs", type=int, default=9, help="of each program, for the cold starts; %(default)s")
    parser.add_argument("--against", metavar="REV", help="measure the cold starts of this revision too")
    chosen = parser.parse_args()
    parts = chosen.parts or [*COLD, *OTHERS]
    if unknown := [part for part in parts if part not in (*COLD, *OTHERS)]:
        parser.error(f"no such part: {', '.join(unknown)}")
    try:
        _run(parts, chosen.runs, chosen.against)
    except (BenchError, FunctionFailed) as error:
        sys.exit(str(error))


def _run(parts: list[str], runs: int, against: str | None) -> None:
    if in_laboratory := [part for part in parts if part in COLD]:
        with open_laboratory(against) as laboratory:
            print(f"{datetime.now(UTC):%Y-%m-%d}, Python {laboratory.python.version}, {_machine()}\n", flush=True)
            for part in in_laboratory:
                _show(COLD[part](laboratory, runs))
    for part in parts:
        if part in OTHERS:
            _show(import_module(f"bench.{part}").measure())


def _show(lines: Iterator[str]) -> None:
    for line in lines:
        print(line, flush=True)
    print()


def _machine() -> str:
    model = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists():
        names = [line.partition(": ")[2] for line in information.read_text().splitlines() if "model name" in line]
        model = names[0] if names else model
    return f"{os.cpu_count()} processors, {model}, {platform.system()}"


if __name__ == "__main__":
    main()
