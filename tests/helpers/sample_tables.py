"""Tables as the portal has them, for tests of DynamoDB in the embedded AWS."""

import uuid
from functools import cache
from typing import Any

from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from tests.helpers import sample_portal
from tests.helpers.embedded_aws import IDENTITY, REGION

STACK = "sample-tables"
AUDIT_ARN = f"arn:aws:dynamodb:{REGION}:{IDENTITY}:table/sample-audit"
MEMBERS_ARN = f"arn:aws:dynamodb:{REGION}:{IDENTITY}:table/sample-members"
Item = dict[str, Any]


def table(name: str, *keys: str, **more: Any) -> dict[str, Any]:
    """A table with string keys: HASH, and RANGE if there is a second one."""
    return {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "TableName": name,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"} for key in keys],
            "KeySchema": schema(*keys[:2]),
            **more,
        },
    }


def schema(*keys: str) -> list[dict[str, str]]:
    kinds = zip(keys, ("HASH", "RANGE"), strict=False)
    return [{"AttributeName": key, "KeyType": kind} for key, kind in kinds]


INDEX = {"IndexName": "by-year", "KeySchema": schema("year", "sk"), "Projection": {"ProjectionType": "ALL"}}
TEMPLATE = {
    "Resources": {
        "Members": table("sample-members", "directory", "name"),
        "Audit": table("sample-audit", "pk", "sk", "year", GlobalSecondaryIndexes=[INDEX]),
        "Console": table(
            "sample-console", "pk", TimeToLiveSpecification={"AttributeName": "expires_at", "Enabled": True}
        ),
    },
    "Outputs": {"Audit": {"Value": {"Fn::GetAtt": ["Audit", "Arn"]}}},
}


@cache
def deployed(aws: EmbeddedAWS) -> Any:
    """A client, with the three tables made by CloudFormation, once."""
    session = aws.session(IDENTITY)
    cloudformation = session.client("cloudformation")
    assert sample_portal.apply(cloudformation, STACK, TEMPLATE) == "CREATE_COMPLETE"
    assert sample_portal.outputs(cloudformation, STACK)["Audit"] == AUDIT_ARN
    return session.client("dynamodb")


def new_directory(dynamodb: Any) -> str:
    """The HASH key of a directory with ten members; those with odd numbers have ``proved_at``."""
    name = uuid.uuid4().hex
    for number in range(10):
        proved = {"proved_at": {"N": "1"}} if number % 2 else {}
        item = {**key_of(name, f"member-{number}"), "groups": {"L": [{"S": "developers"}]}, **proved}
        dynamodb.put_item(TableName="sample-members", Item=item)
    return name


def key_of(directory: str, name: str) -> Item:
    return {"directory": {"S": directory}, "name": {"S": name}}


def member(directory: str, name: str, **more: Any) -> dict[str, Any]:
    """The parameters of an operation on one member."""
    return {"TableName": "sample-members", "Key": key_of(directory, name), **more}


def query(directory: str, **more: Any) -> dict[str, Any]:
    """The parameters of a query of one directory; ``names`` and ``values`` are those of expressions in ``more``."""
    values = {":directory": {"S": directory}, **more.pop("values", {})}
    return {
        "TableName": "sample-members",
        "KeyConditionExpression": "#d = :directory" + more.pop("and_range", ""),
        "ExpressionAttributeNames": {"#d": "directory", **more.pop("names", {})},
        "ExpressionAttributeValues": values,
        **more,
    }


def names(answer: Any) -> list[str]:
    """The members of a query's answer."""
    return [item["name"]["S"] for item in answer["Items"]]


def event(directory: str, number: int) -> Item:
    """An audit event of 2026; ``directory`` is its subject and its year."""
    return {"pk": {"S": directory}, "sk": {"S": f"2026-01-0{number}"}, "year": {"S": directory}}
