"""A held member, where policies are evaluated: AWS denies them everything, and the portal leaves them alone."""

import json

import pytest

from tests.system.running_sandbox import Member, RunningSandbox, plain

NAME, GROUP = "held-member", "firstday-quarantine"
RELEASE = f"aws iam remove-user-from-group --group-name {GROUP} --user-name {NAME}"
COMMANDS = (
    ("offboard", NAME, "--yes"),
    ("reset-mfa", NAME, "--yes"),
    ("groups", NAME, "operators"),
    ("invite", NAME),
)


@pytest.fixture(scope="module")
def held(sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> Member:
    """A member who was working already, and is held since."""
    member = Member(sandbox, NAME, tmp_path_factory.mktemp("held"), sandbox.browser())
    member.first_day(sandbox.invite(NAME)["invitation_url"])
    assert member.device is not None
    status, shown = member.aws("s3", "ls", "--profile", "dev", code=member.device.code())
    assert status == 0, shown
    sandbox.root("iam").add_user_to_group(GroupName=GROUP, UserName=NAME)
    member.forget_role_sessions()
    return member


def facts(sandbox: RunningSandbox) -> object:
    iam, told = sandbox.root("iam"), json.loads(sandbox.firstday("member", NAME, "--json").stdout)
    told["basis"] = told["basis"].partition(".")[0]  # the version; the rest differs from answer to answer
    return [
        iam.list_access_keys(UserName=NAME)["AccessKeyMetadata"],
        iam.list_mfa_devices(UserName=NAME)["MFADevices"],
        [group["GroupName"] for group in iam.list_groups_for_user(UserName=NAME)["Groups"]],
        told,
    ]


def test_aws_denies_them_everything_with_mfa_too(held: Member) -> None:
    assert held.device is not None
    for profile in ("dev", "stg"):
        status, shown = held.aws("s3", "ls", "--profile", profile, code=held.device.code())
        assert status != 0
        assert "with an explicit deny in an identity-based policy" in plain(shown)
    status, shown = held.aws("iam", "get-user", "--profile", NAME)
    assert status != 0
    assert "with an explicit deny" in plain(shown)


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_no_command_changes_anything_of_theirs(sandbox: RunningSandbox, command: tuple[str, ...]) -> None:
    before = facts(sandbox)
    result = sandbox.firstday(*command)
    assert result.returncode == 1
    assert RELEASE in result.stderr
    assert "Nothing was removed" in result.stderr or command[0] != "offboard"
    assert facts(sandbox) == before


@pytest.mark.usefixtures("held")
def test_once_they_are_let_go_they_can_be_offboarded(sandbox: RunningSandbox) -> None:
    sandbox.root("iam").remove_user_from_group(GroupName=GROUP, UserName=NAME)
    result = sandbox.firstday("offboard", NAME, "--yes")
    assert (result.returncode, result.stderr) == (0, ""), result.stderr
    assert NAME not in [user["UserName"] for user in sandbox.root("iam").list_users()["Users"]]
