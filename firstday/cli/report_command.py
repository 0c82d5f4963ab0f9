"""``firstday report``: what every member has, for an audit."""

import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import click

from firstday.cli.streams import is_dumb
from firstday.cli.terminal import portal_command, say, surroundings, terminal_width

if TYPE_CHECKING:
    from chalicelib.web.api.contract.member_records import Member
    from firstday.cli.views.report_view import Seen
    from firstday.portal.api import PortalAPI

# A member takes five calls of about 150 ms, and IAM may let no more than 15 or 20 a second through.
AT_ONCE = 3
# Refusals that are about one member alone.
OF_ONE_MEMBER = {"member_unknown", "busy", "internal"}


@portal_command
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, for a spreadsheet: a row for each member.")
@click.option(
    "--output", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="Write the CSV to FILE."
)
def report(api: "PortalAPI", as_csv: bool, output: Path | None, as_json: bool) -> None:
    """Show what every member has: groups, roles, devices, keys.

    Groups, roles, devices, the age and the last use of access keys, until when, since when, and by whom: from the
    portal's records, and from IAM, which is asked about each member: a minute for some 200 of them. What could not
    be seen is called so.

    \b
    Example:
      firstday report --csv --output members-2026-q4.csv
    """
    from firstday.cli.views.report_view import NONE, csv_bytes, json_rows, report_rows, report_text

    if as_csv and as_json:
        raise click.UsageError("--csv and --json exclude each other.")
    if output and not as_csv:
        raise click.UsageError("--output goes with --csv.")
    if output:
        output.open("ab").close()  # rather now than after minutes
    rows = report_rows(list(_seen(api, list(api.members()))), surroundings().now())
    unseen = [row.user_name for row in rows if row.not_seen != NONE]
    if unseen:
        click.echo(f"Not seen in IAM: {', '.join(unseen[:5])}{' ...' if len(unseen) > 5 else ''}", err=True)
    if output:
        output.write_bytes(csv_bytes(rows))
        click.echo(f"{len(rows)} member{'' if len(rows) == 1 else 's'}: {output}")
    elif as_csv:
        click.echo(csv_bytes(rows), nl=False)
    else:
        say({"members": json_rows(rows)}, report_text(rows, terminal_width()), as_json=as_json)


def _seen(api: "PortalAPI", members: "Sequence[Member]") -> "Iterator[Seen]":
    """What IAM says of each of the ``members``, in their order; tells on stderr how far it is."""
    is_terminal = sys.stderr.isatty() and not is_dumb(os.environ)
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        for number, seen in enumerate(pool.map(lambda member: _one(api, member), members), 1):
            if is_terminal:
                click.echo(f"\rAsked IAM: {number} of {len(members)} members ", nl=False, err=True)
            yield seen
    finally:
        pool.shutdown(cancel_futures=True)
    if is_terminal:
        click.echo(err=True)


def _one(api: "PortalAPI", member: "Member") -> "Seen":
    from firstday.cli.views.report_view import Seen
    from firstday.portal.errors import PortalBusy, PortalRefused

    try:
        shown = api.member(member["user_name"])
    except PortalBusy as error:
        return Seen(member, reason=str(error))
    except PortalRefused as error:
        if error.refusal not in OF_ONE_MEMBER:
            raise
        return Seen(member, reason=str(error))
    return Seen(shown["member"], shown["iam"], shown.get("roles"), " ".join(shown["differences"]))
