"""Giving a role to a function or a stack needs iam:PassRole; also other checks that stop members' roles."""

import io
import json
import uuid
import zipfile
from typing import Any

import pytest

from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from tests.system import sample_portal
from tests.system.embedded_aws import IDENTITY, PlainMinistack, Refused, allow, document, new_role, new_user

TRUST = {"Principal": {"Service": "lambda.amazonaws.com"}}
LAMBDA = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
STACKS = {"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}}
LAMBDA_FULL_ACCESS = "arn:aws:iam::aws:policy/AWSLambda_FullAccess"


def a_function(role: str) -> dict[str, Any]:
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("a.py", "def b(event, context): ...")
    name = f"function-{uuid.uuid4().hex[:8]}"
    described = {"FunctionName": name, "Role": role, "Runtime": "python3.13", "Handler": "a.b"}
    return {**described, "Code": {"ZipFile": code.getvalue()}}


@pytest.fixture
def role(aws: EmbeddedAWS) -> str:
    return new_role(aws, TRUST)


def test_a_function_gets_a_role_from_who_may_pass_it_to_lambda(aws: EmbeddedAWS, role: str) -> None:
    user = new_user(aws, allow("lambda:*"), allow("iam:PassRole", resource=role, Condition=LAMBDA))
    made = user.client("lambda").create_function(**a_function(role))
    user.client("lambda").update_function_configuration(FunctionName=made["FunctionName"], Role=role)
    # A call that passes no role does not need the permission.
    user.client("lambda").update_function_configuration(FunctionName=made["FunctionName"], Timeout=5)
    aws.session(IDENTITY).client("lambda").delete_function(FunctionName=made["FunctionName"])


@pytest.mark.parametrize(
    "passing",
    [
        [],
        [allow("iam:PassRole", resource="arn:aws:iam::*:role/another")],
        [allow("iam:PassRole", Condition=STACKS)],
    ],
    ids=["none", "another role", "another service"],
)
def test_and_from_nobody_else(aws: EmbeddedAWS, role: str, passing: list[dict[str, Any]]) -> None:
    user = new_user(aws, allow("lambda:*"), *passing)
    with Refused("AccessDeniedException") as refused:
        user.client("lambda").create_function(**a_function(role))
    asked = f"not authorized to perform: iam:PassRole on resource: {role} because no identity-based policy allows"
    assert asked in refused.message


def test_a_deny_of_passing_is_told_as_one(aws: EmbeddedAWS, role: str) -> None:
    deny = {"Effect": "Deny", "Action": "*", "Resource": role}
    user = new_user(aws, allow("*"), deny)
    with Refused("AccessDeniedException") as refused:
        user.client("lambda").create_function(**a_function(role))
    assert "iam:PassRole" in refused.message
    assert "with an explicit deny" in refused.message


def test_a_stack_gets_a_role_from_who_may_pass_it_to_cloudformation(aws: EmbeddedAWS, role: str) -> None:
    user = new_user(aws, allow("cloudformation:*"), allow("iam:PassRole", resource=role, Condition=LAMBDA))
    with Refused("AccessDenied") as refused:
        user.client("cloudformation").create_stack(StackName="s", TemplateBody="{}", RoleARN=role)
    assert "iam:PassRole" in refused.message


def test_plain_ministack_still_passes_any_role(plain: PlainMinistack) -> None:
    iam = plain.client("iam")
    trust = {"Effect": "Allow", **TRUST, "Action": "sts:AssumeRole"}
    role = iam.create_role(RoleName="passed", AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
    iam.create_user(UserName="passing")
    iam.put_user_policy(UserName="passing", PolicyName="p", PolicyDocument=document(allow("lambda:*")))
    key = iam.create_access_key(UserName="passing")["AccessKey"]
    client = plain.client("lambda", key["AccessKeyId"], key["SecretAccessKey"])
    assert client.create_function(**a_function(role))["Role"] == role


def test_all_of_lambda_is_a_managed_policy_as_aws_publishes_it(aws: EmbeddedAWS) -> None:
    iam = aws.session(IDENTITY).client("iam")
    found = iam.get_policy_version(PolicyArn=LAMBDA_FULL_ACCESS, VersionId="v1")["PolicyVersion"]["Document"]
    read, passing, logs = found["Statement"]
    assert "lambda:*" in read["Action"]
    assert (passing["Action"], passing["Resource"], passing["Condition"]) == ("iam:PassRole", "*", LAMBDA)
    assert logs["Resource"] == "arn:aws:logs:*:*:log-group:/aws/lambda/*"


def test_a_log_group_without_a_name_is_named_after_its_stack_and_keeps_its_name(aws: EmbeddedAWS) -> None:
    cloudformation = aws.session(IDENTITY).client("cloudformation")
    group: dict[str, Any] = {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 1}}
    body = {"Resources": {"Logs": group}, "Outputs": {"Name": {"Value": {"Ref": "Logs"}}}}
    assert sample_portal.apply(cloudformation, "logged", body) == "CREATE_COMPLETE"
    name = sample_portal.outputs(cloudformation, "logged")["Name"]
    assert name.startswith("logged-Logs-")
    group["Properties"]["RetentionInDays"] = 7
    assert sample_portal.apply(cloudformation, "logged", body, "UPDATE") == "UPDATE_COMPLETE"
    (found,) = aws.session(IDENTITY).client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    assert (found["logGroupName"], found["retentionInDays"]) == (name, 7)


def test_plain_ministack_still_names_log_groups_otherwise(plain: PlainMinistack) -> None:
    cloudformation = plain.client("cloudformation")
    body = {"Resources": {"Logs": {"Type": "AWS::Logs::LogGroup"}}}
    cloudformation.create_stack(StackName="logged", TemplateBody=json.dumps(body))
    cloudformation.get_waiter("stack_create_complete").wait(StackName="logged", WaiterConfig={"Delay": 1})
    (found,) = cloudformation.describe_stack_resources(StackName="logged")["StackResources"]
    assert found["PhysicalResourceId"] == "/aws/cloudformation/logged/Logs"
