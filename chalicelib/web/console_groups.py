"""The checkboxes of switch-role groups."""

from collections.abc import Iterable
from dataclasses import dataclass

from chalicelib.settings.records import Settings


@dataclass(frozen=True, slots=True)
class GroupChoice:
    """``profiles`` are what the group's roles are called in a member's config."""

    name: str
    profiles: tuple[str, ...]
    is_checked: bool


def group_choices(settings: Settings, checked: Iterable[str]) -> list[GroupChoice]:
    """A checkbox for every switch-role group."""
    names = set(checked)
    return [
        GroupChoice(group.name, tuple(role.profile for role in group.roles), group.name in names)
        for group in settings.groups
    ]
