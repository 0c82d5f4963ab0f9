"""Profiles for other tools, read by botocore, and by the AWS CLI where it gives the credentials."""

import configparser
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from botocore.session import Session
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.profiles import aws_config, other_tools
from chalicelib.settings.records import Settings
from tests.helpers.aws_configs import parsed
from tests.helpers.merging import ROLES, SOURCE
from tests.helpers.settings_makers import any_settings

ARGUMENTS = "configure export-credentials --profile dev --format process --no-cli-auto-prompt"


def test_a_role_has_a_profile_whose_credentials_the_aws_cli_gives() -> None:
    assert parsed(other_tools.with_process(SOURCE, ROLES[:1])) == {
        "dev-process": {
            "region": "ap-northeast-1",
            "credential_process": f"aws {ARGUMENTS}",
        }
    }


def test_botocore_gets_credentials_from_such_a_profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a stand-in for version 2 of the AWS CLI; tests/system/test_clients.py runs the real one."""
    keys = {"Version": 1, "AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": "a/b+c", "SessionToken": "t"}
    command = tmp_path / "aws"
    command.write_text(f"#!/bin/sh\n[ \"$*\" = '{ARGUMENTS}' ] && echo '{json.dumps(keys)}'\n")
    command.chmod(0o700)
    (tmp_path / "config").write_text(other_tools.with_process(SOURCE, ROLES[:1]))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    credentials = Session(profile="dev-process").get_credentials()
    assert credentials.method == "custom-process"
    assert (credentials.access_key, credentials.secret_key, credentials.token) == ("ASIAEXAMPLE", "a/b+c", "t")


@given(any_settings(), st.data())
def test_together_with_the_config_no_profile_is_there_twice(here: Settings, data: st.DataObject) -> None:
    source, roles = aws_config.profiles(
        here,
        user_name=data.draw(st.sampled_from(["dev-simple-user", *(role.profile for role in here.roles)])),
        groups=[group.name for group in here.groups],
        serial_number="arn:aws:iam::123456789012:mfa/dev-simple-user",
    )
    config, more = aws_config.rendered(source, roles), other_tools.with_process(source, roles)
    assert len(parsed(f"{config}\n{more}")) == 1 + 2 * len(roles)


def test_a_name_that_is_taken_gets_longer() -> None:
    roles = (ROLES[0], replace(ROLES[1], name="dev-process"))
    assert other_tools.process_names(SOURCE, roles) == ("dev-process-process", "dev-process-process-process")


def test_the_role_switcher_of_the_console_gets_the_same_roles() -> None:
    parser = configparser.ConfigParser()
    parser.read_string(other_tools.switch_roles(SOURCE, ROLES))
    assert dict(parser["dev-simple-user"]) == {"aws_account_id": "123456789012"}
    assert dict(parser["dev"]) == {
        "role_arn": "arn:aws:iam::123456789012:role/dev-SwitchRole-S3FullAccess",
        "region": "ap-northeast-1",
        "source_profile": "dev-simple-user",
    }
    with_id = (ROLES[0], replace(ROLES[1], external_id="example-7"))
    assert f"[{ROLES[1].name}]" not in other_tools.switch_roles(SOURCE, with_id)
