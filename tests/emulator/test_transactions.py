"""Updates, conditions and transactions of the embedded AWS's DynamoDB."""

import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from tests.helpers.embedded_aws import Refused, allow, new_user
from tests.helpers.sample_tables import AUDIT_ARN, MEMBERS_ARN, event, key_of, member, names, query


def test_items_are_counted_up_listed_and_cleared(dynamodb: Any, directory: str) -> None:
    update = member(
        directory,
        "member-1",
        UpdateExpression=(
            "SET attempts = if_not_exists(attempts, :zero) + :one, "
            "history = list_append(if_not_exists(history, :empty), :event) REMOVE proved_at"
        ),
        ExpressionAttributeValues={
            ":zero": {"N": "0"},
            ":one": {"N": "1"},
            ":empty": {"L": []},
            ":event": {"L": [{"S": "reset"}]},
        },
        ReturnValues="ALL_NEW",
    )
    dynamodb.update_item(**update)
    item = dynamodb.update_item(**update)["Attributes"]
    assert item["attempts"] == {"N": "2"}
    assert item["history"] == {"L": [{"S": "reset"}, {"S": "reset"}]}
    assert "proved_at" not in item


@pytest.mark.parametrize("operation", ["update_item", "put_item", "delete_item"])
def test_a_failed_condition_tells_what_is_there(dynamodb: Any, directory: str, operation: str) -> None:
    changes = {
        "update_item": member(
            directory, "member-1", UpdateExpression="SET a = :a", ExpressionAttributeValues={":a": {"S": "x"}}
        ),
        "put_item": {"TableName": "sample-members", "Item": key_of(directory, "member-1")},
        "delete_item": member(directory, "member-1"),
    }
    with pytest.raises(ClientError) as caught:
        getattr(dynamodb, operation)(
            **changes[operation],
            ConditionExpression="attribute_not_exists(proved_at)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    response: Any = caught.value.response
    assert response["Error"]["Code"] == "ConditionalCheckFailedException"
    assert response["Item"]["proved_at"] == {"N": "1"}


def test_a_failed_condition_on_nothing_has_no_item(dynamodb: Any, directory: str) -> None:
    with pytest.raises(ClientError) as caught:
        dynamodb.delete_item(
            **member(directory, "nobody"),
            ConditionExpression="attribute_exists(#n)",
            ExpressionAttributeNames={"#n": "name"},
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    assert "Item" not in caught.value.response


def test_a_transaction_over_two_tables_happens_or_not_as_a_whole(dynamodb: Any, directory: str) -> None:
    record = {"Put": {"TableName": "sample-audit", "Item": event(directory, 1)}}
    change = {
        "Update": member(
            directory,
            "member-0",
            UpdateExpression="SET revoked_at = :now",
            ConditionExpression="attribute_not_exists(revoked_at)",
            ExpressionAttributeValues={":now": {"N": "5"}},
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    }
    check = {"ConditionCheck": member(directory, "member-1", ConditionExpression="attribute_exists(proved_at)")}
    drop = {"Delete": member(directory, "member-2")}
    dynamodb.transact_write_items(TransactItems=[check, change, drop, record], ClientRequestToken=uuid.uuid4().hex)
    assert "member-2" not in names(dynamodb.query(**query(directory)))

    later = {"Put": {"TableName": "sample-audit", "Item": event(directory, 2)}}
    with pytest.raises(ClientError) as caught:
        dynamodb.transact_write_items(TransactItems=[later, check, change])
    response: Any = caught.value.response
    assert response["Error"]["Code"] == "TransactionCanceledException"
    assert [reason["Code"] for reason in response["CancellationReasons"]] == [
        "None",
        "None",
        "ConditionalCheckFailed",
    ]
    assert response["CancellationReasons"][2]["Item"]["revoked_at"] == {"N": "5"}
    stored = dynamodb.get_item(TableName="sample-audit", Key={k: event(directory, 2)[k] for k in ("pk", "sk")})
    assert "Item" not in stored


def test_one_item_twice_in_a_transaction_is_refused(dynamodb: Any, directory: str) -> None:
    drop = {"Delete": member(directory, "member-2")}
    with Refused("ValidationException"):
        dynamodb.transact_write_items(TransactItems=[drop, drop])


@pytest.mark.usefixtures("dynamodb")
def test_each_item_of_a_transaction_is_authorized_on_its_table(aws: EmbeddedAWS, directory: str) -> None:
    actions = ("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:ConditionCheckItem")
    writer = new_user(
        aws, allow("dynamodb:DeleteItem", resource=MEMBERS_ARN), allow("dynamodb:PutItem", resource=AUDIT_ARN)
    ).client("dynamodb")
    drop = {"Delete": member(directory, "member-2")}
    record = {"Put": {"TableName": "sample-audit", "Item": event(directory, 9)}}
    writer.transact_write_items(TransactItems=[drop, record])
    check = {"ConditionCheck": member(directory, "member-1", ConditionExpression="attribute_exists(proved_at)")}
    put = {"Put": {"TableName": "sample-members", "Item": key_of(directory, "new")}}
    for refused in (check, put):
        with Refused("AccessDeniedException"):
            writer.transact_write_items(TransactItems=[refused, record])
    of_one_table = new_user(aws, allow(*actions, resource=MEMBERS_ARN)).client("dynamodb")
    with Refused("AccessDeniedException"):
        of_one_table.transact_write_items(TransactItems=[put, record])
