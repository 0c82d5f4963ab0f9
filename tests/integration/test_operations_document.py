"""The script of docs/operations.md that takes records back from a restored table."""

import sys
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from firstday.stack.table_resources import members_table
from tests.helpers.documents import OPERATIONS, fences

REGION = "ap-northeast-1"
(SCRIPT,) = fences(OPERATIONS, "python")


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """DynamoDB, with a table of members and a restored one."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    # The script of the document is run as it stands there, and reads these.
    monkeypatch.setattr(sys, "argv", ["restore.py", "restored", "members"])
    with mock_aws():
        database = boto3.client("dynamodb")
        properties: Any = members_table()["Properties"]
        for name in ("members", "restored"):
            database.create_table(
                TableName=name,
                BillingMode="PAY_PER_REQUEST",
                KeySchema=properties["KeySchema"],
                AttributeDefinitions=properties["AttributeDefinitions"],
            )
        yield database


def put(tables: Any, table: str, name: str, **attributes: str) -> None:
    key = {"directory": {"S": "members"}, "name": {"S": name}}
    tables.put_item(TableName=table, Item=key | {key: {"S": value} for key, value in attributes.items()})


def found(tables: Any) -> dict[str, set[str]]:
    """The names in the table, each with its attributes other than the key."""
    items = tables.scan(TableName="members")["Items"]
    return {item["name"]["S"]: item.keys() - {"directory", "name"} for item in items}


def test_what_is_missing_comes_back_without_its_link(tables: Any, capsys: pytest.CaptureFixture[str]) -> None:
    put(tables, "restored", "dev-simple-user", created_at="2026-11-23", token_hash="0" * 64, session_hash="1" * 64)
    for expected in ("1 copied\n", "0 copied\n"):  # it may be repeated
        exec(compile(SCRIPT, "restore.py", "exec"), {})  # noqa: S102  # the document's own script
        assert capsys.readouterr().out == expected
    assert found(tables) == {"dev-simple-user": {"created_at"}}


def test_what_is_there_stays_as_it_is(tables: Any) -> None:
    put(tables, "members", "dev-simple-user", reset_at="2026-11-24")
    put(tables, "restored", "dev-simple-user", proved_at="2026-11-23")
    exec(compile(SCRIPT, "restore.py", "exec"), {})  # noqa: S102  # the document's own script
    assert found(tables) == {"dev-simple-user": {"reset_at"}}
