"""The deployed sweeper: what a run removes, who may start one, and what its role cannot do."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.aws.items import MEMBER_FIELDS
from chalicelib.members.invitations import hashed
from chalicelib.members.link_tokens import token_text
from firstday.stack.alarms import log_metrics
from firstday.stack.sweeper_resources import FUNCTION_NAME
from tests.helpers.lambda_role import IDENTITY, Client, client_with, lambda_credentials, refused
from tests.helpers.running_sandbox import BIN, NewMember, RunningSandbox

MFA = f"arn:aws:iam::{IDENTITY}:mfa/"


def grow_old(sandbox: RunningSandbox, user_name: str, days: int) -> None:
    """Put all times of a member's record back, as a wait would."""
    key = {"directory": {"S": "members"}, "name": {"S": user_name}}
    dynamodb, name = sandbox.root("dynamodb"), sandbox.table("Members")
    item = dynamodb.get_item(TableName=name, Key=key)["Item"]
    for attribute in (each for each in item if each.endswith("_at")):
        moment = datetime.fromisoformat(item[attribute]["S"]) - timedelta(days=days)
        item[attribute] = {"S": moment.astimezone(UTC).isoformat(timespec="microseconds")}
    dynamodb.put_item(TableName=name, Item=item)


def until_the_qr_code(sandbox: RunningSandbox, new_member: NewMember, user_name: str) -> None:
    member = new_member(user_name)
    member.scan(member.begin(sandbox.invite(user_name)["invitation_url"]))


def unassigned(sandbox: RunningSandbox) -> set[str]:
    found = sandbox.root("iam").list_virtual_mfa_devices(AssignmentStatus="Unassigned")["VirtualMFADevices"]
    return {device["SerialNumber"].removeprefix(MFA) for device in found}


def test_an_administrator_runs_it_by_hand_and_only_what_was_abandoned_goes(
    sandbox: RunningSandbox, new_member: NewMember, tmp_path: Any
) -> None:
    until_the_qr_code(sandbox, new_member, "gave-up")
    grow_old(sandbox, "gave-up", 40)
    until_the_qr_code(sandbox, new_member, "still-there")
    sandbox.invite("never-came")
    grow_old(sandbox, "never-came", 40)
    sandbox.root("iam").create_virtual_mfa_device(VirtualMFADeviceName="stranger")
    answer = tmp_path / "swept.json"
    status, shown = new_member("admin").run(
        [str(BIN / "aws"), "lambda", "invoke", "--function-name", FUNCTION_NAME, str(answer)],
        **sandbox.admin_environment,
    )
    assert status == 0, shown
    swept = json.loads(answer.read_text())
    assert "gave-up" in swept["devices"]
    assert "never-came" in swept["never_opened"]
    assert (swept["refused"], swept["is_finished"]) == ([], True)
    left = unassigned(sandbox)
    assert {"still-there", "stranger"} <= left
    assert "gave-up" not in left
    assert sandbox.root("iam").get_user(UserName="never-came")
    shown = sandbox.firstday("audit", "--member", "gave-up").stdout
    assert shown.count("firstday-sweeper") == 1


def test_a_run_is_in_a_log_of_its_own_and_the_patterns_of_the_alarms_find_their_lines(
    sandbox: RunningSandbox,
) -> None:
    sandbox.root("lambda").invoke(FunctionName=FUNCTION_NAME)
    logs = sandbox.root("logs")
    groups = {
        group["logGroupName"]: group.get("retentionInDays") for group in logs.describe_log_groups()["logGroups"]
    }
    (name,) = [name for name in groups if "Sweeper" in name]
    assert groups[name] == 90
    messages = [event["message"] for event in logs.filter_log_events(logGroupName=name)["events"]]
    lines = [json.loads(message) for message in messages if message.startswith("{")]
    assert {"actor": "firstday-sweeper", "action": "sweep", "outcome": "ok"}.items() <= lines[-1].items()
    filters = logs.describe_metric_filters()["metricFilters"]
    assert {found["filterPattern"] for found in filters} == {metric.pattern for metric in log_metrics()}


@pytest.fixture(scope="module")
def sweeper(sandbox: RunningSandbox) -> Iterator[Client]:
    """Clients with a session of the sweeper's role."""
    with lambda_credentials(sandbox, FUNCTION_NAME) as credentials:
        yield client_with(sandbox, credentials)


