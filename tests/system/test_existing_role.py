"""A role that others manage, in another account: it trusts the identity account with an external id, without MFA.

What the role leaves open, the group's policy demands of members: the real AWS CLI tries it.
"""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from firstday.sandbox.run_sandbox import running
from firstday.sandbox.running_sandbox import as_record
from tests.helpers.embedded_aws import IDENTITY, TARGET, steady_step
from tests.helpers.running_sandbox import Member, RunningSandbox, plain
from tests.helpers.settings_makers import EXAMPLE

NAME, ROLE = "dev-simple-user", "SecurityAudit"
ROLE_ARN = f"arn:aws:iam::{TARGET}:role/teams/{ROLE}"
AUDIT = f"""\
[[groups.roles]]
profile = "audit"
account = "stg"
role_name = "{ROLE}"
path = "/teams/"
existing = true
external_id = "example-7"

"""
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{IDENTITY}:root"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": "example-7"}},
        }
    ],
}
NEXT_GROUP = '[[groups]]\nname = "operators"\n'


@pytest.fixture(scope="module")
def settings_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's settings, in which developers have one role more."""
    text = EXAMPLE.read_text("utf-8")
    assert NEXT_GROUP in text
    written = tmp_path_factory.mktemp("settings") / "firstday.toml"
    written.write_text(text.replace(NEXT_GROUP, AUDIT + NEXT_GROUP), "utf-8")
    return written


