"""A stream as the event source of a function: Lambda reads it with the permissions of the function's role."""

import time
from typing import Any

import pytest

from firstday.aws_calls import DeploymentError
from firstday.deployment.stack import Stack
from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from tests.deployments import deploy_stack
from tests.system.embedded_aws import IDENTITY, PlainMinistack

READS = ("GetRecords", "GetShardIterator", "DescribeStream", "ListStreams")
TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


def a_function_on_a_stream(*actions: str) -> dict[str, Any]:
    """A template with a function that may do ``actions`` with the stream."""
    stream = {"Fn::GetAtt": ["Table", "StreamArn"]}
    table = {
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": {"StreamViewType": "NEW_IMAGE"},
    }
    statement = {"Effect": "Allow", "Action": [f"dynamodb:{name}" for name in actions] or ["s3:GetObject"]}
    policy = {"Version": "2012-10-17", "Statement": [{**statement, "Resource": stream}]}
    role = {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [TRUST]},
        "Policies": [{"PolicyName": "reads", "PolicyDocument": policy}],
    }
    function = {
        "Code": {"ZipFile": "def handle(event, context): pass"},
        "Handler": "index.handle",
        "Runtime": "python3.12",
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
    }
    source = {"EventSourceArn": stream, "FunctionName": {"Ref": "Function"}, "StartingPosition": "TRIM_HORIZON"}
    return {
        "Resources": {
            "Table": {"Type": "AWS::DynamoDB::Table", "Properties": table},
            "Role": {"Type": "AWS::IAM::Role", "Properties": role},
            "Function": {"Type": "AWS::Lambda::Function", "Properties": function},
            "Source": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": source},
        },
        "Outputs": {"Source": {"Value": {"Ref": "Source"}}},
    }


def test_a_stream_that_the_functions_role_may_read_calls_the_function(aws: EmbeddedAWS) -> None:
    stack = Stack(aws.session(IDENTITY).client("cloudformation"), "reads", time.sleep)
    assert deploy_stack(stack, a_function_on_a_stream(*READS))["Source"]


@pytest.mark.parametrize("lacking", READS)
def test_without_any_one_permission_cloudformation_does_not_make_it(lacking: str, aws: EmbeddedAWS) -> None:
    stack = Stack(aws.session(IDENTITY).client("cloudformation"), f"lacks-{lacking}", time.sleep)
    with pytest.raises(DeploymentError, match="Cannot access stream"):
        deploy_stack(stack, a_function_on_a_stream(*(name for name in READS if name != lacking)))


def test_plain_ministack_still_takes_a_stream_that_cannot_be_read(plain: PlainMinistack) -> None:
    stack = Stack(plain.client("cloudformation"), "unread", time.sleep)
    assert deploy_stack(stack, a_function_on_a_stream())["Source"]
