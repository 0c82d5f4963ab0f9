"""``firstday verify`` against a sandbox: it passes, names each planted fault, and leaves nothing behind."""

import json
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from firstday.sandbox.run_sandbox import PROJECT, running
from firstday.sandbox.running_sandbox import as_record
from tests.helpers.running_sandbox import BIN, RunningSandbox

TARGET = "210987654321"
DEV, STG = "the account dev (123456789012)", f"the account stg ({TARGET})"
ROLE = "dev-SwitchRole-S3FullAccess"
TARGET_ROLE = "stg-SwitchRole-S3ReadOnly"
PREFIX = "firstday-verify-"
JSON = dict[str, Any]
Spoil = Callable[[list[JSON]], list[JSON]]

# Runs ``firstday verify``: the check, the profile and the text of each line that failed.
Failures = Callable[[], list[tuple[str, str, str]]]


@pytest.fixture(scope="module")
def settings_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An organisation that offers everything, also a console password and ``aws login``."""
    text = (PROJECT / "firstday.toml").read_text("utf-8")
    more = 'credentials = ["access-key", "aws-login"]\nconsole_password = true\n\n[accounts]'
    path = tmp_path_factory.mktemp("settings") / "firstday.toml"
    path.write_text(text.replace("\n[accounts]", f"\n{more}", 1), "utf-8")
    return path


@pytest.fixture(scope="module")
def portal(settings_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    with running(port=0, portal_port=0, member="dev-simple-user", settings_file=settings_file) as one:
        yield RunningSandbox(as_record(one), tmp_path_factory.mktemp("admin"), one.aws)


@pytest.fixture
def verified(portal: RunningSandbox, settings_file: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    return lambda *options: portal.firstday("verify", "--settings", str(settings_file), *options)


@pytest.fixture
def failures(verified: Callable[..., subprocess.CompletedProcess[str]]) -> Failures:
    """The failures, without waiting until IAM shows changes: check, subject, and both texts."""

    def found() -> list[tuple[str, str, str]]:
        result = verified("--patience", "0", "--json")
        answer = json.loads(result.stdout)
        lines = [line for line in answer["checks"] if line["outcome"] == "failed"]
        assert result.returncode == (1 if lines else 0), result.stderr
        assert answer["is_right"] == (not lines)
        assert answer["checks"][-1]["check"] == "removed"
        return [(line["check"], line["subject"], f"{line['text']}. {line['remedy']}") for line in lines]

    return found


@pytest.fixture(autouse=True)
def nothing_is_left(portal: RunningSandbox) -> Iterator[None]:
    """After each test: no user, no device, no record."""
    yield
    assert robots(portal) == []
    devices = portal.root("iam").list_virtual_mfa_devices()["VirtualMFADevices"]
    assert [device["SerialNumber"] for device in devices if PREFIX in device["SerialNumber"]] == []
    listed = json.loads(portal.firstday("members", "--json").stdout)["members"]
    assert [member["user_name"] for member in listed] == ["dev-simple-user"]


def robots(portal: RunningSandbox) -> list[str]:
    users = portal.root("iam").list_users()["Users"]
    return [user["UserName"] for user in users if user["UserName"].startswith(PREFIX)]


@contextmanager
def spoilt_group(portal: RunningSandbox, name: str, spoil: Spoil) -> Iterator[None]:
    """The group's one policy with other statements, for a while."""
    iam = portal.root("iam")
    (policy,) = iam.list_group_policies(GroupName=name)["PolicyNames"]
    former = iam.get_group_policy(GroupName=name, PolicyName=policy)["PolicyDocument"]
    put = {"GroupName": name, "PolicyName": policy}
    iam.put_group_policy(**put, PolicyDocument=spoilt(former, spoil))
    yield
    iam.put_group_policy(**put, PolicyDocument=json.dumps(former))


@contextmanager
def spoilt_trust(portal: RunningSandbox, role: str, account: str, condition: str) -> Iterator[None]:
    """The role's trust policy without one of its conditions, for a while."""
    iam = portal.root("iam", account)
    former = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]

    def without(statements: list[JSON]) -> list[JSON]:
        return [
            one | {"Condition": {name: block for name, block in one["Condition"].items() if name != condition}}
            for one in statements
        ]

    iam.update_assume_role_policy(RoleName=role, PolicyDocument=spoilt(former, without))
    yield
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(former))


def spoilt(policy: JSON, spoil: Spoil) -> str:
    assert spoil(policy["Statement"]) != policy["Statement"]
    return json.dumps({**policy, "Statement": spoil(policy["Statement"])})


