"""The certificates of the profile that is used, with a real TLS server of an authority that nobody knows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from firstday.aws_sessions import identity_session
from firstday.cli.main import cli
from firstday.portal.errors import PortalError
from firstday.portal.http import admin_session
from firstday.verification.network import network_browser
from tests.integration.tls_portal import TLSPortal, serving

KEYS = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = none\nregion = ap-northeast-1\n"
ROLE = "region = ap-northeast-1\nrole_arn = arn:aws:iam::123456789012:role/firstday-admin\nsource_profile = plain\n"
NAMES = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE")
OURS, MISSING, EMPTY, OTHER = "<authority>", "<missing>", "", "<other>"
NO_FILE = "cannot be used: No such file or directory. "


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TLSPortal]:
    with serving(tmp_path_factory.mktemp("tls")) as found:
        yield found


@dataclass(frozen=True)
class Computer:
    """An administrator's environment: ``bundle`` is the ``ca_bundle`` of their profile ``corp``."""

    portal: TLSPortal
    folder: Path
    monkeypatch: pytest.MonkeyPatch

    def set_up(self, bundle: str | None, environment: Mapping[str, str]) -> None:
        line = "" if bundle is None else f"ca_bundle = {self.path(bundle)}\n"
        role = f"[profile role]\n{line}{ROLE}"
        (self.folder / "config").write_text(f"[profile corp]\n{KEYS}{line}[profile plain]\n{KEYS}{role}")
        for name in NAMES:
            self.monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            self.monkeypatch.setenv(name, self.path(value))

    def path(self, name: str) -> str:
        (self.folder / "notes.txt").write_text("no certificate\n")
        known = {
            OURS: self.portal.authority,
            MISSING: self.folder / "missing.pem",
            OTHER: self.folder / "notes.txt",
        }
        return str(known.get(name, name))

    def firstday(self, *arguments: str) -> Result:
        return CliRunner().invoke(cli, [*arguments, "--portal-url", self.portal.url])


@pytest.fixture
def computer(portal: TLSPortal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Computer:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    return Computer(portal, tmp_path, monkeypatch)


@pytest.mark.parametrize(
    ("bundle", "environment", "profile"),
    [
        (OURS, {}, "corp"),
        (OURS, {"AWS_PROFILE": "corp"}, None),
        (None, {"AWS_CA_BUNDLE": OURS}, "corp"),
        (None, {"REQUESTS_CA_BUNDLE": OURS}, "plain"),
        (MISSING, {"AWS_CA_BUNDLE": OURS}, "corp"),  # botocore's order
        (OURS, {"REQUESTS_CA_BUNDLE": MISSING}, "corp"),
    ],
)
def test_the_portal_is_reached_with_the_certificates_of_the_profile_that_is_used(
    computer: Computer, bundle: str | None, environment: dict[str, str], profile: str | None
) -> None:
    computer.set_up(bundle, environment)
    shown = computer.firstday("members", *(["--profile", profile] if profile else []))
    assert shown.exit_code == 0, shown.output
    browser = network_browser(computer.portal.url, admin_session(profile), "en")
    assert browser.get("start").status == 200


@pytest.mark.parametrize(
    ("bundle", "environment", "words"),
    [
        (MISSING, {}, f"missing.pem {NO_FILE}ca_bundle of the profile corp names it."),
        (OURS, {"AWS_CA_BUNDLE": MISSING}, f"missing.pem {NO_FILE}AWS_CA_BUNDLE names it."),
        (None, {"REQUESTS_CA_BUNDLE": MISSING}, f"missing.pem {NO_FILE}REQUESTS_CA_BUNDLE names it."),
        (OTHER, {}, "notes.txt cannot be used: it holds no certificate in PEM format."),
        (OURS, {"AWS_CA_BUNDLE": EMPTY}, "The certificates in no file cannot be used: its name is empty."),
        (None, {}, "cannot be reached: SSL validation failed"),
    ],
)
def test_certificates_that_cannot_be_used_are_told_as_that(
    computer: Computer, bundle: str | None, environment: dict[str, str], words: str
) -> None:
    computer.set_up(bundle, environment)
    shown = computer.firstday("members", "--profile", "corp")
    assert shown.exit_code == 1
    assert words in shown.stderr
    with pytest.raises(PortalError) as told:
        network_browser(computer.portal.url, admin_session("corp"), "en").get("start")
    assert words in str(told.value)


def test_calls_to_aws_itself_tell_of_certificates_that_cannot_be_used(computer: Computer) -> None:
    computer.set_up(MISSING, {})
    with pytest.raises(PortalError, match=r"ca_bundle of the profile corp names it\."):
        identity_session("corp").client("sts")


@pytest.mark.parametrize("bundle", [MISSING, EMPTY])
def test_so_does_assuming_a_role(computer: Computer, bundle: str) -> None:
    computer.set_up(bundle, {"AWS_ENDPOINT_URL": computer.portal.url})
    shown = computer.firstday("members", "--profile", "role")
    assert shown.exit_code == 1
    assert "ca_bundle of the profile role names it." in shown.stderr


def test_without_tls_no_certificates_are_looked_at(computer: Computer) -> None:
    computer.set_up(MISSING, {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"})
    identity_session("corp").client("sts")


@pytest.mark.parametrize("hours", [-48, 48], ids=["expired", "not yet valid"])
def test_where_a_certificate_is_of_another_time_this_computers_clock_is_shown(
    tmp_path: Path, computer: Computer, hours: int
) -> None:
    with serving(tmp_path, starts_in=timedelta(hours=hours)) as portal:
        computer.set_up(None, {"AWS_CA_BUNDLE": str(portal.authority)})
        arguments = ["members", "--profile", "corp", "--portal-url", portal.url]
        shown = CliRunner().invoke(cli, arguments)
    assert "By this computer's clock it is 20" in shown.stderr
