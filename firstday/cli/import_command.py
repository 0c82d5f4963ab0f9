"""``firstday import``: a CSV of members, checked as a whole, then invited one by one."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chalicelib.errors import FirstdayError, InvalidInput
from firstday.cli.options import NO_MAIL
from firstday.cli.terminal import Failure, Interrupted, confirm, portal_command, say, surroundings, terminal_width

if TYPE_CHECKING:
    from chalicelib.web.api.contract.outcome_records import PlannedLine
    from firstday.importing.results import Results
    from firstday.portal.api import PortalAPI

# The portal takes no more, and a list of 10,000 members is shorter.
MAXIMUM_BYTES = 2_000_000


@portal_command
@click.argument("file", metavar="FILE.csv", type=click.Path(path_type=Path))
@click.option(
    "--results",
    "results_path",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Where the links go, as CSV. Else FILE.results.csv.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Show what would happen to every line, and stop.")
@NO_MAIL
def import_command(
    api: "PortalAPI",
    file: Path,
    results_path: Path | None,
    yes: bool,
    dry_run: bool,
    mail: bool | None,
    as_json: bool,
) -> None:
    """Invite everybody in a CSV file.

    Its first line names the columns: user_name, and where wanted groups (separated by spaces), passcode (yes or
    no), email and until (such as 2026-12-31); others are not read. Everything is checked before anything is done.
    The links are written to a CSV of results, which only you can read, unless they go by mail. After an
    interruption, run the same command again: it does what is left.

    \b
    Example:
      firstday import members.csv
    """
    from firstday.cli.views.import_views import plan_text, problems_text, unknown_text
    from firstday.importing.results import opened

    checked = api.check_import(text_of(file))
    if unknown := checked.get("unknown_columns"):  # which an older portal takes for problems
        click.echo(unknown_text(file, unknown), err=True)
    if problems := checked["problems"]:
        say(checked, problems_text(file, problems), as_json=as_json)
        raise Failure(f"Nothing was done. Problems in {file}: {len(problems)}.")
    if dry_run:
        say(checked, plan_text(file, checked["lines"], terminal_width(), is_whole=True), as_json=as_json)
        return
    with opened(results_path or file.with_suffix(".results.csv")) as results:
        _import(api, file, checked["lines"], results, mail=mail, yes=yes, as_json=as_json)


def text_of(file: Path) -> str:
    """The text of a list; Failure if it cannot be read."""
    from chalicelib.members.import_list import decoded

    try:
        with file.open("rb") as source:
            data = source.read(MAXIMUM_BYTES + 1)
    except OSError as error:
        raise Failure(f"{file} cannot be read: {error.strerror}.") from None
    if len(data) > MAXIMUM_BYTES:
        raise Failure(f"{file} is larger than 2 MB. Divide it.")
    try:
        return decoded(data)
    except InvalidInput as error:
        raise Failure(f"{file}: {error.message}") from None


def _import(
    api: "PortalAPI",
    file: Path,
    lines: "Sequence[PlannedLine]",
    results: "Results",
    *,
    mail: bool | None,
    yes: bool,
    as_json: bool,
) -> None:
    from firstday.cli.views.import_views import outcome, plan_text
    from firstday.importing.run import left

    results.check_portal(api.url)
    remaining = left(lines, results)
    if remaining:
        done = len(lines) - len(remaining)
        click.echo(plan_text(file, remaining, terminal_width(), done=done), err=as_json)
        confirm(f"Go on with {_counted(remaining)}?", yes=yes)
        with _saying_how_to_go_on(lines, results):
            _run(api, remaining, results, mail)
    if not left(lines, results):
        results.finish()
    answer, text = outcome(file, results.path, results.rows)
    if not remaining:
        text = f"Nothing was left to do: an earlier import has done every line.\n{text}\n" + (
            f"To import the whole list again, remove {results.path} first."
        )
    say(answer | {"done_now": len(remaining)}, text, as_json=as_json)
    if answer["failed"]:
        raise click.exceptions.Exit(1)


def _run(api: "PortalAPI", lines: "Sequence[PlannedLine]", results: "Results", mail: bool | None) -> None:
    """Invite, and tell on stderr how far it is, or why it stands still."""
    from firstday.cli.streams import work_progress
    from firstday.importing.run import run

    with work_progress("Inviting", len(lines)) as progress:

        def on_busy(is_reached: bool) -> None:
            progress.note("AWS is busy: going slower" if is_reached else "no connection: waiting")

        for result in run(api, lines, results, mail=mail, pause=surroundings().pause, on_busy=on_busy):
            progress.step(result.user_name)


@contextmanager
def _saying_how_to_go_on(lines: "Sequence[PlannedLine]", results: "Results") -> Iterator[None]:
    """Says that nothing is lost if the run ends early."""
    from firstday.importing.run import left

    try:
        yield
    except (KeyboardInterrupt, FirstdayError) as error:
        is_interrupted = isinstance(error, KeyboardInterrupt)
        kind, why = (Interrupted, "Interrupted.") if is_interrupted else (Failure, str(error))
        done = len(lines) - len(left(lines, results))
        raise kind(
            f"{why}\nDone so far: {done} of {_counted(lines)}, in {results.path}."
            " To go on, run the same command again."
        ) from None


def _counted(lines: "Sequence[PlannedLine]") -> str:
    return f"{len(lines)} line{'s' if len(lines) != 1 else ''}"
