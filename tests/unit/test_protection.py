"""What a member's role can never do, even if its policies allow it."""

from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

import pytest

from chalicelib.audit_watcher import SOURCE
from chalicelib.settings.records import Administrators
from firstday.deployment.portal import TARGET_STACK, stack_name
from firstday.stack import alarms, protection
from firstday.stack.templates import portal_overlay
from tests.helpers.aws_requests import REFERENCE
from tests.helpers.settings_makers import example_settings

SETTINGS = replace(
    example_settings(),
    firewall=True,
    audit_event_bus="default",
    alarm_email="aws-admins@example.com",
    administrators=Administrators(("AWSReservedSSO_Admin_*",), ("Support",)),
)
IN_IDENTITY, ELSEWHERE = SETTINGS.roles[0], SETTINGS.roles[1]
HERE = "ap-northeast-1:123456789012"
ROLE = "arn:aws:iam::123456789012:role"
STACK = f"arn:aws:cloudformation:{HERE}:stack"
# Each of these can change the roles in all accounts of a stack set.
STACK_SET_CALLS = ("UpdateStackSet", "DeleteStackInstances", "UpdateStackInstances", "DeleteStackSet")
# CloudFormation's pattern of names for resources without a name in the template.
MADE = "X1Y2Z3A4B5C6"

