"""Common parts of the commands about the accounts themselves: their options, and how they show progress."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from chalicelib.members.details import Details
    from chalicelib.settings.records import Settings
    from firstday.cli.views.deploy_progress import Progress

PROJECT = Path(__file__).resolve().parents[2]
# The roles' stack would have its name.
TAKEN = "roles"
Command = Callable[..., Any]


def _stage(_context: click.Context, _option: click.Parameter, value: str) -> str:
    if value == TAKEN or not re.fullmatch("[a-z][a-z0-9]{0,31}", value):
        raise click.BadParameter(f'"{value}" cannot name a stage. Use small letters and digits, such as "test".')
    return value


def _pairs(_context: click.Context, _option: click.Parameter, values: Iterable[str]) -> dict[str, str]:
    pairs = {}
    for value in values:
        name, equals, profile = value.partition("=")
        if not (name and equals and profile):
            raise click.BadParameter(f'"{value}" is not NAME=PROFILE, such as stg=staging-admin.')
        pairs[name] = profile
    return pairs


STAGE = click.option(
    "--stage", default="prod", show_default=True, callback=_stage, help="Which deployment, where there are several."
)
SETTINGS = click.option(
    "--settings",
    "settings_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Another firstday.toml than the project's.",
)
PROFILE = click.option(
    "--profile", help="The AWS profile of the identity account. Else AWS_PROFILE, as everywhere."
)
# The command gets ``account_profiles``, for aws_sessions.account_sessions.
ACCOUNT_PROFILE = click.option(
    "--account-profile",
    "account_profiles",
    multiple=True,
    metavar="NAME=PROFILE",
    callback=_pairs,
    help="The AWS profile for another account: its name in [accounts], or its id. May be repeated.",
)
YES = click.option("--yes", is_flag=True, help="Do not ask.")
EMAIL = click.option(
    "--email", help='Where mail to the member goes; "same" if it is the user name. Empty takes it away.'
)
UNTIL = click.option("--until", help="The day on which access ends, such as 2026-12-31. Empty takes it away.")
# The command gets ``mail``: None where the portal decides.
MAIL = click.option(
    "--mail/--no-mail",
    default=None,
    help="Whether the link goes by mail. Else it does if the portal sends mail and the member has an address.",
)
NO_MAIL = click.option(
    "--no-mail", "mail", flag_value=False, default=None, help="Send no link by mail: all come into the results."
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


def settings_of(settings_file: Path | None) -> "Settings":
    """The settings in that file, else the project's; raises SettingsError."""
    from chalicelib.settings.reader import load

    return load(settings_file or PROJECT / "firstday.toml")


def with_options(*options: Callable[[Command], Command]) -> Callable[[Command], click.Command]:
    """A command with ``options``, in this order in its help."""

    def decorate(command: Command) -> click.Command:
        for option in reversed(options):
            command = option(command)
        return click.command()(command)

    return decorate


def progress(stack_name: str, template: Mapping[str, Any], only: Collection[str] | None = None) -> "Progress":
    """Shows on stderr what CloudFormation does to the resources ``only``; stdout is for the answer."""
    import sys
    import time

    from firstday.cli.views.deploy_progress import Progress
    from firstday.deployment.resource_words import template_names

    return Progress(
        stack_name,
        template_names(template),
        lambda line: click.echo(line, err=True),
        is_terminal=sys.stderr.isatty(),
        clock=time.monotonic,
        only=only,
    )


def details_of(user_name: str, email: str | None, until: str | None) -> "Details":
    """What was said of a member; ``email`` may be "same"."""
    from chalicelib.members.details import Details

    return Details(user_name if email == "same" else email, until)
