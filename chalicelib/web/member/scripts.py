"""The scripts that members paste or run, and the command for their own page, filled in."""

from functools import cache
from typing import NamedTuple

from chalicelib.members.record import Member
from chalicelib.profiles import own_page_command
from chalicelib.profiles.aws_config import Source
from chalicelib.profiles.own_page_command import Place
from chalicelib.web.rendering import TEMPLATES
from chalicelib.web.visits import Visit


class Command(NamedTuple):
    """What opens the member's own page from one kind of shell, ``posix`` or ``powershell``."""

    key: str
    text: str


def own_page_commands(visit: Visit, member: Member, source: Source) -> tuple[Command, ...]:
    """The command for both kinds of shells."""
    place = Place(visit.portal_url, visit.settings.region, source, member.serial_number or "")
    return (
        Command("posix", own_page_command.for_posix(script("own-page.sh"), place)),
        Command("powershell", own_page_command.for_powershell(script("own-page.ps1"), place)),
    )


@cache
def script(name: str) -> str:
    """The script as it is in ``templates/scripts``, not filled in."""
    # Read when the first member opens the page, to keep it off the cold start. Not a Jinja template.
    return (TEMPLATES / "scripts" / name).read_text("ascii")
