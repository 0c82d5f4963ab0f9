"""A member who is missing, under another path, or denied: each command's message, with real policies.

If a command says that a user is gone, the account's list of users agrees.
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from tests.integration.test_not_allowed import LIES
from tests.system.lambda_role import guardrail
from tests.system.running_sandbox import RunningSandbox

SENTENCE = "with an explicit deny in an identity-based policy"
# Each of an administrator's commands on a member NAME, and whether it has to fail if the user cannot be touched.
COMMANDS = {
    "member": (("member", "NAME"), False),
    "members --refresh": (("members", "--refresh"), False),
    "check": (("check", "NAME"), True),
    "groups": (("groups", "NAME", "operators"), True),
    "invite": (("invite", "NAME"), True),
    "reset-mfa": (("reset-mfa", "NAME", "--yes"), True),
    "offboard": (("offboard", "NAME", "--yes"), True),
}
each_command = pytest.mark.parametrize("command", COMMANDS)
numbers = count(1)


@pytest.fixture
def name(sandbox: RunningSandbox) -> str:
    """A member who was invited an hour ago, with an access key of their own."""
    name = f"absentee-{next(numbers)}"
    sandbox.invite(name)
    sandbox.root("iam").create_access_key(UserName=name)
    tables = sandbox.root("dynamodb").list_tables()["TableNames"]
    sandbox.root("dynamodb").update_item(
        TableName=next(table for table in tables if "MembersTable" in table),
        Key={"directory": {"S": "members"}, "name": {"S": name}},
        UpdateExpression="SET created_at = :then, invited_at = :then",
        ExpressionAttributeValues={":then": {"S": (datetime.now(UTC) - timedelta(hours=1)).isoformat()}},
    )
    return name


@contextmanager
def tidied_up(sandbox: RunningSandbox, name: str) -> Iterator[None]:
    """Afterwards, nobody meets the member again."""
    try:
        yield
    finally:
        assert sandbox.firstday("offboard", name, "--yes").returncode in (0, 1)


def run(sandbox: RunningSandbox, command: str, name: str) -> tuple[subprocess.CompletedProcess[str], str]:
    arguments, _ = COMMANDS[command]
    result = sandbox.firstday(*(name if one == "NAME" else one for one in arguments))
    said = result.stdout + result.stderr
    assert "Traceback" not in said
    about = (
        "\n".join(line for line in said.splitlines() if name in line) if command == "members --refresh" else said
    )
    return result, about


def is_there(sandbox: RunningSandbox, name: str) -> bool:
    pages = sandbox.root("iam").get_paginator("list_users").paginate()
    return name in [user["UserName"] for page in pages for user in page["Users"]]


@each_command
def test_of_somebody_who_is_missing_every_command_says_so_or_goes_on(
    sandbox: RunningSandbox, name: str, command: str
) -> None:
    iam = sandbox.root("iam")
    for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    iam.remove_user_from_group(UserName=name, GroupName="firstday-members")
    iam.delete_user(UserName=name)
    with tidied_up(sandbox, name):
        result, said = run(sandbox, command, name)
        if command == "invite":
            assert (result.returncode, is_there(sandbox, name)) == (0, True)
        else:
            assert not is_there(sandbox, name)
            assert any(one in said for one in (*LIES, "IAM has no such user", "IAM user                 no")), said


@each_command
@pytest.mark.parametrize("path", ["/former/", "/members/below/"])
def test_of_somebody_under_another_path_no_command_says_that_they_are_gone(
    sandbox: RunningSandbox, name: str, command: str, path: str
) -> None:
    """Below the members' path, a policy denies the portal's role explicitly what it is not allowed elsewhere."""
    sandbox.root("iam").update_user(UserName=name, NewPath=path)
    result, said = run(sandbox, command, name)
    assert is_there(sandbox, name)
    assert not [lie for lie in LIES if lie in said], said
    assert path in said
    assert (result.returncode != 0) is COMMANDS[command][1], said
    keys = sandbox.root("iam").list_access_keys(UserName=name)["AccessKeyMetadata"]
    assert [key["Status"] for key in keys] == ["Active"]
    sandbox.root("iam").update_user(UserName=name, NewPath="/members/")
    with tidied_up(sandbox, name):
        pass
    assert not is_there(sandbox, name)


@each_command
def test_of_somebody_whom_the_portal_is_denied_every_command_says_it_in_aws_own_sentence(
    sandbox: RunningSandbox, name: str, command: str
) -> None:
    denied = (
        guardrail(sandbox, "iam:GetUser") if command != "members --refresh" else guardrail(sandbox, "iam:ListUsers")
    )
    with tidied_up(sandbox, name):
        with denied:
            arguments, _ = COMMANDS[command]
            result = sandbox.firstday(*(name if one == "NAME" else one for one in arguments))
        said = result.stdout + result.stderr
        assert SENTENCE in said, said
        assert not [lie for lie in LIES if lie in said], said
        assert result.returncode == (0 if command == "member" else 1)
        assert is_there(sandbox, name)


def test_offboarding_somebody_who_was_moved_says_what_to_do_and_removes_nothing(
    sandbox: RunningSandbox, name: str
) -> None:
    sandbox.root("iam").update_user(UserName=name, NewPath="/former/")
    result = sandbox.firstday("offboard", name, "--yes")
    assert result.returncode == 1
    assert "Nothing was removed; there is something in the way." in result.stderr
    assert f"aws iam update-user --user-name {name} --new-path /members/" in result.stderr
    sandbox.root("iam").update_user(UserName=name, NewPath="/members/")
    result = sandbox.firstday("offboard", name, "--yes")
    assert (result.returncode, is_there(sandbox, name)) == (0, False)


def test_a_denial_is_in_the_portals_log_with_aws_own_sentence(sandbox: RunningSandbox, name: str) -> None:
    with tidied_up(sandbox, name), guardrail(sandbox, "iam:ListGroupsForUser"):
        assert sandbox.firstday("reset-mfa", name, "--yes").returncode == 1
        logs = sandbox.root("logs")
        groups = [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]
        messages = [
            event["message"] for group in groups for event in logs.filter_log_events(logGroupName=group)["events"]
        ]
        assert [
            one for one in messages if "iam:ListGroupsForUser" in one and SENTENCE in one and "AWSDenied" in one
        ]


@pytest.mark.parametrize("action", ["dynamodb:GetItem", "iam:CreateUser", "iam:AddUserToGroup"])
def test_inviting_says_what_is_not_allowed(sandbox: RunningSandbox, action: str) -> None:
    name = f"uninvited-{next(numbers)}"
    with guardrail(sandbox, action):
        result = sandbox.firstday("invite", name)
    assert result.returncode == 1
    assert (
        f"AWS does not allow the portal {action}. AWS says: User: arn:aws:sts::123456789012:assumed-role/"
        in result.stderr
    )
    assert SENTENCE in result.stderr
    with tidied_up(sandbox, name):
        assert sandbox.firstday("invite", name).returncode == 0
