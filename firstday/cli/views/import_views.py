"""The texts of an import in the terminal: problems, the plan, the outcome."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from firstday.importing.results import Result, Status
from firstday.text_tables import plain, table

if TYPE_CHECKING:
    from chalicelib.web.api.contract.outcome_records import LineProblem, PlannedLine

HEADER = ("LINE", "USER", "GROUPS", "PASSCODE", "WHAT WILL HAPPEN")
# The columns of a list that are shown only where it has them.
WHERE_GIVEN = ("email", "until")
# Up to this many lines are shown in full; of more, only the first ones.
FEW, FIRST = 20, 10
PLANS = {"invite": "to be invited", "invite_again": "to be invited again", "skip": "to be skipped"}


def problems_text(file: Path, problems: "Sequence[LineProblem]") -> str:
    """Each on a line of its own, as compilers write them, so that editors find the place."""
    places = [f"{file}:{one['line']}" if one["line"] else str(file) for one in problems]
    return "\n".join(f"{place}: {plain(one['message'])}" for place, one in zip(places, problems, strict=True))


def unknown_text(file: Path, columns: Sequence[str]) -> str:
    """Which columns are not read."""
    return f"{file}: These columns are not known, and are not read: {', '.join(map(plain, columns))}."


def plan_text(
    file: Path, lines: "Sequence[PlannedLine]", width: int | None, *, done: int = 0, is_whole: bool = False
) -> str:
    """What will happen to each line, without ``done``; if there are many, only the first unless ``is_whole``."""
    shown = lines if is_whole or len(lines) <= FEW else lines[:FIRST]
    given = [name for name in WHERE_GIVEN if any(line.get(name) for line in lines)]
    rows = [
        (
            str(line["line"]),
            line["user_name"],
            ", ".join(line["groups"]),
            "yes" if line["passcode"] else "-",
            *(str(line.get(name) or "-") for name in given),
            line["message"],
        )
        for line in shown
    ]
    counts = Counter(line["plan"] for line in lines)
    counted = ", ".join(f"{counts[plan]} {words}" for plan, words in PLANS.items() if counts[plan])
    header = (*HEADER[:-1], *(name.upper() for name in given), HEADER[-1])
    text = table(header, rows, width=width)
    if len(shown) < len(lines):
        text.append(f"... and {len(lines) - len(shown)} more; --dry-run shows all.")
    before = f" {done} more are done already." if done else ""
    return "\n".join([*text, "", f"{file}: {counted}.{before}"])


def outcome(file: Path, results_path: Path, results: Sequence[Result]) -> tuple[dict[str, Any], str]:
    """How an import ended: for programs, and for people."""
    counts = Counter(result.status for result in results)
    failures = [result for result in results if result.status is Status.FAILED]
    mailed = sum(bool(result.mailed_to) for result in results)
    answer = {
        "results": str(results_path),
        **{status.value: counts[status] for status in Status},
        "mailed": mailed,
        "failures": [{"user_name": result.user_name, "message": result.message} for result in failures],
    }
    lines = [f"{file}: " + ", ".join(f"{counts[status]} {status.value}" for status in Status) + "."]
    lines += [f"  {result.user_name}: {plain(result.message)}" for result in failures[:FEW]]
    if len(failures) > FEW:
        lines.append(f"  ... and {len(failures) - FEW} more, in the results.")
    if mailed:
        lines.append(f"By mail: {mailed} of the links. Who gets one is in {results_path}.")
        lines.append("Whom the mail does not reach: firstday members --state bounced")
    if counts[Status.INVITED] > mailed:
        lines.append(f"The links are in {results_path}. It is for your eyes only: delete it when they are sent.")
    if failures:
        lines.append("Running the same command again tries the failed lines again.")
    return answer, "\n".join(lines)
