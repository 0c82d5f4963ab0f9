"""Queries and tables of the embedded AWS's DynamoDB, as the portal's records and audit trail use them."""

from typing import Any

import pytest

from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from tests.helpers import sample_portal
from tests.helpers.embedded_aws import IDENTITY, PlainMinistack, Refused, allow, new_user
from tests.helpers.sample_tables import AUDIT_ARN, STACK, TEMPLATE, event, key_of, names, query, table

QUERY_OF_INDEX = {
    "TableName": "sample-audit",
    "IndexName": "by-year",
    "KeyConditionExpression": "#y = :year",
    "ExpressionAttributeNames": {"#y": "year"},
    "ExpressionAttributeValues": {":year": {"S": "2026"}},
}


def test_a_query_comes_in_pages_and_in_both_directions(dynamodb: Any, directory: str) -> None:
    first = dynamodb.query(**query(directory, Limit=4))
    assert names(first) == [f"member-{number}" for number in range(4)]
    assert first["LastEvaluatedKey"] == key_of(directory, "member-3")
    second = dynamodb.query(**query(directory, Limit=4, ExclusiveStartKey=first["LastEvaluatedKey"]))
    assert names(second) == [f"member-{number}" for number in range(4, 8)]
    last = dynamodb.query(**query(directory, Limit=4, ExclusiveStartKey=second["LastEvaluatedKey"]))
    assert (names(last), "LastEvaluatedKey" in last) == (["member-8", "member-9"], False)
    backwards = dynamodb.query(**query(directory, Limit=2, ScanIndexForward=False))
    assert names(backwards) == ["member-9", "member-8"]
    on = dynamodb.query(
        **query(directory, Limit=2, ScanIndexForward=False, ExclusiveStartKey=backwards["LastEvaluatedKey"])
    )
    assert names(on) == ["member-7", "member-6"]


def test_a_start_that_is_no_item_is_a_place_between_items(dynamodb: Any, directory: str) -> None:
    answer = dynamodb.query(**query(directory, Limit=2, ExclusiveStartKey=key_of(directory, "member-3x")))
    assert names(answer) == ["member-4", "member-5"]


def test_a_filter_applies_after_the_limit(dynamodb: Any, directory: str) -> None:
    proved = {"FilterExpression": "attribute_exists(proved_at)"}
    first = dynamodb.query(**query(directory, Limit=4, **proved))
    assert (names(first), first["ScannedCount"]) == (["member-1", "member-3"], 4)
    assert first["LastEvaluatedKey"] == key_of(directory, "member-3")
    grouped = dynamodb.query(
        **query(
            directory,
            names={"#g": "groups"},
            values={":group": {"S": "developers"}},
            FilterExpression="contains(#g, :group) AND attribute_not_exists(proved_at)",
        )
    )
    assert names(grouped) == [f"member-{number}" for number in range(0, 10, 2)]


def test_a_key_cannot_be_filtered(dynamodb: Any, directory: str) -> None:
    part = {"names": {"#n": "name"}, "values": {":part": {"S": "1"}}}
    with Refused("ValidationException") as refused:
        dynamodb.query(**query(directory, FilterExpression="contains(#n, :part)", **part))
    assert refused.message == (
        "Filter Expression can only contain non-primary key attributes: Primary key attribute: name"
    )


def test_a_range_of_names_is_a_query(dynamodb: Any, directory: str) -> None:
    begin = query(
        directory, and_range=" AND begins_with(#n, :p)", names={"#n": "name"}, values={":p": {"S": "member-1"}}
    )
    assert names(dynamodb.query(**begin)) == ["member-1"]
    between = query(
        directory,
        and_range=" AND #n BETWEEN :a AND :b",
        names={"#n": "name"},
        values={":a": {"S": "member-7"}, ":b": {"S": "member-8x"}},
    )
    assert names(dynamodb.query(**between)) == ["member-7", "member-8"]
    assert dynamodb.query(**query(directory, Select="COUNT"))["Count"] == 10


