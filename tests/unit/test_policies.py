"""The IAM policies: what they allow, and above all what they do not."""

import json
import re
from dataclasses import replace
from fnmatch import fnmatchcase
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given

from app import app
from chalicelib.members.record import Member
from chalicelib.settings.quotas import ROLE_PATH_AND_NAME, ROLE_POLICY_ROOM
from chalicelib.settings.reader import read_settings
from chalicelib.settings.records import Credentials, Settings
from chalicelib.settings.role_patterns import ITSELF
from chalicelib.settings.table import SettingsError
from firstday.stack import function_policies, policies
from tests.helpers.settings_makers import any_settings, example_settings, example_values, many_roles

SETTINGS = example_settings()
REFERENCE = json.loads(files("cfnlint").joinpath("data/AdditionalSpecs/Policies.json").read_text())


def statements(policy: Any) -> dict[str, Any]:
    return {statement.get("Sid"): statement for statement in policy["Statement"]}


def resource_type(arn: str) -> str:
    """``user`` of ``arn:aws:iam::123456789012:user/members/*``, also where Fn::Sub puts the account."""
    return arn.replace("AWS::", "").split(":")[5].split("/")[0]


def any_policy(policy: Any) -> Any:
    """The same, for mypy to let one look into it."""
    return policy


def all_policies(settings: Settings) -> list[Any]:
    return [
        policies.member_baseline(settings),
        policies.member_boundary(settings),
        policies.role_trust(settings),
        policies.admin_role_trust(settings),
        policies.admin_role_permissions(),
        policies.quarantine_group(),
        policies.suspended_group(),
        function_policies.portal_lambda(),
        function_policies.sweeper_lambda(),
        function_policies.key_retirement_lambda(has_mail=True),
        function_policies.census_lambda(),
        function_policies.suspension_lambda(has_mail=True),
        function_policies.key_ageing_lambda(has_mail=True),
        *(policies.switch_role_group(settings, group) for group in settings.groups),
        *(policies.role_permissions(settings, role) for role in settings.roles),
    ]


def as_text(resource: Any) -> str:
    return str(resource.get("Fn::Sub", resource)) if isinstance(resource, dict) else str(resource)


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_no_role_reaches_what_firstday_is_deployed_from_and_made_of() -> None:
    """With all of S3, a member could replace the code that the next deployment takes, and become the portal."""
    _, stg, operations = (any_policy(policies.role_permissions(SETTINGS, role)) for role in SETTINGS.roles)
    assert statements(stg)["DenyFirstdayItself"]["Resource"] == ["arn:aws:s3:::firstday-210987654321-*"]
    assert [statement["Effect"] for statement in operations["Statement"]] == ["Allow", "Deny", "Deny"]


def test_the_longest_statements_fit_into_a_roles_policy_with_what_is_added() -> None:
    gov = replace(SETTINGS, region="us-gov-west-1")
    longest = replace(SETTINGS.roles[0], path="/", role_name="r" * (ROLE_PATH_AND_NAME - 1))
    added = policies.role_permissions(gov, longest)
    assert len(json.dumps(added, separators=(",", ":"))) <= 10_240 - ROLE_POLICY_ROOM


def test_no_member_can_be_an_administrator() -> None:
    (statement,) = any_policy(policies.admin_role_trust(SETTINGS))["Statement"]
    # The wildcard matches slashes, so the policy also keeps out users under a path below.
    assert statement["Condition"]["ArnNotLike"] == {"aws:PrincipalArn": "arn:aws:iam::123456789012:user/members/*"}


def test_members_reach_their_own_config_and_page_and_nothing_else_of_the_portals_api() -> None:
    """A wildcard matches slashes, too: no path of another route may look like one of these."""
    for policy in (policies.member_baseline(SETTINGS), policies.member_boundary(SETTINGS)):
        statement = statements(policy)["OwnPage"]
        assert statement["Action"] == ["execute-api:Invoke"]
        patterns = [as_text(resource).rpartition("${RestAPI}")[2] for resource in as_list(statement["Resource"])]
        routes = [(method, path) for path, methods in app.routes.items() for method in methods]
        # The variable parts of a path, as an attacker would choose them.
        chosen = [
            (method, re.sub(r"{\w+}", word, path)) for method, path in routes for word in ("GET", "member", "x")
        ]
        matched = {
            (method, path)
            for method, path in chosen
            for pattern in patterns
            if fnmatchcase(f"/prod/{method}{path}", pattern)
        }
        assert matched == {("GET", "/member/config"), ("GET", "/member/merge-config.sh"), ("POST", "/member/link")}


def test_a_group_demands_mfa_and_the_members_own_session_name_whoever_makes_the_role() -> None:
    for group in SETTINGS.groups:
        (statement,) = any_policy(policies.switch_role_group(SETTINGS, group))["Statement"]
        assert statement["Condition"] == {
            "Bool": {"aws:MultiFactorAuthPresent": "true"},
            "StringLike": {"sts:RoleSessionName": "${aws:username}"},
        }


def test_members_may_read_the_rules_for_passwords_with_mfa_as_the_page_for_changing_one_does() -> None:
    for policy in (policies.member_baseline(SETTINGS), policies.member_boundary(SETTINGS)):
        allowing = [one for one in statements(policy).values() if policies.PASSWORD_RULES in one.get("Action", ())]
        assert [one["Resource"] for one in allowing] == ["*"]
    assert policies.PASSWORD_RULES not in SETTINGS.allowed_without_mfa


