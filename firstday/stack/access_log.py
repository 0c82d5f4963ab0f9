"""API Gateway's access log: the only record of calls that the IAM authorizer refuses.

The portal never sees them, so its audit trail cannot. No query string, header or body is written, and only the
resource of a path: a link that was damaged on its way has its token in the path.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
"""

import json

Resource = dict[str, object]

# Variables that a call does not have are written as "-". A client can choose the request id, by the header
# x-amzn-RequestId, but not the extended one. API Gateway may cut events off after 1,024 bytes, so the values that
# the client decides come last.
FORMAT = {
    "extended_request_id": "$context.extendedRequestId",
    "time": "$context.requestTime",
    "status": "$context.status",
    "refusal": "$context.error.responseType",
    "source_ip": "$context.identity.sourceIp",
    "caller": "$context.identity.userArn",
    "method": "$context.httpMethod",
    "resource_path": "$context.resourcePath",
    "request_id": "$context.requestId",
}
# API Gateway has one role for the logs of all APIs of an account and region: it does not go with the stack.
_KEPT = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}


def access_log_setting() -> Resource:
    """The stage's ``AccessLogSetting``."""
    arn = {"Fn::GetAtt": ["AccessLogs", "Arn"]}
    return {"DestinationArn": arn, "Format": json.dumps(FORMAT, separators=(",", ":"))}


def stage_variables() -> Resource:
    """The stage's ``Variables``. Nobody reads it: it has the stage wait until API Gateway may write its log."""
    return {"LogAccount": {"Ref": "AccessLogAccount"}}


def access_log_resources(retention_days: int) -> dict[str, Resource]:
    """The log group, and the role that API Gateway writes with.

    An account without any API so far cannot store the role yet: the setting waits for the API, and the stage for
    the setting.
    """
    trust = {"Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}, "Action": "sts:AssumeRole"}
    policy = "arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
    return {
        "AccessLogs": {"Type": "AWS::Logs::LogGroup", **_KEPT, "Properties": {"RetentionInDays": retention_days}},
        "AccessLogRole": {
            "Type": "AWS::IAM::Role",
            **_KEPT,
            "Properties": {
                "Description": "API Gateway writes the logs of this account's APIs",
                "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
                "ManagedPolicyArns": [{"Fn::Sub": policy}],
            },
        },
        "AccessLogAccount": {
            "Type": "AWS::ApiGateway::Account",
            "DependsOn": "RestAPI",
            **_KEPT,
            "Properties": {"CloudWatchRoleArn": {"Fn::GetAtt": ["AccessLogRole", "Arn"]}},
        },
    }
