"""A small API as Chalice and SAM deploy them, for tests of what the portal needs of AWS."""

import io
import json
import time
import zipfile
from typing import Any

from tests.system.embedded_aws import REGION

STACK = "sample-portal"
NOT_FOUND = "<!doctype html><title>Page not found</title>"
HANDLER = """
import json, os, sys
import boto3

def handler(event, context):
    print("to stdout:", event["path"])
    print("to stderr:", event["path"], file=sys.stderr)
    caller = boto3.client("sts").get_caller_identity()["Arn"]
    answer = {"event": event, "caller": caller, "environment": dict(os.environ)}
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json"},
        "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]},
        "body": json.dumps(answer),
    }
"""


def deploy(session: Any) -> dict[str, str]:
    """Deploy the stack through a change set; its outputs."""
    s3 = session.client("s3")
    s3.create_bucket(Bucket="sample-code", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="sample-code", Key="code.zip", Body=_code())
    cloudformation = session.client("cloudformation")
    apply(cloudformation, STACK, template())
    return outputs(cloudformation, STACK)


def apply(cloudformation: Any, stack: str, body: dict[str, Any], kind: str = "CREATE") -> str:
    """Create or update a stack through a change set; its status."""
    names = {"StackName": stack, "ChangeSetName": f"change-{time.monotonic_ns()}"}
    cloudformation.create_change_set(
        **names,
        ChangeSetType=kind,
        TemplateBody=json.dumps(body),
        Capabilities=["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    while (change := cloudformation.describe_change_set(**names))["Status"].endswith(("PENDING", "PROGRESS")):
        time.sleep(0.02)
    assert change["Status"] == "CREATE_COMPLETE", change.get("StatusReason")
    cloudformation.execute_change_set(**names)
    while (status := _stack(cloudformation, stack)["StackStatus"]).endswith("PROGRESS"):
        time.sleep(0.02)
    return str(status)


def outputs(cloudformation: Any, stack: str) -> dict[str, str]:
    """The outputs of a stack by name."""
    return {o["OutputKey"]: o["OutputValue"] for o in _stack(cloudformation, stack)["Outputs"]}


def _stack(cloudformation: Any, name: str) -> Any:
    return cloudformation.describe_stacks(StackName=name)["Stacks"][0]


def _code() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("app.py", HANDLER)
    return buffer.getvalue()


def template() -> dict[str, Any]:
    """What ``chalice package`` emits for two public routes and one with the IAM authorizer."""
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {
            "DefaultRole": {
                "Type": "AWS::IAM::Role",
                "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]}},
            },
            "APIHandler": {
                "Type": "AWS::Serverless::Function",
                "Properties": {
                    "Runtime": "python3.13",
                    "Handler": "app.handler",
                    "CodeUri": "s3://sample-code/code.zip",
                    "Role": {"Fn::GetAtt": ["DefaultRole", "Arn"]},
                    "Timeout": 20,
                    "Environment": {"Variables": {"TABLE": "sample"}},
                },
            },
            "APIHandlerInvokePermission": {
                "Type": "AWS::Lambda::Permission",
                "Properties": {
                    "FunctionName": {"Ref": "APIHandler"},
                    "Action": "lambda:InvokeFunction",
                    "Principal": "apigateway.amazonaws.com",
                },
            },
            "RestAPI": {
                "Type": "AWS::Serverless::Api",
                "Properties": {"OpenApiVersion": "2.0", "StageName": "prod", "DefinitionBody": _definition()},
            },
        },
        "Outputs": {
            "RestAPIId": {"Value": {"Ref": "RestAPI"}},
            "FunctionName": {"Value": {"Ref": "APIHandler"}},
            "RoleArn": {"Value": {"Fn::GetAtt": ["DefaultRole", "Arn"]}},
        },
    }


def _definition() -> dict[str, Any]:
    return {
        "swagger": "2.0",
        "info": {"version": "1.0", "title": "sample"},
        "paths": {
            "/start": {"get": _operation(), "post": _operation()},
            "/admin/members/{name}": {"get": _operation() | {"security": [{"sigv4": []}]}},
        },
        "securityDefinitions": {
            "sigv4": {
                "in": "header",
                "type": "apiKey",
                "name": "Authorization",
                "x-amazon-apigateway-authtype": "awsSigv4",
            }
        },
        "x-amazon-apigateway-gateway-responses": {
            "MISSING_AUTHENTICATION_TOKEN": {
                "statusCode": 404,
                "responseParameters": {"gatewayresponse.header.Content-Type": "'text/html; charset=utf-8'"},
                "responseTemplates": {"application/json": NOT_FOUND},
            }
        },
    }


def _operation() -> dict[str, Any]:
    function = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${APIHandler.Arn}"
    return {
        "responses": {"200": {"description": "200"}},
        "x-amazon-apigateway-integration": {
            "type": "aws_proxy",
            "httpMethod": "POST",
            "uri": {"Fn::Sub": f"{function}/invocations"},
        },
    }
