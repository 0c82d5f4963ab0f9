"""The deployed key retirement: what a run deactivates, and what its role cannot do."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from botocore.credentials import Credentials

from chalicelib.aws.items import MEMBER_FIELDS, member_key
from firstday.stack.key_retirement_resources import FUNCTION_NAME
from tests.helpers.embedded_aws import Refused
from tests.helpers.lambda_role import (
    IDENTITY,
    Client,
    assert_it_only_reads_records,
    client_with,
    lambda_credentials,
    refused,
)
from tests.helpers.member_keys import new_key, replaced, statuses
from tests.helpers.portal_attempts import BELOW
from tests.helpers.running_sandbox import RunningSandbox

MEMBER, ADMIN = "rotates-keys", "admin"
ACTIVE, INACTIVE = "Active", "Inactive"
MFA = f"arn:aws:iam::{IDENTITY}:mfa/"


def test_a_day_after_its_replacement_a_key_opens_nothing_and_the_new_one_does(sandbox: RunningSandbox) -> None:
    former, new = replaced(sandbox, MEMBER, timedelta(days=1, minutes=1))
    others = replaced(sandbox, "just-replaced", timedelta(hours=23))
    administrators = statuses(sandbox, ADMIN)
    answer = sandbox.root("lambda").invoke(FunctionName=FUNCTION_NAME)
    assert json.loads(answer["Payload"].read()) == {
        "members": [MEMBER],
        "refused": [],
        "reason": "",
        "is_finished": True,
    }
    assert statuses(sandbox, MEMBER) == {former.access_key: INACTIVE, new.access_key: ACTIVE}
    assert statuses(sandbox, "just-replaced") == {key.access_key: ACTIVE for key in others}
    assert statuses(sandbox, ADMIN) == administrators
    with Refused("InvalidClientTokenId"):
        client_with(sandbox, former)("sts").get_caller_identity()
    assert client_with(sandbox, new)("sts").get_caller_identity()["Arn"].endswith(f"/{MEMBER}")
    shown = sandbox.firstday("audit", "--member", MEMBER).stdout
    assert shown.count("firstday-key-retirement") == 1
    assert former.access_key in shown


def test_a_run_is_in_a_log_of_its_own_with_its_event(sandbox: RunningSandbox) -> None:
    former, _ = replaced(sandbox, "is-in-the-log", timedelta(days=2))
    sandbox.root("lambda").invoke(FunctionName=FUNCTION_NAME)
    logs = sandbox.root("logs")
    groups = {one["logGroupName"]: one.get("retentionInDays") for one in logs.describe_log_groups()["logGroups"]}
    (name,) = [name for name in groups if "KeyRetirement" in name]
    assert groups[name] == 90
    messages = [event["message"] for event in logs.filter_log_events(logGroupName=name)["events"]]
    event, run = [json.loads(message) for message in messages if message.startswith("{")][-2:]
    assert (event["level"], event["details"]["access_key_id"]) == ("audit", former.access_key)
    known = {"actor": "firstday-key-retirement", "action": "retire keys", "outcome": "ok"}
    assert known.items() <= run.items()


@pytest.fixture(scope="module")
def key_retirement(sandbox: RunningSandbox) -> Iterator[Client]:
    """Clients with a session of its role."""
    with lambda_credentials(sandbox, FUNCTION_NAME) as credentials:
        yield client_with(sandbox, credentials)


@pytest.fixture(scope="module")
def below(sandbox: RunningSandbox) -> Credentials:
    """The key of a user whose path begins with the members'."""
    sandbox.root("iam").create_user(UserName=f"{BELOW}-with-key", Path="/members/admins/")
    return new_key(sandbox, f"{BELOW}-with-key")


def test_what_iam_cannot_keep_it_from_is_activating_a_members_key(
    key_retirement: Client, sandbox: RunningSandbox
) -> None:
    """The code never does it. Whoever has such a key is denied everything without MFA."""
    sandbox.invite("deactivated")
    key = new_key(sandbox, "deactivated")
    for status in (INACTIVE, ACTIVE):
        change = {"UserName": "deactivated", "AccessKeyId": key.access_key, "Status": status}
        key_retirement("iam").update_access_key(**change)
        assert statuses(sandbox, "deactivated") == {key.access_key: status}
    with Refused("AccessDenied") as denied:
        client_with(sandbox, key)("iam").list_access_keys()
    assert "with an explicit deny" in denied.message


def test_its_role_touches_no_key_of_anybody_else(
    key_retirement: Client, sandbox: RunningSandbox, below: Credentials
) -> None:
    iam, before = key_retirement("iam"), statuses(sandbox, ADMIN)
    assert before
    for user_name, key_id in ((ADMIN, next(iter(before))), (f"{BELOW}-with-key", below.access_key)):
        refused(iam.list_access_keys, UserName=user_name)
        for status in (INACTIVE, ACTIVE):
            refused(iam.update_access_key, UserName=user_name, AccessKeyId=key_id, Status=status)
    assert statuses(sandbox, ADMIN) == before
    assert statuses(sandbox, f"{BELOW}-with-key") == {below.access_key: ACTIVE}


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("create_access_key", {}),
        ("delete_access_key", {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE"}),
        ("get_user", {}),
        ("delete_user", {}),
        ("list_mfa_devices", {}),
        ("deactivate_mfa_device", {"SerialNumber": f"{MFA}dev-simple-user"}),
        ("get_login_profile", {}),
        ("create_login_profile", {"Password": "correct horse battery staple"}),
        ("delete_login_profile", {}),
        ("list_groups_for_user", {}),
        ("add_user_to_group", {"GroupName": "developers"}),
        ("remove_user_from_group", {"GroupName": "firstday-members"}),
    ],
)
def test_its_role_may_do_nothing_else_with_members(
    key_retirement: Client, operation: str, arguments: dict[str, str]
) -> None:
    refused(getattr(key_retirement("iam"), operation), UserName="dev-simple-user", **arguments)


@pytest.mark.parametrize("attribute", [*MEMBER_FIELDS, "claimed_by", "claimed_until"])
def test_its_role_changes_no_attribute_of_a_record(
    key_retirement: Client, sandbox: RunningSandbox, attribute: str
) -> None:
    record = {
        "TableName": sandbox.table("Members"),
        "Key": member_key("nobody"),
        "ExpressionAttributeNames": {"#it": attribute},
    }
    value, update = {"ExpressionAttributeValues": {":it": {"S": "x"}}}, key_retirement("dynamodb").update_item
    refused(update, UpdateExpression="REMOVE #it", **record)
    refused(update, UpdateExpression="SET #it = :it", **record, **value)


def test_its_role_reaches_nothing_else(key_retirement: Client, sandbox: RunningSandbox) -> None:
    assert_it_only_reads_records(key_retirement, sandbox)
    refused(key_retirement("lambda").invoke, FunctionName=FUNCTION_NAME)
