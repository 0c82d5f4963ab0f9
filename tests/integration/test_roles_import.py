"""``firstday roles import``: the roles are read as moto lists them, and whatever is in the way is told in words."""

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner
from moto import mock_aws

from chalicelib.settings.reader import parse
from firstday.aws_calls import DeploymentError
from firstday.cli.main import cli
from firstday.existing_roles.account_roles import account_roles, roles_of_accounts
from tests.helpers.settings_makers import EXAMPLE, example_settings
from tests.helpers.trust_cases import MFA, under

SETTINGS = example_settings()
DEV, STG = SETTINGS.accounts["dev"], SETTINGS.accounts["stg"]


class Account:
    """A session of an account, as moto or a stand-in answers."""

    def __init__(self, account_id: str, iam: Any) -> None:
        self._account_id, self._iam = account_id, iam

    def client(self, service: str, _region: str | None = None) -> Any:
        return self._iam if service == "iam" else self

    def get_caller_identity(self) -> dict[str, str]:
        return {"Account": self._account_id, "Arn": f"arn:aws:iam::{self._account_id}:user/admin"}


class Denying:
    """IAM that refuses every list."""

    def get_paginator(self, operation: str) -> "Denying":
        assert operation == "list_roles"
        return self

    def paginate(self) -> Any:
        raise ClientError(
            {"Error": {"Code": "AccessDenied", "Message": "User admin is not authorized"}}, "ListRoles"
        )


def test_every_role_is_read_with_what_is_needed_of_it() -> None:
    with mock_aws():
        iam = boto3.client("iam", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
        for number in range(150, 0, -1):
            iam.create_role(
                RoleName=f"role-{number:03}",
                Path="/teams/",
                Description="ours",
                MaxSessionDuration=3600 + number,
                AssumeRolePolicyDocument=json.dumps(under(MFA)),
            )
        found = account_roles(Account(DEV, iam), SETTINGS, DEV)
    assert [one.name for one in found] == [f"role-{number:03}" for number in range(1, 151)]
    assert (found[0].path, found[0].description, found[0].maximum_session_seconds) == ("/teams/", "ours", 3601)
    assert (found[0].trust, found[0].arn) == (under(MFA), f"arn:aws:iam::{DEV}:role/teams/role-001")


def test_what_aws_does_not_permit_is_told_with_the_permission() -> None:
    with pytest.raises(DeploymentError) as caught:
        account_roles(Account(STG, Denying()), SETTINGS, STG)
    assert "does not permit listing the roles of the account stg (210987654321). Allow iam:ListRoles" in str(
        caught.value
    )


def test_credentials_of_another_account_are_told() -> None:
    with pytest.raises(DeploymentError, match="These credentials are for the account 123456789012"):
        roles_of_accounts(SETTINGS, [STG], lambda _: Account(DEV, Denying()))


def run(*arguments: str) -> Any:
    return CliRunner().invoke(cli, ["roles", "import", *arguments], standalone_mode=False)


def test_without_an_account_it_says_how_to_name_one() -> None:
    found = run()
    assert "Name the accounts to look into, such as: --account-profile stg=staging-admin" in str(found.exception)


def test_an_account_that_the_settings_do_not_have_is_told() -> None:
    found = run("--account-profile", "prod=prod-admin")
    assert 'The settings have no account "prod"; [accounts] has: dev, stg.' in str(found.exception)


def test_an_account_without_a_name_is_told(tmp_path: Path) -> None:
    nameless = tmp_path / "firstday.toml"
    text = EXAMPLE.read_text("utf-8").replace('dev = "123456789012"', 'dev = "333333333333"')
    assert parse(text).identity_account == DEV
    nameless.write_text(text, "utf-8")
    found = run("--settings", str(nameless), "--account-profile", f"{DEV}=identity-admin")
    assert "there is no name for the identity account (123456789012). Add one" in str(found.exception)


def test_the_command_speaks_json_and_has_an_example() -> None:
    shown = CliRunner().invoke(cli, ["roles", "import", "--help"]).stdout
    assert "--json" in shown
    assert "firstday roles import --account-profile stg=staging-admin" in shown
