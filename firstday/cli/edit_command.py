"""``firstday edit``: what administrators say of a member."""

from typing import TYPE_CHECKING

import click

from firstday.cli.options import EMAIL, UNTIL, details_of
from firstday.cli.terminal import portal_command, say

if TYPE_CHECKING:
    from chalicelib.web.api.contract.member_records import Member
    from firstday.portal.api import PortalAPI


@portal_command
@click.argument("user_name", metavar="USER")
@EMAIL
@UNTIL
def edit(api: "PortalAPI", user_name: str, email: str | None, until: str | None, as_json: bool) -> None:
    """Set the address of USER, or the day on which access ends.

    What is not named stays. Mail goes to the address if the portal sends mail. With another address, links that
    were mailed to the one before open nothing, and a new one is mailed.

    \b
    Example:
      firstday edit dev-simple-user --email dev-simple-user@example.com --until 2026-12-31
    """
    if email is None and until is None:
        raise click.UsageError("Say what to change: --email, --until, or both.")
    basis = api.member_with_basis(user_name)["basis"]
    answer = api.set_details(user_name, details_of(user_name, email, until), basis=basis)
    told = [_told(answer["member"]), _told_of_links(answer["member"], answer.get("mailed_links"))]
    say(answer, "\n".join(filter(None, told)), as_json=as_json)


def _told(member: "Member") -> str:
    to = f"Mail to {member['user_name']} goes to {member['email']}" if member["email"] else "There is no address"
    ends = f"access ends on {member['until']}" if member["until"] else "access does not end by itself"
    return f"{to}; {ends}."


def _told_of_links(member: "Member", became: str | None) -> str:
    """``became`` is None of a portal of an earlier release, too."""
    if became is None:
        return ""
    if became == "replaced":
        return "A new link goes there by mail; the one sent before opens nothing."
    again = "resume" if member["state"] == "suspended" else "invite"
    return (
        "The invitation is revoked: the link that was mailed opens nothing. Invite again:"
        f" firstday {again} {member['user_name']}"
    )
