"""Audit events to EventBridge, if the settings name a bus, without a line of code in the portal.

The audit table's stream goes through a pipe. A bus that cannot be reached holds up nobody's journey: the pipe tries
again for as long as a stream keeps its records, a day.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-target.html
"""

from chalicelib.settings import Settings

Resource = dict[str, object]

SOURCE = "firstday"
_BUS = "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/"
_ITEM = "$.dynamodb.NewImage"


def event_stream(settings: Settings) -> Resource:
    """Properties of the audit table."""
    return {"StreamSpecification": {"StreamViewType": "NEW_IMAGE"}} if settings.audit_event_bus else {}


def event_forwarding(settings: Settings) -> dict[str, Resource]:
    """The pipe and its role; nothing where the settings name no bus."""
    if not settings.audit_event_bus:
        return {}
    name = settings.audit_event_bus
    bus: object = name if name.startswith("arn:") else {"Fn::Sub": _BUS + name}
    return {
        "AuditEventPipe": {"Type": "AWS::Pipes::Pipe", "Properties": _pipe(bus)},
        "AuditEventPipeRole": {"Type": "AWS::IAM::Role", "Properties": _role(bus)},
    }


def _pipe(bus: object) -> Resource:
    put_only = {"Filters": [{"Pattern": '{"eventName":["INSERT"]}'}]}
    return {
        "Description": "Audit events of the portal",
        "RoleArn": {"Fn::GetAtt": ["AuditEventPipeRole", "Arn"]},
        "Source": _stream(),
        "SourceParameters": {
            "DynamoDBStreamParameters": {"StartingPosition": "LATEST", "BatchSize": 10},
            "FilterCriteria": put_only,
        },
        "Target": bus,
        "TargetParameters": {
            "EventBridgeEventBusParameters": {"Source": SOURCE, "DetailType": f"{_ITEM}.action.S"},
            # The whole item: which details an event has differs from action to action.
            "InputTemplate": f'{{"event": <{_ITEM}>}}',
        },
    }


def _role(bus: object) -> Resource:
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "pipes.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
    }
    reads = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"]
    statements = [
        {"Sid": "Stream", "Effect": "Allow", "Action": reads, "Resource": _stream()},
        {"Sid": "Bus", "Effect": "Allow", "Action": ["events:PutEvents"], "Resource": bus},
    ]
    policy = {"Version": "2012-10-17", "Statement": statements}
    return {
        "Description": "Sends the portal's audit events to EventBridge",
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "Policies": [{"PolicyName": "firstday", "PolicyDocument": policy}],
    }


def _stream() -> Resource:
    return {"Fn::GetAtt": ["AuditTable", "StreamArn"]}
