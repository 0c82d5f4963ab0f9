"""The embedded AWS's CloudFormation does not take over existing resources, and does not delete protected ones."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from firstday.aws_calls import DeploymentError
from firstday.deployment.stack import Stack
from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from tests.helpers.deployments import deploy_stack
from tests.helpers.embedded_aws import IDENTITY, REGION, root_client

TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
DENIED = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
TRUSTED = {"Version": "2012-10-17", "Statement": [TRUST]}
KEY = {
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
}
# The type, its properties, and the call that made the same beforehand: service, operation, parameters.
CASES: list[tuple[str, dict[str, Any], tuple[str, str, dict[str, Any]]]] = [
    ("AWS::IAM::Group", {"GroupName": "own"}, ("iam", "create_group", {"GroupName": "own"})),
    (
        "AWS::IAM::Role",
        {"RoleName": "own", "AssumeRolePolicyDocument": TRUSTED},
        ("iam", "create_role", {"RoleName": "own", "AssumeRolePolicyDocument": json.dumps(TRUSTED)}),
    ),
    (
        "AWS::IAM::ManagedPolicy",
        {"ManagedPolicyName": "own", "PolicyDocument": DENIED},
        ("iam", "create_policy", {"PolicyName": "own", "Path": "/x/", "PolicyDocument": json.dumps(DENIED)}),
    ),
    (
        "AWS::DynamoDB::Table",
        {"TableName": "own", **KEY},
        ("dynamodb", "create_table", {"TableName": "own", **KEY}),
    ),
    ("AWS::Logs::LogGroup", {"LogGroupName": "own"}, ("logs", "create_log_group", {"logGroupName": "own"})),
    (
        "AWS::SES::ConfigurationSet",
        {"Name": "own"},
        ("sesv2", "create_configuration_set", {"ConfigurationSetName": "own"}),
    ),
]


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAWS]:
    with EmbeddedAWS(accounts=(IDENTITY,), region=REGION, port=0, portal_port=0) as embedded:
        yield embedded


@pytest.mark.parametrize(("kind", "properties", "before"), CASES, ids=[case[0] for case in CASES])
def test_what_is_there_is_not_taken_over(
    aws: EmbeddedAWS, kind: str, properties: dict[str, Any], before: tuple[str, str, dict[str, Any]]
) -> None:
    service, operation, parameters = before
    client = root_client(aws, service)
    getattr(client, operation)(**parameters)
    name = f"taking-{kind.rpartition(':')[2].lower()}"
    stack = Stack(root_client(aws, "cloudformation"), name)
    template = {"Resources": {"Own": {"Type": kind, "Properties": properties}}}
    with pytest.raises(DeploymentError, match=rf"Own \({kind}\): .* with name own already exists"):
        deploy_stack(stack, template)
    removed = Stack(root_client(aws, "cloudformation"), name)
    removed.delete()
    with pytest.raises(DeploymentError, match="already exists"):
        deploy_stack(removed, template)


def test_cloudformation_deletes_no_protected_table(aws: EmbeddedAWS) -> None:
    stack = Stack(root_client(aws, "cloudformation"), "protected")
    table = {"Type": "AWS::DynamoDB::Table", "Properties": {**KEY, "DeletionProtectionEnabled": True}}
    deploy_stack(stack, {"Resources": {"Table": table}})
    with pytest.raises(DeploymentError, match=r"DELETE_FAILED.*currently protected against deletion"):
        stack.delete()
    database = root_client(aws, "dynamodb")
    (name,) = [name for name in database.list_tables()["TableNames"] if name.startswith("protected-")]
    database.update_table(TableName=name, DeletionProtectionEnabled=False)
    stack.delete()
    assert stack.status() is None