Attack = tuple[str, str]
ATTACKS: tuple[Attack, ...] = (
    *(
        ("iam:PassRole", f"{ROLE}/firstday-{each}-{MADE}")
        for each in (
            "ApiHandlerRole",
            "SweeperRole",
            "KeyRetirementRole",
            "KeyAgeingRole",
            "CensusRole",
            "SuspensionRole",
            "AuditWatcherRole",
        )
    ),
    ("iam:PassRole", f"{ROLE}/firstday-AuditEventPipeRole-{MADE}"),
    ("iam:PassRole", f"{ROLE}/firstday-beta-ApiHandlerRole-{MADE}"),
    ("iam:TagRole", f"{ROLE}/firstday-admin"),
    ("sts:AssumeRole", f"{ROLE}/firstday-admin"),
    ("sts:AssumeRole", f"{ROLE}/AWSReservedSSO_Admin_0123456789abcdef"),
    ("iam:CreateRole", f"{ROLE}/AWSReservedSSO_Admin_x"),
    ("iam:UpdateAssumeRolePolicy", f"{ROLE}/a/b/Support"),
    ("iam:PassRole", f"{ROLE}/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef"),
    ("cloudformation:UpdateStack", f"{STACK}/{stack_name('prod')}/{MADE}"),
    ("cloudformation:ExecuteChangeSet", f"{STACK}/{stack_name('beta')}/{MADE}"),
    ("cloudformation:RollbackStack", f"{STACK}/{TARGET_STACK}/{MADE}"),
    *((f"cloudformation:{each}", f"{STACK}set/{TARGET_STACK}:{MADE}") for each in STACK_SET_CALLS),
    ("cloudformation:UpdateStack", f"{STACK}/StackSet-{TARGET_STACK}-{MADE}/{MADE}"),
    ("cloudwatch:DeleteAlarms", f"arn:aws:cloudwatch:{HERE}:alarm:firstday-AdminSignInsAlarm-{MADE}"),
    ("cloudwatch:DisableAlarmActions", f"arn:aws:cloudwatch:{HERE}:alarm:firstday-AdminSignInsAlarm-{MADE}"),
    ("cloudwatch:SetAlarmState", f"arn:aws:cloudwatch:{HERE}:alarm:firstday-PortalErrorsAlarm-{MADE}"),
    ("cloudwatch:PutMetricAlarm", f"arn:aws:cloudwatch:{HERE}:alarm:firstday-WrongTokensAlarm-{MADE}"),
    ("sns:Unsubscribe", f"arn:aws:sns:{HERE}:firstday-AlarmTopic-{MADE}"),
    ("sns:SetTopicAttributes", f"arn:aws:sns:{HERE}:firstday-AlarmTopic-{MADE}"),
    ("events:DisableRule", f"arn:aws:events:{HERE}:rule/firstday-SweeperDaily-{MADE}"),
    ("events:DisableRule", f"arn:aws:events:{HERE}:rule/firstday-KeyRetirementHourly-{MADE}"),
    ("events:PutTargets", f"arn:aws:events:{HERE}:rule/firstday-SweeperDaily-{MADE}"),
    ("pipes:StopPipe", f"arn:aws:pipes:{HERE}:pipe/AuditEventPipe-{MADE}"),
    ("pipes:UpdatePipe", f"arn:aws:pipes:{HERE}:pipe/firstday-AuditEventPipe-{MADE}"),
    ("wafv2:UpdateWebACL", f"arn:aws:wafv2:{HERE}:regional/webacl/Firewall-{MADE}/1"),
    ("wafv2:DeleteWebACL", f"arn:aws:wafv2:{HERE}:regional/webacl/firstday-Firewall-{MADE}/1"),
    ("wafv2:DisassociateWebACL", "arn:aws:apigateway:ap-northeast-1::/restapis/abc123/stages/prod"),
    ("apigateway:SetWebACL", "arn:aws:apigateway:ap-northeast-1::/restapis/abc123/stages/prod"),
    ("apigateway:POST", "arn:aws:apigateway:ap-northeast-1::/domainnames/firstday.example.com/basepathmappings"),
    ("apigateway:PATCH", "arn:aws:apigateway:ap-northeast-1::/account"),
    ("dynamodb:GetRecords", f"arn:aws:dynamodb:{HERE}:table/firstday-AuditTable-{MADE}/stream/2026"),
    ("dynamodb:DeleteBackup", f"arn:aws:dynamodb:{HERE}:table/firstday-AuditTable-{MADE}/backup/1"),
    ("dynamodb:UpdateTimeToLive", f"arn:aws:dynamodb:{HERE}:table/firstday-AuditTable-{MADE}"),
    ("dynamodb:Query", f"arn:aws:dynamodb:{HERE}:table/firstday-AuditTable-{MADE}/index/by_time"),
    ("lambda:PublishVersion", f"arn:aws:lambda:{HERE}:function:firstday-APIHandler-{MADE}"),
    ("lambda:InvokeFunction", f"arn:aws:lambda:{HERE}:function:firstday-sweeper:$LATEST"),
    ("lambda:UpdateFunctionCode", f"arn:aws:lambda:{HERE}:function:firstday-key-retirement"),
    ("lambda:UpdateFunctionCode", f"arn:aws:lambda:{HERE}:function:firstday-census"),
    ("lambda:UpdateFunctionCode", f"arn:aws:lambda:{HERE}:function:firstday-suspension"),
    ("iam:RemoveUserFromGroup", "arn:aws:iam::123456789012:group/suspended/firstday-suspended"),
    ("lambda:PutFunctionConcurrency", f"arn:aws:lambda:{HERE}:function:firstday-audit-watcher"),
    ("logs:DeleteLogStream", f"arn:aws:logs:{HERE}:log-group:firstday-AuditWatcherLogs-{MADE}:log-stream:s"),
    ("logs:PutLogEvents", f"arn:aws:logs:{HERE}:log-group:firstday-PortalLogs-{MADE}:log-stream:s"),
    ("logs:DeleteMetricFilter", f"arn:aws:logs:{HERE}:log-group:firstday-AccessLogs-{MADE}"),
    ("logs:PutSubscriptionFilter", f"arn:aws:logs:{HERE}:log-group:firstday-SweeperLogs-{MADE}:*"),
    ("s3:PutBucketVersioning", "arn:aws:s3:::firstday-123456789012-ap-northeast-1"),
)
HARMLESS: tuple[Attack, ...] = (
    ("iam:PassRole", f"{ROLE}/of-another-function"),
    ("iam:GetRole", f"{ROLE}/firstday-admin"),
    ("iam:CreateRole", f"{ROLE}/mine"),
    ("iam:CreateRole", f"{ROLE}/Supporter"),
    ("iam:GetRole", f"{ROLE}/Support"),
    ("cloudformation:UpdateStack", f"{STACK}/mine/{MADE}"),
    ("cloudformation:DescribeStacks", f"{STACK}/firstday/{MADE}"),
    ("cloudwatch:DescribeAlarms", f"arn:aws:cloudwatch:{HERE}:alarm:firstday-PortalErrorsAlarm-{MADE}"),
    ("cloudwatch:DeleteAlarms", f"arn:aws:cloudwatch:{HERE}:alarm:mine"),
    ("wafv2:UpdateWebACL", f"arn:aws:wafv2:{HERE}:regional/webacl/CorporateFirewall-1/1"),
    ("pipes:StopPipe", f"arn:aws:pipes:{HERE}:pipe/mine"),
    ("s3:PutObject", "arn:aws:s3:::firstday-demo-123456789012/mine.txt"),
    ("logs:PutLogEvents", f"arn:aws:logs:{HERE}:log-group:/aws/lambda/mine:log-stream:s"),
    ("events:PutEvents", f"arn:aws:events:{HERE}:event-bus/default"),
)


