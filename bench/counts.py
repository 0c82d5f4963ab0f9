"""What does not depend on the machine's speed: instructions, modules and files of one cold visit."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping

from bench import pages
from bench.cold import PAGES
from bench.laboratory import Laboratory
from bench.programs import FIRSTDAY, FLOOR, Program
from bench.runtime_api import FunctionFailed
from bench.visits import Page, answered
from firstday.text_tables import table

VALGRIND = ("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null")
FEW_PAGES = {name: page for name, page in PAGES.items() if page is not pages.codes and page is not pages.config}
# Counts what opens, until a line comes in; then writes the counts down and ends. It imports next to nothing.
WATCHED = (
    "-S",
    "-c",
    """\
import _thread, os, sys
opened = []
sys.addaudithook(lambda event, arguments: opened.append(arguments[0]) if event == "open" else None)
def report():
    os.read(0, 1)
    os.write(2, b"[%d, %d]" % (len(sys.modules), len(opened)))
    os._exit(0)
_thread.start_new_thread(report, ())
import runpy
runpy.run_module("awslambdaric", run_name="__main__", alter_sys=True)
""",
)


def modules_and_files(laboratory: Laboratory, _: int) -> Iterator[str]:
    yield "One cold visit: modules imported, files opened by Python; the peers' is POST /register-device"
    cases = _cases(laboratory, PAGES)
    rows = [(name, *map(str, _modules_and_files(laboratory, program, page))) for name, program, page in cases]
    yield from table(("", "modules", "files"), rows)


def instructions(laboratory: Laboratory, _: int) -> Iterator[str]:
    if shutil.which(VALGRIND[0]) is None:
        yield "Instructions: left out, as valgrind is not installed: apt-get install valgrind"
        return
    yield "One cold visit: millions of instructions, by valgrind; the peers' is POST /register-device"
    cases = _cases(laboratory, FEW_PAGES)
    counted = [(name, _instructions(laboratory, program, page)) for name, program, page in cases]
    bare = dict(counted)[FLOOR]
    yield from table(
        ("", "M", "× bare"), [(name, f"{count / 1e6:,.0f}", f"{count / bare:.2f}") for name, count in counted]
    )


def _cases(laboratory: Laboratory, ours: Mapping[str, Page]) -> Iterator[tuple[str, Program, Page]]:
    for program in laboratory.programs:
        if program.name.startswith(FIRSTDAY):
            yield from ((f"{program.name}, {name}", program, page) for name, page in ours.items())
        else:
            yield program.name, program, pages.register_device


def _instructions(laboratory: Laboratory, program: Program, page: Page) -> int:
    with laboratory.started(program, before=VALGRIND, listens=True) as process:
        laboratory.api.ready_at()
        answered(laboratory, program, page())
        laboratory.api.ready_at()
        process.terminate()
        told = _told(process)
    if found := re.search(r"Collected : (\d+)", told):
        return int(found[1])
    raise FunctionFailed(f"valgrind did not count: {told[-500:]}")


def _modules_and_files(laboratory: Laboratory, program: Program, page: Page) -> tuple[int, int]:
    with laboratory.started(program, run=WATCHED, listens=True) as process:
        laboratory.api.ready_at()
        answered(laboratory, program, page())
        laboratory.api.ready_at()
        told = _told(process, b"\n")
    modules, files = json.loads(told[told.rindex("[") :])
    return modules, files


def _told(process: subprocess.Popen[bytes], sent: bytes = b"") -> str:
    return process.communicate(sent)[1].decode(errors="replace")
