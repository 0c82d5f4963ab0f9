"""The scripts as text, and the plain commands, which the AWS CLI itself runs."""

import os
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.profiles import aws_config, merge_scripts
from chalicelib.profiles.aws_config import RoleProfile, Source
from chalicelib.settings.records import Settings
from tests.helpers.aws_configs import USER_NAMES, parsed
from tests.helpers.merging import BLOCK, PS1, ROLES, SH, SOURCE, posix, powershell
from tests.helpers.settings_makers import any_settings

AWS = Path(sys.executable).with_name("aws")
ONE_LINE = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=40)


@given(any_settings(), USER_NAMES, ONE_LINE)
@settings(max_examples=60, deadline=None)
def test_the_profiles_are_the_same_with_and_without_marks(
    here: Settings, user_name: str, organisation: str
) -> None:
    source, roles = aws_config.profiles(
        here,
        user_name=user_name,
        groups=[group.name for group in here.groups],
        serial_number="arn:aws:iam::1:mfa/x",
    )
    text = merge_scripts.block(organisation, source, roles)
    assert text.isascii()
    first, *lines, last = text.splitlines()
    assert "\n".join([*lines, ""]) == aws_config.rendered(source, roles)
    assert first.startswith(f"# firstday:begin {here.identity_account} ")
    assert last.startswith(f"# firstday:end {here.identity_account} ")
    assert parsed(text) == parsed(aws_config.rendered(source, roles))
    for scripts in (
        merge_scripts.for_posix(SH, organisation, user_name, source, roles),
        merge_scripts.for_powershell(PS1, organisation, user_name, source, roles),
    ):
        assert (scripts.file + scripts.pasted).isascii()
        assert text in scripts.file.replace("\r\n", "\n")
        assert text in scripts.pasted
        assert "@@" not in (scripts.file + scripts.pasted).replace(text, "").replace(user_name, "")


def test_a_delimiter_does_not_occur_in_what_it_delimits() -> None:
    scripts = posix("END_OF_PROFILES @@BLOCK@@ END_OF_SCRIPT")
    assert "cat <<'END_OF_PROFILES_'\n" in scripts.file
    assert scripts.pasted.startswith("sh <<'END_OF_SCRIPT_'\n")
    assert "END_OF_PROFILES @@BLOCK@@ END_OF_SCRIPT" in scripts.file


def test_the_script_for_posix_uses_what_every_system_has_and_sends_nothing() -> None:
    words = {word for line in SH.splitlines() if not line.lstrip().startswith("#") for word in line.split()}
    assert words & {"eval", "curl", "wget", "source", "python3", "aws", "sudo", "mktemp", "local", "[["} == set()


@given(user_name=USER_NAMES)
@settings(max_examples=60, deadline=None)
def test_a_shell_reads_each_command_as_one_profile_one_key_and_one_value(user_name: str) -> None:
    role = replace(ROLES[0], role_session_name=user_name)
    read = [shlex.split(line) for line in posix(roles=(role,)).commands.splitlines()]
    assert ["aws", "configure", "set", "--profile", "dev", "region", "ap-northeast-1"] in read
    assert [words[-1] for words in read if "role_session_name" in words] == [user_name]


def configured(directory: Path, source: Source, roles: tuple[RoleProfile, ...], config: str) -> str:
    path = directory / "config"
    path.write_text(config)
    environment = {
        "AWS_CONFIG_FILE": str(path),
        "PATH": f"{AWS.parent}:{os.environ['PATH']}",
        "HOME": str(directory),
    }
    commands = posix(source=source, roles=roles).commands
    subprocess.run(["sh", "-e"], input=commands.encode(), env=environment, check=True)
    return path.read_text()


def test_the_commands_put_in_what_the_file_would_have_and_may_be_repeated(tmp_path: Path) -> None:
    role = replace(ROLES[0], role_session_name="-a,b=c@example.com")
    mine = "# mine\n[default]\ns3 =\n    a = b\n"
    once = configured(tmp_path, SOURCE, (role,), mine)
    assert once.startswith(mine)
    assert parsed(once) == parsed(mine + aws_config.rendered(SOURCE, (role,)))
    assert configured(tmp_path, SOURCE, (role,), once) == once


def test_what_aws_configure_adds_to_the_last_profile_comes_after_the_end_mark(tmp_path: Path) -> None:
    """So the scripts have to leave it there: it is the member's own."""
    path = tmp_path / "config"
    path.write_text(BLOCK)
    environment = {"AWS_CONFIG_FILE": str(path), "PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    last = ROLES[-1].name
    subprocess.run([AWS, "configure", "set", "output", "json", "--profile", last], env=environment, check=True)
    assert path.read_text() == f"{BLOCK}output = json\n"


def test_powershell_sees_every_value_as_a_text() -> None:
    commands = powershell().commands.splitlines()
    assert "aws configure set --profile 'dev' duration_seconds '43200'" in commands
    assert merge_scripts._powershell_quoted("a'b") == "'a''b'"


@pytest.mark.parametrize(
    ("organisation", "shown"), [("Café Ünïon", "Cafe Union"), ("株式会社サンプル", "(AWS)"), ("Ａ＆Ｂ", "A&B")]
)
def test_an_organisation_is_named_in_ascii_or_not_at_all(organisation: str, shown: str) -> None:
    """A comment that the computer's own encoding cannot read makes the file unreadable to AWS tools."""
    assert merge_scripts.block(organisation, SOURCE, ROLES).endswith(f"# firstday:end 123456789012 {shown}\n")
