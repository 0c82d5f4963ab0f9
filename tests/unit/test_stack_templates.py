"""The CloudFormation templates, and that cfn-lint finds nothing wrong with them."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import Phase, given
from hypothesis import settings as tried

from chalicelib.settings.reader import read_settings
from chalicelib.settings.records import Role, Settings
from firstday.stack import policies
from firstday.stack.templates import portal_overlay, target_accounts, target_template
from tests.helpers.cfn_lint import findings
from tests.helpers.settings_makers import any_settings, any_values, example_settings, example_values

SETTINGS = example_settings()
RESOURCES: Any = portal_overlay(SETTINGS)["Resources"]


def target_roles(settings: Settings, account_id: str) -> dict[str, Any]:
    template: Any = target_template(settings, account_id)
    return {role["Properties"]["RoleName"]: role["Properties"] for role in template["Resources"].values()}


def test_each_account_gets_its_own_roles() -> None:
    assert target_accounts(SETTINGS) == ("123456789012", "210987654321")
    assert list(target_roles(SETTINGS, "123456789012")) == ["dev-SwitchRole-S3FullAccess"]
    assert list(target_roles(SETTINGS, "210987654321")) == [
        "stg-SwitchRole-S3ReadOnly",
        "stg-SwitchRole-Operations",
    ]


def test_api_gateways_log_setting_waits_for_an_api_and_the_stage_for_the_setting() -> None:
    # An account without any API refuses the setting, and a stage that logs is refused without it.
    assert RESOURCES["AccessLogAccount"]["DependsOn"] == "RestAPI"
    assert "DependsOn" not in RESOURCES["RestAPI"]
    assert RESOURCES["RestAPI"]["Properties"]["Variables"] == {"LogAccount": {"Ref": "AccessLogAccount"}}


def test_a_role_that_others_make_is_in_no_stack_and_its_group_and_the_boundary_name_it() -> None:
    audit = Role("audit", "210987654321", "Audit", path="/tf/", is_existing=True)
    group = replace(SETTINGS.groups[0], roles=(*SETTINGS.groups[0].roles, audit))
    settings = replace(SETTINGS, groups=(group, *SETTINGS.groups[1:]))
    assert target_template(settings, audit.account_id) == target_template(SETTINGS, audit.account_id)
    made = json.dumps(portal_overlay(settings))
    assert made.count("arn:aws:iam::210987654321:role/tf/Audit") == 2


def test_a_role_has_the_policies_and_the_longest_session_of_the_settings() -> None:
    dev = target_roles(SETTINGS, "123456789012")["dev-SwitchRole-S3FullAccess"]
    assert dev["ManagedPolicyArns"] == ["arn:aws:iam::aws:policy/AmazonS3FullAccess"]
    assert dev["MaxSessionDuration"] == 43200
    (inline,) = dev["Policies"]
    assert [statement["Effect"] for statement in inline["PolicyDocument"]["Statement"]] == ["Deny"] * 5
    operations = target_roles(SETTINGS, "210987654321")["stg-SwitchRole-Operations"]
    (inline,) = operations["Policies"]
    *own, deny, _ = inline["PolicyDocument"]["Statement"]
    assert (own, deny["Effect"]) == (list(SETTINGS.roles[-1].statements), "Deny")


@pytest.mark.parametrize("account_id", target_accounts(SETTINGS))
def test_cfn_lint_finds_nothing_in_the_example_roles(account_id: str) -> None:
    assert findings(target_template(SETTINGS, account_id), SETTINGS.region) == []


# One look takes a second: a few organisations, and none made smaller when something is found.
@tried(max_examples=4, deadline=None, phases=[Phase.generate])
@given(any_settings())
def test_cfn_lint_finds_nothing_in_the_roles_of_anybody(settings: Settings) -> None:
    for account_id in target_accounts(settings):
        assert findings(target_template(settings, account_id), settings.region) == []


@given(any_values())
def test_every_role_and_group_has_a_resource_of_its_own(values: dict[str, Any]) -> None:
    settings = read_settings(values)
    roles = [name for account_id in target_accounts(settings) for name in target_roles(settings, account_id)]
    assert sorted(roles) == sorted(role.role_name for role in settings.roles)
    resources: Any = portal_overlay(settings)["Resources"]
    paths = [each["Properties"].get("Path") for each in resources.values() if each.get("Type") == "AWS::IAM::Group"]
    own = ["/members/", "/quarantine/", "/suspended/"]
    assert sorted(paths) == sorted([*own, *["/switch-role/"] * len(settings.groups)])


def test_names_that_differ_only_in_punctuation_do_not_share_a_resource() -> None:
    values = example_values()
    for role, name in zip(values["groups"][0]["roles"], ("a-b", "a_b"), strict=True):
        role |= {"role_name": name, "account": "dev"}
    values["groups"][1]["roles"][0] |= {"role_name": "ab", "account": "dev"}
    assert sorted(target_roles(read_settings(values), "123456789012")) == ["a-b", "a_b", "ab"]


@pytest.mark.parametrize("name", ["MembersTable", "AuditTable"])
def test_the_tables_are_on_demand_encrypted_recoverable_and_outlive_the_stack(name: str) -> None:
    table = RESOURCES[name]
    assert table["DeletionPolicy"] == "Retain"
    assert table["UpdateReplacePolicy"] == "Retain"
    assert table["Properties"]["BillingMode"] == "PAY_PER_REQUEST"
    assert table["Properties"]["SSESpecification"] == {"SSEEnabled": True}
    assert table["Properties"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert "TableName" not in table["Properties"]


def test_what_is_in_the_consoles_table_expires_and_members_and_audit_events_do_not() -> None:
    expiry = RESOURCES["ConsoleTable"]["Properties"]["TimeToLiveSpecification"]
    assert expiry == {"AttributeName": "expires_at_ttl", "Enabled": True}
    assert "TimeToLiveSpecification" not in RESOURCES["AuditTable"]["Properties"]
    assert "TimeToLiveSpecification" not in RESOURCES["MembersTable"]["Properties"]
    assert RESOURCES["AuditTable"]["Properties"]["KeySchema"][1] == {"AttributeName": "sk", "KeyType": "RANGE"}


def test_without_a_domain_the_portal_has_the_address_that_aws_gives_it() -> None:
    template: Any = portal_overlay(SETTINGS)
    assert template["Outputs"]["PortalURL"]["Value"] == {
        "Fn::Sub": "https://${RestAPI}.execute-api.${AWS::Region}.${AWS::URLSuffix}/prod"
    }
    assert not [each for each in RESOURCES.values() if each.get("Type", "").startswith("AWS::ApiGateway::Domain")]


def test_a_domain_leads_to_the_stage_with_tls_and_is_the_portals_address() -> None:
    arn = "arn:aws:acm:ap-northeast-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"
    values = example_values() | {"domain": {"name": "portal.example.com", "certificate_arn": arn}}
    template: Any = portal_overlay(read_settings(values))
    domain = template["Resources"]["PortalDomain"]["Properties"]
    assert (domain["RegionalCertificateArn"], domain["SecurityPolicy"]) == (arn, "TLS_1_2")
    assert template["Outputs"]["PortalURL"]["Value"] == "https://portal.example.com"
    # The stage that SAM makes, by SAM's name for it: the mapping waits for it.
    assert template["Resources"]["PortalDomainMapping"]["Properties"]["Stage"] == {"Ref": "RestAPI.Stage"}


def test_a_firewall_refuses_an_address_with_more_than_a_training_rooms_requests() -> None:
    assert "Firewall" not in RESOURCES
    found: Any = portal_overlay(replace(SETTINGS, firewall=True))["Resources"]
    firewall = found["Firewall"]["Properties"]
    assert (firewall["Scope"], firewall["DefaultAction"]) == ("REGIONAL", {"Allow": {}})
    (rule,) = firewall["Rules"]
    assert rule["Action"] == {"Block": {}}
    assert rule["Statement"] == {
        "RateBasedStatement": {"Limit": 6000, "EvaluationWindowSec": 300, "AggregateKeyType": "IP"}
    }
    for visible in (firewall["VisibilityConfig"], rule["VisibilityConfig"]):
        assert visible["SampledRequestsEnabled"] is False, "samples show cookies"


def test_a_firewall_is_before_the_stage_that_sam_makes() -> None:
    found: Any = portal_overlay(replace(SETTINGS, firewall=True))["Resources"]
    association = found["FirewallOfStage"]["Properties"]
    assert association["WebACLArn"] == {"Fn::GetAtt": ["Firewall", "Arn"]}
    assert association["ResourceArn"]["Fn::Sub"].endswith("::/restapis/${RestAPI}/stages/${RestAPI.Stage}")


def test_another_stage_is_in_the_api_and_in_its_addresses() -> None:
    template: Any = portal_overlay(SETTINGS, "test")
    assert template["Resources"]["RestAPI"]["Properties"]["StageName"] == "test"
    assert template["Outputs"]["PortalURL"]["Value"]["Fn::Sub"].endswith("/test")
    assert template["Outputs"]["EndpointURL"]["Value"]["Fn::Sub"].endswith("/test/")


def test_whose_members_may_is_a_parameter_of_the_roles_and_mfa_is_none() -> None:
    template: Any = target_template(SETTINGS, "210987654321")
    assert template["Parameters"]["IdentityAccount"]["Default"] == "123456789012"
    for role in template["Resources"].values():
        (statement,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Principal"] == {"AWS": {"Fn::Sub": "${IdentityAccount}"}}
        users = "arn:${AWS::Partition}:iam::${IdentityAccount}:user/members"
        assert statement["Condition"] == {
            "Bool": {"aws:MultiFactorAuthPresent": "true"},
            "StringLike": {"sts:RoleSessionName": "${aws:username}"},
            "ArnLike": {"aws:PrincipalArn": {"Fn::Sub": f"{users}/*"}},
            "ArnNotLike": {"aws:PrincipalArn": {"Fn::Sub": f"{users}/*/*"}},
        }


@given(any_settings())
def test_with_its_default_the_parameter_makes_the_trust_policy_of_the_settings(settings: Settings) -> None:
    for account_id in target_accounts(settings):
        template: Any = target_template(settings, account_id)
        default = template["Parameters"]["IdentityAccount"]["Default"]
        for role in template["Resources"].values():
            given = {"IdentityAccount": default, "AWS::AccountId": account_id}
            values = {"AWS::Partition": settings.partition, **given}
            properties = resolved(role["Properties"], values)
            assert properties["AssumeRolePolicyDocument"] == policies.role_trust(settings)
            (inline,) = properties["Policies"]
            ours = [each for each in settings.roles if each.account_id == account_id]
            assert inline["PolicyDocument"] in [policies.role_permissions(settings, each) for each in ours]


def resolved(document: Any, values: dict[str, str]) -> Any:
    """Evaluates Fn::Sub as CloudFormation does."""
    if isinstance(document, dict) and "Fn::Sub" in document:
        return re.sub(r"\$\{([^}]+)\}", lambda found: values[found[1]], document["Fn::Sub"])
    if isinstance(document, dict):
        return {key: resolved(value, values) for key, value in document.items()}
    return [resolved(value, values) for value in document] if isinstance(document, list) else document


def test_the_names_of_the_tables_reach_the_portal_and_its_logs_are_kept_for_a_while() -> None:
    function = RESOURCES["APIHandler"]["Properties"]
    told = {"MEMBERS_TABLE", "AUDIT_TABLE", "CONSOLE_TABLE", "RESERVED_CONCURRENCY"}
    assert set(function["Environment"]["Variables"]) == told
    assert function["LoggingConfig"] == {"LogGroup": {"Ref": "PortalLogs"}}
    assert RESOURCES["PortalLogs"]["Properties"]["RetentionInDays"] == 90


def test_the_templates_are_ascii_whatever_the_organisation_is_called() -> None:
    """CloudFormation turns other characters into question marks, and some resources get those."""
    settings = read_settings(example_values() | {"organisation": "例株式会社", "contact": "情報システム部"})
    for template in (portal_overlay(settings), target_template(settings, "210987654321")):
        assert json.dumps(template, ensure_ascii=False).isascii()
