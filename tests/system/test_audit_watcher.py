"""The watcher sees tampering with the audit trail of a deployed portal, even by somebody who may do anything."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from firstday.stack.audit_watcher_resources import FUNCTION_NAME
from tests.system.lambda_role import Client, client_with, lambda_credentials, refused
from tests.system.running_sandbox import RunningSandbox

WAIT_SECONDS = 60


def audit_table(sandbox: RunningSandbox) -> str:
    names: list[str] = sandbox.root("dynamodb").list_tables()["TableNames"]
    return next(name for name in names if "Audit" in name)


def an_event_of(sandbox: RunningSandbox, user_name: str) -> dict[str, Any]:
    """The first event of a member who has just been invited."""
    sandbox.invite(user_name)
    found = sandbox.root("dynamodb").query(
        TableName=audit_table(sandbox),
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"member#{user_name}"}},
    )
    event: dict[str, Any] = found["Items"][0]
    return event


def key_of(event: dict[str, Any]) -> dict[str, Any]:
    return {name: event[name] for name in ("pk", "sk")}


def seen(sandbox: RunningSandbox, part: str = "AuditWatcherLogs") -> list[dict[str, Any]]:
    """The JSON lines of the function's log."""
    logs = sandbox.root("logs")
    (name,) = [
        group["logGroupName"] for group in logs.describe_log_groups()["logGroups"] if part in group["logGroupName"]
    ]
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=name)
    messages = [event["message"] for page in pages for event in page["events"]]
    return [json.loads(message) for message in messages if message.startswith("{")]


def until_seen(sandbox: RunningSandbox, event: dict[str, Any]) -> dict[str, Any]:
    ends = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < ends:
        for line in seen(sandbox):
            if line["id"] == event["sk"]["S"]:
                return line
        time.sleep(0.5)
    raise AssertionError(seen(sandbox))


def changed(sandbox: RunningSandbox, event: dict[str, Any]) -> None:
    sandbox.root("dynamodb").update_item(
        TableName=audit_table(sandbox),
        Key=key_of(event),
        UpdateExpression="SET actor = :other",
        ExpressionAttributeValues={":other": {"S": "somebody-else"}},
    )


def overwritten(sandbox: RunningSandbox, event: dict[str, Any]) -> None:
    item = {**event, "actor": {"S": "somebody-else"}}
    sandbox.root("dynamodb").put_item(TableName=audit_table(sandbox), Item=item)


def removed(sandbox: RunningSandbox, event: dict[str, Any]) -> None:
    sandbox.root("dynamodb").delete_item(TableName=audit_table(sandbox), Key=key_of(event))


@pytest.mark.parametrize(
    ("tamper", "outcome"), [(changed, "changed"), (overwritten, "changed"), (removed, "removed")]
)
def test_what_is_done_to_an_event_is_a_line_of_the_watchers_log(
    tamper: Any, outcome: str, sandbox: RunningSandbox
) -> None:
    name = f"tampered-{tamper.__name__}"
    event = an_event_of(sandbox, name)
    tamper(sandbox, event)
    line = until_seen(sandbox, event)
    expected = {"level": "warning", "action": "audit.tampered", "outcome": outcome, "subject": name}
    assert expected.items() <= line.items()


def test_the_portals_log_still_says_what_the_event_was(sandbox: RunningSandbox) -> None:
    event = an_event_of(sandbox, "told-twice")
    removed(sandbox, event)
    (line,) = [line for line in seen(sandbox, "PortalLogs") if line.get("id") == event["sk"]["S"]]
    assert (line["level"], line["action"], line["subject"]) == ("audit", event["action"]["S"], "told-twice")
    assert line["actor"] == event["actor"]["S"]


def test_the_portals_own_events_do_not_call_the_watcher(sandbox: RunningSandbox) -> None:
    known = {line["id"] for line in seen(sandbox)}
    event = an_event_of(sandbox, "untouched")
    marker = an_event_of(sandbox, "tampered-after")
    removed(sandbox, marker)
    until_seen(sandbox, marker)
    assert {line["id"] for line in seen(sandbox)} - known == {marker["sk"]["S"]}
    assert event["sk"]["S"] not in {line["id"] for line in seen(sandbox)}


@pytest.fixture(scope="module")
def watcher(sandbox: RunningSandbox) -> Iterator[Client]:
    """Clients with a session of the watcher's role."""
    with lambda_credentials(sandbox, FUNCTION_NAME) as credentials:
        yield client_with(sandbox, credentials)


def test_its_role_reads_the_stream_and_neither_reads_nor_writes_a_table(
    watcher: Client, sandbox: RunningSandbox
) -> None:
    dynamodb, audit = watcher("dynamodb"), audit_table(sandbox)
    event = {"pk": {"S": "portal"}, "sk": {"S": "x"}}
    refused(dynamodb.get_item, TableName=audit, Key=event)
    refused(dynamodb.put_item, TableName=audit, Item=event)
    refused(dynamodb.delete_item, TableName=audit, Key=event)
    refused(dynamodb.scan, TableName=audit)
    refused(watcher("iam").list_users)
    refused(watcher("s3").list_buckets)
    refused(watcher("lambda").list_functions)
    refused(watcher("events").put_events, Entries=[{"Source": "x", "DetailType": "x", "Detail": "{}"}])
