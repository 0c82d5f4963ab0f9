"""The CloudFormation templates, as pure functions of the settings.

The portal's stack is what ``chalice package`` makes of ``app.py`` with ``portal_overlay``
merged over it; the roles that members switch to are one stack in each account.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import replace

from chalicelib.arns import (
    ADMIN_ROLE_NAME,
    BASELINE_GROUP,
    BOUNDARY_NAME,
    INLINE_POLICY_NAME,
    MEMBERS_PATH,
    QUARANTINE_GROUP,
    QUARANTINE_PATH,
    SUSPENDED_GROUP,
    SUSPENDED_PATH,
    SWITCH_ROLE_PATH,
)
from chalicelib.settings.records import Role, Settings, SwitchRoleGroup
from firstday.runtimes import runtime_of, this_python
from firstday.stack import policies
from firstday.stack.access_log import access_log_resources, access_log_setting, stage_variables
from firstday.stack.alarms import alarm_resources
from firstday.stack.audit_watcher_resources import audit_watcher_resources
from firstday.stack.concurrency import concurrency_property, concurrency_sections, concurrency_variables
from firstday.stack.custom_domain import domain_outputs, domain_resources
from firstday.stack.event_forwarding import event_forwarding
from firstday.stack.firewall import firewall_resources
from firstday.stack.gateway_responses import gateway_responses
from firstday.stack.key_retirement_resources import key_retirement_resources
from firstday.stack.mail_resources import mail_outputs, mail_resources
from firstday.stack.sweeper_resources import sweeper_resources
from firstday.stack.table_resources import audit_table, console_table, kept, members_table
from firstday.stack.throttling import Method, method_settings

Template = dict[str, object]
Resource = dict[str, object]

STAGE = "prod"
EXECUTE_API = "https://${RestAPI}.execute-api.${AWS::Region}.${AWS::URLSuffix}"
# The identity account, in the template of another account's roles.
PARAMETER = "${IdentityAccount}"
ITS_ACCOUNT = "${AWS::AccountId}"
LOG_RETENTION_DAYS = 90
# What the description of a role begins with.
ROLE_DESCRIPTION = "Members switch to it as the profile "


def portal_overlay(settings: Settings, stage: str = STAGE, signed: Iterable[Method] = ()) -> Template:
    """The overlay for Chalice's template: everything that Firstday needs besides the app itself.

    ``signed`` are the API's methods that ask for a signature.

    Chalice's own resources are ``APIHandler``, ``ApiHandlerRole`` and ``RestAPI``. Memory
    and timeout are in ``.chalice/config.json``: 1,024 MB because Lambda gives CPU in
    proportion, and a cold start is all CPU (twice as fast as with 512 MB, for the same
    price); 25 s because API Gateway gives up after 29 s.
    """
    runtime = runtime_of(settings, this_python())
    return {
        "Description": "Firstday: the portal through which members set up their access",
        **concurrency_sections(settings),
        "Resources": {
            "APIHandler": {"Properties": _function(settings, runtime)},
            "RestAPI": {"Properties": _api(settings, stage, signed)},
            "PortalLogs": kept("AWS::Logs::LogGroup", {"RetentionInDays": LOG_RETENTION_DAYS}),
            **access_log_resources(LOG_RETENTION_DAYS),
            "MembersTable": members_table(),
            "ConsoleTable": console_table(),
            "AuditTable": audit_table(),
            **mail_resources(settings, _portal_url(settings, stage), LOG_RETENTION_DAYS, runtime),
            **sweeper_resources(LOG_RETENTION_DAYS, runtime),
            **key_retirement_resources(LOG_RETENTION_DAYS, runtime),
            **audit_watcher_resources(settings, LOG_RETENTION_DAYS, runtime),
            **alarm_resources(settings, stage),
            **event_forwarding(settings),
            "MemberBoundary": _boundary(settings),
            "MembersGroup": _group(BASELINE_GROUP, MEMBERS_PATH, policies.member_baseline(settings)),
            "SuspendedGroup": _group(SUSPENDED_GROUP, SUSPENDED_PATH, policies.suspended_group()),
            "QuarantineGroup": _group(QUARANTINE_GROUP, QUARANTINE_PATH, policies.quarantine_group()),
            "AdminRole": _admin_role(settings),
            **{
                _logical_id("SwitchRoleGroup", group.name): _switch_role_group(settings, group)
                for group in settings.groups
            },
            **domain_resources(settings.domain),
            **firewall_resources(is_wanted=settings.firewall),
        },
        "Outputs": {
            "PortalURL": _output(f"{EXECUTE_API}/{stage}"),
            "EndpointURL": _output(f"{EXECUTE_API}/{stage}/"),
            "AdminRoleArn": _output("${AdminRole.Arn}"),
            "MembersTableName": _output("${MembersTable}"),
            "ConsoleTableName": _output("${ConsoleTable}"),
            "AuditTableName": _output("${AuditTable}"),
            **domain_outputs(settings.domain),
            **mail_outputs(settings),
        },
    }


def target_template(settings: Settings, account_id: str) -> Template:
    """The roles of one account that members switch to.

    Its parameter is the account of these members. The length of sessions is not one: the members' profiles set it.
    """
    roles = [role for role in settings.roles if role.account_id == account_id and not role.is_existing]
    identity_account = {
        "Type": "String",
        "Description": "The account that the members' IAM users live in",
        "Default": settings.identity_account,
        "AllowedPattern": "[0-9]{12}",
    }
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Firstday: the roles that members switch to",
        "Parameters": {"IdentityAccount": identity_account},
        "Resources": {_logical_id("Role", role.role_name): _target_role(settings, role) for role in roles},
    }


def target_accounts(settings: Settings) -> tuple[str, ...]:
    """The accounts that Firstday makes roles in, each once, in the settings' order."""
    return tuple(dict.fromkeys(role.account_id for role in settings.roles if not role.is_existing))


