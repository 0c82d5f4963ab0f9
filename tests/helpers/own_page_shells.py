"""Pastes the command for a member's own page into shells, with a portal of the test, and stand-ins for aws."""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import which
from threading import Thread

import pexpect

from chalicelib.profiles import aws_config, own_page_command
from chalicelib.profiles.own_page_command import Place
from chalicelib.settings.records import Credentials
from chalicelib.web.rendering import TEMPLATES
from tests.helpers.settings_makers import example_settings

SERIAL_NUMBER = "arn:aws:iam::123456789012:mfa/dev-simple-user"
TOKEN = "0mrsxmllen4mfrggzdfmztwq2lk1" + "a2" * 26
# All that the command for POSIX shells may use: with fewer it refuses.
PROGRAMS = ("aws", "awk", "curl", "cut", "grep", "mktemp", "nohup", "rm", "sleep", "tr", "uname", "wc")
# What others can see of a program: its arguments; and what its children inherit.
_WATCHED = """#!/bin/sh
printf '%s\\n' "$0 $*" >>"$HOME/arguments"
env >>"$HOME/environment"
"""
_AWS = (
    _WATCHED
    + """
case "$2" in
  list-mfa-devices) printf '%s\\n' "$DEVICES"; exit "${LIST_STATUS:-0}" ;;
esac
[ "${AWS_STATUS:-0}" = 0 ] || { echo 'MultiFactorAuthentication failed' >&2; exit "$AWS_STATUS"; }
case "$*" in
  *--output=json*) echo '{"Credentials":'; cat "$HOME/keys.json"; echo '}' ;;
  *--format=process*) cat "$HOME/keys.json" ;;
  *sts*) printf 'ASIA0001\\tse/c+ret\\tto/k+en==\\r\\n' ;;
  *configure*) printf 'AWS_%s\\n' ACCESS_KEY_ID=ASIA0001 SECRET_ACCESS_KEY=se/c+ret SESSION_TOKEN=to/k+en== \\
    CREDENTIAL_EXPIRATION=2026-11-30T09:00:00+00:00 ;;
esac
"""
)
_BROWSER = (
    _WATCHED
    + """
[ "${BROWSER_STATUS:-0}" = 0 ] || exit "$BROWSER_STATUS"
stat -c '%a' "$1" "$(dirname "$1")" >"$HOME/modes"
cp "$1" "$HOME/opened"
"""
)
SECRETS = ("se/c+ret", "to/k+en==")


@dataclass
class TestPortal:
    """Answers requests as it is told, and keeps what it was asked; ``asked`` are method, path and headers."""

    __test__ = False
    url: str = ""
    status: int = 200
    answer: str | None = None
    answers: list[str] = field(default_factory=list)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    @property
    def link(self) -> str:
        return f"{self.url}/me#{TOKEN}"

    def next_answer(self) -> str:
        """The next of ``answers``, else ``answer``, else the link."""
        if self.answers:
            return self.answers.pop(0)
        return f"{self.link}\n" if self.answer is None else self.answer