def test_a_good_portal_passes_and_each_check_tells_what_aws_answered(
    verified: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    result = verified()
    assert result.returncode == 0, result.stdout + result.stderr
    shown = result.stdout
    assert "✗" not in shown
    assert "✓ A console password is set" in shown
    assert "✓ Without MFA, the access key is denied iam:ListUsers, by a Deny" in shown
    assert "answered: AccessDenied: User: arn:aws:iam::123456789012:user/members/firstday-verify-" in shown
    session = "a session that was got without a code"
    assert f"✓ Without MFA, {session} is denied s3:ListAllMyBuckets, by a Deny" in shown
    assert f"✓ dev: With {session}, the role is refused" in shown
    assert f"answered: arn:aws:sts::{TARGET}:assumed-role/{TARGET_ROLE}/firstday-verify-" in shown
    assert "✓ dev: With the access key and a code, the role is assumed for 12 h" in shown
    assert "✓ dev: Its trust policy asks for MFA by itself" in shown
    assert f"? stg: Whether the trust policy of {TARGET_ROLE} in {STG} asks for MFA cannot be seen" in shown
    assert "may iam:GetRole there, with --account-profile stg=PROFILE, or look yourself" in shown
    assert f"aws iam get-role --role-name {TARGET_ROLE} --query Role.AssumeRolePolicyDocument" in shown
    assert "✓ dev: With a code of the new device, which the config names, the role is assumed" in shown
    assert "✓ The former MFA device is removed, and the new one stays" in shown
    assert "✓ The session cookie firstday-own is the browser's alone" in shown
    assert "Not tried, as it takes a browser:\naws login," in shown
    last = shown.splitlines()[-1]
    assert last.startswith("Everything that was tried is right. ")
    assert last.endswith(" 2 not seen (each ? says why; --account-profile stg=PROFILE would show 2).")


def test_a_missing_deny_statement_is_named(portal: RunningSandbox, failures: Failures) -> None:
    def no_deny(statements: list[JSON]) -> list[JSON]:
        return [one for one in statements if one["Effect"] != "Deny"]

    with spoilt_group(portal, "firstday-members", no_deny):
        found = failures()
    without_mfa = ("key", "session", "own_config", "own_link")
    assert [check for check, _, _ in found] == [f"{name}_without_mfa" for name in without_mfa]
    assert "not by a Deny: the statement DenyAllExceptListedIfNoMFA is missing" in found[0][2]
    assert "The policy of the group firstday-members has to have it" in found[0][2]


def test_a_trust_policy_without_mfa_is_named(portal: RunningSandbox, failures: Failures) -> None:
    with spoilt_trust(portal, ROLE, "123456789012", "Bool"):
        ((check, profile, text),) = failures()
    assert (check, profile) == ("trust_requires_mfa", "dev")
    assert f"The trust policy of the role {ROLE} in {DEV} does not ask for MFA" in text


def test_a_trust_policy_of_another_account_is_read_with_a_profile_of_that_account(
    portal: RunningSandbox, settings_file: Path
) -> None:
    options = ("--settings", str(settings_file), "--account-profile", "stg=stg-admin", "--patience", "0")
    files = target_profile(portal)
    result = portal.firstday("verify", *options, **files)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "✓ stg: Its trust policy asks for MFA by itself, as its own account sees it" in result.stdout
    with spoilt_trust(portal, TARGET_ROLE, TARGET, "Bool"):
        result = portal.firstday("verify", *options, **files)
    assert result.returncode == 1, result.stdout
    text = f"✗ stg: The trust policy of the role {TARGET_ROLE} in {STG} does not ask for MFA"
    assert text in result.stdout


def test_a_role_that_lets_nobody_in_is_not_said_to_ask_for_mfa(portal: RunningSandbox, settings_file: Path) -> None:
    iam = portal.root("iam", TARGET)
    former = iam.get_role(RoleName=TARGET_ROLE)["Role"]["AssumeRolePolicyDocument"]
    options = ("--settings", str(settings_file), "--account-profile", "stg=stg-admin", "--patience", "0")
    old = json.dumps({**former, "Version": "2008-10-17"})
    iam.update_assume_role_policy(RoleName=TARGET_ROLE, PolicyDocument=old)
    result = portal.firstday("verify", *options, **target_profile(portal))
    iam.update_assume_role_policy(RoleName=TARGET_ROLE, PolicyDocument=json.dumps(former))
    assert result.returncode == 1, result.stdout
    assert f"✗ stg: With MFA, the role {TARGET_ROLE} in {STG} is refused" in result.stdout
    text = f"✗ stg: The trust policy of the role {TARGET_ROLE} in {STG} lets no IAM user of the identity account in"
    assert text in result.stdout
    assert (
        "has the Version 2008-10-17, in which policy variables are plain text: it needs 2012-10-17."
        in result.stdout
    )


def test_nothing_is_unseen_that_could_be_seen(portal: RunningSandbox, settings_file: Path) -> None:
    options = ("--settings", str(settings_file), "--account-profile", "stg=stg-admin", "--json")
    result = portal.firstday("verify", *options, **target_profile(portal))
    checks = json.loads(result.stdout)["checks"]
    assert [one for one in checks if one["outcome"] != "passed"] == []
    subjects = [one["subject"] for one in checks if one["check"] == "session_without_mfa"]
    assert subjects == ["", "dev", "stg", "stg-ops"]


def target_profile(portal: RunningSandbox) -> dict[str, str]:
    """A profile that may look into the target account, here of its root user."""
    root = portal.aws.session(TARGET).get_credentials()
    path = portal.home / "credentials"
    path.write_text(
        f"[stg-admin]\naws_access_key_id = {root.access_key}\naws_secret_access_key = {root.secret_key}\n"
    )
    return {"AWS_SHARED_CREDENTIALS_FILE": str(path)}


def unconditional(statements: list[JSON]) -> list[JSON]:
    """The group's policy demands MFA and the session name as well as the role."""
    return [{name: value for name, value in one.items() if name != "Condition"} for one in statements]


def test_without_all_three_a_role_that_opens_without_mfa_is_named(
    portal: RunningSandbox, failures: Failures
) -> None:
    def no_deny(statements: list[JSON]) -> list[JSON]:
        return [one for one in statements if one["Effect"] != "Deny"]

    with (
        spoilt_trust(portal, TARGET_ROLE, TARGET, "Bool"),
        spoilt_group(portal, "developers", unconditional),
        spoilt_group(portal, "firstday-members", no_deny),
    ):
        found = failures()
    (opened,) = [(profile, text) for check, profile, text in found if check == "role_without_mfa"]
    assert opened[0] == "stg"
    assert f"Without MFA, the role {TARGET_ROLE} in {STG} can be assumed" in opened[1]


def test_a_missing_condition_on_the_session_name_is_named(portal: RunningSandbox, failures: Failures) -> None:
    with (
        spoilt_trust(portal, TARGET_ROLE, TARGET, "StringLike"),
        spoilt_group(portal, "developers", unconditional),
    ):
        ((check, profile, text),) = failures()
    assert (check, profile) == ("other_name", "stg")
    assert f"The role {TARGET_ROLE} in {STG} is assumed under another session name" in text
    assert "sts:RoleSessionName" in text


def test_a_group_without_its_role_is_named_with_the_role(portal: RunningSandbox, failures: Failures) -> None:
    def other_role(statements: list[JSON]) -> list[JSON]:
        return [one | {"Resource": f"arn:aws:iam::{TARGET}:role/another"} for one in statements]

    with spoilt_group(portal, "operators", other_role):
        ((check, profile, text),) = failures()
    assert (check, profile) == ("role", "stg-ops")
    assert "The policy of the group operators does not have the role stg-SwitchRole-Operations." in text


def test_a_role_whose_maximum_is_too_short_is_named(portal: RunningSandbox, failures: Failures) -> None:
    portal.root("iam").update_role(RoleName=ROLE, MaxSessionDuration=3600)
    found = failures()
    portal.root("iam").update_role(RoleName=ROLE, MaxSessionDuration=43200)
    assert {(check, profile) for check, profile, _ in found} == {("duration", "dev")}
    assert "The role allows sessions of 1 h, and the settings promise 12 h" in found[-1][2]


def test_other_settings_than_the_deployed_ones_are_named(portal: RunningSandbox, tmp_path: Path) -> None:
    other = tmp_path / "firstday.toml"
    text = (PROJECT / "firstday.toml").read_text("utf-8")
    other.write_text(text.replace("dev-SwitchRole-S3FullAccess", "dev-SwitchRole-Other"), "utf-8")
    result = portal.firstday("verify", "--settings", str(other), "--patience", "0")
    assert result.returncode == 1
    assert "✗ dev: The config of the portal has no such profile for dev-SwitchRole-Other" in result.stdout


def begun(portal: RunningSandbox, settings_file: Path) -> subprocess.Popen[str]:
    """A run that has just got its access key."""
    command = subprocess.Popen(
        [str(BIN / "firstday"), "verify", "--settings", str(settings_file)],
        env=portal.admin_environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert command.stdout is not None
    for line in command.stdout:
        if "The access key is issued" in line:
            return command
    raise AssertionError(command.communicate())


def test_what_a_killed_run_left_is_removed_by_the_next(
    portal: RunningSandbox, settings_file: Path, verified: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    with begun(portal, settings_file) as command:
        command.send_signal(signal.SIGKILL)
    (left,) = robots(portal)
    result = verified()
    assert result.returncode == 0, result.stdout + result.stderr
    assert f"✓ The robot of an earlier run {left} is removed, with all that was its own" in result.stdout


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_whoever_stops_it_is_told_that_the_robot_is_removed(
    portal: RunningSandbox, settings_file: Path, name: str
) -> None:
    with begun(portal, settings_file) as command:
        command.send_signal(getattr(signal, name))
        command.send_signal(getattr(signal, name))
        output, errors = command.communicate(timeout=60)
    assert command.returncode == 130, output + errors
    assert "is removed, with all that was its own" in output
    assert errors == "firstday: Stopped before the end.\n"
