"""The sweeper: a second function from the portal's package, once a day, with a role and a log of its own.

It is not one of Chalice's: those load ``app.py``, and with it every page.
"""

from firstday import policies
from firstday.table_resources import kept

Resource = dict[str, object]

# Fixed, so that everybody knows what to invoke: an account has one portal.
FUNCTION_NAME = "firstday-sweeper"


def sweeper_resources(retention_days: int, runtime: str) -> dict[str, Resource]:
    """Function, schedule, role and log group. Where the code is, is set when it is deployed."""
    return {
        "Sweeper": {"Type": "AWS::Serverless::Function", "Properties": _function(runtime)},
        "SweeperRole": {"Type": "AWS::IAM::Role", "Properties": _role()},
        "SweeperLogs": kept("AWS::Logs::LogGroup", {"RetentionInDays": retention_days}),
    }


def _function(runtime: str) -> Resource:
    tables = {"MEMBERS_TABLE": {"Ref": "MembersTable"}, "AUDIT_TABLE": {"Ref": "AuditTable"}}
    return {
        "FunctionName": FUNCTION_NAME,
        "Description": "Removes what the portal left behind when members stopped halfway",
        "CodeUri": "./deployment.zip",
        "Handler": "chalicelib.sweeper.handle",
        "Runtime": runtime,
        "MemorySize": 512,
        "Timeout": 120,
        "Tracing": "PassThrough",
        "Role": {"Fn::GetAtt": ["SweeperRole", "Arn"]},
        "Environment": {"Variables": tables},
        "LoggingConfig": {"LogGroup": {"Ref": "SweeperLogs"}},
        "Events": {"Daily": {"Type": "Schedule", "Properties": {"Schedule": "rate(1 day)"}}},
        # What fails is told by an alarm, and done the next day.
        "EventInvokeConfig": {"MaximumRetryAttempts": 0},
    }


def _role() -> Resource:
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return {
        "Description": "What the portal's sweeper may do",
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "Policies": [{"PolicyName": "firstday", "PolicyDocument": policies.sweeper_lambda()}],
    }
