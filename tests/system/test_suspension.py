"""A suspended member with the real AWS CLI, the deployed function of the last day, and what its role cannot do."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.arns import SUSPENDED_GROUP
from chalicelib.aws.items import member_from, member_item, member_key
from firstday.stack.suspension_resources import FUNCTION_NAME
from tests.helpers.lambda_role import (
    IDENTITY,
    Client,
    assert_it_only_reads_records,
    client_with,
    lambda_credentials,
    refused,
)
from tests.helpers.running_sandbox import Member, RunningSandbox, plain

NAME, ENDED, ADMIN = "away-for-a-while", "has-a-last-day", "admin"
DENIED = "with an explicit deny in an identity-based policy"


def groups(sandbox: RunningSandbox, user_name: str) -> list[str]:
    found = sandbox.root("iam").list_groups_for_user(UserName=user_name)["Groups"]
    return sorted(group["GroupName"] for group in found)


def test_a_new_role_session_is_refused_while_suspended_and_works_after_resuming(
    sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory
) -> None:
    member = Member(sandbox, NAME, tmp_path_factory.mktemp(NAME), sandbox.browser())
    member.first_day(sandbox.invite(NAME)["invitation_url"])
    assert member.device is not None
    status, shown = member.aws("s3", "ls", "--profile", "dev", code=member.device.code())
    assert status == 0, shown
    before = groups(sandbox, NAME)

    result = sandbox.firstday("suspend", NAME, "--yes")
    assert (result.returncode, f"{NAME} is suspended" in result.stdout) == (0, True), result.stderr
    assert groups(sandbox, NAME) == sorted([*before, SUSPENDED_GROUP])
    member.forget_role_sessions()
    status, shown = member.aws("s3", "ls", "--profile", "dev", code=member.device.code())
    assert status != 0
    assert "InvalidClientTokenId" in shown, "the key is inactive"
    key = json.loads(sandbox.firstday("member", NAME, "--json").stdout)["iam"]["access_keys"][0]
    change = {"UserName": NAME, "AccessKeyId": key["access_key_id"]}
    sandbox.root("iam").update_access_key(**change, Status="Active")
    status, shown = member.aws("s3", "ls", "--profile", "dev", code=member.device.code())
    assert (status != 0, DENIED in plain(shown)) == (True, True), "and the group denies everything besides"
    sandbox.root("iam").update_access_key(**change, Status="Inactive")

    answer = sandbox.firstday("resume", NAME, "--json")
    assert answer.returncode == 0, answer.stderr
    assert SUSPENDED_GROUP in groups(sandbox, NAME), "the link alone gives nothing"
    back = Member(sandbox, NAME, member.home, sandbox.browser(), member.device)
    asked = back.browser.submit(back.begin(json.loads(answer.stdout)["invitation_url"]).form("register-device"))
    code1, code2 = member.device.two_fresh_codes()
    back.browser.submit(asked.form("existing-device"), code1=code1, code2=code2)
    assert groups(sandbox, NAME) == before
    status, shown = member.aws("s3", "ls", "--profile", "dev", code=member.device.code())
    assert status == 0, shown
    assert sandbox.firstday("check", NAME).returncode == 0


def test_on_the_last_day_the_deployed_function_suspends_the_member(sandbox: RunningSandbox) -> None:
    sandbox.invite(ENDED)
    dynamodb, name = sandbox.root("dynamodb"), sandbox.table("Members")
    found = member_from(dynamodb.get_item(TableName=name, Key=member_key(ENDED))["Item"])
    yesterday = f"{datetime.now(UTC).date() - timedelta(days=1)}"
    dynamodb.put_item(TableName=name, Item=member_item(replace(found, until=yesterday)))
    answer = json.loads(sandbox.root("lambda").invoke(FunctionName=FUNCTION_NAME)["Payload"].read())
    assert (answer["members"], answer["refused"], answer["is_finished"]) == ([ENDED], [], True)
    assert groups(sandbox, ENDED) == ["firstday-members", SUSPENDED_GROUP]
    assert "firstday-suspension" in sandbox.firstday("audit", "--member", ENDED).stdout
    refusal = sandbox.firstday("resume", ENDED)
    assert (refusal.returncode, "suspended again" in plain(refusal.stderr)) == (1, True)
    assert sandbox.firstday("resume", ENDED, "--until", "").returncode == 0


@pytest.fixture(scope="module")
def suspension(sandbox: RunningSandbox) -> Iterator[Client]:
    """Clients with a session of its role."""
    with lambda_credentials(sandbox, FUNCTION_NAME) as credentials:
        yield client_with(sandbox, credentials)


def test_what_iam_cannot_keep_it_from_is_denying_everything_to_any_user(
    suspension: Client, sandbox: RunningSandbox
) -> None:
    """AddUserToGroup is limited by the group alone. The code names members only."""
    iam = sandbox.root("iam")
    iam.create_user(UserName="no-member-at-all")
    suspension("iam").add_user_to_group(GroupName=SUSPENDED_GROUP, UserName="no-member-at-all")
    assert groups(sandbox, "no-member-at-all") == [SUSPENDED_GROUP]
    iam.remove_user_from_group(GroupName=SUSPENDED_GROUP, UserName="no-member-at-all")
    iam.delete_user(UserName="no-member-at-all")


def test_what_its_role_writes_in_the_place_of_a_last_day_ends_access(
    suspension: Client, sandbox: RunningSandbox
) -> None:
    values = {"has-no-day": {"S": "whenever"}, "has-no-text": {"N": "7"}}
    for name, value in values.items():
        sandbox.invite(name)
        suspension("dynamodb").update_item(
            TableName=sandbox.table("Members"),
            Key=member_key(name),
            UpdateExpression="SET #until = :value",
            ExpressionAttributeNames={"#until": "until"},
            ExpressionAttributeValues={":value": value},
        )
    assert "ends whenever" in sandbox.firstday("members", "--state", "ending").stdout
    answer = sandbox.run_function(FUNCTION_NAME)
    assert ([*values], True) == (answer["members"], answer["is_finished"])
    for name in values:
        assert SUSPENDED_GROUP in groups(sandbox, name)


def test_its_role_takes_nobody_out_of_the_group(suspension: Client, sandbox: RunningSandbox) -> None:
    sandbox.invite("stays-out")
    suspension("iam").add_user_to_group(GroupName=SUSPENDED_GROUP, UserName="stays-out")
    refused(suspension("iam").remove_user_from_group, GroupName=SUSPENDED_GROUP, UserName="stays-out")
    refused(suspension("iam").delete_group, GroupName=SUSPENDED_GROUP)
    refused(suspension("iam").delete_group_policy, GroupName=SUSPENDED_GROUP, PolicyName="firstday")
    assert SUSPENDED_GROUP in groups(sandbox, "stays-out")


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("create_access_key", {}),
        ("delete_access_key", {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE"}),
        ("get_user", {}),
        ("delete_user", {}),
        ("list_mfa_devices", {}),
        ("deactivate_mfa_device", {"SerialNumber": f"arn:aws:iam::{IDENTITY}:mfa/dev-simple-user"}),
        ("create_login_profile", {"Password": "correct horse battery staple"}),
        ("delete_login_profile", {}),
        ("add_user_to_group", {"GroupName": "developers"}),
        ("add_user_to_group", {"GroupName": "firstday-members"}),
        ("add_user_to_group", {"GroupName": "firstday-quarantine"}),
        ("remove_user_from_group", {"GroupName": "firstday-quarantine"}),
    ],
)
def test_its_role_may_do_nothing_else_with_members(
    suspension: Client, operation: str, arguments: dict[str, str]
) -> None:
    refused(getattr(suspension("iam"), operation), UserName="dev-simple-user", **arguments)


def test_its_role_reaches_nothing_else(suspension: Client, sandbox: RunningSandbox) -> None:
    assert_it_only_reads_records(suspension, sandbox)
    refused(suspension("lambda").invoke, FunctionName=FUNCTION_NAME)
    refused(
        suspension("iam").update_access_key, UserName=ADMIN, AccessKeyId="AKIAEXAMPLE000000001", Status="Active"
    )
