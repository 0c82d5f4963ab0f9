"""Every command of ``firstday``, imported."""

import click

from firstday.cli.main import cli

_CONTEXT = click.Context(cli)


def of(group: click.Group) -> dict[str, click.Command]:
    """The commands of a group by their names."""
    found = {name: group.get_command(_CONTEXT, name) for name in group.list_commands(_CONTEXT)}
    return {name: command for name, command in found.items() if command}


COMMANDS = of(cli)