def test_its_role_deletes_no_device_that_is_in_use(
    sweeper: Client, sandbox: RunningSandbox, new_member: NewMember
) -> None:
    member = new_member("in-use")
    member.first_day(sandbox.invite("in-use")["invitation_url"])
    iam = sweeper("iam")
    assert iam.list_virtual_mfa_devices(AssignmentStatus="Assigned")["VirtualMFADevices"]
    with pytest.raises(iam.exceptions.DeleteConflictException):
        iam.delete_virtual_mfa_device(SerialNumber=f"{MFA}in-use")


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("create_virtual_mfa_device", {"VirtualMFADeviceName": "d"}),
        ("deactivate_mfa_device", {"UserName": "dev-simple-user", "SerialNumber": f"{MFA}dev-simple-user"}),
        ("list_users", {}),
        ("get_user", {"UserName": "dev-simple-user"}),
        ("delete_user", {"UserName": "dev-simple-user"}),
        ("create_user", {"UserName": "u", "Path": "/members/"}),
        ("list_mfa_devices", {"UserName": "dev-simple-user"}),
        ("list_access_keys", {"UserName": "dev-simple-user"}),
        ("create_access_key", {"UserName": "dev-simple-user"}),
        ("create_login_profile", {"UserName": "dev-simple-user", "Password": "correct horse battery staple"}),
        ("add_user_to_group", {"UserName": "dev-simple-user", "GroupName": "developers"}),
        ("remove_user_from_group", {"UserName": "dev-simple-user", "GroupName": "firstday-members"}),
        ("get_role", {"RoleName": "firstday-admin"}),
        ("get_group_policy", {"GroupName": "developers", "PolicyName": "firstday"}),
        ("get_account_password_policy", {}),
    ],
)
def test_its_role_may_do_nothing_else_in_iam(sweeper: Client, operation: str, arguments: dict[str, str]) -> None:
    refused(getattr(sweeper("iam"), operation), **arguments)


def test_its_role_removes_no_record_and_reads_and_rewrites_no_audit_event(
    sweeper: Client, sandbox: RunningSandbox
) -> None:
    members, console, audit = (sandbox.table(part) for part in ("Members", "Console", "Audit"))
    dynamodb = sweeper("dynamodb")
    record = {"directory": {"S": "members"}, "name": {"S": "dev-simple-user"}}
    event = {"pk": {"S": "member#dev-simple-user"}, "sk": {"S": "x"}}
    everything = {
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": "member#dev-simple-user"}},
    }
    assert dynamodb.get_item(TableName=members, Key=record)
    refused(dynamodb.delete_item, TableName=members, Key=record)
    refused(dynamodb.put_item, TableName=members, Item=record)
    refused(dynamodb.scan, TableName=members)
    refused(dynamodb.query, TableName=audit, **everything)
    refused(dynamodb.get_item, TableName=audit, Key=event)
    refused(dynamodb.update_item, TableName=audit, Key=event, UpdateExpression="REMOVE actor")
    refused(dynamodb.delete_item, TableName=audit, Key=event)
    refused(dynamodb.get_item, TableName=console, Key={"pk": {"S": "x"}})
    refused(dynamodb.delete_table, TableName=members)


def test_who_takes_over_the_sweeper_becomes_no_member_who_has_not_registered_yet(
    sweeper: Client, sandbox: RunningSandbox, new_member: NewMember
) -> None:
    """A token of their own in the record, and no passcode: the link would be theirs, and the phone with it."""
    name = "not-there-yet"
    sandbox.invite(name, "--passcode")
    secret = "A" * 43
    taken_over = {
        "Key": {"directory": {"S": "members"}, "name": {"S": name}},
        "UpdateExpression": "SET token_hash = :hash REMOVE passcode_hash",
        "ExpressionAttributeValues": {":hash": {"S": hashed(secret)}},
    }
    members, dynamodb = sandbox.table("Members"), sweeper("dynamodb")
    refused(dynamodb.update_item, TableName=members, **taken_over)
    refused(dynamodb.transact_write_items, TransactItems=[{"Update": {"TableName": members, **taken_over}}])
    assert new_member(name).begin(f"#{token_text(name, secret)}").status == 404


@pytest.mark.parametrize("attribute", [*MEMBER_FIELDS, "claimed_by", "claimed_until"])
def test_its_role_changes_no_attribute_of_a_record(
    sweeper: Client, sandbox: RunningSandbox, attribute: str
) -> None:
    """A role that may clear an attribute may also set it: IAM cannot tell the two apart."""
    record = {
        "TableName": sandbox.table("Members"),
        "Key": {"directory": {"S": "members"}, "name": {"S": "nobody"}},
        "ExpressionAttributeNames": {"#it": attribute},
    }
    value, update = {"ExpressionAttributeValues": {":it": {"S": "x"}}}, sweeper("dynamodb").update_item
    refused(update, UpdateExpression="REMOVE #it", **record)
    refused(update, UpdateExpression="SET #it = :it", **record, **value)


def test_its_role_reaches_nothing_else(sweeper: Client) -> None:
    refused(sweeper("s3").list_buckets)
    refused(sweeper("lambda").list_functions)
    refused(sweeper("lambda").invoke, FunctionName=FUNCTION_NAME)
    refused(sweeper("cloudformation").list_stacks)
    refused(sweeper("logs").describe_log_groups)
    admin = f"arn:aws:iam::{IDENTITY}:role/firstday-admin"
    refused(sweeper("sts").assume_role, RoleArn=admin, RoleSessionName="intruder")
