"""Sends audit events to EventBridge, if the settings name a bus, without any code in the portal.

The audit table's stream goes through a pipe. An unreachable bus does not hold up a journey: the pipe tries
again for as long as a stream keeps its records, a day.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-target.html
"""

from chalicelib.arns import INLINE_POLICY_NAME
from chalicelib.audit_watcher import SOURCE
from chalicelib.settings.records import Settings
from firstday.stack import function_policies, policies

Resource = dict[str, object]

_BUS = "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/"
_ITEM = "$.dynamodb.NewImage"


def bus_of(settings: Settings) -> policies.Resource | None:
    """The ARN of the settings' bus."""
    name = settings.audit_event_bus
    if not name:
        return None
    return name if name.startswith("arn:") else {"Fn::Sub": _BUS + name}


def event_forwarding(settings: Settings) -> dict[str, Resource]:
    """The pipe and its role; nothing where the settings name no bus."""
    bus = bus_of(settings)
    if bus is None:
        return {}
    return {
        "AuditEventPipe": {"Type": "AWS::Pipes::Pipe", "Properties": _pipe(bus)},
        "AuditEventPipeRole": {"Type": "AWS::IAM::Role", "Properties": _role(bus)},
    }


def _pipe(bus: policies.Resource) -> Resource:
    put_only = {"Filters": [{"Pattern": '{"eventName":["INSERT"]}'}]}
    return {
        "Description": "Audit events of the portal",
        "RoleArn": {"Fn::GetAtt": ["AuditEventPipeRole", "Arn"]},
        "Source": function_policies.AUDIT_STREAM,
        "SourceParameters": {
            "DynamoDBStreamParameters": {"StartingPosition": "LATEST", "BatchSize": 10},
            "FilterCriteria": put_only,
        },
        "Target": bus,
        "TargetParameters": {
            "EventBridgeEventBusParameters": {"Source": SOURCE, "DetailType": f"{_ITEM}.action.S"},
            # The whole item, as the details of an event differ from action to action.
            "InputTemplate": f'{{"event": <{_ITEM}>}}',
        },
    }


def _role(bus: policies.Resource) -> Resource:
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "pipes.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
    }
    statements = [
        {
            "Sid": "Stream",
            "Effect": "Allow",
            "Action": [*function_policies.STREAM_ACTIONS],
            "Resource": function_policies.AUDIT_STREAM,
        },
        {"Sid": "Bus", "Effect": "Allow", "Action": ["events:PutEvents"], "Resource": bus},
    ]
    policy = {"Version": "2012-10-17", "Statement": statements}
    return {
        "Description": "Sends the portal's audit events to EventBridge",
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "Policies": [{"PolicyName": INLINE_POLICY_NAME, "PolicyDocument": policy}],
    }
