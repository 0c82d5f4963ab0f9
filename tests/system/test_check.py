"""The portal's own check, on the member's page and at the command line, while somebody breaks the setup.

The check's answer about assuming the role is compared with that of STS.
"""

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from firstday.verification.browser import Page
from tests.helpers.admin_credentials import administrator, called
from tests.helpers.running_sandbox import BIN, Member, RunningSandbox

NAME = "checked-member"
ROLE = "dev-SwitchRole-S3FullAccess"
Found = dict[str, Any]


@pytest.fixture(scope="module")
def member(sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> Member:
    one = Member(sandbox, NAME, tmp_path_factory.mktemp(NAME), sandbox.browser())
    one.first_day(sandbox.invite(NAME)["invitation_url"])
    return one


@pytest.fixture
def trust(sandbox: RunningSandbox) -> Iterator[Found]:
    """The role's trust policy, which is put back in the end."""
    iam = sandbox.root("iam")
    role = iam.get_role(RoleName=ROLE)["Role"]
    inline = iam.get_role_policy(RoleName=ROLE, PolicyName="firstday")["PolicyDocument"]
    former = json.dumps(role["AssumeRolePolicyDocument"])
    yield role["AssumeRolePolicyDocument"]
    if not any(one["RoleName"] == ROLE for one in iam.list_roles()["Roles"]):
        iam.create_role(RoleName=ROLE, MaxSessionDuration=43200, AssumeRolePolicyDocument=former)
        iam.attach_role_policy(RoleName=ROLE, PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")
        iam.put_role_policy(RoleName=ROLE, PolicyName="firstday", PolicyDocument=json.dumps(inline))
    iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=former)


def asked(sandbox: RunningSandbox) -> Found:
    """The admin API's answer, without the command's waiting."""
    answer = called(sandbox, administrator(sandbox), f"/admin/members/{NAME}/check")
    assert answer.status == 200, answer.body
    found: Found = json.loads(answer.body)
    return found


def press(member: Member) -> Page:
    return member.browser.submit(member.browser.get("done").form("check"))


def role_of(found: Found, profile: str = "dev") -> Found:
    (role,) = [one for one in found["roles"] if one["profile"] == profile]
    return dict(role)


def assumes(member: Member) -> bool:
    """Whether STS lets the member in, with a fresh code."""
    assert member.device is not None
    member.forget_role_sessions()
    status, _ = member.aws("sts", "get-caller-identity", "--profile", "dev", code=member.device.code())
    return status == 0


def test_after_a_first_day_all_that_can_be_seen_is_right(sandbox: RunningSandbox, member: Member) -> None:
    found = asked(sandbox)
    everything = {
        "is_there": True,
        "has_boundary": True,
        "has_mfa_device": True,
        "is_held": False,
        "is_suspended": False,
    }
    assert found["user"] == everything
    assert found["groups"] == [{"name": "developers", "is_in": True}]
    dev, stg = role_of(found), role_of(found, "stg")
    assert [dev[name] for name in ("in_place", "requires_mfa", "may_assume")] == [True] * 3
    assert dev["maximum_session_seconds"] == dev["promised_session_seconds"] == 43200
    assert [stg[name] for name in ("in_place", "requires_mfa", "may_assume")] == [None] * 3
    assert "210987654321, which the portal cannot look into" in stg["note"]
    assert found["is_right"]
    page = press(member)
    assert page.heading == "Nothing is missing, as far as the portal can see"
    assert "✗" not in page.text
    assert assumes(member)


def test_the_command_agrees(sandbox: RunningSandbox, member: Member) -> None:
    shown = sandbox.firstday("check", member.user_name)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "dev      dev-SwitchRole-S3FullAccess  yes       yes           yes         12 h" in shown.stdout
    assert "stg      stg-SwitchRole-S3ReadOnly    ?         ?             ?           ?" in shown.stdout


def test_a_member_taken_out_of_the_group_may_not_assume_the_role(sandbox: RunningSandbox, member: Member) -> None:
    """The command waits, as this looks like a change that IAM does not show yet; then all is right again."""
    group = {"UserName": NAME, "GroupName": "developers"}
    sandbox.root("iam").remove_user_from_group(**group)
    found = asked(sandbox)
    assert found["groups"] == [{"name": "developers", "is_in": False}]
    assert (role_of(found)["in_place"], role_of(found)["may_assume"]) == (True, False)
    assert found["may_be_propagating"]
    page = press(member)
    assert page.heading == "AWS may need another minute"
    assert "✗ It is not in the group developers." in page.text
    assert not assumes(member)
    command = subprocess.Popen(
        [str(BIN / "firstday"), "check", NAME],
        env=sandbox.admin_environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with command:
        assert command.stderr is not None
        assert "looking again for up to a minute" in command.stderr.readline()
        sandbox.root("iam").add_user_to_group(**group)
        output, _ = command.communicate(timeout=60)
    assert command.returncode == 0, output


@pytest.mark.usefixtures("member")
def test_a_trust_policy_without_mfa_is_named(sandbox: RunningSandbox, trust: Found) -> None:
    condition = {name: block for name, block in trust["Statement"][0]["Condition"].items() if name != "Bool"}
    spoilt = {**trust, "Statement": [{**trust["Statement"][0], "Condition": condition}]}
    sandbox.root("iam").update_assume_role_policy(RoleName=ROLE, PolicyDocument=json.dumps(spoilt))
    role = role_of(asked(sandbox))
    assert (role["requires_mfa"], role["may_assume"]) == (False, True)


def test_a_role_that_is_gone_is_named(sandbox: RunningSandbox, member: Member, trust: Found) -> None:
    assert trust
    iam = sandbox.root("iam")
    iam.detach_role_policy(RoleName=ROLE, PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")
    iam.delete_role_policy(RoleName=ROLE, PolicyName="firstday")
    iam.delete_role(RoleName=ROLE)
    role = role_of(asked(sandbox))
    assert (role["in_place"], role["requires_mfa"], role["may_assume"]) == (False, None, False)
    assert "✗ The role is not there." in press(member).text


def test_everything_is_right_again(sandbox: RunningSandbox, member: Member) -> None:
    assert asked(sandbox)["is_right"]
    assert press(member).heading == "Nothing is missing, as far as the portal can see"
