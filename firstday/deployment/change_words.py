"""Says in words what a change set would do: pure functions from DescribeChangeSet's ``Changes`` to lines.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from firstday.deployment.resource_words import (
    API,
    API_VERSION,
    DOMAIN,
    GROUP,
    LOG_GROUP,
    ROLE,
    TABLE,
    counted,
    resource_words,
    template_names,
)

_NAMED_BY_ID = (GROUP, ROLE, DOMAIN)
# Nothing in it is older than a day.
_FORGETFUL = {"ConsoleTable"}


class ChangeKind(StrEnum):
    """What happens to a resource. The values are the headings of the lists."""

    CREATED = "Created"
    CHANGED = "Changed"
    REPLACED = "Replaced by a new one"
    PERHAPS_REPLACED = "Changed, or replaced by a new one if AWS cannot change it"
    REMOVED = "Removed"
    FOLLOWING = "Changed only if one of the others is replaced"


@dataclass(frozen=True, slots=True)
class Change:
    """A resource's change. ``name`` is what the template calls it, ``details`` are the properties that change.

    ``physical_id`` is empty for a new one; ``is_kept`` says whether the old resource outlives the change.
    """

    kind: ChangeKind
    logical_id: str
    resource_type: str
    name: str = ""
    physical_id: str = ""
    details: tuple[str, ...] = ()
    is_kept: bool = False

    @property
    def words(self) -> str:
        """What it is, for a person: "the table of members"."""
        return resource_words(self.logical_id, self.resource_type, self.name)


def read_changes(changes: Iterable[Mapping[str, Any]], template: Mapping[str, Any]) -> tuple[Change, ...]:
    """The changes of a change set that makes ``template``; a new version of the API counts as one change."""
    names = template_names(template)
    found = [_read(each["ResourceChange"], names) for each in changes if "ResourceChange" in each]
    versions = [change for change in found if change.resource_type == API_VERSION]
    rest = [change for change in found if change.resource_type != API_VERSION]
    if len(versions) > 1 and {ChangeKind.CREATED, ChangeKind.REMOVED} <= {change.kind for change in versions}:
        versions = [replace(versions[0], kind=ChangeKind.CHANGED)]
    return (*rest, *versions)


def change_lines(changes: Iterable[Change]) -> Iterator[str]:
    """A list with a heading for each kind of change that occurs."""
    in_order = sorted(changes, key=lambda change: change.words)
    for kind in ChangeKind:
        lines = [f"  {_line(change)}" for change in in_order if change.kind is kind]
        if lines:
            yield from (f"{kind}:", *lines)


def groups_given_up(changes: Iterable[Change]) -> list[str]:
    """The names of IAM groups that would be removed: their members would lose them."""
    return [
        change.physical_id
        for change in changes
        if change.resource_type == GROUP
        and change.kind in (ChangeKind.REMOVED, ChangeKind.REPLACED)
        and change.physical_id
    ]


def losses(changes: Iterable[Change], users_of: Mapping[str, Sequence[str]]) -> list[str]:
    """What would be lost, a sentence each. ``users_of`` says who is in each of ``groups_given_up``."""
    return [loss for change in changes if (loss := _loss(change, users_of))]


def _read(change: Mapping[str, Any], names: Mapping[str, str]) -> Change:
    logical_id, resource_type = change["LogicalResourceId"], change["ResourceType"]
    physical_id = change.get("PhysicalResourceId", "")
    return Change(
        _kind(change),
        logical_id,
        resource_type,
        # The new template does not have removed resources; for these kinds, the id is the name.
        names.get(logical_id) or (physical_id if resource_type in _NAMED_BY_ID else ""),
        physical_id,
        tuple(dict.fromkeys(_details(change))),
        change.get("PolicyAction", "").endswith(("Retain", "Snapshot")),
    )


def _kind(change: Mapping[str, Any]) -> ChangeKind:
    kinds = {"Add": ChangeKind.CREATED, "Import": ChangeKind.CREATED, "Remove": ChangeKind.REMOVED}
    if kind := kinds.get(change["Action"]):
        return kind
    # The loss of any of these is reported even if CloudFormation only cannot rule it out.
    if change["ResourceType"] not in (TABLE, LOG_GROUP, API, DOMAIN) and _follows(change.get("Details", [])):
        return ChangeKind.FOLLOWING
    replacement = change.get("Replacement", "False")
    if change["ResourceType"] == API and replacement == "Conditional":
        return ChangeKind.CHANGED  # an API stays the same, whatever of it changes
    return {"True": ChangeKind.REPLACED, "Conditional": ChangeKind.PERHAPS_REPLACED}.get(
        replacement, ChangeKind.CHANGED
    )


def _follows(details: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the only change is in references to other resources, which their changes seldom alter.

    CloudFormation finds that out only while it carries the change out.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChangeDetail.html
    """
    sources = ("ResourceReference", "ResourceAttribute")
    return bool(details) and all(
        each.get("Evaluation") == "Dynamic" and each.get("ChangeSource") in sources for each in details
    )


def _details(change: Mapping[str, Any]) -> Iterator[str]:
    for detail in change.get("Details", []):
        target = detail.get("Target", {})
        if found := target.get("Name") or target.get("Attribute"):
            yield found


def _line(change: Change) -> str:
    note = " (the old one is kept, by itself)" if change.is_kept else ""
    details = f": {', '.join(change.details)}" if change.details and change.kind is not ChangeKind.FOLLOWING else ""
    return f"{change.words}{details}{note}"


def _loss(change: Change, users_of: Mapping[str, Sequence[str]]) -> str | None:
    if change.kind in (ChangeKind.CREATED, ChangeKind.CHANGED, ChangeKind.FOLLOWING):
        return None
    if change.resource_type == TABLE and change.logical_id not in _FORGETFUL:
        return f"{_capital(change.words)}: the portal would no longer have what is in it."
    if change.resource_type == LOG_GROUP and not change.is_kept:
        return f"{_capital(change.words)}: what is in it would be deleted."
    if change.resource_type == API:
        return f"{_capital(change.words)}: its address would change, and links sent so far would lead nowhere."
    if change.resource_type == DOMAIN:
        return f"The domain {change.physical_id}: links with it that were sent so far would lead nowhere."
    if users := users_of.get(change.physical_id, ()) if change.resource_type == GROUP else ():
        # Each by name: after an interruption, nothing else may tell.
        return (
            f"{_capital(change.words)}: {counted(len(users), 'user')} in it would be taken out: {', '.join(users)}."
        )
    return None


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
