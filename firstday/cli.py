"""The ``firstday`` command: its arguments, and errors in plain words. What a command does is elsewhere."""

import json
import sys
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING

import click

from chalicelib.errors import FirstdayError, InvalidInput

if TYPE_CHECKING:
    from firstday.portal_api import PortalAPI


PORT = click.IntRange(0, 65535)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="firstday")
def cli() -> None:
    """Self-service onboarding for AWS: invite members, and try it all on your own machine."""


def portal_command(command: Callable[..., None]) -> click.Command:
    """A command that calls the portal: it gets a PortalAPI ``api``, and whether to print JSON."""

    @wraps(command)
    def connected(portal_url: str, profile: str | None, **arguments: object) -> None:
        from firstday.portal_api import PortalAPI, admin_session

        command(PortalAPI(portal_url, admin_session(profile)), **arguments)

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
    return cli.command()(connected)


@portal_command
@click.argument("user_name", metavar="USER")
@click.option(
    "--group", "groups", multiple=True, help="A switch-role group; may be repeated. Else the default ones."
)
@click.option("--passcode", is_flag=True, help="Protect the link with a passcode that you tell another way.")
def invite(api: "PortalAPI", user_name: str, groups: tuple[str, ...], passcode: bool, as_json: bool) -> None:
    """Create the member USER and a fresh invitation link.

    Running it again for somebody who has not finished makes a new link and ends the old one.

    \b
    Example:
      firstday invite dev-simple-user --group developers
    """
    from firstday.invitation_message import summary

    invitation = api.create_invitation(user_name, list(groups), passcode=passcode)
    click.echo(json.dumps(invitation) if as_json else summary(invitation))


@portal_command
@click.argument("user_name", metavar="USER")
def revoke(api: "PortalAPI", user_name: str, as_json: bool) -> None:
    """Make the link of USER worthless, and end the session that began with it.

    What USER has already is kept: device, groups and access key.

    \b
    Example:
      firstday revoke dev-simple-user
    """
    revoked = api.revoke_invitation(user_name)
    text = f"The invitation of {revoked['user_name']} is revoked: its link and its session are worthless."
    click.echo(json.dumps(revoked) if as_json else text)


@cli.command()
@click.option("--port", type=PORT, default=4566, show_default=True, help="Where the embedded AWS answers.")
@click.option("--portal-port", type=PORT, default=8000, show_default=True, help="Where the portal answers.")
@click.option("--member", default="dev-simple-user", show_default=True, help="The first member to be invited.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON when ready, for programs.")
def sandbox(port: int, portal_port: int, member: str, as_json: bool) -> None:
    """Run the whole product on this machine, with an AWS of its own, until Ctrl-C.

    \b
    Example:
      firstday sandbox
    """
    from firstday.sandbox.command import run

    if port == portal_port != 0:
        raise click.UsageError("--port and --portal-port have to differ.")
    run(port=port, portal_port=portal_port, member=member, as_json=as_json)


@cli.command()
@click.option("--once", is_flag=True, help="Print one line and end.")
def code(once: bool) -> None:
    """Show MFA codes for a secret key: an authenticator app for whoever has no phone at hand.

    The secret key is asked for, or read from standard input.

    \b
    Example:
      firstday code
    """
    from firstday.sandbox.code import read_secret_key, show

    show(read_secret_key(sys.stdin), sys.stdout, once=once)


def main() -> None:
    """Run the command line; no mistake of the person at it ends in a traceback."""
    try:
        cli(standalone_mode=False)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except FirstdayError as error:
        text = error.message if isinstance(error, InvalidInput) else str(error)
        click.echo(f"firstday: {text}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