@pytest.fixture(scope="module")
def organisation(settings_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    """The portal, and the role that somebody else has made."""
    with running(port=0, portal_port=0, member=NAME, settings_file=settings_file) as started:
        home = tmp_path_factory.mktemp("admin")
        found = RunningSandbox(as_record(started), home, started.aws)
        found.root("iam", TARGET).create_role(
            RoleName=ROLE, Path="/teams/", AssumeRolePolicyDocument=json.dumps(TRUST), MaxSessionDuration=7200
        )
        write_profiles(home, found)
        yield found


def write_profiles(home: Path, sandbox: RunningSandbox) -> None:
    """Profiles of both root users, beside those of the administrator."""
    directory = home / ".aws"
    directory.mkdir()
    for profile, account_id in (("root", IDENTITY), ("stg-root", TARGET)):
        key = sandbox.aws.root_credentials(account_id)
        with (directory / "credentials").open("a") as file:
            file.write(f"[{profile}]\naws_access_key_id = {key.access_key_id}\n")
            file.write(f"aws_secret_access_key = {key.secret_access_key}\n")
        with (directory / "config").open("a") as file:
            file.write(f"[profile {profile}]\nregion = ap-northeast-1\n")


def operator(sandbox: RunningSandbox) -> dict[str, str]:
    """What an operator's terminal has: no credentials but those profiles."""
    directory = sandbox.home / ".aws"
    return {
        "AWS_PROFILE": "root",
        "AWS_ENDPOINT_URL": str(sandbox.record["aws_endpoint_url"]),
        "AWS_SHARED_CREDENTIALS_FILE": str(directory / "credentials"),
        "AWS_CONFIG_FILE": str(directory / "config"),
    }


@pytest.fixture(scope="module")
def member(organisation: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> Member:
    one = Member(organisation, NAME, tmp_path_factory.mktemp(NAME), organisation.browser())
    one.first_day(organisation.record["invitation_url"])
    return one


def test_the_role_is_written_down_with_its_external_id(organisation: RunningSandbox) -> None:
    """With the project's own settings, which do not have it."""
    found = organisation.firstday("roles", "import", "--account-profile", "stg=stg-root", **operator(organisation))
    assert (found.returncode, found.stderr) == (0, "")
    (written,) = tomllib.loads(found.stdout)["groups"]["roles"]
    assert written == {
        "profile": "stg-securityaudit",
        "account": "stg",
        "role_name": ROLE,
        "path": "/teams/",
        "existing": True,
        "external_id": "example-7",
        "maximum_session_seconds": 7200,
    }
    assert "# - No MFA: no condition asks for it." in found.stdout
    assert "firstday.toml has a role of that name there already." in found.stdout


def test_the_members_config_leads_into_the_role_with_mfa(member: Member) -> None:
    assert member.device is not None
    config = (member.home / ".aws" / "config").read_text()
    assert "external_id = example-7" in config
    status, shown = member.aws("sts", "get-caller-identity", "--profile", "audit", code=member.device.code())
    assert status == 0, shown
    identity = json.loads(shown[shown.index("{") :])
    assert identity["Arn"] == f"arn:aws:sts::{TARGET}:assumed-role/{ROLE}/{NAME}"


def assume(member: Member, *options: str, name: str = NAME, profile: str = NAME) -> tuple[int, str]:
    words = ("--role-arn", ROLE_ARN, "--role-session-name", name, "--profile", profile)
    status, shown = member.aws("sts", "assume-role", *words, *options)
    return status, plain(shown)


def code_of(member: Member) -> tuple[str, ...]:
    assert member.device is not None
    steady_step()
    return ("--serial-number", f"arn:aws:iam::{IDENTITY}:mfa/{NAME}", "--token-code", member.device.code())


def test_another_session_name_is_refused_by_the_group(member: Member) -> None:
    external_id = ("--external-id", "example-7")
    status, shown = assume(member, *external_id, *code_of(member), name="somebody-else")
    assert status != 0
    assert "because no identity-based policy allows the sts:AssumeRole action" in shown
    status, shown = assume(member, *external_id, *code_of(member))
    assert status == 0, shown


def test_without_mfa_or_without_the_external_id_it_is_refused(member: Member) -> None:
    status, shown = assume(member, "--external-id", "example-7")
    assert (status != 0, "AccessDenied" in shown) == (True, True)
    status, shown = assume(member, *code_of(member))
    assert (status != 0, "AccessDenied" in shown) == (True, True)


def test_the_role_itself_would_let_others_in_without_mfa_under_any_name(
    organisation: RunningSandbox, member: Member
) -> None:
    """So it is the group's policy that keeps members from it."""
    iam = organisation.root("iam")
    iam.create_user(UserName="legacy")
    grant = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": ROLE_ARN}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [grant]})
    iam.put_user_policy(UserName="legacy", PolicyName="grant", PolicyDocument=policy)
    key = iam.create_access_key(UserName="legacy")["AccessKey"]
    with (member.home / ".aws" / "credentials").open("a") as file:
        file.write(f"\n[legacy]\naws_access_key_id = {key['AccessKeyId']}\n")
        file.write(f"aws_secret_access_key = {key['SecretAccessKey']}\nregion = ap-northeast-1\n")
    status, shown = assume(member, "--external-id", "example-7", name="anybody", profile="legacy")
    assert status == 0, shown


def test_the_doctor_names_what_is_open_and_what_holds_meanwhile(
    organisation: RunningSandbox, settings_file: Path
) -> None:
    profiles = ("--settings", str(settings_file), "--profile", "root", "--account-profile", "stg=stg-root")
    shown = organisation.firstday("doctor", "--json", *profiles, **operator(organisation))
    assert shown.stderr == ""
    found: list[dict[str, Any]] = json.loads(shown.stdout)["findings"]
    about = {one["check"]: one for one in found if one["subject"] == f"stg: {ROLE}"}
    assert list(about) == [
        "existing-role-without-mfa",
        "existing-role-without-name",
        "session-could-be-longer",
    ]
    without = about["existing-role-without-mfa"]
    assert "the policy of the group developers demands both" in without["message"]
    assert '# "Bool": {"aws:MultiFactorAuthPresent": "true"}' in without["remedy"]


def test_verify_tells_that_the_group_asks_for_mfa(organisation: RunningSandbox, settings_file: Path) -> None:
    options = ("--settings", str(settings_file), "--account-profile", "stg=stg-root")
    shown = organisation.firstday("verify", "--json", *options)
    answer = json.loads(shown.stdout)
    lines = {one["check"]: one for one in answer["checks"] if one["subject"] == "audit"}
    assert {check: one["outcome"] for check, one in lines.items()} == dict.fromkeys(lines, "passed"), lines
    assert (
        "which others manage, does not ask for MFA: the policy of the group developers does"
        in (lines["trust_requires_mfa"]["text"])
    )
    assert lines["other_name"]["text"].endswith("as the policy of the group developers demands")
    assert lines.keys() >= {"role", "role_without_mfa"}
