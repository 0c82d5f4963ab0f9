"""A user who was there before Firstday, adopted with all they have: the first day, the AWS CLI, a lost phone."""

import json
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from chalicelib.arns import BASELINE_GROUP, MEMBERS_PATH
from chalicelib.aws.items import member_item
from chalicelib.members.record import Member as Record
from tests.helpers.member_walk import downloads
from tests.helpers.returning_member import link_for, named_device, serials, session_of
from tests.helpers.running_sandbox import BIN, Device, Member, RunningSandbox, plain

NAME = "Old.Hand"
TEAM = "Legacy-Team"
SERIAL_NUMBER = "arn:aws:iam::123456789012:mfa/phones/Pixel-7_of.Tokyo"
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_my-sec-creds-self-manage-mfa-only.html
SELF_MANAGEMENT = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "AllowViewAccountInfo",
            "Effect": "Allow",
            "Action": "iam:ListVirtualMFADevices",
            "Resource": "*",
        },
        {
            "Sid": "AllowManageOwnVirtualMFADevice",
            "Effect": "Allow",
            "Action": ["iam:CreateVirtualMFADevice"],
            "Resource": "arn:aws:iam::*:mfa/*",
        },
        {
            "Sid": "AllowManageOwnUserMFA",
            "Effect": "Allow",
            "Action": [
                "iam:DeactivateMFADevice",
                "iam:EnableMFADevice",
                "iam:GetUser",
                "iam:GetMFADevice",
                "iam:ListMFADevices",
                "iam:ResyncMFADevice",
            ],
            "Resource": "arn:aws:iam::*:user/${aws:username}",
        },
        {
            "Sid": "DenyAllExceptListedIfNoMFA",
            "Effect": "Deny",
            "NotAction": [
                "iam:CreateVirtualMFADevice",
                "iam:EnableMFADevice",
                "iam:GetUser",
                "iam:ListMFADevices",
                "iam:ListVirtualMFADevices",
                "iam:ResyncMFADevice",
                "sts:GetSessionToken",
            ],
            "Resource": "*",
            "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
        },
    ],
}
ALL_OF_S3 = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}


@dataclass
class Adopted(Member):
    """The member, and the id of the access key in ``[default]`` of their credentials."""

    key_id: str = ""


def user_from_before(iam: Any) -> tuple[Device, dict[str, str]]:
    """An IAM user with a device, an access key, a group and a policy, as an organisation has made them by hand."""
    iam.create_user(UserName=NAME, Path="/people/")
    iam.create_group(GroupName=TEAM)
    iam.put_group_policy(GroupName=TEAM, PolicyName="mfa", PolicyDocument=json.dumps(SELF_MANAGEMENT))
    iam.add_user_to_group(GroupName=TEAM, UserName=NAME)
    iam.put_user_policy(UserName=NAME, PolicyName="own", PolicyDocument=json.dumps(ALL_OF_S3))
    made = iam.create_virtual_mfa_device(Path="/phones/", VirtualMFADeviceName="Pixel-7_of.Tokyo")
    device = Device(made["VirtualMFADevice"]["Base32StringSeed"].decode())
    code1, code2 = device.two_codes()
    codes = {"AuthenticationCode1": code1, "AuthenticationCode2": code2}
    iam.enable_mfa_device(UserName=NAME, SerialNumber=SERIAL_NUMBER, **codes)
    return device, iam.create_access_key(UserName=NAME)["AccessKey"]


def adopt(sandbox: RunningSandbox) -> None:
    """What an adoption does: the record, the boundary, the baseline group, the path."""
    table = sandbox.root("cloudformation").describe_stack_resource(
        StackName="firstday", LogicalResourceId="MembersTable"
    )["StackResourceDetail"]["PhysicalResourceId"]
    now = datetime.now(UTC)
    record = Record(
        NAME, created_at=now, adopting_at=now, adopted_at=now, former_path="/people/", former_groups=(TEAM,)
    )
    sandbox.root("dynamodb").put_item(TableName=table, Item=member_item(record))
    iam = sandbox.root("iam")
    boundary = "arn:aws:iam::123456789012:policy/members/firstday-member-boundary"
    iam.put_user_permissions_boundary(UserName=NAME, PermissionsBoundary=boundary)
    iam.add_user_to_group(GroupName=BASELINE_GROUP, UserName=NAME)
    iam.update_user(UserName=NAME, NewPath=MEMBERS_PATH)


