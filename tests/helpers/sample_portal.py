"""A small API, deployed as by Chalice and SAM, for tests of the parts of AWS that the portal needs."""

import io
import json
import time
import zipfile
from functools import cache
from typing import Any

from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from tests.helpers.embedded_aws import IDENTITY, REGION
from tests.helpers.portal_requests import call

STACK = "sample-portal"
LOG_GROUP = "sample-access-log"
LOG_FORMAT = {
    "requestId": "$context.requestId",
    "extendedRequestId": "$context.extendedRequestId",
    "requestTime": "$context.requestTime",
    "requestTimeEpoch": "$context.requestTimeEpoch",
    "httpMethod": "$context.httpMethod",
    "path": "$context.path",
    "resourcePath": "$context.resourcePath",
    "status": "$context.status",
    "sourceIp": "$context.identity.sourceIp",
    "userArn": "$context.identity.userArn",
    "responseType": "$context.error.responseType",
    "message": "$context.error.message",
}
NOT_FOUND = "<!doctype html><title>Page not found</title>"
BUSY = "$context.httpMethod $context.path, $context.requestTimeEpoch ms, $context.unknown."
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


@cache
def deployed(aws: EmbeddedAWS) -> dict[str, str]:
    """The outputs of the stack, which is deployed once, and reachable at the portal's address."""
    session = aws.session(IDENTITY)
    assert call(aws, "/start").status == 403  # nothing is deployed yet
    return deploy(session)


def deploy(session: Any) -> dict[str, str]:
    """Deploy the stack through a change set; its outputs."""
    s3 = session.client("s3")
    s3.create_bucket(Bucket="sample-code", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="sample-code", Key="code.zip", Body=_code())
    cloudformation = session.client("cloudformation")
    status = apply(cloudformation, STACK, template())
    assert status == "CREATE_COMPLETE", cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
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
    """The output of ``chalice package`` for public routes and some with the IAM authorizer, with an access log."""
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
            **_logging(),
            "RestAPI": {
                "Type": "AWS::Serverless::Api",
                "DependsOn": "LogAccount",
                "Properties": {
                    "OpenApiVersion": "2.0",
                    "StageName": "prod",
                    "DefinitionBody": _definition(),
                    "AccessLogSetting": {
                        "DestinationArn": {"Fn::GetAtt": ["LogGroup", "Arn"]},
                        "Format": json.dumps(LOG_FORMAT),
                    },
                },
            },
        },
        "Outputs": {
            "RestAPIId": {"Value": {"Ref": "RestAPI"}},
            "FunctionName": {"Value": {"Ref": "APIHandler"}},
            "RoleArn": {"Value": {"Fn::GetAtt": ["DefaultRole", "Arn"]}},
        },
    }


def _logging() -> dict[str, Any]:
    trust = {"Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}, "Action": "sts:AssumeRole"}
    policy = {"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"}
    return {
        "LogGroup": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": LOG_GROUP}},
        "LogRole": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
                "ManagedPolicyArns": [policy],
            },
        },
        "LogAccount": {
            "Type": "AWS::ApiGateway::Account",
            "Properties": {"CloudWatchRoleArn": {"Fn::GetAtt": ["LogRole", "Arn"]}},
        },
    }


def _definition() -> dict[str, Any]:
    authorized = _operation() | {"security": [{"sigv4": []}]}
    return {
        "swagger": "2.0",
        "info": {"version": "1.0", "title": "sample"},
        "paths": {
            "/start": {"get": _operation(), "post": _operation()},
            "/start/{name}": {"get": _operation()},
            "/admin/members/{name}": dict.fromkeys(("get", "put", "delete", "post"), authorized),
        },
        "securityDefinitions": {
            "sigv4": {
                "in": "header",
                "type": "apiKey",
                "name": "Authorization",
                "x-amazon-apigateway-authtype": "awsSigv4",
            }
        },
        "x-amazon-apigateway-binary-media-types": ["application/octet-stream", "multipart/form-data"],
        "x-amazon-apigateway-gateway-responses": {
            "ACCESS_DENIED": {"responseTemplates": {"application/json": '{"denied":$context.error.messageString}'}},
            "INTEGRATION_FAILURE": {"responseTemplates": {"application/json": BUSY}},
            "MISSING_AUTHENTICATION_TOKEN": {
                "statusCode": 404,
                "responseParameters": {"gatewayresponse.header.Content-Type": "'text/html; charset=utf-8'"},
                "responseTemplates": {"application/json": NOT_FOUND},
            },
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
