"""What a machine's surroundings do to a command: proxies, a cache of sessions, a terminal without colours."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.request import getproxies_environment
from urllib.request import proxy_bypass_environment as is_past  # type: ignore[attr-defined]

import pexpect
import pytest
from botocore.session import get_session
from hypothesis import given
from hypothesis import strategies as st

from firstday.aws_sessions import AWSSession
from firstday.cli.streams import colour, is_dumb
from firstday.loopback import past_proxies
from firstday.portal.credential_sources import SessionCache, keys_in_use, setting_words
from firstday.portal.errors import PortalError
from firstday.portal.http import SignedHTTP, admin_session, credential_errors

KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
PROXIED = {"HTTP_PROXY": "http://proxy.example.com:3128"}


# Proxies.
def test_without_a_proxy_nothing_is_set() -> None:
    assert past_proxies({"PATH": "/bin", "no_proxy": "x", "HTTP_PROXY": ""}) == {}


@given(
    given=st.one_of(st.just("*"), st.lists(st.sampled_from([".example.com", "10.0.0.1", " ", ""])).map(",".join)),
    name=st.sampled_from(["no_proxy", "NO_PROXY"]),
)
def test_this_computer_is_past_any_proxy_and_what_was_stays_so(given: str, name: str) -> None:
    variables = past_proxies(PROXIED | {name: given})
    assert variables.keys() == {"no_proxy", "NO_PROXY"}
    assert len({*variables.values()}) == 1
    proxies = {"no": variables["no_proxy"]}
    for host in ("127.0.0.1", "127.0.0.1:4566", "localhost:8000"):
        assert is_past(host, proxies)
    for host in ("a.example.com", "10.0.0.1", "aws.amazon.com"):
        assert bool(is_past(host, proxies)) == bool(is_past(host, {"no": given}))


def test_python_reads_them_as_they_are_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (PROXIED | past_proxies(PROXIED)).items():
        monkeypatch.setenv(name, value)
    assert is_past("127.0.0.1:4566", getproxies_environment())


# The cache of role sessions.
@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", "\x00", '{"Credentials": null}', '{"Credentials": {"AccessKeyId": "A"}}', "{"]
)
def test_a_cached_session_that_is_none_is_asked_for_again(text: str, tmp_path: Path) -> None:
    (tmp_path / "key.json").write_text(text)
    cache = SessionCache(str(tmp_path))
    assert "key" not in cache
    whole = {"Credentials": {"AccessKeyId": "A", "Expiration": "2026-11-24T09:30:00Z"}}
    cache["key"] = whole
    assert "key" in cache
    assert cache["key"] == whole


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    SessionCache(str(tmp_path / "file" / "cache"))["key"] = {}


# Keys.
def printing(**changes: object) -> str:
    """A process that prints credentials with these changes."""
    keys = {"Version": 1, "AccessKeyId": "A", "SecretAccessKey": "b", "SessionToken": "c"}
    return f"echo '{json.dumps(keys | changes)}'"


@pytest.mark.parametrize("foreign", ["\n", "\r", " ", '"', "'", "“", "Ａ", "\udcff", "\u200b"])
@pytest.mark.parametrize("variable", KEYS)
def test_a_key_with_what_no_key_has_is_named(variable: str, foreign: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in KEYS:
        monkeypatch.setenv(name, f"AbC+/={foreign}" if name == variable else "AbC+/=")
    with pytest.raises(PortalError, match=re.escape(f"{variable} holds {foreign!a}, as no key")):
        keys_in_use(get_session())


@pytest.mark.parametrize(
    ("variable", "value", "error"),
    [
        ("AWS_MAX_ATTEMPTS", "many", "invalid literal for int() with base 10: 'many'"),
        ("AWS_ENDPOINT_URL", "localhost:4566", "Invalid endpoint: localhost:4566"),
    ],
)
def test_a_setting_that_cannot_be_read_is_named(
    variable: str, value: str, error: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (*KEYS, variable):
        monkeypatch.setenv(name, value)
    words = f"Your AWS settings cannot be used: {error}. Correct {variable}."
    with pytest.raises(PortalError, match=f"^{re.escape(words)}$"):
        AWSSession(get_session()).client("sts", "us-east-1")


@pytest.mark.parametrize(
    ("process", "why"),
    [
        ("", "no program is named there"),
        (printing(Expiration="2020-01-01T00:00:00Z"), "what it prints has expired already"),
        (printing(Version=2), "Unsupported version '2'"),
        (printing(Expiration="soon"), "what it prints is not the JSON"),
        (printing(SecretAccessKey=None), "what it prints is not the JSON"),
        ("head -c 999 /dev/urandom", "what it prints is not the JSON"),
        ("/usr", "/usr cannot be run (Permission denied)"),
        ("sh -c 'echo Log in first. >&2; exit 3'", "Log in first"),
    ],
)
def test_a_process_that_gives_no_credentials_is_told_with_the_reason(
    process: str, why: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in KEYS:
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "config").write_text(f"[profile p]\ncredential_process = {process}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_PROFILE", "p")
    session = admin_session()
    words = f"credential_process of the profile p gives no credentials: {why}"
    with pytest.raises(PortalError, match=f"^{re.escape(words)}"), credential_errors(session):
        keys_in_use(session)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\xef\xbb\xbf[profile p]\n", " has a byte order mark. Save it as UTF-8 without one."),
        ("[profile p]\n".encode("utf-16"), " has a byte order mark. Save it as UTF-8 without one."),
        (b"[profile p]\n# caf\xe9\n", " is not UTF-8 text. Save it as UTF-8."),
        (b"aws_secret_access_key = x\n", ", line 1."),
        (b"[profile p]\nregion = a\nregion = b\n", ", line 3."),
        (b"[profile p]\naws_secret_access_key\n", ", line 2."),
    ],
)
def test_a_file_that_cannot_be_read_is_told_with_the_reason_and_without_its_text(
    data: bytes, words: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "config").write_bytes(data)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    message = f"Unable to parse config file: {tmp_path / 'config'}{words}"
    with pytest.raises(PortalError, match=f"^{re.escape(message)}$"):
        admin_session("p")


@pytest.mark.parametrize("region", ["ap-northeast-1 ", '"ap-northeast-1"', "Tokyo", "ＡＰ"])
def test_a_region_that_is_none_is_told_before_the_portal_refuses_the_signature(
    region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (*KEYS, "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, region if name == "AWS_DEFAULT_REGION" else "x")
    http = SignedHTTP("https://portal.example.com", get_session(), lambda _: pytest.fail("was sent"))
    with pytest.raises(PortalError, match=f"^{re.escape(repr(region))} is no region"):
        http.send("GET", "/admin/members", None)


def test_a_profile_without_a_name_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "")
    with pytest.raises(PortalError, match=r"^AWS_PROFILE is set, and empty: unset it"):
        admin_session()


def test_so_is_where_to_look_for_one_of_a_profile() -> None:
    assert "in the profile" in setting_words(ValueError("invalid literal for int() with base 10: 'many'"))


# Colours.
@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, None),
        ({"TERM": "xterm-256color"}, None),
        ({"TERM": "dumb"}, False),
        ({"NO_COLOR": "1", "TERM": "xterm"}, False),
        ({"NO_COLOR": ""}, None),
    ],
)
def test_colours_are_for_terminals_that_want_them(environment: dict[str, str], wanted: bool | None) -> None:
    assert colour(environment) is wanted
    assert not is_dumb(environment) or wanted is False


STYLED = "import click; from firstday.cli import main; main.cli.callback = None; " + (
    "main.cli.add_command(click.command('styled')(lambda: click.echo(click.style('red', fg='red')))); "
    "main.cli.sections = {}; main.cli.get_command = lambda context, name: main.cli.commands[name]; main.main()"
)


@pytest.mark.parametrize(
    ("variables", "is_coloured"),
    [({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
)
def test_a_terminal_gets_the_colours_that_it_wants(variables: dict[str, str], is_coloured: bool) -> None:
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"} | variables
    arguments = ["-c", STYLED.replace("\n", ""), "styled"]
    terminal: pexpect.spawn[str] = pexpect.spawn(sys.executable, arguments, env=environment, encoding="utf-8")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0, terminal.before
    assert ("\x1b[31m" in str(terminal.before)) == is_coloured
    assert "red" in str(terminal.before)


# Standard output is for the answer.
def test_what_the_makefile_says_while_it_installs_is_not_on_standard_output(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text((Path(__file__).parents[2] / "Makefile").read_text())
    for wanted in ("requirements-sandbox.txt", "pyproject.toml"):
        (tmp_path / wanted).touch()
    done = subprocess.run(
        ["make", "-n", "sandbox", "ARGS=--json", f"PYTHON={sys.executable}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"]},
    )
    speaking = [
        line for line in done.stdout.splitlines() if line.startswith(('echo "Inst', ".venv/bin/python -m pip"))
    ]
    assert len(speaking) == 3, done
    assert all(line.endswith(">&2") for line in speaking), speaking
