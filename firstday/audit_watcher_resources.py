"""The audit trail's watcher: a function that its table's stream calls when an event is changed or removed.

A stream is free to read for Lambda, and what the filter leaves out calls nobody: it costs nothing while nobody
tampers. A stream is for two readers at most, so that the watcher itself writes to the bus, and not a second pipe.
https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
"""

import json

from chalicelib.settings import Settings
from firstday import policies
from firstday.event_forwarding import bus_of
from firstday.table_resources import kept

Resource = dict[str, object]

FUNCTION_NAME = "firstday-audit-watcher"
# Puts are the portal's own.
TAMPERING = json.dumps({"eventName": ["MODIFY", "REMOVE"]}, separators=(",", ":"))


def audit_watcher_resources(settings: Settings, retention_days: int, runtime: str) -> dict[str, Resource]:
    """Function, role and log group. Where the code is, is set when it is deployed."""
    bus = bus_of(settings)
    return {
        "AuditWatcher": {"Type": "AWS::Serverless::Function", "Properties": _function(runtime, bus)},
        "AuditWatcherRole": {"Type": "AWS::IAM::Role", "Properties": _role(bus)},
        "AuditWatcherLogs": kept("AWS::Logs::LogGroup", {"RetentionInDays": retention_days}),
    }


def _function(runtime: str, bus: policies.Resource | None) -> Resource:
    stream = {
        "Stream": policies.AUDIT_STREAM,
        # Rather than LATEST, which may miss what happens in the first minutes.
        "StartingPosition": "TRIM_HORIZON",
        "BatchSize": 10,
        "FilterCriteria": {"Filters": [{"Pattern": TAMPERING}]},
    }
    return {
        "FunctionName": FUNCTION_NAME,
        "Description": "Sees events of the audit trail being changed or removed",
        "CodeUri": "./deployment.zip",
        "Handler": "chalicelib.audit_watcher.handle",
        "Runtime": runtime,
        "MemorySize": 256,
        "Timeout": 30,
        "Tracing": "PassThrough",
        "Role": {"Fn::GetAtt": ["AuditWatcherRole", "Arn"]},
        "LoggingConfig": {"LogGroup": {"Ref": "AuditWatcherLogs"}},
        "Events": {"Tampering": {"Type": "DynamoDB", "Properties": stream}},
        **({"Environment": {"Variables": {"AUDIT_EVENT_BUS": bus}}} if bus else {}),
    }


def _role(bus: policies.Resource | None) -> Resource:
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return {
        "Description": "What the audit trail's watcher may do",
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "Policies": [{"PolicyName": "firstday", "PolicyDocument": policies.audit_watcher_lambda(bus)}],
    }
