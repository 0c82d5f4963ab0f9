"""Managed policies of AWS's that ministack 1.5.33 does not have, as AWS publishes them.

https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambda_FullAccess.html
"""

import json

from ministack.services import iam

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
    """Have IAM know them."""
    name, statements = "AWSLambda_FullAccess", list(_LAMBDA)
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    record = iam._make_aws_managed_record(name, document, "Grants full access to AWS Lambda service")
    iam._aws_managed_policies[record["Arn"]] = record
