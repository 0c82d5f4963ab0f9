"""Which credentials are used for which account."""

import sys
from dataclasses import replace
from pathlib import Path

import click
import pexpect
import pytest
from click.testing import CliRunner

from firstday.account_names import account_name, account_words
from firstday.aws_calls import DeploymentError
from firstday.aws_sessions import account_sessions
from firstday.cli.options import ACCOUNT_PROFILE
from firstday.portal.errors import PortalError
from tests.helpers.settings_makers import example_settings

SETTINGS = example_settings()
IDENTITY, TARGET = "123456789012", "210987654321"


@pytest.fixture(autouse=True)
def _aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home with two profiles, and nothing else of AWS."""
    credentials = tmp_path / "credentials"
    keys = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = none\n"
    credentials.write_text(f"[identity]\n{keys}[staging]\n{keys}")
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(credentials))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.mark.parametrize("name", ["stg", TARGET])
def test_an_account_is_named_by_its_name_or_its_id(name: str) -> None:
    session_of = account_sessions(SETTINGS, "identity", {name: "staging"})
    session = session_of(TARGET)
    assert session is not None
    assert session is session_of(TARGET)
    assert session.client("iam", SETTINGS.region).meta.service_model.service_name == "iam"


def test_an_account_without_a_profile_has_no_session_and_the_identity_account_always_has() -> None:
    session_of = account_sessions(SETTINGS, None, {})
    assert session_of(TARGET) is None
    assert session_of(IDENTITY) is not None


def test_an_account_that_the_settings_do_not_have_is_refused() -> None:
    with pytest.raises(DeploymentError, match=r'no account "prod"; \[accounts\] has: dev, stg\.'):
        account_sessions(SETTINGS, None, {"prod": "x"})


def test_a_profile_that_is_not_there_is_told_in_words() -> None:
    session_of = account_sessions(SETTINGS, "nobody", {})
    with pytest.raises(PortalError, match="nobody"):
        session_of(IDENTITY)


def test_without_credentials_there_is_a_way_out_in_the_message() -> None:
    session = account_sessions(SETTINGS, None, {})(IDENTITY)
    assert session is not None
    with pytest.raises(PortalError, match="name a profile with --profile"):
        session.client("iam", SETTINGS.region)


def test_without_a_role_nothing_is_made_in_the_home(tmp_path: Path) -> None:
    session = account_sessions(SETTINGS, "identity", {})(IDENTITY)
    assert session is not None
    session.client("iam", SETTINGS.region)
    assert not (tmp_path / ".aws").exists()


def test_the_endpoint_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    session = account_sessions(SETTINGS, "identity", {})(IDENTITY)
    assert session is not None
    assert session.client("cloudformation", SETTINGS.region).meta.endpoint_url == "http://127.0.0.1:4566"


def test_accounts_are_called_what_the_settings_call_them() -> None:
    assert [account_name(SETTINGS, account_id) for account_id in (IDENTITY, TARGET, "111122223333")] == [
        "dev",
        "stg",
        "111122223333",
    ]


def test_an_account_is_told_with_its_id_and_never_by_the_id_twice() -> None:
    assert account_words(SETTINGS, TARGET) == "the account stg (210987654321)"
    nameless = replace(SETTINGS, accounts={"stg": TARGET})
    assert account_words(nameless, IDENTITY) == "the identity account (123456789012)"
    assert account_words(nameless, "111122223333") == "the account (111122223333)"


@click.command()
@ACCOUNT_PROFILE
def command(account_profiles: dict[str, str]) -> None:
    click.echo(account_profiles)


def test_the_option_takes_pairs() -> None:
    given = CliRunner().invoke(command, ["--account-profile", "stg=staging", "--account-profile", "dev=a=b"])
    assert given.output == "{'stg': 'staging', 'dev': 'a=b'}\n"
    for wrong in ("stg", "=staging", "stg="):
        refused = CliRunner().invoke(command, ["--account-profile", wrong])
        assert refused.exit_code == 2
        assert "is not NAME=PROFILE" in refused.output


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (
            "role_arn = firstday-admin",
            r"AWS does not take role_arn of the profile role\. It looks like arn:aws:iam::",
        ),
        ("duration_seconds = 100", "AWS does not take duration_seconds of the profile role"),
        ("role_session_name = a", "AWS does not take role_session_name of the profile role"),
        ("external_id = x", "AWS does not take external_id of the profile role"),
    ],
)
def test_a_line_of_the_profile_that_aws_does_not_take_is_named(tmp_path: Path, line: str, words: str) -> None:
    lines = {
        "source_profile": "identity",
        "role_arn": "arn:aws:iam::123456789012:role/firstday-admin",
        "region": "us-east-1",
    }
    lines |= dict([line.split(" = ")])
    (tmp_path / "config").write_text("[profile role]\n" + "".join(f"{key} = {lines[key]}\n" for key in lines))
    with pytest.raises(PortalError, match=words):
        _client_of("role")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (b"123456", "AWS does not take mfa_serial of the profile role. It looks like arn:aws:iam::"),
        (b"12345", "PortalError: An MFA code is six digits."),
        (b"12345\xe9", "PortalError: An MFA code is six digits."),
    ],
)
def test_a_wrong_code_and_a_wrong_serial_number_are_told_apart(tmp_path: Path, typed: bytes, words: str) -> None:
    role = "role_arn = arn:aws:iam::123456789012:role/firstday-admin\nsource_profile = identity"
    (tmp_path / "config").write_text(f"[profile role]\n{role}\nmfa_serial = admin\n")
    program = (
        "from firstday.aws_sessions import identity_session; identity_session('role').client('sts', 'us-east-1')"
    )
    terminal: pexpect.spawn[bytes] = pexpect.spawn(sys.executable, ["-c", program], timeout=60)
    terminal.expect("Enter MFA code")
    terminal.sendline(typed)
    terminal.expect_exact(words)
    terminal.close()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("AWS_ENDPOINT_URL", "127.0.0.1:4566", "Invalid endpoint: 127.0.0.1:4566"),
        ("AWS_ENDPOINT_URL_IAM", "localhost", "Invalid endpoint: localhost"),
        ("AWS_MAX_ATTEMPTS", "x", "invalid literal"),
        ("AWS_METADATA_SERVICE_TIMEOUT", "x", "invalid literal"),
        ("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "x", "invalid literal"),
    ],
)
def test_a_variable_that_cannot_be_used_is_told_in_words(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(PortalError, match=f"^Your AWS settings cannot be used: .*{words}"):
        _client_of("identity")


def test_a_host_for_credentials_that_is_not_allowed_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://credentials.example.com/")
    with pytest.raises(PortalError, match=r"cannot be used: .*Unsupported host"):
        _client_of(None)


def _client_of(profile: str | None) -> None:
    session = account_sessions(SETTINGS, profile, {})(IDENTITY)
    assert session is not None
    session.client("iam", SETTINGS.region)