@contextmanager
def serving() -> Iterator[TestPortal]:
    portal = TestPortal()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            portal.asked.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}))
            self.rfile.read(int(self.headers["Content-Length"]))
            body = portal.next_answer().encode()
            self.send_response(portal.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        portal.url = f"http://127.0.0.1:{server.server_port}/prod"
        Thread(target=server.serve_forever, daemon=True).start()
        yield portal
        server.shutdown()


@dataclass(frozen=True)
class Shown:
    status: int
    said: str


class Computer:
    """A member's computer, with a screen unless ``DISPLAY`` is empty."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.bin = home / ".bin"
        self.bin.mkdir()
        (home / "Downloads").mkdir()
        key, secret, token = "ASIA0001", *SECRETS
        keys = {"Version": 1, "AccessKeyId": key, "SecretAccessKey": secret, "SessionToken": token}
        (home / "keys.json").write_text(json.dumps(keys))
        for name in (*PROGRAMS, "printf"):
            self.stand_in(name, f'{_WATCHED}exec {which(name) or name} "$@"\n')
        self.stand_in("sleep", f"{_WATCHED}exec {which('sleep')} 0.1\n")
        self.stand_in("aws", _AWS)
        self.stand_in("xdg-open", _BROWSER)
        for name in ("sh", "env", "cat", "stat", "dirname", "cp"):
            self.lead(name, which(name) or name)

    def stand_in(self, name: str, script: str) -> None:
        (self.bin / name).write_text(script)
        (self.bin / name).chmod(0o755)

    def lead(self, name: str, program: str) -> None:
        (self.bin / name).unlink(missing_ok=True)
        (self.bin / name).symlink_to(program)

    def without(self, name: str) -> None:
        (self.bin / name).unlink()

    def pasted(
        self, text: str, answers: tuple[tuple[str, str], ...], shell: str = "dash", **variables: str
    ) -> Shown:
        """Run ``text`` in a terminal, and type each answer at its question."""
        (self.home / "pasted.ps1").write_text(text)
        arguments = ["-NoProfile", "-File", "pasted.ps1"] if shell == "pwsh" else ["pasted.ps1"]
        path = f"{self.bin}:{os.environ['PATH']}" if shell == "pwsh" else str(self.bin)
        known = {"HOME": str(self.home), "PATH": path, "TERM": "dumb", "DISPLAY": ":0", "NO_COLOR": "1"}
        child: pexpect.spawn[str] = pexpect.spawn(
            which(shell) or shell,
            arguments,
            env=known | {"NO_PROXY": "127.0.0.1", "DEVICES": SERIAL_NUMBER} | variables,
            cwd=str(self.home),
            encoding="utf-8",
            codec_errors="replace",
            timeout=60,
            dimensions=(24, 400),
        )
        said = ""
        for question, answer in answers:
            said += _seen_until(child, question)
            child.sendline(answer)
        said += _seen_until(child, pexpect.EOF)
        child.close()
        return Shown(child.exitstatus or 0, said)

    @property
    def opened(self) -> str:
        """The page that the browser was given; empty if none."""
        file = self.home / "opened"
        return file.read_text() if file.exists() else ""

    def seen(self, name: str) -> str:
        """The ``arguments`` or the ``environment`` of all programs that were run."""
        file = self.home / name
        return file.read_text() if file.exists() else ""

    def left(self) -> list[str]:
        """The files beside those of the test itself."""
        own = {"pasted.ps1", "keys.json", "arguments", "environment", "modes", "opened", "Downloads"}
        return [
            str(path.relative_to(self.home))
            for path in (*self.home.iterdir(), *(self.home / "Downloads").iterdir())
            if path.name not in own and not path.name.startswith(".")
        ]


def _seen_until(child: "pexpect.spawn[str]", what: str | type[pexpect.EOF]) -> str:
    """What is seen before that. A terminal tells .NET where its cursor is, whenever it asks."""
    seen = ""
    while child.expect_exact([what, "\x1b[6n"]) == 1:
        seen += str(child.before)
        child.send("\x1b[1;1R")
    return seen + str(child.before)


@contextmanager
def a_computer() -> Iterator[Computer]:
    with tempfile.TemporaryDirectory(prefix="firstday-home-") as name:
        yield Computer(Path(name))


def a_place(
    url: str,
    kind: Credentials = Credentials.ACCESS_KEY,
    user_name: str = "dev-simple-user",
    serial: str | None = None,
) -> Place:
    settings = example_settings()
    serial_number = serial or f"arn:aws:iam::123456789012:mfa/{user_name}"
    source, _ = aws_config.profiles(
        settings, user_name=user_name, groups=["developers"], serial_number=serial_number, credentials=kind
    )
    return Place(url, settings.region, source, serial_number)


def posix(place: Place) -> str:
    return own_page_command.for_posix((TEMPLATES / "scripts" / "own-page.sh").read_text("ascii"), place)


def powershell(place: Place) -> str:
    """With a shorter wait for the browser."""
    return unchanged_powershell(place).replace("-Seconds 10", "-Seconds 2")


def unchanged_powershell(place: Place) -> str:
    return own_page_command.for_powershell((TEMPLATES / "scripts" / "own-page.ps1").read_text("ascii"), place)