def test_aws_login_is_allowed_where_it_is_offered_and_only_with_mfa() -> None:
    offered = replace(SETTINGS, credentials=(Credentials.AWS_LOGIN,))
    for policy in (policies.member_baseline(offered), policies.member_boundary(offered)):
        assert statements(policy)["AWSLogin"] == {
            "Sid": "AWSLogin",
            "Effect": "Allow",
            "Action": ["signin:AuthorizeOAuth2Access", "signin:CreateOAuth2Token"],
            "Resource": "arn:aws:signin:*:*:oauth2/public-client/*",
        }
    for policy in (policies.member_baseline(SETTINGS), policies.member_boundary(SETTINGS)):
        assert "signin:" not in json.dumps(policy)
    assert not [action for action in offered.allowed_without_mfa if action.startswith("signin:")]


def test_without_mfa_the_config_and_the_link_are_denied() -> None:
    assert not [action for action in SETTINGS.allowed_without_mfa if action.startswith("execute-api:")]


def test_only_the_id_of_the_portals_api_is_left_to_cloudformation() -> None:
    """Within Fn::Sub, IAM's own variables would be taken for CloudFormation's."""
    for policy in (policies.member_baseline(SETTINGS), policies.member_boundary(SETTINGS)):
        written = re.findall(r'{"Fn::Sub": "([^"]*)"}', json.dumps(policy))
        assert len(written) == 2
        assert not [text for text in written if "aws:" in text]
        assert ITSELF in re.sub(r'{"Fn::Sub": "([^"]*)"}', "", json.dumps(policy))


def test_the_portal_may_do_nothing_with_the_quarantine() -> None:
    group = "arn:${AWS::Partition}:iam::${AWS::AccountId}:group/quarantine/firstday-quarantine"
    for statement in statements(function_policies.portal_lambda()).values():
        for resource in as_list(statement["Resource"]):
            if statement["Effect"] == "Allow" and as_text(resource) != "*":
                assert not fnmatchcase(group, as_text(resource)), statement


def test_its_role_may_write_nothing_by_which_a_member_is_resumed() -> None:
    """Whatever the suspension updates, and in whatever condition it looks at it."""
    named: Any = statements(function_policies.suspension_lambda())["Suspended"]["Condition"]
    attributes = set(named["ForAllValues:StringEquals"]["dynamodb:Attributes"])
    assert attributes & set(Member.__dataclass_fields__) == {
        *("suspended_at", "suspended_by", "suspended_keys", "until", "offboarding_at")
    }
    assert not attributes & {"resuming_hash", "token_hash", "session_hash", "own_session_hash", "proved_at"}


def test_without_mail_the_suspension_reaches_no_table_for_it() -> None:
    assert "MailTable" not in json.dumps(function_policies.suspension_lambda())
    boxes: Any = statements(function_policies.suspension_lambda(has_mail=True))
    limits = [boxes[sid]["Condition"]["ForAllValues:StringEquals"] for sid in ("Tell", "Told")]
    assert limits == [{"dynamodb:LeadingKeys": ["waiting", "told"]}, {"dynamodb:LeadingKeys": ["told"]}]


def test_the_portal_cannot_escalate_or_rewrite_history() -> None:
    allowing = [one for one in statements(function_policies.portal_lambda()).values() if one["Effect"] == "Allow"]
    actions = {action for statement in allowing for action in statement["Action"]}
    assert not {action for action in actions if "*" in action or action.startswith(("iam:Attach", "iam:Put"))}
    assert "iam:PassRole" not in actions
    assert not actions & {"iam:UpdateLoginProfile", "iam:UpdateUser", "iam:CreateGroup"}
    audit = {
        name: one["Action"]
        for name, one in statements(function_policies.portal_lambda()).items()
        if "Audit" in name
    }
    assert audit == {"Audit": ["dynamodb:PutItem"], "ReadAudit": ["dynamodb:Query"]}


@pytest.mark.parametrize("policy", all_policies(SETTINGS), ids=lambda policy: policy["Statement"][0].get("Sid"))
def test_every_action_is_limited_to_resources_of_its_own_type(policy: Any) -> None:
    """As the Service Authorization Reference has it, in the copy that cfn-lint carries."""
    for statement in policy["Statement"]:
        for name in as_list(statement.get("Action", [])) if statement["Effect"] == "Allow" else []:
            service, _, action = name.partition(":")
            types = REFERENCE[service]["Actions"][action.lower()].get("Resources", [])
            for resource in as_list(statement.get("Resource", [])):
                if as_text(resource) == "*":
                    assert not types, f"{name} can be limited to {types}"
                elif service in ("iam", "sts"):
                    assert resource_type(as_text(resource)) in types, name


@given(any_settings())
def test_no_policy_names_a_partition_or_account_of_its_own(settings: Settings) -> None:
    for policy in all_policies(settings):
        arns = [part for part in json.dumps(policy).split('"') if part.startswith("arn:")]
        for arn in arns:
            assert arn.startswith((f"arn:{settings.partition}:", "arn:${AWS::Partition}:"))


def test_the_longest_settings_that_are_accepted_fit_into_iams_policies() -> None:
    accepted = 0
    for count in range(40, 60):
        values = example_values() | {
            "groups": [{"name": "g", "roles": many_roles(count, 60)}],
            "default_groups": [],
        }
        values |= {"region": "us-gov-west-1", "credentials": ["aws-login"], "console_password": True}
        try:
            settings = read_settings(values)
        except SettingsError:
            break
        accepted = count
        group = policies.switch_role_group(settings, settings.groups[0])
        assert len(json.dumps(group, separators=(",", ":"))) <= 5120
        assert len(json.dumps(policies.member_boundary(settings), separators=(",", ":"))) <= 6144
    assert accepted > 45


def test_trust_policies_fit_into_the_default_quota() -> None:
    assert len(json.dumps(policies.role_trust(SETTINGS))) <= 2048
    assert len(json.dumps(policies.admin_role_trust(SETTINGS))) <= 2048
