"""The portal's functions besides the one for its pages: the same package, each with its own role and log.

Chalice does not make them: its functions load ``app.py``, and so every page. The deployment sets their code.
"""

from chalicelib.arns import INLINE_POLICY_NAME
from firstday.stack import policies
from firstday.stack.table_resources import kept

Resource = dict[str, object]


def own_function(
    logical_id: str,
    properties: Resource,
    *,
    runtime: str,
    retention_days: int,
    role_description: str,
    policy: policies.Policy,
) -> dict[str, Resource]:
    """A function with these ``properties``, its role and its log group, named after ``logical_id``."""
    role, logs = f"{logical_id}Role", f"{logical_id}Logs"
    common = {
        "CodeUri": "./deployment.zip",
        "Runtime": runtime,
        "Tracing": "PassThrough",
        "Role": {"Fn::GetAtt": [role, "Arn"]},
        "LoggingConfig": {"LogGroup": {"Ref": logs}},
    }
    return {
        logical_id: {"Type": "AWS::Serverless::Function", "Properties": common | properties},
        role: {"Type": "AWS::IAM::Role", "Properties": _role(role_description, policy)},
        logs: kept("AWS::Logs::LogGroup", {"RetentionInDays": retention_days}),
    }


def scheduled_function(
    logical_id: str,
    properties: Resource,
    *,
    event: str,
    schedule: str,
    runtime: str,
    retention_days: int,
    role_description: str,
    policy: policies.Policy,
    has_mail: bool = False,
) -> dict[str, Resource]:
    """The same for one that goes over the members' records by the ``schedule``, which ``event`` names.

    An alarm reports a failure, and the next run catches up. With mail, it has a table of its own.
    """
    tables = {"MEMBERS_TABLE": {"Ref": "MembersTable"}, "AUDIT_TABLE": {"Ref": "AuditTable"}}
    mail = {"MAIL_TABLE": {"Ref": "MailTable"}} if has_mail else {}
    common: Resource = {
        "MemorySize": 512,
        "Timeout": 120,
        "Environment": {"Variables": tables | mail},
        "Events": {event: {"Type": "Schedule", "Properties": {"Schedule": schedule}}},
        "EventInvokeConfig": {"MaximumRetryAttempts": 0},
    }
    return own_function(
        logical_id,
        common | properties,
        runtime=runtime,
        retention_days=retention_days,
        role_description=role_description,
        policy=policy,
    )


def _role(description: str, policy: policies.Policy) -> Resource:
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return {
        "Description": description,
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "Policies": [{"PolicyName": INLINE_POLICY_NAME, "PolicyDocument": policy}],
    }