@pytest.fixture(scope="module")
def adopted(sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> Adopted:
    """The member at the end of the journey, with the config of its pages and the key that they had."""
    device, key = user_from_before(sandbox.root("iam"))
    adopt(sandbox)
    home = tmp_path_factory.mktemp("old-hand")
    member = Adopted(sandbox, NAME, home, sandbox.browser(), device, key_id=key["AccessKeyId"])
    (home / ".aws").mkdir()
    (home / ".aws" / "credentials").write_text(
        f"[default]\naws_access_key_id = {key['AccessKeyId']}\naws_secret_access_key = {key['SecretAccessKey']}\n"
    )
    (home / ".aws" / "credentials").chmod(0o600)
    page = member.begin(sandbox.invite(NAME)["invitation_url"])
    page = member.follow(member.browser.submit(page.form("register-device")))
    assert page.heading == "You already have an MFA device"
    assert SERIAL_NUMBER in page.text
    code1, code2 = device.two_fresh_codes()
    page = member.follow(member.browser.submit(page.form("existing-device"), code1=code1, code2=code2))
    assert page.heading == "You already have an access key"
    assert member.key_id in page.text
    page = member.browser.get("config")
    page = member.follow(member.browser.submit(page.form("config"), daily="prompt"))
    (home / ".aws" / "config").write_text(downloads(page)["config"])
    return member


def copying(member: Member) -> str:
    """The commands of the config page that copy the key into the section of the config."""
    page = next(page for page in reversed(member.pages) if "config-text" in page.by_id)
    commands = re.findall(r"aws configure set aws_.*", page.text)
    assert len(commands) == 2, page.text
    return "\n".join(commands)


def test_the_config_names_the_device_that_they_had(adopted: Adopted) -> None:
    assert named_device((adopted.home / ".aws" / "config").read_text()) == SERIAL_NUMBER


def test_the_own_page_opens_with_the_old_phone(adopted: Adopted) -> None:
    """With the key that is still in the section that it was in."""
    link = link_for(adopted, session_of(adopted))
    browser = adopted.sandbox.browser()
    page = browser.submit(browser.get("me").form("me"), token=link.partition("#")[2])
    assert page.heading == f"Your own page, {NAME}"
    assert "Pixel-7_of.Tokyo" in page.text
    assert adopted.key_id in page.text


def test_two_commands_copy_the_key_and_the_roles_open_with_a_code_of_the_old_phone(adopted: Adopted) -> None:
    assert adopted.device is not None
    status, shown = adopted.run(["sh", "-c", copying(adopted)], PATH=f"{BIN}:{os.environ['PATH']}")
    assert (status, shown) == (0, "")
    credentials = (adopted.home / ".aws" / "credentials").read_text()
    assert credentials.startswith("[default]\n")
    assert credentials.count(adopted.key_id) == 2
    for profile in ("dev", "stg"):
        status, shown = adopted.aws("s3", "ls", "--profile", profile, code=adopted.device.code())
        assert f"Enter MFA code for {SERIAL_NUMBER}:" in shown
        assert status == 0, shown


def test_the_policy_from_before_no_longer_opens_anything_by_itself(adopted: Adopted) -> None:
    status, shown = adopted.aws("s3", "ls")
    assert status != 0
    assert "AccessDenied" in plain(shown)


def test_nothing_is_wrong_with_the_member_and_a_lost_phone_takes_the_device_with_its_path(
    adopted: Adopted, tmp_path: Path
) -> None:
    sandbox = adopted.sandbox
    shown = sandbox.firstday("member", NAME)
    assert re.search(r"  adopted +\S+ \S+ from /people/\n", shown.stdout), shown.stdout + shown.stderr
    assert "  !" not in shown.stdout
    result = sandbox.firstday("reset-mfa", NAME, "--yes")
    assert result.returncode == 0, result.stderr
    assert SERIAL_NUMBER in result.stdout
    assert serials(adopted) == []
    there = sandbox.root("iam").list_virtual_mfa_devices()["VirtualMFADevices"]
    assert SERIAL_NUMBER not in [device["SerialNumber"] for device in there]
    (group, *_) = [
        group["GroupName"]
        for group in sandbox.root("iam").list_groups_for_user(UserName=NAME)["Groups"]
        if group["GroupName"] != BASELINE_GROUP
    ]
    assert group == TEAM

    again = Member(sandbox, NAME, tmp_path, sandbox.browser())
    url = next(line.strip() for line in result.stdout.splitlines() if "/start#" in line)
    page = again.enter_codes(again.scan(again.begin(url)))
    assert page.heading == "You already have an access key"
    assert adopted.key_id in page.text
    adopted.device = again.device
    config = again.browser.get("config").by_id["config-text"]
    assert named_device(config) == f"arn:aws:iam::123456789012:mfa/{NAME}"
