"""The organisation of the sandbox: the contents of its accounts, and the permissions of its people."""

import configparser
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chalicelib.arns import ADMIN_ROLE_NAME
from chalicelib.members.mfa import code_at
from chalicelib.settings.reader import load
from chalicelib.settings.records import Settings
from firstday.sandbox import profiles
from firstday.sandbox.people import Organisation, deployer_profiles, prepared_sign_in, set_up
from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from firstday.stack.templates import target_template
from tests.helpers import sample_portal
from tests.helpers.embedded_aws import IDENTITY, REGION, TARGET, Refused, client_of, new_role, steady_step

SETTINGS = Path(__file__).resolve().parents[2] / "firstday.toml"
MFA_IS_PRESENT = {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load(SETTINGS)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAWS]:
    """This module's own embedded AWS, for an organisation with the usual names."""
    directory = tmp_path_factory.mktemp("organisation")
    with EmbeddedAWS(accounts=(IDENTITY, TARGET), region=REGION, port=0, portal_port=0, directory=directory) as aws:
        yield aws


@pytest.fixture(scope="module")
def organisation(own: EmbeddedAWS, settings: Settings) -> Organisation:
    """The organisation, with a small API and a role in the portal's place."""
    sample_portal.deploy(own.session(IDENTITY))
    for account_id in (IDENTITY, TARGET):
        template = target_template(settings, account_id)
        sample_portal.apply(own.session(account_id).client("cloudformation"), "roles", template)
    new_role(own, MFA_IS_PRESENT, name=ADMIN_ROLE_NAME)
    return set_up(own, settings)


def test_each_target_account_has_its_roles_and_a_bucket(
    own: EmbeddedAWS, settings: Settings, organisation: Organisation
) -> None:
    assert set(organisation.buckets) == {IDENTITY, TARGET}
    for account, bucket in organisation.buckets.items():
        session = own.session(account)
        objects = session.client("s3").list_objects_v2(Bucket=bucket)["Contents"]
        assert [found["Key"] for found in objects] == ["welcome.txt"]
        arns = {role["Arn"] for role in session.client("iam").list_roles()["Roles"]}
        assert {role.arn("aws") for role in settings.roles if role.account_id == account} <= arns


@pytest.mark.usefixtures("organisation")
def test_the_portal_answers_at_its_address(own: EmbeddedAWS) -> None:
    command = [
        sys.executable,
        "-c",
        f"import urllib.request as u; print(u.urlopen('{own.portal_url}/start').status)",
    ]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "200\n"


def test_the_administrator_can_do_nothing_without_mfa(own: EmbeddedAWS, organisation: Organisation) -> None:
    admin = organisation.admin
    keys = (own.endpoint_url, "iam", admin.access_key_id, admin.secret_access_key)
    with Refused("AccessDenied"):
        client_of(*keys).list_users()
    with Refused("AccessDenied"):
        client_of(keys[0], "sts", *keys[2:]).assume_role(RoleArn=admin.role_arn, RoleSessionName="admin")


def test_the_set_up_has_a_session_and_leaves_the_administrators_current_code_unused(
    own: EmbeddedAWS, settings: Settings, organisation: Organisation
) -> None:
    admin = organisation.admin
    session = prepared_sign_in(own, settings, admin)()
    sts = client_of(
        own.endpoint_url, "sts", session.access_key_id, session.secret_access_key, session.session_token
    )
    assert sts.get_caller_identity()["Arn"].endswith(f"{admin.role_arn.rsplit('/')[-1]}/admin")
    client_of(own.endpoint_url, "sts", admin.access_key_id, admin.secret_access_key).assume_role(
        RoleArn=admin.role_arn,
        RoleSessionName="admin",
        SerialNumber=admin.serial_number,
        TokenCode=code_at(admin.seed, steady_step()),
    )


def test_the_administrators_files_are_private_and_whole(tmp_path: Path, organisation: Organisation) -> None:
    directory = tmp_path / "aws"
    for _ in range(2):  # written again over those of the last run
        environment = profiles.write(directory, organisation, region=REGION, endpoint_url="http://127.0.0.1:4566")
    assert {stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()} == {0o600}
    config = configparser.ConfigParser()
    config.read(environment["AWS_CONFIG_FILE"])
    assert config["profile firstday-admin"]["source_profile"] == "admin"
    assert config["profile firstday-admin"]["mfa_serial"] == f"arn:aws:iam::{IDENTITY}:mfa/admin"


@pytest.mark.parametrize(
    ("profile", "arn"),
    [
        ("admin", f"arn:aws:iam::{IDENTITY}:user/admins/admin"),
        ("identity-admin", f"arn:aws:iam::{IDENTITY}:user/admins/deployer"),
        ("stg-admin", f"arn:aws:iam::{TARGET}:user/admins/deployer"),
    ],
)
def test_the_aws_cli_reads_the_files(
    tmp_path: Path, own: EmbeddedAWS, organisation: Organisation, profile: str, arn: str
) -> None:
    environment = profiles.write(tmp_path, organisation, region=REGION, endpoint_url=own.endpoint_url)
    result = subprocess.run(
        [str(Path(sys.executable).parent / "aws"), "sts", "get-caller-identity", "--profile", profile],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert f'"{arn}"' in result.stdout, result.stderr


def test_no_accounts_name_takes_the_profile_of_somebody_else(settings: Settings) -> None:
    accounts = {"identity": TARGET, "firstday": "111122223333"}
    role = settings.groups[0].roles[0]
    roles = tuple(replace(role, account_id=account_id) for account_id in accounts.values())
    named = replace(settings, accounts=accounts, groups=(replace(settings.groups[0], roles=roles),))
    assert deployer_profiles(named) == {
        IDENTITY: "identity-admin",
        TARGET: f"{TARGET}-admin",
        "111122223333": "111122223333-admin",
    }
