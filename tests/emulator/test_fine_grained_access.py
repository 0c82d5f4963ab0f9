"""Which items and attributes of a table a role may use, as DynamoDB's condition keys say.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
"""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest

from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from tests.helpers import sample_portal
from tests.helpers.embedded_aws import (
    IDENTITY,
    REGION,
    PlainMinistack,
    Refused,
    allow,
    document,
    new_user,
    root_client,
)
from tests.helpers.sample_tables import table

NAME = "sample-mail"
ARN = f"arn:aws:dynamodb:{REGION}:{IDENTITY}:table/{NAME}"
SENT = {"box": {"S": "sent"}, "id": {"S": "1"}}
WAITING = {"box": {"S": "waiting"}, "id": {"S": "1"}}
OF_SENT = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["sent"]}}
OF_COUNT = {"ForAllValues:StringEquals": {"dynamodb:Attributes": ["box", "id", "count"]}}
Call = Callable[[Any], Any]


@pytest.fixture(scope="module", autouse=True)
def mail(aws: EmbeddedAWS) -> None:
    template = {"Resources": {"Table": table(NAME, "box", "id")}}
    assert sample_portal.apply(root_client(aws, "cloudformation"), NAME, template) == "CREATE_COMPLETE"
    root = root_client(aws, "dynamodb")
    for key in (SENT, WAITING):
        root.put_item(TableName=NAME, Item=key | {"count": {"N": "1"}, "secret": {"S": "x"}})


def limited(aws: EmbeddedAWS, condition: dict[str, Any]) -> Any:
    return new_user(aws, allow("dynamodb:*", resource=ARN, Condition=condition)).client("dynamodb")


def query(**more: Any) -> Call:
    return lambda client: client.query(TableName=NAME, **more)


def of_item(operation: str, **more: Any) -> Call:
    return lambda client: getattr(client, operation)(TableName=NAME, **more)


def transaction(*parts: dict[str, Any]) -> Call:
    named = [{kind: {"TableName": NAME, **part}} for one in parts for kind, part in one.items()]
    return lambda client: client.transact_write_items(TransactItems=named)


def set_count(key: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "Key": key,
        "UpdateExpression": "SET #c = :c",
        "ExpressionAttributeNames": {"#c": "count"},
        "ExpressionAttributeValues": {":c": {"N": "2"}},
        **more,
    }


def box(name: str) -> dict[str, Any]:
    return {
        "KeyConditionExpression": "#b = :b AND begins_with(id, :i)",
        "ExpressionAttributeNames": {"#b": "box"},
        "ExpressionAttributeValues": {":b": {"S": name}, ":i": {"S": "1"}},
    }


def put(key: dict[str, Any]) -> dict[str, Any]:
    return {"Item": key | {"count": {"N": "1"}, "secret": {"S": "x"}}}


CALLS_OF_A_BOX: list[tuple[Call, bool]] = [
    (of_item("get_item", Key=SENT), True),
    (of_item("get_item", Key=WAITING), False),
    (query(**box("sent")), True),
    (query(**box("waiting")), False),
    (of_item("put_item", **put(SENT)), True),
    (of_item("put_item", **put(WAITING)), False),
    (of_item("update_item", **set_count(SENT)), True),
    (of_item("update_item", **set_count(WAITING)), False),
    (of_item("delete_item", Key={**SENT, "id": {"S": "none"}}), True),
    (of_item("delete_item", Key={**WAITING, "id": {"S": "none"}}), False),
    (transaction({"Put": put(SENT)}, {"Update": set_count({**SENT, "id": {"S": "2"}})}), True),
    (transaction({"Put": put(SENT)}, {"Update": set_count(WAITING)}), False),
    (transaction({"Put": put(SENT)}, {"Delete": {"Key": WAITING}}), False),
    (
        transaction(
            {"Put": put(SENT)}, {"ConditionCheck": {"Key": WAITING, "ConditionExpression": "attribute_exists(id)"}}
        ),
        False,
    ),
    (lambda client: client.batch_get_item(RequestItems={NAME: {"Keys": [SENT]}}), True),
    (lambda client: client.batch_get_item(RequestItems={NAME: {"Keys": [SENT, WAITING]}}), False),
    (lambda client: client.batch_write_item(RequestItems={NAME: [{"PutRequest": put(SENT)}]}), True),
    (lambda client: client.batch_write_item(RequestItems={NAME: [{"DeleteRequest": {"Key": WAITING}}]}), False),
]


