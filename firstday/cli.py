"""The ``firstday`` command: its parts, and the one place where it begins. What a command does is elsewhere."""

import sys
from io import TextIOWrapper
from pathlib import Path

import click

from firstday import deploy_commands, doctor_command, import_command, list_commands, member_commands, verify_command
from firstday.portal_command import Commands, failure_of
from firstday.template_commands import template

PORT = click.IntRange(0, 65535)
SHELLS = ("bash", "zsh", "fish")


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="firstday")
def cli() -> None:
    """Self-service onboarding for AWS: invite members, see where they are, and try it all on your own machine."""


cli.sections = {
    "One member": ["invite", "create", "member", "check", "groups", "revoke", "reset-mfa", "offboard"],
    "All members": ["members", "import", "audit", "console"],
    "The portal itself": ["deploy", "doctor", "verify", "remove", "template"],
    "This machine": ["sandbox", "code", "completion"],
}
for module in (member_commands, list_commands, import_command, deploy_commands, doctor_command, verify_command):
    for command in vars(module).values():
        if isinstance(command, click.Command):
            cli.add_command(command)
cli.add_command(template)


@cli.command()
@click.option("--port", type=PORT, default=4566, show_default=True, help="Where the embedded AWS answers.")
@click.option("--portal-port", type=PORT, default=8000, show_default=True, help="Where the portal answers.")
@click.option(
    "--settings",
    "settings_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Another firstday.toml than the project's.",
)
@click.option("--member", default="dev-simple-user", show_default=True, help="The first member to be invited.")
@click.option("--empty", "is_empty", is_flag=True, help="Only the accounts: you deploy the portal yourself.")
@click.option(
    "--iam-calls-per-second",
    type=click.FloatRange(min=0, min_open=True),
    help="Refuse IAM calls beyond this rate, as AWS does. Else there is no limit.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON when ready, for programs.")
def sandbox(
    port: int,
    portal_port: int,
    settings_file: Path | None,
    member: str,
    is_empty: bool,
    iam_calls_per_second: float | None,
    as_json: bool,
) -> None:
    """Run the whole product on this machine.

    It has an AWS of its own, and ends with Ctrl-C.

    \b
    Example:
      firstday sandbox
    """
    from firstday.sandbox.command import run

    if port == portal_port != 0:
        raise click.UsageError("--port and --portal-port have to differ.")
    run(
        port=port,
        portal_port=portal_port,
        member=member,
        as_json=as_json,
        settings_file=settings_file,
        iam_calls_per_second=iam_calls_per_second,
        is_empty=is_empty,
    )


@cli.command()
@click.option("--once", is_flag=True, help="Print one line and end.")
def code(once: bool) -> None:
    """Show MFA codes for a secret key.

    That is an authenticator app for whoever has no phone at hand. The secret key is asked for, or read from
    standard input.

    \b
    Example:
      firstday code
    """
    from firstday.sandbox.code import read_secret_key, show

    show(read_secret_key(sys.stdin), sys.stdout, once=once)


@cli.command()
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print a script that completes commands in a shell.

    \b
    Example:
      eval "$(firstday completion bash)"
    """
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    assert found is not None  # noqa: S101  # click has all of SHELLS
    click.echo(found(cli, {}, "firstday", "_FIRSTDAY_COMPLETE").source())


def main() -> None:
    """Run the command line; no mistake of the person at it ends in a traceback."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal that does not know a letter shows another one
            stream.reconfigure(errors="replace")
    try:
        sys.exit(cli(standalone_mode=False))
    except click.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except OSError as error:  # of --help, which is printed before any command is run
        failure_of(error).show()
        sys.exit(1)


if __name__ == "__main__":
    main()
