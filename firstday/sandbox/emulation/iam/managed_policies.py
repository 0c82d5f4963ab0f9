"""Managed policies: one of AWS's that ministack 1.5.33 does not have, and none attached that is not there.

Of AWS's own, ministack has some only. The others can be attached, too, and grant nothing.
https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambda_FullAccess.html
https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachUserPolicy.html
"""

import json
from collections.abc import Callable

from ministack.services import iam

from firstday.sandbox.emulation.xml_answers import Parameters, Response, error, parameter

_READ = (
    *("cloudformation:DescribeStacks", "cloudformation:ListStackResources"),
    *("cloudwatch:ListMetrics", "cloudwatch:GetMetricData"),
    *("ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs", "kms:ListAliases"),
    *("iam:GetPolicy", "iam:GetPolicyVersion", "iam:GetRole", "iam:GetRolePolicy"),
    *("iam:ListAttachedRolePolicies", "iam:ListRolePolicies", "iam:ListRoles"),
    *("logs:DescribeLogGroups", "states:DescribeStateMachine", "states:ListStateMachines"),
    *("tag:GetResources", "xray:GetTraceSummaries", "xray:BatchGetTraces"),
)
_LIVE_LOGS = (
    *("logs:DescribeLogStreams", "logs:GetLogEvents", "logs:FilterLogEvents"),
    *("logs:StartLiveTail", "logs:StopLiveTail"),
)
_LAMBDA = (
    {"Effect": "Allow", "Action": [*_READ, "lambda:*"], "Resource": "*"},
    {
        "Effect": "Allow",
        "Action": "iam:PassRole",
        "Resource": "*",
        "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
    },
    {"Effect": "Allow", "Action": list(_LIVE_LOGS), "Resource": "arn:aws:logs:*:*:log-group:/aws/lambda/*"},
)


def install() -> None:
    """Have IAM know the policy, and refuse to attach what it does not know."""
    for action in ("AttachUserPolicy", "AttachGroupPolicy", "AttachRolePolicy"):
        iam._IAM_HANDLERS[action] = _checked(iam._IAM_HANDLERS[action])
    name, statements = "AWSLambda_FullAccess", list(_LAMBDA)
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    record = iam._make_aws_managed_record(name, document, "Grants full access to AWS Lambda service")
    iam._aws_managed_policies[record["Arn"]] = record


def _checked(attach: Callable[[Parameters], Response]) -> Callable[[Parameters], Response]:
    def handle(parameters: Parameters) -> Response:
        arn = parameter(parameters, "PolicyArn")
        if arn.startswith("arn:aws:iam::aws:policy/") or iam._policy_exists(arn):
            return attach(parameters)
        return error(404, "NoSuchEntity", f"Policy {arn} does not exist or is not attachable.")

    return handle
