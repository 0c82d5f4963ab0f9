"""The command that fetches the profiles again, run by each shell with stand-ins for aws and curl.

``tests/system/test_member_config.py`` shows that the real programs understand it.
"""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from shutil import which

import pexpect
import pytest
from hypothesis import given
from hypothesis import settings as tried
from hypothesis import strategies as st

from chalicelib.profiles import aws_config, fetch_command
from chalicelib.settings.records import Credentials
from tests.helpers.settings_makers import example_settings

URL = "https://abc123.execute-api.ap-northeast-1.amazonaws.com/prod"
# They write their arguments to a file, one a line.
AWS = """#!/bin/sh
printf '%s\\n' "$@" >>"$HOME/aws-arguments"
case $1 in
  sts) printf 'ASIA0001\\tse/c+ret\\tto/k+en==\\n' ;;
  configure) printf 'AWS_%s\\n' ACCESS_KEY_ID=ASIA0001 SECRET_ACCESS_KEY=se/c+ret SESSION_TOKEN=to/k+en== \\
    CREDENTIAL_EXPIRATION=2026-11-30T09:00:00+00:00 ;;
esac
exit "${AWS_STATUS:-0}"
"""
CURL = """#!/bin/sh
printf '%s\\n' "$@" >>"$HOME/curl-arguments"
cat >>"$HOME/curl-config"
case "$*" in
  */member/config*) printf '%s\\n' "${ANSWER:-$(printf '[profile me]\\nfirstday = 123456789012')}" ;;
  *) printf '%s\\n' "${SCRIPT:-$(printf '#!/bin/sh\\nmain "$@"')}" ;;
esac
exit "${CURL_STATUS:-0}"
"""
USER_NAMES = st.from_regex(r"[A-Za-z0-9_+=,.@-]{2,64}", fullmatch=True)
WORDS = st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1, max_size=40)
SHELLS = ("dash", "bash", "zsh", "ksh", "mksh", "yash")
ANSWERS = {
    "config.new": "[profile me]\nfirstday = 123456789012\n",
    "merge-config.sh": '#!/bin/sh\nmain "$@"\n',
}


def command(user_name: str = "dev-simple-user", kind: Credentials = Credentials.ACCESS_KEY, url: str = URL) -> str:
    settings = example_settings()
    serial_number = f"arn:aws:iam::123456789012:mfa/{user_name}"
    source, _ = aws_config.profiles(
        settings, user_name=user_name, groups=["developers"], serial_number=serial_number, credentials=kind
    )
    return fetch_command.fetch_command(url, settings.region, source, serial_number)


@pytest.fixture
def home() -> Iterator[Path]:
    with a_home() as name:
        yield Path(name)


def a_home() -> "tempfile.TemporaryDirectory[str]":
    made = tempfile.TemporaryDirectory(prefix="firstday-home-")
    home = Path(made.name)
    (home / ".aws").mkdir()
    (home / "bin").mkdir()
    for name, script in (("aws", AWS), ("curl", CURL)):
        (home / "bin" / name).write_text(script)
        (home / "bin" / name).chmod(0o755)
    return made


def environment(home: Path) -> dict[str, str]:
    return {"HOME": str(home), "PATH": f"{home}/bin:{os.environ['PATH']}", "TERM": "dumb"}


def pasted(shell: str, home: Path, text: str, code: str | None = "123 456", **variables: str) -> tuple[int, str]:
    """Run ``text`` in a terminal, typing ``code`` when asked: the exit status, and what was shown."""
    (home / "pasted").write_text(text)
    child: pexpect.spawn[str] = pexpect.spawn(
        which(shell) or shell,
        ["pasted"],
        env=environment(home) | variables,
        cwd=str(home),
        encoding="utf-8",
        timeout=20,
    )
    if code is not None:
        child.expect_exact("MFA code: ")
        child.sendline(code)
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus or 0, str(child.before)


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines()


@pytest.mark.parametrize("shell", SHELLS)
def test_it_asks_for_the_code_at_the_terminal_and_saves_two_files(home: Path, shell: str) -> None:
    status, shown = pasted(shell, home, command())
    assert status == 0, shown
    assert "config.new" in shown
    arguments = lines(home / "aws-arguments")
    assert arguments[:2] == ["sts", "get-session-token"]
    assert "--token-code=123456" in arguments
    assert "--serial-number=arn:aws:iam::123456789012:mfa/dev-simple-user" in arguments
    for name in ("config.new", "merge-config.sh"):
        file = home / ".aws" / name
        assert file.read_text() == ANSWERS[name]
        assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("kind", [Credentials.ACCESS_KEY, Credentials.AWS_LOGIN])
def test_no_secret_is_on_a_command_line(home: Path, kind: Credentials) -> None:
    code = "123456" if kind is Credentials.ACCESS_KEY else None
    assert pasted("dash", home, command(kind=kind), code)[0] == 0
    arguments = (home / "curl-arguments").read_text()
    assert not [secret for secret in ("ASIA0001", "se/c+ret", "to/k+en") if secret in arguments]
    expected = ['user = "ASIA0001:se/c+ret"', 'header = "x-amz-security-token: to/k+en=="']
    assert lines(home / "curl-config") == expected * 2
    urls = [line for line in arguments.splitlines() if line.startswith("https:")]
    assert urls == [f"{URL}/member/{name}?credentials={kind}" for name in ("config", "merge-config.sh")]


