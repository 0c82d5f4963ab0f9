"""The administrator's own journey: invite from a terminal, look and act in the console, and leave nothing behind.

With the real AWS CLI and its MFA prompt, a real Chromium, and members who register their phones in between.
"""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest
from playwright.sync_api import Browser, expect

from chalicelib.members.mfa import code_at, step_at
from tests.system.chromium import DESKTOP, Visitor, launched
from tests.system.running_sandbox import BIN, QUIET, Member, RunningSandbox

IDENTITY = "123456789012"
NAME = "whole-life"
POLICY = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}]}'
# Everything that IAM may keep for a user: the AWS CLI's command for each.
LISTS = (
    "list-access-keys",
    "list-mfa-devices",
    "list-groups-for-user",
    "list-user-policies",
    "list-attached-user-policies",
    "list-ssh-public-keys",
    "list-signing-certificates",
    "list-service-specific-credentials",
    "get-login-profile",
    "get-user",
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


class Terminal:
    """The administrator's terminal, with the AWS profile that the sandbox wrote, and an MFA device."""

    def __init__(self, sandbox: RunningSandbox, home: Path) -> None:
        profile = dict(sandbox.record["admin_profile"])
        self._seed = profile.pop("secret_key")
        self._environment = QUIET | profile | {"HOME": str(home), "FIRSTDAY_PORTAL_URL": sandbox.portal_url}

    def firstday(self, *arguments: str, **answers: str) -> str:
        """Run the command to its end, answering its questions; returns its output."""
        terminal: pexpect.spawn[str] = pexpect.spawn(
            str(BIN / "firstday"), list(arguments), env=self._environment, encoding="utf-8", timeout=60
        )
        shown = ""
        while terminal.expect(["Enter MFA code for .*: ", r"\[y/N\]:? ", pexpect.EOF]) != 2:
            shown += str(terminal.before) + str(terminal.after)
            is_code = str(terminal.after).startswith("Enter")
            terminal.sendline(self._code() if is_code else answers.get("answer", "n"))
        shown += str(terminal.before)
        terminal.close()
        assert terminal.exitstatus == int(answers.get("status", 0)), shown
        return shown

    def _code(self) -> str:
        """A code that no other test has used: another one may have been asked the same just now."""
        Terminal.last_step = max(Terminal.last_step + 1, step_at(time.time()))
        while Terminal.last_step > step_at(time.time()):
            time.sleep(0.5)
        return code_at(self._seed, Terminal.last_step)

    last_step = 0


def aws(sandbox: RunningSandbox, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The real AWS CLI as the account's root user."""
    root = sandbox.aws.root_credentials(IDENTITY)
    environment = QUIET | {
        "HOME": os.devnull,
        "AWS_ENDPOINT_URL": sandbox.aws.endpoint_url,
        "AWS_DEFAULT_REGION": sandbox.record["region"],
        "AWS_ACCESS_KEY_ID": root.access_key_id,
        "AWS_SECRET_ACCESS_KEY": root.secret_access_key,
    }
    return subprocess.run(
        [str(BIN / "aws"), *arguments], env=environment, capture_output=True, text=True, timeout=60
    )


def iam(sandbox: RunningSandbox, *arguments: str) -> Any:
    result = aws(sandbox, "iam", *arguments, "--output", "json")
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout) if result.stdout.strip() else None


def first_day(sandbox: RunningSandbox, home: Path, link: str) -> Member:
    home.mkdir()
    member = Member(sandbox, NAME, home, sandbox.browser())
    assert member.first_day(link).heading == f"You are ready, {NAME}"
    return member


def link_in(text: str, portal_url: str) -> str:
    return next(word for word in text.split() if word.startswith(f"{portal_url}/start#"))


def test_the_whole_life_of_a_member(sandbox: RunningSandbox, chromium: Browser, tmp_path: Path) -> None:
    terminal = Terminal(sandbox, tmp_path)
    shown = terminal.firstday("invite", NAME, "--group", "developers")
    member = first_day(sandbox, tmp_path / "first", link_in(shown, sandbox.portal_url))
    assert member.device is not None
    assert member.aws("s3", "ls", "--profile", "dev", code=member.device.code())[0] == 0
    config = (member.home / ".aws" / "config").read_text()

    # The console, by the link that the command line fetches with the same session.
    visitor = Visitor.at(chromium, sandbox.portal_url, DESKTOP, "en")
    page = visitor.page
    page.goto(terminal.firstday("console", "--print").strip())
    visitor.click("Sign in")
    expect(page.locator("body")).to_contain_text("assumed-role/firstday-admin/admin")
    page.goto(f"{sandbox.portal_url}/console/members?filter={NAME}")  # others may be on earlier pages
    page.get_by_role("link", name=NAME, exact=True).click()
    expect(page.locator("h1")).to_have_text(NAME)

    # The phone is lost.
    visitor.click("Reset the MFA device …")
    visitor.click("Reset the MFA device")
    again = link_in(page.inner_text("main"), sandbox.portal_url)
    assert iam(sandbox, "list-mfa-devices", "--user-name", NAME)["MFADevices"] == []
    groups = iam(sandbox, "list-groups-for-user", "--user-name", NAME)["Groups"]
    assert [group["GroupName"] for group in groups] == ["firstday-members"]
    keys = iam(sandbox, "list-access-keys", "--user-name", NAME)["AccessKeyMetadata"]
    assert [key["Status"] for key in keys] == ["Inactive"]
    member.forget_role_sessions()
    status, said = member.aws("sts", "get-caller-identity", "--profile", NAME)
    assert status != 0, said
    # The member comes back with a new phone. The config is the same, and so is the access key.
    back = Member(sandbox, NAME, member.home, sandbox.browser())
    back.enter_codes(back.scan(back.begin(again)))
    assert back.browser.get("config").by_id["config-text"] == config
    assert back.device is not None
    assert back.aws("s3", "ls", "--profile", "dev", code=back.device.code())[0] == 0

    # The member leaves the organisation.
    page.goto(f"{sandbox.portal_url}/console/member?user_name={NAME}")
    visitor.click("Offboard …")
    visitor.check()
    visitor.click("Offboard")
    expect(page.locator("main")).to_contain_text(NAME)
    assert visitor.problems == []
    for command in LISTS:
        result = aws(sandbox, "iam", command, "--user-name", NAME)
        assert result.returncode != 0, f"{command}: {result.stdout}"
        assert "NoSuchEntity" in result.stderr
    devices = iam(sandbox, "list-virtual-mfa-devices")["VirtualMFADevices"]
    assert [device for device in devices if NAME in device["SerialNumber"]] == []
    assert NAME not in terminal.firstday("members")
    back.forget_role_sessions()
    assert back.aws("s3", "ls", "--profile", NAME)[0] != 0

    # Only the audit trail remembers, and it says who did it.
    trail = json.loads(terminal.firstday("audit", "--member", NAME, "--json"))
    told = [(event["actor"].rpartition("/")[2], event["action"]) for event in trail.get("events", trail)]
    for action in ("user.created", "mfa.reset", "offboarding.begun", "user.deleted"):
        assert ("admin", action) in told
    visitor.click("Sign out")
    page.goto(f"{sandbox.portal_url}/console/members")
    expect(page.locator("main")).to_contain_text("firstday console")


def test_everything_that_iam_can_keep_goes_with_the_member(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """From the command line, with a question first; the same offboarding again finds nobody."""
    terminal, name = Terminal(sandbox, tmp_path), "full-hands"
    sandbox.invite(name)
    root = sandbox.root("iam")
    root.create_login_profile(UserName=name, Password="Correct horse battery 1")
    root.put_user_policy(UserName=name, PolicyName="inline", PolicyDocument=POLICY)
    root.attach_user_policy(UserName=name, PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    root.create_service_specific_credential(UserName=name, ServiceName="codecommit.amazonaws.com")
    root.create_access_key(UserName=name)
    shown = terminal.firstday("offboard", name, answer="n", status="1")
    assert "ReadOnlyAccess" in shown
    assert iam(sandbox, "get-user", "--user-name", name)["User"]["UserName"] == name
    terminal.firstday("offboard", name, answer="y")
    assert "NoSuchEntity" in aws(sandbox, "iam", "get-user", "--user-name", name).stderr
    shown = terminal.firstday("offboard", name, "--yes", status="1")
    assert "Traceback" not in shown