@pytest.mark.parametrize(("call", "is_allowed"), CALLS_OF_A_BOX)
def test_a_role_limited_to_a_partition_key_reaches_no_other(call: Call, is_allowed: bool, aws: EmbeddedAWS) -> None:
    with nullcontext() if is_allowed else Refused("AccessDeniedException"):
        call(limited(aws, OF_SENT))


def test_a_scan_names_no_key_so_it_reads_every_box_unless_the_action_is_left_out(aws: EmbeddedAWS) -> None:
    found = limited(aws, OF_SENT).scan(TableName=NAME)["Items"]
    assert {item["box"]["S"] for item in found} == {"sent", "waiting"}


PROJECTED = {"ProjectionExpression": "#c", "ExpressionAttributeNames": {"#c": "count"}}
CALLS_OF_AN_ATTRIBUTE: list[tuple[Call, bool]] = [
    (of_item("update_item", **set_count(SENT)), True),
    (of_item("update_item", **set_count(SENT, ConditionExpression="attribute_exists(#c) AND box <> id")), True),
    (of_item("update_item", **set_count(SENT, ConditionExpression="attribute_exists(secret)")), False),
    (of_item("update_item", **set_count(SENT, UpdateExpression="SET #c = :c REMOVE secret")), False),
    (of_item("update_item", **set_count(SENT, UpdateExpression="SET #c = :c, secret.box = :c")), False),
    (of_item("update_item", **set_count(SENT, UpdateExpression="SET #c = if_not_exists(secret, :c)")), False),
    (of_item("put_item", **put(SENT)), False),
    (of_item("get_item", Key=SENT, **PROJECTED), True),
    (of_item("get_item", Key=SENT, ProjectionExpression="secret"), False),
    (query(**box("sent"), FilterExpression="attribute_exists(secret)"), False),
    (transaction({"Update": set_count(SENT)}), True),
    (transaction({"Update": set_count(SENT, UpdateExpression="SET #c = :c REMOVE secret")}), False),
    (transaction({"Put": put(SENT)}), False),
]


@pytest.mark.parametrize(("call", "is_allowed"), CALLS_OF_AN_ATTRIBUTE)
def test_a_role_limited_to_attributes_names_no_other(call: Call, is_allowed: bool, aws: EmbeddedAWS) -> None:
    root_client(aws, "dynamodb").put_item(TableName=NAME, **put(SENT))
    with nullcontext() if is_allowed else Refused("AccessDeniedException"):
        call(limited(aws, OF_COUNT))


def test_without_a_projection_every_attribute_is_read_unless_the_policy_demands_one(aws: EmbeddedAWS) -> None:
    assert "secret" in limited(aws, OF_COUNT).get_item(TableName=NAME, Key=SENT)["Item"]
    demanding = limited(aws, {**OF_COUNT, "StringEqualsIfExists": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"}})
    with Refused("AccessDeniedException"):
        demanding.get_item(TableName=NAME, Key=SENT)
    assert set(demanding.get_item(TableName=NAME, Key=SENT, **PROJECTED)["Item"]) == {"count"}
    demanding.update_item(TableName=NAME, **set_count(SENT))


def test_a_policy_can_keep_an_update_from_answering_with_the_whole_item(aws: EmbeddedAWS) -> None:
    client = limited(aws, {**OF_COUNT, "StringEquals": {"dynamodb:ReturnValues": ["NONE", "UPDATED_NEW"]}})
    client.update_item(TableName=NAME, **set_count(SENT))
    client.update_item(TableName=NAME, **set_count(SENT), ReturnValues="UPDATED_NEW")
    with Refused("AccessDeniedException"):
        client.update_item(TableName=NAME, **set_count(SENT), ReturnValues="ALL_OLD")


def test_plain_ministack_still_limits_nobody_to_a_partition_key(plain: PlainMinistack) -> None:
    iam, root = plain.client("iam"), plain.client("dynamodb")
    template = {"Resources": {"Table": table(NAME, "box", "id")}}
    assert sample_portal.apply(plain.client("cloudformation"), NAME, template) == "CREATE_COMPLETE"
    root.put_item(TableName=NAME, **put(WAITING))
    iam.create_user(UserName="limited")
    statement = allow("dynamodb:*", resource="*", Condition=OF_SENT)
    iam.put_user_policy(UserName="limited", PolicyName="test", PolicyDocument=document(statement))
    key = iam.create_access_key(UserName="limited")["AccessKey"]
    client = plain.client("dynamodb", key["AccessKeyId"], key["SecretAccessKey"])
    assert "Item" in client.get_item(TableName=NAME, Key=WAITING)
