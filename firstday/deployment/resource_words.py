"""What the resources of Firstday's stacks are called, for people."""

import re
from collections.abc import Mapping
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
    "KeyRetirement": "the key retirement's function",
    "KeyRetirementEventInvokeConfig": "what happens when the key retirement fails",
    "KeyRetirementHourly": "the key retirement's schedule",
    "KeyRetirementHourlyPermission": "the schedule's permission to call the key retirement",
    "KeyRetirementLogs": "the key retirement's log",
    "KeyRetirementRole": "the key retirement's role",
    "MailEvents": "the function that hears of mail that did not arrive",
    "MailEventsLogs": "its log",
    "MailEventsPermission": "the topic's permission to call it",
    "MailEventsRole": "its role",
    "MailEventsSubscription": "what calls it",
    "MailEventsTopic": "the topic on which Amazon SES tells of mail that did not arrive",
    "MailEventsTopicPolicy": "Amazon SES's permission to write to that topic",
    "MailSet": "the configuration set that mail is sent with",
    "MailSetEvents": "what Amazon SES tells of mail",
    "MailTable": "the table of mail",
    "Mailer": "the mailer's function",
    "MailerEventInvokeConfig": "what happens when the mailer fails",
    "MailerEveryMinute": "the mailer's schedule",
    "MailerEveryMinutePermission": "the schedule's permission to call the mailer",
    "MailerLogs": "the mailer's log",
    "MailerRole": "the mailer's role",
    "MemberBoundary": "the members' permissions boundary",
    "MembersGroup": "the members' baseline group",
    "MembersTable": "the table of members",
    "PortalDomain": "the domain",
    "PortalDomainMapping": "the way from the domain to the portal",
    "PortalLogs": "the portal's log",
    "PortalMailPolicy": "what the portal may do with mail",
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


def counted(count: int, what: str) -> str:
    """``1 user``, ``2 users``."""
    return f"{count} {what}{'' if count == 1 else 's'}"


def _spaced(logical_id: str, resource_type: str) -> str:
    """``"wrong tokens"`` for the alarm WrongTokensAlarm."""
    last = resource_type.rpartition("::")[2]
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", logical_id).split()
    shown = words[:-1] if len(words) > 1 and last.startswith(words[-1]) else words
    return f'"{" ".join(shown).lower()}"'
