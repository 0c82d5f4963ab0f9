"""The page with the QR code, cold, beside its peers: at full speed, with little memory, and with IAM far away."""

from collections.abc import Callable, Iterator, Sequence
from statistics import median

from bench import pages
from bench.cpu_share import Share, shares
from bench.laboratory import Laboratory
from bench.programs import FIRSTDAY, FLOOR, OBVIOUS, Program
from bench.visits import Page, Visit, visit
from firstday.text_tables import table

WARM = 10
Taken = dict[str, list[Visit]]


def peers(laboratory: Laboratory, runs: int) -> Iterator[str]:
    """Beside every peer, at full speed."""
    with shares() as share:
        speed = "one processor" if share else "all processors, as control groups may not be written here"
        yield f"POST /register-device in a fresh process, ms; {speed}; {runs} runs in turn, medians"
        taken = in_turn(laboratory.programs, runs, lambda one: _visit(laboratory, one, share, WARM))
    header = ("", "cold", "min", "max", "× bare", "× Chalice", "init", "request", "warm", "CPU", "MB", "zip kB")
    size = {program.name: program.kilobytes for program in laboratory.programs}
    rows = [
        (*_row(name, taken), _ms(*_warm(taken[name])), *_cost(taken[name]), f"{size[name]:.0f}") for name in taken
    ]
    yield from table(header, rows)


def small(laboratory: Laboratory, runs: int) -> Iterator[str]:
    """With 128 MB of memory."""
    with shares() as share:
        if share is None:
            yield "POST /register-device with 128 MB: left out, as control groups may not be written here."
            yield "It needs Linux, and root or a delegated group."
            return
        yield "POST /register-device with 128 MB, ms: a whole processor until the program is ready, then 128/1769"
        yield f"of one; {runs} runs in turn, medians"
        share.megabytes = 128
        taken = in_turn(laboratory.programs, runs, lambda one: _visit(laboratory, one, share))
    yield from table(("", "cold", "min", "max", "× bare", "× Chalice", "init", "request"), _rows(taken))


def far(laboratory: Laboratory, runs: int) -> Iterator[str]:
    """With IAM 150 ms away, as us-east-1 is."""
    chosen = [program for program in laboratory.programs if program.name.startswith((FIRSTDAY, OBVIOUS))]
    yield f"POST /register-device with 150 ms to IAM and 2 ms to DynamoDB, ms; {runs} runs in turn, medians"
    taken = in_turn(chosen, runs, lambda one: visit(laboratory, one, pages.register_device, distance="far"))
    header = ("", "cold", "min", "max", "× Chalice", "init", "request")
    yield from table(header, [[*row[:4], *row[5:]] for row in _rows(taken)])


PAGES: dict[str, Page] = {
    "GET  /start": pages.start,
    "POST /register-device": pages.register_device,
    "POST /codes": pages.codes,
    "GET  /config": pages.config,
    "GET  /console, of 5,000": pages.console_glance,
    "GET  /console/members, of 5,000": pages.console_list,
}


def each_page(laboratory: Laboratory, runs: int) -> Iterator[str]:
    """Each of Firstday's pages beside the floor."""
    yield f"Firstday's pages, each in a fresh process, ms; {runs} runs in turn, medians"
    floor = next(program for program in laboratory.programs if program.name == FLOOR)
    ours = [program for program in laboratory.programs if program.name.startswith(FIRSTDAY)]
    cases = [(FLOOR, floor, pages.start)]
    cases += [(_named(one, name, ours), one, page) for one in ours for name, page in PAGES.items()]
    with shares() as share:
        taken: Taken = {name: [] for name, _, _ in cases}
        for run in range(runs + 1):
            for name, program, page in cases:
                found = visit(laboratory, program, page, warm=WARM, share=share)
                if run:
                    taken[name].append(found)
    header = ("", "cold", "min", "max", "× bare", "init", "request", "warm", "CPU", "MB")
    rows = [
        (*_row(name, taken)[:5], *_row(name, taken)[6:], _ms(*_warm(taken[name])), *_cost(taken[name]))
        for name in taken
    ]
    yield from table(header, rows)


def in_turn(programs: Sequence[Program], runs: int, measure: Callable[[Program], Visit]) -> Taken:
    """Each program once, then each again: what disturbs the machine disturbs all. The first turn is a warm-up."""
    taken: Taken = {program.name: [] for program in programs}
    for run in range(runs + 1):
        for program in programs:
            found = measure(program)
            if run:
                taken[program.name].append(found)
    return taken


def _visit(laboratory: Laboratory, program: Program, share: Share | None, warm: int = 0) -> Visit:
    return visit(laboratory, program, pages.register_device, share=share, warm=warm)


def _rows(taken: Taken) -> list[tuple[str, ...]]:
    return [_row(name, taken) for name in taken]


def _row(name: str, taken: Taken) -> tuple[str, ...]:
    cold = [one.cold for one in taken[name]]
    floor, obvious = (_ratio(cold, taken.get(other)) for other in (FLOOR, OBVIOUS))
    parts = [one.initialisation for one in taken[name]], [one.request for one in taken[name]]
    return name, _ms(*cold), _ms(min(cold)), _ms(max(cold)), floor, obvious, *(_ms(*part) for part in parts)


def _ratio(cold: list[float], to: list[Visit] | None) -> str:
    return f"{median(cold) / median(one.cold for one in to):.2f}" if to else ""


def _warm(visits: list[Visit]) -> list[float]:
    return [seconds for one in visits for seconds in one.warm]


def _cost(visits: list[Visit]) -> tuple[str, str]:
    """Processor time of the cold visit in ms, and memory in MB."""
    return _ms(*(one.processor for one in visits)), f"{median(one.megabytes for one in visits):.0f}"


def _ms(*seconds: float) -> str:
    found = median(seconds) * 1000
    return f"{found:.1f}" if found < 10 else f"{found:,.0f}"


def _named(program: Program, page: str, ours: Sequence[Program]) -> str:
    return page if len(ours) == 1 else f"{page}{program.name.removeprefix(FIRSTDAY)}"
