"""The commands that only look: at all members, at one, at the audit trail, or at everything in the web console."""

import os
import sys
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from chalicelib.members.list_filters import ALL_WANTED
from chalicelib.members.record import natural
from firstday.cli.streams import is_dumb
from firstday.cli.terminal import portal_command, say, surroundings, terminal_width

if TYPE_CHECKING:
    from firstday.portal.api import PortalAPI

STATES = [each.value for each in ALL_WANTED]
# IAM is eventually consistent: a minute in all, with pauses in seconds.
CHECKS_AGAIN, CHECK_PAUSE = 12, 5.0


class Moment(click.ParamType["datetime"]):
    """A date, a time, or how long ago."""

    name = "time"

    def __init__(self, *, is_end: bool = False) -> None:
        self.is_end = is_end

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        from firstday.times import moment

        try:
            return moment(str(value), surroundings().now(), is_end=self.is_end)
        except ValueError:
            self.fail(f"{value!r} is not a time. Write 2026-11-24, 2026-11-24T09:30, 7d or 24h.", param, ctx)


@portal_command
@click.option(
    "--state",
    type=click.Choice(STATES),
    help="Only members in this state; or with an old key, access that ends soon, or mail that bounced.",
)
@click.option("--filter", "filter_text", metavar="TEXT", default="", help="Only members with TEXT in their name.")
@click.option("--refresh", is_flag=True, help="First compare with IAM, and correct what the portal has recorded.")
def members(api: "PortalAPI", state: str | None, filter_text: str, refresh: bool, as_json: bool) -> None:
    """Show all members, and where each of them is.

    \b
    Example:
      firstday members --state expired
    """
    from firstday.cli.views.member_views import differences_text, members_text

    answer: dict[str, Any] = {"refresh": _refreshed(api)} if refresh else {}
    found = api.members(state=state, filter_text=filter_text)
    answer["members"] = sorted(found, key=lambda member: natural(member["user_name"]))
    is_filtered = bool(state or filter_text)
    text = members_text(answer["members"], surroundings().now(), terminal_width(), is_filtered=is_filtered)
    if refresh:
        text = f"{differences_text(answer['refresh']['differences'])}\n\n{text}"
    say(answer, text, as_json=as_json)


def _refreshed(api: "PortalAPI") -> dict[str, Any]:
    """Refresh everything, and tell on stderr how far it is."""
    checked, differences = 0, []
    is_terminal = sys.stderr.isatty() and not is_dumb(os.environ)
    for part in api.refresh():
        checked += part["checked"]
        differences += part["differences"]
        if is_terminal:
            click.echo(f"\rCompared with IAM: {checked} members ", nl=False, err=True)
    click.echo("" if is_terminal else f"Compared with IAM: {checked} members", err=True)
    return {"checked": checked, "differences": differences}


@portal_command
@click.argument("user_name", metavar="USER")
def member(api: "PortalAPI", user_name: str, as_json: bool) -> None:
    """Show USER: the record, IAM now, and all that happened.

    \b
    Example:
      firstday member dev-simple-user
    """
    from firstday.cli.views.member_views import events_text, member_text

    found = api.member(user_name)
    events = list(api.audit_events(user_name=found["member"]["user_name"]))
    text = member_text(found, surroundings().now())
    timeline = events_text(events[::-1], terminal_width(), has_subject=False)
    say(found | {"events": events}, f"{text}\n\nWhat has happened\n\n{timeline}", as_json=as_json)


@portal_command
@click.argument("user_name", metavar="USER")
def check(api: "PortalAPI", user_name: str, as_json: bool) -> None:
    """Check in IAM that USER can work: groups, roles, MFA.

    Changes nothing. What was set up a moment ago may take AWS a minute: then it is looked at again for as long. A
    "?" is what the portal cannot see, such as roles of other accounts. The exit status is 1 if something is wrong.

    \b
    Example:
      firstday check dev-simple-user
    """
    from firstday.cli.views.check_view import check_text

    answer = api.check(user_name)
    if answer["may_be_propagating"]:
        click.echo("AWS may not show everything yet: looking again for up to a minute ...", err=True)
    for _ in range(CHECKS_AGAIN):
        if not answer["may_be_propagating"]:
            break
        surroundings().pause(CHECK_PAUSE)
        answer = api.check(user_name)
    say(answer, check_text(answer, terminal_width()), as_json=as_json)
    if not answer["is_right"]:
        raise click.exceptions.Exit(1)


@portal_command
@click.option("--member", "user_name", metavar="USER", help="Only events about USER.")
@click.option("--since", type=Moment(), help="Not before this date or time, or 7d, 24h: so long ago.")
@click.option("--until", type=Moment(is_end=True), help="Not after this date or time.")
@click.option("--limit", type=click.IntRange(1, 10**6), default=50, show_default=True, help="The newest so many.")
def audit(
    api: "PortalAPI",
    user_name: str | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    as_json: bool,
) -> None:
    """Show who did what to whom, the newest first.

    \b
    Example:
      firstday audit --member dev-simple-user --since 7d
    """
    from firstday.cli.views.member_views import events_text

    found = api.audit_events(user_name=user_name, since=_iso(since), until=_iso(until))
    events = list(islice(found, limit))
    is_more = next(found, None) is not None if len(events) == limit else False
    text = events_text(events, terminal_width(), has_subject=user_name is None)
    if is_more:
        text += f"\n\nThese are the newest {limit}; --limit shows more."
    say({"events": events}, text, as_json=as_json)


def _iso(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None


@portal_command
@click.option("--print", "only_print", is_flag=True, help="Print the link, and open nothing.")
def console(api: "PortalAPI", only_print: bool, as_json: bool) -> None:
    """Open the web console in your browser, signed in as you.

    The link is good for one sign-in, within a minute. It is also printed, unless a browser has certainly opened it.

    \b
    Example:
      firstday console
    """
    link = api.console_link()
    if as_json or only_print:
        say(link, link["url"], as_json=as_json)
    elif surroundings().open_browser(link["url"]):
        click.echo("The console opens in your browser.")
    else:
        click.echo("If no browser has opened, open this within a minute; it works once:", err=True)
        click.echo(link["url"])