def denied(role: Any, attack: Attack, **keys: str) -> bool:
    return any(_applies(statement, attack, keys) for statement in protection.deny_firstday_itself(SETTINGS, role))


def _applies(statement: Any, attack: Attack, keys: dict[str, str]) -> bool:
    action, resource = attack
    conditions = {k: v for block in statement.get("Condition", {}).values() for k, v in block.items()}
    if any(not fnmatchcase(keys.get(key.partition(":")[2], ""), value) for key, value in conditions.items()):
        return False
    named = any(fnmatchcase(action, each) for each in _listed(statement.get("Action", statement.get("NotAction"))))
    is_meant = named if "Action" in statement else not named
    return is_meant and any(fnmatchcase(resource, each) for each in _listed(statement["Resource"]))


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("attack", ATTACKS, ids=" ".join)
def test_nothing_that_the_portal_is_made_of_is_changed_or_passed(attack: Attack) -> None:
    assert denied(IN_IDENTITY, attack)
    service, _, action = attack[0].partition(":")
    assert action.lower() in REFERENCE[service]["Actions"], "AWS has no such action"


@pytest.mark.parametrize("attack", HARMLESS, ids=" ".join)
def test_what_is_not_firstdays_is_left_to_the_roles_policies(attack: Attack) -> None:
    assert not denied(IN_IDENTITY, attack)


def test_whatever_the_stack_makes_is_protected_or_known_not_to_be() -> None:
    """A new kind of resource has to be added here."""
    overlay: Any = portal_overlay(SETTINGS)
    kinds = {resource["Type"] for resource in overlay["Resources"].values() if "Type" in resource}
    assert kinds == {
        *("AWS::ApiGateway::Account", "AWS::CloudWatch::Alarm", "AWS::DynamoDB::Table", "AWS::IAM::Group"),
        *("AWS::IAM::ManagedPolicy", "AWS::IAM::Role", "AWS::Logs::LogGroup", "AWS::Logs::MetricFilter"),
        *("AWS::Pipes::Pipe", "AWS::SNS::Subscription", "AWS::SNS::Topic", "AWS::Serverless::Function"),
        *("AWS::WAFv2::WebACL", "AWS::WAFv2::WebACLAssociation"),
    }


def test_no_resource_of_the_stack_has_a_name_that_the_deny_does_not_know() -> None:
    assert {name for name in _names(portal_overlay(SETTINGS)) if not name.startswith("firstday-")} == {
        group.name for group in SETTINGS.groups
    }


def _names(template: Any) -> Iterator[str]:
    for resource in template["Resources"].values():
        for key, value in resource.get("Properties", {}).items():
            if key in {"RoleName", "GroupName", "ManagedPolicyName", "FunctionName", "TableName", "Name"}:
                yield value


def test_events_and_metrics_in_the_portals_name_are_the_portals() -> None:
    assert denied(IN_IDENTITY, ("events:PutEvents", "*"), source=SOURCE)
    assert denied(IN_IDENTITY, ("cloudwatch:PutMetricData", "*"), namespace=alarms.NAMESPACE)
    assert not denied(IN_IDENTITY, ("cloudwatch:PutMetricData", "*"), namespace="Mine")
    for name in (f"APIHandler-{MADE}", "audit-watcher"):
        function = f"arn:aws:lambda:{HERE}:function:firstday-{name}"
        for verb in ("Create", "Update", "Delete"):
            assert denied(IN_IDENTITY, (f"lambda:{verb}EventSourceMapping", "*"), FunctionArn=function)


@pytest.mark.parametrize("role", SETTINGS.roles, ids=lambda role: role.profile)
def test_no_role_changes_itself(role: Any) -> None:
    for action in ("DeleteRolePolicy", "UpdateAssumeRolePolicy", "AttachRolePolicy", "PutRolePolicy", "DeleteRole"):
        assert denied(role, (f"iam:{action}", role.arn("aws")))


def test_a_role_of_another_account_does_not_change_the_stack_of_the_roles() -> None:
    above = f"arn:aws:cloudformation:ap-northeast-1:{ELSEWHERE.account_id}:stack"
    for name in (TARGET_STACK, f"StackSet-{TARGET_STACK}-{MADE}"):
        assert denied(ELSEWHERE, ("cloudformation:UpdateStack", f"{above}/{name}/{MADE}"))
    assert denied(ELSEWHERE, ("cloudformation:UpdateStackSet", f"{above}set/{TARGET_STACK}:{MADE}"))
    assert not denied(ELSEWHERE, ("lambda:CreateFunction", f"arn:aws:lambda:x:{ELSEWHERE.account_id}:function:f"))
