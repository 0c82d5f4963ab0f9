"""The deployed key ageing: what a run tells and ends, and what its role cannot do."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.credentials import Credentials

from chalicelib.aws.items import MEMBER_FIELDS, member_key
from firstday.sandbox.run_sandbox import running
from firstday.sandbox.running_sandbox import as_record
from firstday.stack import key_retirement_resources
from firstday.stack.key_ageing_resources import FUNCTION_NAME
from tests.helpers.attempts import Attempt
from tests.helpers.embedded_aws import Refused
from tests.helpers.escalation_places import places_of
from tests.helpers.lambda_role import (
    IDENTITY,
    KEY_AGEING,
    KEY_RETIREMENT,
    Client,
    assert_it_only_reads_records,
    client_with,
    lambda_credentials,
    refused,
)
from tests.helpers.member_keys import new_key, replaced, statuses
from tests.helpers.portal_attempts import ATTEMPTS, BELOW
from tests.helpers.running_sandbox import RunningSandbox

PROJECT = Path(__file__).parents[2]
MEMBER, ADMIN = "has-an-old-key", "admin"
ACTIVE, INACTIVE = "Active", "Inactive"
MFA = f"arn:aws:iam::{IDENTITY}:mfa/"
MAIL = f"""
[mail]
from = "Example Corp AWS <aws-portal@example.com>"
identity_arn = "arn:aws:ses:ap-northeast-1:{IDENTITY}:identity/example.com"
"""


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    """The whole product, where keys age and mail is sent."""
    home = tmp_path_factory.mktemp("admin")
    settings = (PROJECT / "firstday.toml").read_text("utf-8")
    file = home / "ageing.toml"
    file.write_text(f"access_key_days = 90\n{settings}\n{MAIL}", "utf-8")
    # The mailer would take what is to be seen waiting.
    with running(
        port=0, portal_port=0, member="dev-simple-user", settings_file=file, runs_schedules=False
    ) as running_one:
        yield RunningSandbox(as_record(running_one), home, running_one.aws)


@pytest.fixture(scope="module")
def places(sandbox: RunningSandbox) -> dict[str, str]:
    return places_of(sandbox)


@pytest.fixture(scope="module")
def key_ageing(sandbox: RunningSandbox) -> Iterator[Client]:
    """Clients with a session of its role."""
    with lambda_credentials(sandbox, KEY_AGEING) as credentials:
        yield client_with(sandbox, credentials)


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=str)
def test_nor_does_the_key_ageing(key_ageing: Client, places: dict[str, str], attempt: Attempt) -> None:
    attempt.make(key_ageing, places)


@pytest.fixture(scope="module")
def below(sandbox: RunningSandbox) -> Credentials:
    """The key of a user whose path begins with the members'."""
    sandbox.root("iam").create_user(UserName=f"{BELOW}-with-key", Path="/members/admins/")
    return new_key(sandbox, f"{BELOW}-with-key")


def test_what_iam_cannot_keep_it_from_is_activating_a_members_key(
    key_ageing: Client, sandbox: RunningSandbox
) -> None:
    """The code never does it. Whoever has such a key is denied everything without MFA."""
    key = new_key(sandbox, "dev-simple-user")
    for status in (INACTIVE, ACTIVE):
        change = {"UserName": "dev-simple-user", "AccessKeyId": key.access_key, "Status": status}
        key_ageing("iam").update_access_key(**change)
        assert statuses(sandbox, "dev-simple-user") == {key.access_key: status}
    with Refused("AccessDenied") as denied:
        client_with(sandbox, key)("iam").list_access_keys()
    assert "with an explicit deny" in denied.message


def test_its_role_touches_no_key_of_anybody_else(
    key_ageing: Client, sandbox: RunningSandbox, below: Credentials
) -> None:
    iam, before = key_ageing("iam"), statuses(sandbox, ADMIN)
    assert before
    for user_name, key_id in ((ADMIN, next(iter(before))), (f"{BELOW}-with-key", below.access_key)):
        refused(iam.list_access_keys, UserName=user_name)
        refused(iam.delete_access_key, UserName=user_name, AccessKeyId=key_id)
        for status in (INACTIVE, ACTIVE):
            refused(iam.update_access_key, UserName=user_name, AccessKeyId=key_id, Status=status)
    assert statuses(sandbox, ADMIN) == before
    assert statuses(sandbox, f"{BELOW}-with-key") == {below.access_key: ACTIVE}


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("create_access_key", {}),
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
    key_ageing: Client, operation: str, arguments: dict[str, str]
) -> None:
    refused(getattr(key_ageing("iam"), operation), UserName="dev-simple-user", **arguments)


