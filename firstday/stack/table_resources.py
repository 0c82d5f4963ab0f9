"""The portal's tables, as resources of its stack."""

from collections.abc import Mapping

from chalicelib.aws.audit_table import BY_TIME

Resource = dict[str, object]


def members_table() -> Resource:
    """One hash key for all members, so that they are listed in order: some thousand records of less than 1 kB."""
    return kept("AWS::DynamoDB::Table", _table({"directory": "HASH", "name": "RANGE"}))


def console_table() -> Resource:
    """Nothing in it is older than a day, so it goes with the stack."""
    # DynamoDB removes what has expired; the portal refuses it long before that.
    ttl = {"AttributeName": "expires_at_ttl", "Enabled": True}
    properties = {**_table({"pk": "HASH"}), "TimeToLiveSpecification": ttl}
    gone = {"DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete"}
    return {"Type": "AWS::DynamoDB::Table", **gone, "Properties": properties}


def mail_table() -> Resource:
    """What waits to be sent and what became of it: nothing in it is needed for long, so it goes with the stack."""
    ttl = {"AttributeName": "expires_at_ttl", "Enabled": True}
    properties = {**_table({"box": "HASH", "id": "RANGE"}), "TimeToLiveSpecification": ttl}
    gone = {"DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete"}
    return {"Type": "AWS::DynamoDB::Table", **gone, "Properties": properties}


def audit_table() -> Resource:
    """Its stream shows the watcher changes and removals, and a bus new events.

    It has the new images only, as CloudFormation does not reliably change what a stream contains.
    """
    by_time = {
        "IndexName": BY_TIME,
        "KeySchema": _key_schema({"year": "HASH", "sk": "RANGE"}),
        "Projection": {"ProjectionType": "ALL"},
    }
    table = _table({"pk": "HASH", "sk": "RANGE"}, "year")
    stream = {"StreamViewType": "NEW_IMAGE"}
    return kept(
        "AWS::DynamoDB::Table", {**table, "GlobalSecondaryIndexes": [by_time], "StreamSpecification": stream}
    )


def _table(key: Mapping[str, str], *indexed: str) -> Resource:
    return {
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in (*key, *indexed)],
        "KeySchema": _key_schema(key),
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "SSESpecification": {"SSEEnabled": True},
    }


def _key_schema(key: Mapping[str, str]) -> list[Resource]:
    return [{"AttributeName": name, "KeyType": kind} for name, kind in key.items()]


def kept(kind: str, properties: Mapping[str, object]) -> Resource:
    """A resource whose data outlives the stack."""
    kept = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
    return {"Type": kind, **kept, "Properties": dict(properties)}
