"""Every command in surroundings that no program chooses: it does its work, or names the true cause."""

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.helpers.commands import COMMANDS
from tests.helpers.running_sandbox import BIN, QUIET, RunningSandbox, plain

ALONE = {"template", "code", "completion", "sandbox"}
NOBODY = "nobody-of-this-name"
SECRET_KEY = "GEZDGNBVGY3TQOJQ" * 4
TARGET = ["target", "--account", "stg"]


def command_lines(sandbox: RunningSandbox, folder: Path) -> dict[str, list[str]]:
    """For every command, arguments that change nothing, and lead far into it."""
    (folder / "members.csv").write_text("user_name\nsomebody-new\n")
    given = {
        name: [NOBODY]
        for name in ("create", "member", "check", "revoke", "reset-mfa", "reset-password", "offboard")
    }
    given |= {
        "invite": [NOBODY, "--group", "no-group"],
        "create": [NOBODY, "--group", "no-group"],
        "groups": [NOBODY, "--group", "operators"],
        "import": [str(folder / "members.csv"), "--dry-run"],
        "console": ["--print"],
        "verify": ["--portal-url", "http://127.0.0.1:9"],
        "template": TARGET,
        "roles": ["import", "--account-profile", "stg=no-such-profile"],
        "sandbox": ["--port", sandbox.record["aws_endpoint_url"].rpartition(":")[2]],
        "code": ["--once"],
        "completion": ["fish"],
    }
    json_too = {name for name, command in COMMANDS.items() if any("--json" in each.opts for each in command.params)}
    return {name: [name, *given.get(name, []), *(["--json"] * (name in json_too))] for name in COMMANDS}


@dataclass(frozen=True)
class Row:
    """One kind of surroundings. Where a command ends otherwise than in good ones, it says ``words`` (a pattern)."""

    words: str = "no command ends otherwise"
    environment: Mapping[str, str] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    # Of the profile that is used in place of the keys in the environment.
    profile: str | None = None
    # Of the shell: where the command is started, and which streams are closed or full.
    place: str = ""
    streams: str = ""
    may_say_written: bool = False


KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
PROXY = dict.fromkeys(("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9")
PROCESS = "credential_process of the profile p gives no credentials: "
ROWS = {
    "no home": Row(without=("HOME",)),
    "ASCII only, and folders that are not there": Row(
        environment={"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
        | dict.fromkeys(("HOME", "TMPDIR"), "/nonexistent")
    ),
    "an odd terminal, locale and time zone": Row(
        environment={"TERM": "no-such-terminal", "NO_COLOR": "1", "COLUMNS": "wide"}
        | {"LC_ALL": "xx_YY.bogus", "TZ": "Mars/Olympus"}
    ),
    "no standard input": Row("No secret key was given", streams="<&-"),
    "no standard output": Row(
        "Standard output is closed, so no answer can be shown. Nothing was done.", streams=">&-"
    ),
    "no standard error": Row(streams="2>&-"),
    "a full disk behind standard output": Row(
        "The output cannot be written: No space left on device.", streams=">/dev/full", may_say_written=True
    ),
    "a current directory that is gone": Row(place='cd "$(mktemp -d)" && rmdir "$PWD" &&'),
    # Root may write everywhere but there.
    "a current directory that takes no file": Row(place=f"cd {'/proc' if Path('/proc').is_dir() else '/'} &&"),
    "a terminal of one column": Row(environment={"COLUMNS": "1", "LINES": "1"}),
    "a proxy": Row(environment=PROXY),
    "a proxy, and others past it": Row(environment=PROXY | {"no_proxy": ".example.com"}),
    "a proxy that is none": Row(environment={"http_proxy": "nonsense::", "HTTP_PROXY": "nonsense::"}),
    "a profile that is not there": Row(r"The config profile \(nope\) could not be found", {"AWS_PROFILE": "nope"}),
    "a key with a line end behind it": Row(
        r"AWS_ACCESS_KEY_ID holds '\\n', as no key of AWS does", {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE\n"}
    ),
    "a setting of AWS tools that is none": Row("Correct AWS_MAX_ATTEMPTS", {"AWS_MAX_ATTEMPTS": "many"}),
    "half a key": Row("missing: AWS_SECRET_ACCESS_KEY", without=KEYS[1:]),
    "keys of somebody else beside a profile": Row(
        "keys in AWS_ACCESS_KEY_ID, which take precedence over AWS_PROFILE=p. To use the profile, unset",
        {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "x"},
        profile="region = ap-northeast-1",
    ),
    "a process that prints no JSON": Row(f"{PROCESS}what it prints is not", profile="credential_process = echo hi"),
    "a process that prints nothing": Row(f"{PROCESS}what it prints is not", profile="credential_process = true"),
    "a process that prints a list": Row(f"{PROCESS}what it prints is not", profile="credential_process = echo []"),
    "a process that fails": Row(f"{PROCESS}it failed without a word", profile="credential_process = false"),
    "a process that is not there": Row(
        rf"{PROCESS}/opt/corp/tool cannot be run \(No such file", profile="credential_process = /opt/corp/tool"
    ),
    "a process with half a quotation": Row(
        f"{PROCESS}its quotation marks do not match", profile="credential_process = echo 'hi"
    ),
    "a config file that is broken": Row("Unable to parse config file", profile="x\n[profile"),
}


@dataclass(frozen=True)
class End:
    status: int
    said: str


Runs = Callable[[Row], dict[str, End]]


@pytest.fixture(scope="module")
def runs(sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """Runs every command in the surroundings of a row; on standard output there may be nothing but the answer."""
    folder = tmp_path_factory.mktemp("surroundings")
    lines = command_lines(sandbox, folder)

    def environment_of(row: Row) -> dict[str, str]:
        home = Path(tempfile.mkdtemp(dir=folder))
        found = sandbox.admin_environment | QUIET | {"HOME": str(home)}
        without = set(row.without)
        if row.profile is not None:
            (home / ".aws").mkdir()
            (home / ".aws" / "config").write_text(f"[profile p]\n{row.profile}\n")
            without |= set(KEYS)
            found["AWS_PROFILE"] = "p"
        return {name: value for name, value in found.items() if name not in without} | dict(row.environment)

    def end_of(row: Row, line: list[str]) -> End:
        command = ["sh", "-c", f'{row.place} "$@" {row.streams}', "sh", str(BIN / "firstday"), *line]
        done = subprocess.run(
            command, env=environment_of(row), cwd=folder, input=f"{SECRET_KEY}\n", capture_output=True, text=True
        )
        if "--json" in line and done.stdout:
            json.loads(done.stdout)
        return End(done.returncode, plain(done.stderr))

    def all_of(row: Row) -> dict[str, End]:
        with ThreadPoolExecutor(os.cpu_count()) as side_by_side:
            return dict(zip(lines, side_by_side.map(lambda line: end_of(row, line), lines.values()), strict=True))

    return all_of


@pytest.fixture(scope="module")
def good(runs: Runs) -> dict[str, End]:
    return runs(Row())


@pytest.mark.parametrize("name", ROWS)
def test_every_command_does_its_work_or_names_the_cause(name: str, runs: Runs, good: dict[str, End]) -> None:
    row = ROWS[name]
    for command, end in runs(row).items():
        assert "Traceback" not in end.said, (command, end)
        assert end.status in (0, 1, 2), (command, end)
        if end != good[command] and "2>&-" not in row.streams:
            is_as_before = end.status == good[command].status and _shape(end) == _shape(good[command])
            assert is_as_before or re.search(row.words, end.said), (command, end, good[command])
        assert row.may_say_written or "written" not in end.said, (command, end)
        if row.profile and command in ALONE:
            assert end.status == good[command].status, (command, end)


def test_the_table_says_something_of_every_command(good: dict[str, End]) -> None:
    assert good.keys() == COMMANDS.keys()
    assert {name for name, end in good.items() if end.status == 0} >= {
        "members",
        "audit",
        "import",
        "console",
        "template",
        "code",
        "completion",
    }
    assert all(end.said for end in good.values() if end.status != 0)


def _shape(end: End) -> str:
    """What was said, without letters that another encoding replaces."""
    return re.sub(r"[^ -~]|\?", "", end.said)
