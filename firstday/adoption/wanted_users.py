"""Who is to be adopted: users by name, everybody of an IAM group, or the lines of a list."""

from collections.abc import Iterable
from datetime import UTC, datetime

from chalicelib.admin.changing_groups import known_groups
from chalicelib.members import import_list
from chalicelib.members.record import comparable
from chalicelib.settings.records import Settings
from firstday.adoption.account_reading import users_of_group
from firstday.adoption.adoption_plan import Wanted
from firstday.adoption.found_account import FoundAccount


def named(settings: Settings, user_names: Iterable[str], into: Iterable[str]) -> tuple[Wanted, ...]:
    """These users, each once; InvalidInput if a group of ``into`` is not in the settings."""
    groups = known_groups(settings, into)
    once = {comparable(name): name for name in user_names}
    return tuple(Wanted(name, groups) for name in once.values())


def of_group(settings: Settings, account: FoundAccount, group: str, into: Iterable[str]) -> tuple[Wanted, ...]:
    """Everybody who is in an IAM group."""
    return named(settings, [user.user_name for user in users_of_group(account, group)], into)


def listed(settings: Settings, text: str, into: Iterable[str]) -> tuple[tuple[Wanted, ...], import_list.MemberList]:
    """The lines of a list as ``firstday import`` takes it, and the list, which has the problems."""
    known, default = [group.name for group in settings.groups], tuple(into) or settings.default_groups
    now, zone = datetime.now(UTC), settings.time_zone
    found = import_list.read(text, known_groups=known, default_groups=default, now=now, time_zone=zone)
    return tuple(Wanted(row.user_name, row.groups) for row in found.rows), found