def test_aws_login_needs_no_code(home: Path) -> None:
    assert pasted("dash", home, command(kind=Credentials.AWS_LOGIN), None)[0] == 0
    arguments = lines(home / "aws-arguments")
    assert arguments[:3] == ["configure", "export-credentials", "--profile=dev-simple-user"]


@pytest.mark.parametrize(("failing", "status"), [("AWS_STATUS", 255), ("CURL_STATUS", 22)])
def test_whatever_fails_is_shown_and_nothing_is_saved(home: Path, failing: str, status: int) -> None:
    (home / ".aws" / "config.new").write_text("of yesterday\n")
    found, shown = pasted("dash", home, command(), **{failing: str(status)})
    assert found != 0
    assert ("[profile me]" in shown) == (failing == "CURL_STATUS")
    assert "Nothing was saved: " in shown
    assert (home / ".aws" / "config.new").read_text() == "of yesterday\n"
    assert [path.name for path in (home / ".aws").iterdir()] == ["config.new"]


@pytest.mark.parametrize(
    "answers",
    [
        {"ANSWER": "HTTP/2 200\nx: y\n\n[profile me]\nfirstday = 1"},
        {"ANSWER": "[profile me]\nregion = x"},
        {"ANSWER": "<html>Sign in to the network</html>"},
        {"SCRIPT": "#!/bin/sh\nmain() {"},
        {"SCRIPT": "x"},
    ],
)
def test_an_answer_that_is_something_else_or_cut_short_is_not_saved(home: Path, answers: dict[str, str]) -> None:
    status, shown = pasted("dash", home, command(), **answers)
    assert status == 1
    assert "or not all of it" in shown
    assert list((home / ".aws").iterdir()) == []


@pytest.mark.parametrize("program", ["aws", "curl", "tr", "mv"])
def test_a_missing_program_is_named_before_anything_is_asked(home: Path, program: str) -> None:
    for name in ("sh", "aws", "cat", "curl", "head", "mv", "rm", "sed", "tail", "tr"):
        if name != program and not (home / "bin" / name).exists():
            (home / "bin" / name).symlink_to(which(name) or name)
    if program in ("aws", "curl"):
        (home / "bin" / program).unlink()
    status, shown = pasted("dash", home, command(), None, PATH=f"{home}/bin")
    assert status == 1
    assert f"there is no program {program}." in shown


def test_an_aws_for_windows_ends_its_lines_with_a_carriage_return(home: Path) -> None:
    (home / "bin" / "aws").write_text(AWS.replace("==\\n", "==\\r\\n"))
    assert pasted("dash", home, command())[0] == 0
    assert "\r" not in (home / "curl-config").read_bytes().decode()


def test_without_a_terminal_it_fails_before_it_calls_anybody(home: Path) -> None:
    done = subprocess.run(
        ["dash", "-c", command()], env=environment(home), capture_output=True, text=True, start_new_session=True
    )
    assert done.returncode != 0
    assert not (home / "aws-arguments").exists()


@tried(max_examples=25, deadline=None)
@given(USER_NAMES, WORDS)
def test_nothing_in_a_name_or_an_address_is_interpreted(user_name: str, host: str) -> None:
    """With ``aws login``, so that no terminal is needed; the quoting is the same."""
    url = fetch_command.address(host, "/prod", is_loopback=False)
    with a_home() as name:
        home = Path(name)
        text = command(user_name, Credentials.AWS_LOGIN, url)
        done = subprocess.run(["dash", "-c", text], env=environment(home), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        profile = next(line for line in lines(home / "aws-arguments") if line.startswith("--profile="))
        # A profile is called "user" if a profile name cannot have any letter of the user name.
        assert set(profile.removeprefix("--profile=")) <= set("-._user") | set(user_name)
        urls = [line for line in lines(home / "curl-arguments") if "/member/" in line]
        assert urls == [f"{url}/member/{file}?credentials=aws-login" for file in ("config", "merge-config.sh")]
        assert sorted(path.name for path in home.iterdir()) == [
            ".aws",
            "aws-arguments",
            "bin",
            "curl-arguments",
            "curl-config",
        ]


@given(USER_NAMES)
def test_a_user_name_stays_one_word(user_name: str) -> None:
    assert f"--serial-number=arn:aws:iam::123456789012:mfa/{user_name} --token-code" in command(user_name)
    assert "@@" not in command(user_name).replace(user_name, "")


def test_the_address_is_that_of_the_browser() -> None:
    assert fetch_command.address("portal.example.com", "", is_loopback=False) == "https://portal.example.com"
    assert fetch_command.address("127.0.0.1:8000", "", is_loopback=True) == "http://127.0.0.1:8000"
    assert fetch_command.address(URL.split("/")[2], "/prod", is_loopback=False) == URL


def test_it_can_be_read_in_a_minute_by_somebody_suspicious() -> None:
    for kind in (Credentials.ACCESS_KEY, Credentials.AWS_LOGIN):
        assert len(command(kind=kind).splitlines()) <= 40
        assert max(map(len, command(kind=kind).splitlines())) <= 110
        # A shell that keeps a history would put something else in its place.
        assert "!" not in command(kind=kind)
