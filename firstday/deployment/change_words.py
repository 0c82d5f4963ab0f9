"""Says in words what a change set would do: pure functions from DescribeChangeSet's ``Changes`` to lines.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

TABLE, LOG_GROUP = "AWS::DynamoDB::Table", "AWS::Logs::LogGroup"
GROUP, ROLE, MANAGED_POLICY = "AWS::IAM::Group", "AWS::IAM::Role", "AWS::IAM::ManagedPolicy"
API, API_VERSION = "AWS::ApiGateway::RestApi", "AWS::ApiGateway::Deployment"
API_ACCOUNT, DOMAIN = "AWS::ApiGateway::Account", "AWS::ApiGateway::DomainName"
LOG_ROLE = "AccessLogAccount"
# The property that tells one resource of a kind from another, if the template has it.
_NAMES = ("GroupName", "RoleName", "DomainName")
_PLAIN = {
    "APIHandler": "the portal's function",
    "APIHandlerInvokePermission": "API Gateway's permission to call the function",
    LOG_ROLE: "API Gateway's log setting, which all APIs of the account share",
    "AccessLogRole": "the role that API Gateway writes logs with",
    "AccessLogs": "the access log",
    "AdminRole": "the administrators' role",
    "ApiHandlerRole": "the role of the portal's function",
    "AuditTable": "the audit trail",
    "AuditWatcher": "the audit trail's watcher",
    "AuditWatcherLogs": "the watcher's log",
    "AuditWatcherRole": "the watcher's role",
    "AuditWatcherTampering": "what calls the watcher",
    "ConsoleTable": "the table of console sign-ins",
    "Firewall": "the firewall",
    "FirewallOfStage": "the firewall's place before the API",
    "MemberBoundary": "the members' permissions boundary",
    "MembersGroup": "the members' baseline group",
    "MembersTable": "the table of members",
    "PortalDomain": "the domain",
    "PortalDomainMapping": "the way from the domain to the portal",
    "PortalLogs": "the portal's log",
    "QuarantineGroup": "the group of members who are held",
    "RestAPI": "the portal's API",
    "Sweeper": "the sweeper's function",
    "SweeperDaily": "the sweeper's schedule",
    "SweeperDailyPermission": "the schedule's permission to call the sweeper",
    "SweeperEventInvokeConfig": "what happens when the sweeper fails",
    "SweeperLogs": "the sweeper's log",
    "SweeperRole": "the sweeper's role",
}
_KINDS = {
    API_VERSION: "the published version of the API",
    "AWS::ApiGateway::Stage": "the API's stage",
    "AWS::CloudWatch::Alarm": "the alarm",
    "AWS::Events::Rule": "the schedule",
    GROUP: "the group",
    MANAGED_POLICY: "the policy",
    ROLE: "the role",
    "AWS::Lambda::Function": "the function",
    "AWS::Logs::MetricFilter": "the metric",
    "AWS::Pipes::Pipe": "the pipe",
    "AWS::SNS::Subscription": "the subscription",
    "AWS::SNS::Topic": "the topic",
    "AWS::SQS::Queue": "the queue",
    LOG_GROUP: "the log",
    TABLE: "the table",
}
# These kinds need no name: there is only one, or it does not matter which.
_WITHOUT_NAME = {API_VERSION, "AWS::ApiGateway::Stage"}
_NAMED_BY_ID = (GROUP, ROLE, DOMAIN)
# Nothing in it is older than a day.
_FORGETFUL = {"ConsoleTable"}


class Kind(StrEnum):
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

    kind: Kind
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
    if len(versions) > 1 and {Kind.CREATED, Kind.REMOVED} <= {change.kind for change in versions}:
        versions = [replace(versions[0], kind=Kind.CHANGED)]
    return (*rest, *versions)


def change_lines(changes: Iterable[Change]) -> Iterator[str]:
    """A list with a heading for each kind of change that occurs."""
    in_order = sorted(changes, key=lambda change: change.words)
    for kind in Kind:
        lines = [f"  {_line(change)}" for change in in_order if change.kind is kind]
        if lines:
            yield from (f"{kind}:", *lines)


def groups_given_up(changes: Iterable[Change]) -> list[str]:
    """The names of IAM groups that would be removed: their members would lose them."""
    return [
        change.physical_id
        for change in changes
        if change.resource_type == GROUP and change.kind in (Kind.REMOVED, Kind.REPLACED) and change.physical_id
    ]


def losses(changes: Iterable[Change], users_of: Mapping[str, Sequence[str]]) -> list[str]:
    """What would be lost, a sentence each. ``users_of`` says who is in each of ``groups_given_up``."""
    return [loss for change in changes if (loss := _loss(change, users_of))]


def template_names(template: Mapping[str, Any]) -> dict[str, str]:
    """By logical ids, the names that a template gives to its groups, roles and domains."""
    names = {}
    for logical_id, resource in template.get("Resources", {}).items():
        properties = resource.get("Properties", {})
        found = next((properties[key] for key in _NAMES if isinstance(properties.get(key), str)), None)
        if found:
            names[logical_id] = found
    return names


def resource_words(logical_id: str, resource_type: str, name: str = "") -> str:
    """What a resource is, for a person."""
    if plain := _PLAIN.get(logical_id):
        return f"{plain} {name}".rstrip()
    if logical_id.startswith("SwitchRoleGroup") and name:
        return f"the switch-role group {name}"
    kind = _KINDS.get(resource_type)
    if kind and resource_type in _WITHOUT_NAME:
        return kind
    if kind is None:
        return f"{name or logical_id} ({resource_type})"
    return f"{kind} {name or _spaced(logical_id, resource_type)}"


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


def _kind(change: Mapping[str, Any]) -> Kind:
    kinds = {"Add": Kind.CREATED, "Import": Kind.CREATED, "Remove": Kind.REMOVED}
    if kind := kinds.get(change["Action"]):
        return kind
    # The loss of any of these is reported even if CloudFormation only cannot rule it out.
    if change["ResourceType"] not in (TABLE, LOG_GROUP, API, DOMAIN) and _follows(change.get("Details", [])):
        return Kind.FOLLOWING
    replacement = change.get("Replacement", "False")
    if change["ResourceType"] == API and replacement == "Conditional":
        return Kind.CHANGED  # an API stays the same, whichever of its properties change
    return {"True": Kind.REPLACED, "Conditional": Kind.PERHAPS_REPLACED}.get(replacement, Kind.CHANGED)


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
    details = f": {', '.join(change.details)}" if change.details and change.kind is not Kind.FOLLOWING else ""
    return f"{change.words}{details}{note}"


def _loss(change: Change, users_of: Mapping[str, Sequence[str]]) -> str | None:
    if change.kind in (Kind.CREATED, Kind.CHANGED, Kind.FOLLOWING):
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


def counted(count: int, what: str) -> str:
    """``1 user``, ``2 users``."""
    return f"{count} {what}{'' if count == 1 else 's'}"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _spaced(logical_id: str, resource_type: str) -> str:
    """``"wrong tokens"`` for the alarm WrongTokensAlarm."""
    last = resource_type.rpartition("::")[2]
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", logical_id).split()
    shown = words[:-1] if len(words) > 1 and last.startswith(words[-1]) else words
    return f'"{" ".join(shown).lower()}"'