@pytest.mark.parametrize("attribute", [*MEMBER_FIELDS, "claimed_by", "claimed_until"])
def test_its_role_changes_and_looks_at_one_attribute_of_a_record_only(
    key_ageing: Client, sandbox: RunningSandbox, attribute: str
) -> None:
    name = {"ExpressionAttributeNames": {"#it": attribute}, "ReturnValues": "NONE"}
    item = {"TableName": sandbox.table("Members"), "Key": member_key("dev-simple-user")}
    value: dict[str, Any] = {"ExpressionAttributeValues": {":it": {"L": []}}}
    update = key_ageing("dynamodb").update_item
    if attribute == "ageing_keys":
        update(UpdateExpression="SET #it = :it", **item, **name, **value)
        return
    refused(update, UpdateExpression="REMOVE #it", **item, **name)
    refused(update, UpdateExpression="SET #it = :it", **item, **name, **value)
    condition = {"UpdateExpression": "REMOVE ageing_keys", "ConditionExpression": "attribute_exists(#it)"}
    refused(update, **condition, **item, **name)


@pytest.mark.parametrize("function_name", [KEY_AGEING, KEY_RETIREMENT])
def test_its_role_puts_mail_into_the_box_of_what_waits_and_into_no_other(
    function_name: str, sandbox: RunningSandbox
) -> None:
    """The key retirement's, too."""
    with lambda_credentials(sandbox, function_name) as credentials:
        dynamodb, mail = client_with(sandbox, credentials)("dynamodb"), sandbox.table("Mail")
        for box in ("sent", "trouble", "told", "links"):
            refused(dynamodb.put_item, TableName=mail, Item={"box": {"S": box}, "id": {"S": "x"}})
        waiting = {"box": {"S": "waiting"}, "id": {"S": "x"}}
        refused(dynamodb.get_item, TableName=mail, Key=waiting)
        refused(dynamodb.delete_item, TableName=mail, Key=waiting)
        refused(dynamodb.scan, TableName=mail)


def test_the_mail_about_a_replaced_key_waits_after_the_key_retirement(sandbox: RunningSandbox) -> None:
    former, new = replaced(sandbox, "has-replaced-it", timedelta(days=1, minutes=1))
    assert sandbox.run_function(key_retirement_resources.FUNCTION_NAME)["members"] == ["has-replaced-it"]
    assert statuses(sandbox, "has-replaced-it") == {former.access_key: INACTIVE, new.access_key: ACTIVE}
    mails = sandbox.root("dynamodb").scan(TableName=sandbox.table("Mail"))["Items"]
    (mail,) = [one for one in mails if one["subject"]["S"] == "has-replaced-it"]
    assert (mail["box"]["S"], mail["detail_access_key_id"]["S"]) == ("waiting", former.access_key)


def test_its_role_reaches_nothing_else(key_ageing: Client, sandbox: RunningSandbox) -> None:
    assert_it_only_reads_records(key_ageing, sandbox)
    refused(key_ageing("lambda").invoke, FunctionName=FUNCTION_NAME)


# The last one: sessions of before have ended by then.
def events(sandbox: RunningSandbox) -> list[str]:
    """What the key ageing did with the member, in order."""
    items = sandbox.root("dynamodb").scan(TableName=sandbox.table("Audit"))["Items"]
    mine = [one for one in items if (one["actor"]["S"], one["subject"]["S"]) == ("firstday-key-ageing", MEMBER)]
    return [one["action"]["S"] for one in sorted(mine, key=lambda one: one["sk"]["S"])]


def test_a_key_is_told_ends_and_is_deleted_as_time_passes_and_its_mail_waits(sandbox: RunningSandbox) -> None:
    sandbox.invite(MEMBER)
    key, administrators = new_key(sandbox, MEMBER), statuses(sandbox, ADMIN)
    assert sandbox.run_function(FUNCTION_NAME)["members"] == [], "a new key is no old one"
    sandbox.aws.move_clock(hours=80 * 24)
    sandbox.run_function(FUNCTION_NAME)
    assert events(sandbox) == ["access_key.ageing"]
    assert statuses(sandbox, MEMBER) == {key.access_key: ACTIVE}
    sandbox.aws.move_clock(hours=10 * 24)
    sandbox.run_function(FUNCTION_NAME)
    assert events(sandbox) == ["access_key.ageing", "access_key.deactivated"]
    assert statuses(sandbox, MEMBER) == {key.access_key: INACTIVE}
    with Refused("InvalidClientTokenId"):
        client_with(sandbox, key)("sts").get_caller_identity()
    sandbox.aws.move_clock(hours=30 * 24)
    sandbox.run_function(FUNCTION_NAME)
    assert statuses(sandbox, MEMBER) == {}
    mails = sandbox.root("dynamodb").scan(TableName=sandbox.table("Mail"))["Items"]
    told = [one["action"]["S"] for one in mails if one["subject"]["S"] == MEMBER]
    assert [action for action in told if action.startswith("access_key.")] == events(sandbox)
    assert statuses(sandbox, ADMIN) == administrators