def test_the_index_is_queried_in_pages_backwards(dynamodb: Any, directory: str) -> None:
    for number in range(1, 6):
        dynamodb.put_item(TableName="sample-audit", Item=event(directory, number))
    by_year = {
        "TableName": "sample-audit",
        "IndexName": "by-year",
        "KeyConditionExpression": "#y = :year AND sk BETWEEN :since AND :until",
        "ExpressionAttributeNames": {"#y": "year"},
        "ExpressionAttributeValues": {
            ":year": {"S": directory},
            ":since": {"S": "2026-01-02"},
            ":until": {"S": "2026-01-05"},
        },
        "ScanIndexForward": False,
        "Limit": 3,
    }
    first = dynamodb.query(**by_year)
    assert [item["sk"]["S"][-1] for item in first["Items"]] == ["5", "4", "3"]
    assert set(first["LastEvaluatedKey"]) == {"pk", "sk", "year"}
    last = dynamodb.query(**by_year, ExclusiveStartKey=first["LastEvaluatedKey"])
    assert [item["sk"]["S"][-1] for item in last["Items"]] == ["2"]


@pytest.mark.usefixtures("dynamodb")
def test_a_query_of_an_index_is_authorized_on_the_index(aws: EmbeddedAWS) -> None:
    of_table = new_user(aws, allow("dynamodb:Query", resource=AUDIT_ARN)).client("dynamodb")
    of_index = new_user(aws, allow("dynamodb:Query", resource=f"{AUDIT_ARN}/index/*")).client("dynamodb")
    plain_query = {
        "TableName": "sample-audit",
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": "x"}},
    }
    of_index.query(**QUERY_OF_INDEX)
    of_table.query(**plain_query)
    for client, denied in ((of_table, QUERY_OF_INDEX), (of_index, plain_query)):
        with Refused("AccessDeniedException"):
            client.query(**denied)


def test_the_time_to_live_is_the_tables(dynamodb: Any) -> None:
    found = dynamodb.describe_time_to_live(TableName="sample-console")["TimeToLiveDescription"]
    assert (found["AttributeName"], found["TimeToLiveStatus"]) == ("expires_at", "ENABLED")


def test_the_time_to_live_changes_with_the_stack(aws: EmbeddedAWS) -> None:
    session = aws.session(IDENTITY)
    cloudformation, client = session.client("cloudformation"), session.client("dynamodb")

    def status_with(**more: Any) -> tuple[str, str | None]:
        body = {"Resources": {"Table": table("sample-ttl", "pk", **more)}}
        kind = "UPDATE" if "sample-ttl" in client.list_tables()["TableNames"] else "CREATE"
        assert sample_portal.apply(cloudformation, "sample-ttl", body, kind) == f"{kind}_COMPLETE"
        found = client.describe_time_to_live(TableName="sample-ttl")["TimeToLiveDescription"]
        return found["TimeToLiveStatus"], found.get("AttributeName")

    assert status_with() == ("DISABLED", None)
    enabled = {"AttributeName": "ends_at", "Enabled": True}
    assert status_with(TimeToLiveSpecification=enabled) == ("ENABLED", "ends_at")
    assert status_with() == ("DISABLED", "ends_at")
    cloudformation.delete_stack(StackName="sample-ttl")


def test_plain_ministack_still_has_no_time_to_live_in_cloudformation_and_filters_keys(
    plain: PlainMinistack,
) -> None:
    cloudformation, client = plain.client("cloudformation"), plain.client("dynamodb")
    assert sample_portal.apply(cloudformation, STACK, TEMPLATE) == "CREATE_COMPLETE"
    found = client.describe_time_to_live(TableName="sample-console")["TimeToLiveDescription"]
    assert found["TimeToLiveStatus"] == "DISABLED"
    part = {"names": {"#n": "name"}, "values": {":part": {"S": "1"}}}
    client.query(**query("any", FilterExpression="contains(#n, :part)", **part))
