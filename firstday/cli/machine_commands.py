"""The commands of this machine alone: the sandbox, codes without a phone, completion."""

import sys
from pathlib import Path

import click

PORT = click.IntRange(0, 65535)
SHELLS = ("bash", "zsh", "fish")


@click.command()
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
    "--plant",
    "plant_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A JSON file with users and roles that are there before the portal, such as examples/brownfield.json.",
)
@click.option(
    "--mail", "with_mail", is_flag=True, help="The portal sends mail, which the sandbox catches and shows."
)
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
    plant_file: Path | None,
    with_mail: bool,
    iam_calls_per_second: float | None,
    as_json: bool,
) -> None:
    """Run the whole product on this machine.

    It has an AWS of its own, and ends with Ctrl-C.

    \b
    Example:
      firstday sandbox
    """
    from firstday.sandbox.run_sandbox import run

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
        plant_file=plant_file,
        with_mail=with_mail,
    )


@click.command()
@click.option("--once", is_flag=True, help="Print one line and end.")
def code(once: bool) -> None:
    """Show MFA codes for a secret key.

    It is an authenticator app for tests without a phone. It asks for the secret key, or reads it from
    standard input.

    \b
    Example:
      firstday code
    """
    from firstday.sandbox.authenticator import read_secret_key, show

    show(read_secret_key(sys.stdin), sys.stdout, once=once)


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print a script that completes commands in a shell.

    \b
    Example:
      eval "$(firstday completion bash)"
    """
    from click.shell_completion import get_completion_class

    root = click.get_current_context().find_root().command
    found = get_completion_class(shell)
    assert found is not None  # noqa: S101  # click has all of SHELLS
    click.echo(found(root, {}, "firstday", "_FIRSTDAY_COMPLETE").source())