def known_accounts(settings: Settings) -> tuple[str, ...]:
    """The identity account first, then all others: those that have no roles any more may still have a stack."""
    return tuple(dict.fromkeys([settings.identity_account, *settings.accounts.values()]))


def _function(settings: Settings, runtime: str) -> Resource:
    tables = {
        "MEMBERS_TABLE": {"Ref": "MembersTable"},
        "AUDIT_TABLE": {"Ref": "AuditTable"},
        "CONSOLE_TABLE": {"Ref": "ConsoleTable"},
        **({"MAIL_TABLE": {"Ref": "MailTable"}} if settings.mail else {}),
    }
    return {
        "Runtime": runtime,
        "Environment": {"Variables": {**tables, **concurrency_variables(settings)}},
        **concurrency_property(settings),
        # A log group of the stack's own: Lambda's default one is kept for ever.
        "LoggingConfig": {"LogGroup": {"Ref": "PortalLogs"}},
    }


def _api(settings: Settings, stage: str, signed: Iterable[Method]) -> Resource:
    return {
        "StageName": stage,
        # Without this, SAM adds a second public stage, named "Stage".
        "OpenApiVersion": "2.0",
        "MethodSettings": method_settings(signed),
        "AccessLogSetting": access_log_setting(),
        "Variables": stage_variables(),
        "TracingEnabled": False,
        "DefinitionBody": {"x-amazon-apigateway-gateway-responses": gateway_responses(settings)},
    }


def _boundary(settings: Settings) -> Resource:
    properties = {
        "ManagedPolicyName": BOUNDARY_NAME,
        "Path": MEMBERS_PATH,
        "Description": "The most that a member can ever have",
        "PolicyDocument": policies.member_boundary(settings),
    }
    return {"Type": "AWS::IAM::ManagedPolicy", "Properties": properties}


def _switch_role_group(settings: Settings, group: SwitchRoleGroup) -> Resource:
    return _group(group.name, SWITCH_ROLE_PATH, policies.switch_role_group(settings, group))


def _group(name: str, path: str, policy: policies.Policy) -> Resource:
    properties = {"GroupName": name, "Path": path, "Policies": [_inline(policy)]}
    return {"Type": "AWS::IAM::Group", "Properties": properties}


def _admin_role(settings: Settings) -> Resource:
    properties = {
        "RoleName": ADMIN_ROLE_NAME,
        "Description": "Administers the portal",
        "AssumeRolePolicyDocument": policies.admin_role_trust(settings),
        "Policies": [_inline(policies.admin_role_permissions())],
    }
    return {"Type": "AWS::IAM::Role", "Properties": properties}


def _target_role(settings: Settings, role: Role) -> Resource:
    trust = policies.role_trust(replace(settings, identity_account=PARAMETER))
    properties: Resource = {
        "RoleName": role.role_name,
        "Path": role.path,
        "Description": f"{ROLE_DESCRIPTION}{role.profile}",
        "MaxSessionDuration": role.maximum_session_seconds,
        "AssumeRolePolicyDocument": _with_parameter(trust),
        "Policies": [
            {"PolicyName": INLINE_POLICY_NAME, "PolicyDocument": _with_parameter(_permissions(settings, role))}
        ],
    }
    if role.managed_policies:
        arns = [policies.managed_policy_arn(name, settings.partition) for name in role.managed_policies]
        properties["ManagedPolicyArns"] = arns
    return {"Type": "AWS::IAM::Role", "Properties": properties}


def _permissions(settings: Settings, role: Role) -> policies.Policy:
    """The ARNs in the account that the template is deployed into: a stack set has many."""
    is_identity = role.account_id == settings.identity_account
    anywhere = replace(settings, identity_account=ITS_ACCOUNT) if is_identity else settings
    return policies.role_permissions(anywhere, replace(role, account_id=ITS_ACCOUNT))


def _with_parameter(document: object) -> object:
    """The same, with Fn::Sub wherever the account is not fixed. IAM's own variables stay as they are."""
    if isinstance(document, dict):
        return {key: _with_parameter(value) for key, value in document.items()}
    if isinstance(document, list):
        return [_with_parameter(value) for value in document]
    if isinstance(document, str) and (PARAMETER in document or ITS_ACCOUNT in document):
        return {"Fn::Sub": re.sub("^arn:[a-z-]+:", "arn:${AWS::Partition}:", document)}
    return document


def _inline(policy: policies.Policy) -> Resource:
    return {"PolicyName": INLINE_POLICY_NAME, "PolicyDocument": policy}


def _portal_url(settings: Settings, stage: str) -> Resource:
    """The address that mailed links begin with."""
    text = f"https://{settings.domain.name}" if settings.domain else f"{EXECUTE_API}/{stage}"
    return {"Fn::Sub": text}


def _output(text: str) -> Resource:
    return {"Value": {"Fn::Sub": text}}


def _logical_id(prefix: str, name: str) -> str:
    """An id that stays the same as long as the name does; it takes letters and digits only."""
    words = "".join(c if c.isalnum() and c.isascii() else " " for c in name).split()
    told_apart = "" if name.isalnum() else hashlib.sha256(name.encode()).hexdigest()[:8]
    return prefix + "".join(word[0].upper() + word[1:] for word in words) + told_apart
