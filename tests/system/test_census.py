"""The deployed census: what the first page shows after a run, and what its role cannot do."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.aws.census_table import KEY
from chalicelib.aws.items import member_key
from firstday.stack.census_resources import FUNCTION_NAME
from tests.helpers.lambda_role import IDENTITY, Client, client_with, lambda_credentials, refused
from tests.helpers.running_sandbox import RunningSandbox

OWN_ITEM = {"pk": {"S": KEY}}


def test_a_run_counts_everybody_into_one_item(sandbox: RunningSandbox) -> None:
    sandbox.invite("is-counted")
    answer = sandbox.root("lambda").invoke(FunctionName=FUNCTION_NAME)
    assert json.loads(answer["Payload"].read()) == {"refused": [], "reason": "", "is_finished": True}
    dynamodb = sandbox.root("dynamodb")
    stored = dynamodb.get_item(TableName=sandbox.table("Console"), Key=OWN_ITEM)["Item"]
    everybody = dynamodb.scan(TableName=sandbox.table("Members"), Select="COUNT")["Count"]
    assert int(stored["members"]["N"]) == everybody
    assert sum(json.loads(stored["numbers"]["S"])["states"].values()) == everybody


@pytest.fixture(scope="module")
def census(sandbox: RunningSandbox) -> Iterator[Client]:
    """Clients with a session of its role."""
    with lambda_credentials(sandbox, FUNCTION_NAME) as credentials:
        yield client_with(sandbox, credentials)


@pytest.mark.parametrize("key", ["session#0a", "link#0a", "event#0a", "Census", "census#"])
def test_its_role_writes_no_session_and_no_link(census: Client, sandbox: RunningSandbox, key: str) -> None:
    name, item = sandbox.table("Console"), {"pk": {"S": key}}
    dynamodb: Any = census("dynamodb")
    refused(dynamodb.put_item, TableName=name, Item=item)
    both = [{"Put": {"TableName": name, "Item": each}} for each in (OWN_ITEM, item)]
    refused(dynamodb.transact_write_items, TransactItems=both)
    refused(dynamodb.get_item, TableName=name, Key=item)
    for change in (dynamodb.update_item, dynamodb.delete_item):
        refused(change, TableName=name, Key=item)
        refused(change, TableName=name, Key=OWN_ITEM)


def test_its_role_reaches_nothing_else(census: Client, sandbox: RunningSandbox) -> None:
    members, console, audit = (sandbox.table(part) for part in ("Members", "Console", "Audit"))
    dynamodb: Any = census("dynamodb")
    record, event = member_key("dev-simple-user"), {"pk": {"S": "portal"}, "sk": {"S": "x"}}
    refused(dynamodb.put_item, TableName=members, Item=record)
    refused(dynamodb.update_item, TableName=members, Key=record)
    refused(dynamodb.delete_item, TableName=members, Key=record)
    refused(dynamodb.put_item, TableName=audit, Item=event)
    refused(dynamodb.scan, TableName=console)
    for operation in ("list_users", "list_groups", "list_virtual_mfa_devices"):
        refused(getattr(census("iam"), operation))
    for operation in ("get_user", "list_access_keys", "create_access_key", "create_login_profile"):
        arguments = {"Password": "correct horse battery staple"} if "login" in operation else {}
        refused(getattr(census("iam"), operation), UserName="dev-simple-user", **arguments)
    refused(census("lambda").invoke, FunctionName=FUNCTION_NAME)
    admin = f"arn:aws:iam::{IDENTITY}:role/firstday-admin"
    refused(census("sts").assume_role, RoleArn=admin, RoleSessionName="intruder")
