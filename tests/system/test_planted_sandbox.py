"""``firstday sandbox --plant``: an organisation that is there before the portal is deployed."""

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest

from chalicelib.members.mfa import code_at, step_at
from tests.helpers.running_sandbox import BIN, QUIET, ROOT
from tests.system.test_sandbox_command import record, started

PORTS = ("--port", "0", "--portal-port", "0")
EXAMPLE = ("--settings", "examples/brownfield.toml", "--plant", "examples/brownfield.json")


@pytest.fixture(scope="module")
def found() -> Iterator[dict[str, Any]]:
    """What the sandbox with the example organisation prints for programs, while it runs."""
    with started(*PORTS, *EXAMPLE) as process:
        yield record(process)
        process.send_signal(signal.SIGINT)
        process.wait(20)


def aws(found: dict[str, Any], *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The AWS CLI with the planted users' profiles."""
    files = {name: value for name, value in found["planted"].items() if name.startswith("AWS_")}
    return subprocess.run(
        [str(BIN / "aws"), *arguments], env=QUIET | files | environment, capture_output=True, text=True, timeout=60
    )


def secrets(found: dict[str, Any]) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(Path(found["planted"]["secrets"]).read_text())
    return read


def test_the_portal_is_deployed_beside_what_was_there(found: dict[str, Any]) -> None:
    assert str(found["invitation_url"]).startswith(str(found["portal_url"]))
    keys = {name: str(value) for name, value in found["admin_environment"].items()}
    command = [str(BIN / "firstday"), "members", "--json"]
    listed = subprocess.run(command, env=QUIET | {"HOME": "/nowhere"} | keys, capture_output=True, text=True)
    assert listed.returncode == 0, listed.stderr
    assert "dev-simple-user" in listed.stdout
    assert "ops-user-07" not in listed.stdout


@pytest.mark.parametrize("profile", ["dev-user-02", "dev-user-02:2", "dev-user-07@example.com", "dev.user+08=test"])
def test_a_planted_user_can_be_played_with_the_aws_cli(found: dict[str, Any], profile: str) -> None:
    answer = aws(found, "sts", "get-caller-identity", "--profile", profile)
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["Arn"].endswith(f"/{profile.partition(':')[0]}")


def test_the_secret_keys_of_the_devices_show_codes_that_aws_takes(found: dict[str, Any]) -> None:
    (device,) = secrets(found)["ops-user-07"]["devices"]
    shown = subprocess.run(
        [str(BIN / "firstday"), "code", "--once"], input=device["secret_key"], capture_output=True, text=True
    )
    code = shown.stdout.split()[0]
    assert code in (code_at(device["secret_key"], step_at(time.time()) - past) for past in (0, 1))
    session = ("sts", "get-session-token", "--serial-number", device["serial_number"], "--token-code", code)
    answer = aws(found, *session, "--profile", "ops-user-07")
    assert answer.returncode == 0, answer.stderr


def test_the_files_are_nobody_elses(found: dict[str, Any]) -> None:
    for file in found["planted"].values():
        assert Path(file).stat().st_mode & 0o777 == 0o600
    assert secrets(found)["ops-user-08"]["password"]
    assert secrets(found)["CI-Deploy"] == {"password": None, "devices": []}


def test_the_instructions_say_where_the_planted_users_are_and_empty_leaves_them_in() -> None:
    sandbox: pexpect.spawn[str] = pexpect.spawn(
        str(BIN / "firstday"),
        ["sandbox", *PORTS, "--empty", *EXAMPLE],
        cwd=ROOT,
        encoding="utf-8",
        timeout=60,
        dimensions=(50, 300),
    )
    sandbox.expect("Ctrl-C ends the sandbox")
    shown = str(sandbox.before).replace("\r", "")
    assert "Nothing is deployed in it yet." in shown
    assert "THE ORGANISATION of examples/brownfield.json was there before: 20 users, 11 roles." in shown
    part = shown.partition("THE ORGANISATION")[2]
    (credentials,) = (line for line in part.splitlines() if "AWS_SHARED_CREDENTIALS_FILE" in line)
    command = f"{credentials.strip()}; cut -c 1-10 $AWS_SHARED_CREDENTIALS_FILE | head -1"
    typed = subprocess.run(["/bin/sh", "-c", command], cwd=ROOT, capture_output=True, text=True)
    assert typed.stdout == "[dev-user-\n"
    sandbox.sendintr()
    sandbox.expect(pexpect.EOF)


def test_a_name_that_is_taken_keeps_the_portal_from_being_deployed(tmp_path: Path) -> None:
    file = tmp_path / "taken.json"
    file.write_text(json.dumps({"dev": {"groups": [{"name": "developers"}]}}))
    with started(*PORTS, "--plant", str(file)) as process:
        out, said = process.communicate(timeout=90)
    assert (process.returncode, out) == (1, "")
    assert "aws iam delete-group --group-name developers" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"dev": {"users": [{"name": "a b"}, {"nam": "c"}]}}', "There are 3 mistakes in there.json:"),
        ('{"dev": {"users": }', "there.json (line 1)"),
    ],
)
def test_a_mistake_in_the_file_is_told_before_anything_starts(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "there.json"
    file.write_text(text)
    with started(*PORTS, "--plant", str(file)) as process:
        out, said = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, "")
    assert words in said
    assert "Starting" not in said


def test_what_aws_refuses_ends_the_sandbox_with_its_words(tmp_path: Path) -> None:
    nobody = {"AWS": "arn:aws:iam::123456789012:user/nobody-at-all"}
    trust = {"Statement": [{"Effect": "Allow", "Principal": nobody, "Action": "sts:AssumeRole"}]}
    file = tmp_path / "there.json"
    file.write_text(json.dumps({"stg": {"roles": [{"name": "stray", "trust_policy": trust}]}}))
    with started(*PORTS, "--plant", str(file)) as process:
        out, said = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, "")
    assert "stg.roles[0], stray, cannot be planted. AWS says MalformedPolicyDocument: Invalid principal" in said
    assert "Deploying" not in said
