"""Every name that a template fixes is looked up before anything is made."""

from typing import Any

import pytest

from chalicelib.settings.reader import read_settings
from firstday.deployment.change_words import Change, ChangeKind
from firstday.deployment.taken_names import names_in, not_replaceable
from firstday.stack.templates import portal_overlay, target_template
from tests.helpers.settings_makers import example_values

# The property with which a template may fix a name, by type.
NAMING = {
    "AWS::ApiGateway::DomainName": "DomainName",
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::Events::Rule": "Name",
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Role": "RoleName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::Logs::MetricFilter": "FilterName",
    "AWS::Pipes::Pipe": "Name",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::Serverless::Function": "FunctionName",
    "AWS::WAFv2::WebACL": "Name",
}
# They have none, or one that only their parent knows.
NAMELESS = {
    "AWS::ApiGateway::Account",
    "AWS::ApiGateway::BasePathMapping",
    "AWS::SNS::Subscription",
    "AWS::WAFv2::WebACLAssociation",
}
CERTIFICATE = "arn:aws:acm:ap-northeast-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"
SETTINGS = read_settings(
    {
        **example_values(),
        "domain": {"name": "portal.example.com", "certificate_arn": CERTIFICATE},
        "alarm_email": "aws-alarms@example.com",
        "audit_event_bus": "default",
        "firewall": True,
    }
)
TEMPLATES: list[Any] = [portal_overlay(SETTINGS), target_template(SETTINGS, "210987654321")]


@pytest.mark.parametrize("template", TEMPLATES, ids=["portal", "target"])
def test_every_name_that_a_template_fixes_is_looked_up(template: Any) -> None:
    # Chalice's own resources have their types, and no names, in its own template.
    resources = {key: found for key, found in template["Resources"].items() if "Type" in found}
    assert {found["Type"] for found in resources.values()} <= {*NAMING, *NAMELESS}
    fixed = {
        key: found["Properties"][name]
        for key, found in resources.items()
        if (name := NAMING.get(found["Type"])) and isinstance(found["Properties"].get(name), str)
    }
    assert {logical_id: name for logical_id, _, name in names_in({"Resources": resources})} == fixed


@pytest.mark.parametrize(
    ("kind", "physical_id", "is_told"),
    [
        (ChangeKind.REPLACED, "arn:aws:iam::123456789012:policy/members/firstday-member-boundary", True),
        (ChangeKind.REPLACED, "arn:aws:iam::123456789012:policy/members/another", False),
        (ChangeKind.CHANGED, "arn:aws:iam::123456789012:policy/members/firstday-member-boundary", False),
    ],
)
def test_what_would_be_made_anew_under_its_own_name_is_told(
    kind: ChangeKind, physical_id: str, is_told: bool
) -> None:
    template = {"Resources": {"MemberBoundary": TEMPLATES[0]["Resources"]["MemberBoundary"]}}
    change = Change(kind, "MemberBoundary", "AWS::IAM::ManagedPolicy", physical_id=physical_id)
    assert bool(list(not_replaceable((change,), template))) is is_told
