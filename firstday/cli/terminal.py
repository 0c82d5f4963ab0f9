"""Common parts of all commands that call the portal: options, a PortalAPI, questions, and errors in words."""

import errno
import json
import os
import sys
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from importlib import import_module
from typing import TYPE_CHECKING, Any
from unicodedata import normalize

import click

from chalicelib.errors import FirstdayError, InvalidInput

if TYPE_CHECKING:
    from firstday.portal.api import PortalAPI


def _connect(portal_url: str, profile: str | None) -> "PortalAPI":
    from firstday.portal.api import PortalAPI, admin_session

    return PortalAPI(portal_url, admin_session(profile))


def _now() -> datetime:
    return datetime.now(UTC)


def _pause(seconds: float) -> None:
    import time

    time.sleep(seconds)


def _open_browser(link: str) -> bool:
    from firstday.cli.browser_opening import open_privately

    return open_privately(link)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What commands do beyond this process. It is the object of click's context, so a test can pass another one.

    ``open_browser`` takes a link with a token, and says whether a browser has certainly opened it.
    """

    connect: "Callable[[str, str | None], PortalAPI]" = _connect
    now: Callable[[], datetime] = _now
    pause: Callable[[float], None] = _pause
    open_browser: Callable[[str], bool] = _open_browser


def surroundings() -> Surroundings:
    """The surroundings of the running command."""
    return click.get_current_context().find_object(Surroundings) or Surroundings()


def portal_command(command: Callable[..., None]) -> click.Command:
    """A command that calls the portal: it gets a PortalAPI ``api``, and whether to print JSON."""

    @wraps(command)
    def connected(portal_url: str, profile: str | None, **arguments: object) -> None:
        command(surroundings().connect(portal_url, profile), **arguments)

    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs."),
        click.option("--profile", help="The AWS profile to call the portal with. Else AWS_PROFILE, as everywhere."),
        click.option(
            "--portal-url",
            envvar="FIRSTDAY_PORTAL_URL",
            show_envvar=True,
            required=True,
            help="The portal's address.",
        ),
    ):
        connected = option(connected)
    return click.command()(connected)


class Commands(click.Group):
    """A group of commands in which no error that users can correct themselves ends in a traceback.

    ``sections`` are the headings of the help, each with its commands, and the module in this package that a command
    is imported from when it is called.
    """

    sections: Mapping[str, Mapping[str, str]] = {}
    # Of these commands, what was done has to be told even where its answer cannot be shown.
    changing: Collection[str] = ()

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return [name for names in self.sections.values() for name in names]

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = next((names[cmd_name] for names in self.sections.values() if cmd_name in names), None)
        if module is None:
            return None
        parts = vars(import_module(f"firstday.cli.{module}")).values()
        return next(part for part in parts if isinstance(part, click.Command) and part.name == cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for heading, names in self.sections.items():
            with formatter.section(heading):
                commands = [(name, self.get_command(ctx, name)) for name in names]
                formatter.write_dl([(name, part.get_short_help_str(60)) for name, part in commands if part])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except FirstdayError as error:
            raise Failure(error.message if isinstance(error, InvalidInput) else str(error)) from None
        except KeyboardInterrupt:
            if ctx.invoked_subcommand not in self.changing:
                raise
            raise Interrupted(f"Interrupted. {MAY_BE_DONE}") from None
        except OSError as error:
            may_be_done = error.filename is None and ctx.invoked_subcommand in self.changing
            if error.errno == errno.EPIPE and not may_be_done:  # the reader has seen enough; click ends quietly
                raise
            raise failure_of(error, MAY_BE_DONE if may_be_done else "") from None


class Failure(click.ClickException):
    """What went wrong, in words; the exit status is 1."""

    def show(self, file: Any = None) -> None:
        click.echo(f"firstday: {self.message}", file=file, err=True)


class Interrupted(Failure):
    """Somebody pressed Ctrl-C."""

    exit_code = 130


# Before anything is done: a link that nobody sees would be lost.
NO_OUTPUT = Failure("Standard output is closed, so no answer can be shown. Nothing was done.")
MAY_BE_DONE = (
    "What was under way may have been done all the same: firstday members tells. For a link that was not shown, "
    "run the command again."
)
# What a disk, a device or a descriptor says that takes no more.
_UNWRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF, errno.EPIPE}


def failure_of(error: OSError, note: str = "") -> Failure:
    """What the system refused, in words; the ``note`` is for output that nobody will see."""
    discard_output()
    if error.filename is not None:  # to be read, written or run: the system's words do for each
        return Failure(f"{error.filename} cannot be used: {error.strerror}.")
    if error.errno in _UNWRITABLE:
        return Failure(f"The output cannot be written: {error.strerror}. {note}".rstrip())
    return Failure(f"This computer does not allow it: {error.strerror or error}.")


def discard_output() -> None:
    """Keep Python from writing again at its end, which would show a second error."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say(answer: object, text: str, *, as_json: bool) -> None:
    """Print the answer for a program, or the text for a person."""
    click.echo(json.dumps(answer) if as_json else text)


def confirm(question: str, *, yes: bool) -> None:
    """Go on only if the user agrees, or has given ``--yes``."""
    if not agrees(question, yes=yes):
        click.echo("Nothing was changed.", err=True)
        raise click.exceptions.Exit(1)


def agrees(question: str, *, yes: bool) -> bool:
    """Whether the user agrees, or has given ``--yes``. The question goes to stderr, which is not piped on."""
    if yes:
        return True
    click.echo(f"{question} [y/N] ", nl=False, err=True)
    answer = sys.stdin.readline()
    if not answer:
        click.echo(err=True)
        raise click.UsageError("The question has to be answered: in a terminal, or beforehand with --yes.")
    return normalize("NFKC", answer).strip().lower() in {"y", "yes"}


def terminal_width() -> int | None:
    """How wide a table may be; None if the output goes to a program or a file."""
    import shutil

    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None
