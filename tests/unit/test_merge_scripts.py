"""The scripts as text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.profiles import aws_config, merge_scripts
from chalicelib.settings.records import Settings
from tests.helpers.aws_configs import USER_NAMES
from tests.helpers.merging import PS1, ROLES, SH, SOURCE, posix
from tests.helpers.settings_makers import any_settings

ONE_LINE = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=40)


@given(any_settings(), USER_NAMES, ONE_LINE)
@settings(max_examples=60, deadline=None)
def test_the_profiles_are_in_the_scripts_as_the_page_shows_them(
    here: Settings, user_name: str, organisation: str
) -> None:
    source, roles = aws_config.profiles(
        here,
        user_name=user_name,
        groups=[group.name for group in here.groups],
        serial_number="arn:aws:iam::1:mfa/x",
    )
    text = aws_config.rendered(source, roles)
    for scripts in (
        merge_scripts.for_posix(SH, organisation, user_name, source, roles),
        merge_scripts.for_powershell(PS1, organisation, user_name, source, roles),
    ):
        assert (scripts.file + scripts.pasted).isascii()
        assert text in scripts.file.replace("\r\n", "\n")
        assert text in scripts.pasted
        names = (user_name, merge_scripts._in_ascii(organisation))
        rest = (scripts.file + scripts.pasted).replace(text, "")
        for name in names:
            rest = rest.replace(name, "")
        assert "@@" not in rest


def test_every_key_that_the_portal_writes_is_one_that_a_merge_replaces() -> None:
    written = {key for profile in (SOURCE, *ROLES) for key in aws_config.keys_of(profile)}
    line = next(line for line in posix().file.splitlines() if line.startswith("keys='"))
    replaced = set(line.removeprefix("keys='").removesuffix("'").split())
    assert written | {"aws_access_key_id", "aws_secret_access_key", "login_session"} <= replaced
    # These are keys of others, which stay.
    assert not replaced & {"output", "credential_process", "sso_session", "name", "s3"}


def test_a_delimiter_does_not_occur_in_what_it_delimits() -> None:
    scripts = posix("END_OF_TEXT @@PROFILES@@ END_OF_SCRIPT")
    assert scripts.pasted.startswith("sh <<'END_OF_SCRIPT_'\n")
    assert "END_OF_TEXT @@PROFILES@@ END_OF_SCRIPT" in scripts.file


def test_the_script_for_posix_uses_what_every_system_has_and_sends_nothing() -> None:
    words = {word for line in SH.splitlines() if not line.lstrip().startswith("#") for word in line.split()}
    assert words & {"eval", "curl", "wget", "source", "python3", "sudo", "local", "[["} == set()
    assert [line.strip() for line in SH.splitlines() if " aws " in f" {line} " and "#" not in line] == [
        """aws configure get firstday --profile "$3" </dev/null 2>/dev/null | tr -d '\\r')" = "$account" ]"""
    ]


@pytest.mark.parametrize(
    ("organisation", "shown"), [("Café Ünïon", "Cafe Union"), ("株式会社サンプル", "(AWS)"), ("Ａ＆Ｂ", "A&B")]
)
def test_an_organisation_is_named_in_ascii_or_not_at_all(organisation: str, shown: str) -> None:
    """Windows PowerShell 5.1 reads a script in the computer's own encoding."""
    assert f"of dev-simple-user, {shown}, into" in posix(organisation).file
