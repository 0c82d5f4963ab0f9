"""The ``firstday`` command: its groups of commands, and the entry point. Each command has a module of its own."""

import os
import sys

import click

from firstday.cli.streams import colour, complete_streams
from firstday.cli.terminal import NO_OUTPUT, Commands, discard_output, failure_of
from firstday.loopback import past_proxies


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="firstday")
def cli() -> None:
    """Self-service onboarding for AWS: invite members, see where they are, and try it all on your own machine."""


cli.sections = {
    "One member": {
        "invite": "member_commands",
        "create": "member_commands",
        "member": "list_commands",
        "check": "list_commands",
        "groups": "member_commands",
        "edit": "edit_command",
        "revoke": "member_commands",
        "reset-mfa": "member_commands",
        "reset-password": "member_commands",
        "suspend": "suspension_commands",
        "resume": "suspension_commands",
        "offboard": "member_commands",
    },
    "All members": {
        "members": "list_commands",
        "import": "import_command",
        "adopt": "adopt_command",
        "release": "release_command",
        "report": "report_command",
        "audit": "list_commands",
        "console": "list_commands",
    },
    "The portal itself": {
        "deploy": "deploy_commands",
        "doctor": "doctor_command",
        "verify": "verify_command",
        "remove": "deploy_commands",
        "template": "template_command",
        "roles": "roles_command",
    },
    "This machine": {"sandbox": "machine_commands", "code": "machine_commands", "completion": "machine_commands"},
}
cli.changing = {
    "invite",
    "create",
    "groups",
    "edit",
    "revoke",
    "reset-mfa",
    "reset-password",
    "suspend",
    "resume",
    "offboard",
}


def main() -> None:
    """Run the command line; no mistake of its user ends in a traceback."""
    has_output = complete_streams()
    os.environ.update(past_proxies(os.environ))
    try:
        if not has_output:
            raise NO_OUTPUT
        answer = cli(standalone_mode=False, color=colour(os.environ))
        sys.stdout.flush()
        sys.exit(answer)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except BrokenPipeError:  # the reader has seen enough
        discard_output()
        sys.exit(1)
    except OSError as error:  # of --help, which is printed before any command is run
        failure_of(error).show()
        sys.exit(1)


if __name__ == "__main__":
    main()
