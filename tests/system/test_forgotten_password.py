"""A forgotten console password, where codes and passwords are compared: reset, proved, chosen again."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from firstday.sandbox.run_sandbox import running
from firstday.sandbox.running_sandbox import as_record
from firstday.verification.browser import Page
from tests.helpers.admin_credentials import key
from tests.helpers.console_password import CHOOSE, SET
from tests.helpers.lambda_role import IDENTITY, client_with
from tests.helpers.running_sandbox import Member, RunningSandbox
from tests.helpers.settings_makers import file_with_console_passwords

NAME = "forgetful-member"
OLD, NEW, NEWER = "correct Horse battery 1", "another Horse battery 2", "a third Horse battery 3"


@pytest.fixture(scope="module")
def with_passwords(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    """The whole product of an organisation with console passwords."""
    settings_file = file_with_console_passwords(tmp_path_factory.mktemp("settings"))
    with running(port=0, portal_port=0, member="dev-simple-user", settings_file=settings_file) as running_one:
        yield RunningSandbox(as_record(running_one), tmp_path_factory.mktemp("admin"), running_one.aws)


def choose(member: Member, page: Page, password: str) -> None:
    assert page.heading == CHOOSE
    page = member.follow(member.browser.submit(page.form("password"), password=password, repeated=password))
    assert page.heading == SET


def session_with_mfa(member: Member) -> Any:
    """IAM, for a session that the member's key and a code of their device give."""
    assert member.device is not None
    mfa = {"SerialNumber": f"arn:aws:iam::{IDENTITY}:mfa/{NAME}", "TokenCode": member.device.code()}
    found = client_with(member.sandbox, key(member))("sts").get_session_token(**mfa)["Credentials"]
    session = Credentials(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])
    return client_with(member.sandbox, session)("iam")


def test_the_member_proves_two_codes_and_chooses_another_password(
    with_passwords: RunningSandbox, tmp_path: Path
) -> None:
    sandbox = with_passwords
    member = Member(sandbox, NAME, tmp_path, sandbox.browser())
    choose(member, member.enter_codes(member.scan(member.begin(sandbox.invite(NAME)["invitation_url"]))), OLD)
    member.save_files(member.browser.get("access-key"))
    key_id, device = key(member).access_key, member.device
    assert device is not None

    result = sandbox.firstday("reset-password", NAME, "--yes")
    assert result.returncode == 0, result.stderr
    assert f"Taken away from {NAME}:\n  the console password\n" in result.stdout
    url = next(line.strip() for line in result.stdout.splitlines() if "/start#" in line)
    with pytest.raises(sandbox.root("iam").exceptions.NoSuchEntityException):
        sandbox.root("iam").get_login_profile(UserName=NAME)
    status, shown = member.aws("s3", "ls", "--profile", "dev", code=device.code())
    assert status == 0, shown

    member.browser = sandbox.browser()
    page = member.follow(member.browser.submit(member.begin(url).form("register-device")))
    assert page.heading == "You already have an MFA device"
    refused = member.browser.submit(page.form("existing-device"), code1="123456", code2="234567")
    assert refused.status == 400
    code1, code2 = device.two_fresh_codes()
    page = member.follow(member.browser.submit(refused.form("existing-device"), code1=code1, code2=code2))
    choose(member, page, NEW)

    # Nobody signs in to a console here: this is where the emulator compares a password.
    iam = session_with_mfa(member)
    with pytest.raises(ClientError, match="The old password was incorrect"):
        iam.change_password(OldPassword=OLD, NewPassword=NEWER)
    iam.change_password(OldPassword=NEW, NewPassword=NEWER)
    (kept,) = sandbox.root("iam").list_access_keys(UserName=NAME)["AccessKeyMetadata"]
    assert (kept["AccessKeyId"], kept["Status"]) == (key_id, "Active")
    for secret in (OLD, NEW, NEWER):
        assert secret not in result.stdout + result.stderr
