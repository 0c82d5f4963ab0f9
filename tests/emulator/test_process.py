"""The embedded AWS starts cleanly, and leaves nothing behind, even if it is killed."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from firstday.sandbox.cli_cache import forget_sessions
from firstday.sandbox.errors import EmbeddedAWSFailed, PortTaken, UntriedVersion
from firstday.sandbox.process.embedded_aws import TRIED_MINISTACK, EmbeddedAWS, check_version
from tests.helpers.embedded_aws import IDENTITY, REGION, new_user, root_client
from tests.helpers.processes import ends

on_linux = pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="looks into /proc")
REPOSITORY = Path(__file__).resolve().parents[2]
# A program that starts the embedded AWS, and in it a function that stays busy.
PARENT = """
import io, json, pathlib, sys, threading, time, zipfile
from firstday.sandbox.process.embedded_aws import EmbeddedAWS
with EmbeddedAWS(accounts=("123456789012",), region="ap-northeast-1", port=0, portal_port=0,
                 directory=pathlib.Path(sys.argv[1])) as aws:
    session = aws.session("123456789012")
    trust = {"Statement": {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"},
                           "Action": "sts:AssumeRole"}}
    role = session.client("iam").create_role(RoleName="busy", AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("app.py", "import os, pathlib, time\\ndef handler(event, context):\\n"
                      "    pathlib.Path(event).write_text(str(os.getpid()))\\n    time.sleep(600)\\n")
    function = session.client("lambda")
    function.create_function(FunctionName="busy", Runtime="python3.13", Handler="app.handler", Role=role["Arn"],
                             Timeout=900, Code={"ZipFile": archive.getvalue()})
    function.invoke(FunctionName="busy", InvocationType="Event", Payload=json.dumps(sys.argv[2]))
    while not (worker := pathlib.Path(sys.argv[2])).exists() or not worker.read_text():
        time.sleep(0.02)
    print(aws.process_id, worker.read_text(), flush=True)
    time.sleep(600)
"""


@pytest.fixture
def own(tmp_path: Path) -> Iterator[EmbeddedAWS]:
    """The test's own embedded AWS."""
    aws = EmbeddedAWS(accounts=(IDENTITY,), region=REGION, port=0, portal_port=0, directory=tmp_path)
    aws.start()
    yield aws
    aws.stop()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_everything_ends_with_the_program_that_started_it(tmp_path: Path, number: signal.Signals) -> None:
    directory = tmp_path / "runs"
    directory.mkdir()
    command = [sys.executable, "-c", PARENT, str(directory), str(tmp_path / "worker")]
    with subprocess.Popen(
        command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as parent:
        assert parent.stdout is not None
        server, worker = (int(pid) for pid in parent.stdout.readline().split())
        assert list(directory.iterdir())
        parent.send_signal(number)
    assert ends(server)
    assert ends(worker)
    assert list(directory.iterdir()) == []


def test_it_starts_again_on_the_same_ports_with_nothing_kept(own: EmbeddedAWS, tmp_path: Path) -> None:
    new_user(own)
    own.stop()
    assert list(tmp_path.iterdir()) == []
    own.start()
    assert own.session(IDENTITY).client("iam").list_users()["Users"] == []


def test_requests_wait_while_it_starts(tmp_path: Path) -> None:
    aws = EmbeddedAWS(accounts=(IDENTITY,), region=REGION, port=0, portal_port=0, directory=tmp_path)
    aws.launch()
    try:
        assert root_client(aws, "sts").get_caller_identity()["Account"] == IDENTITY
        aws.wait_until_ready()
    finally:
        aws.stop()


@pytest.mark.parametrize(("taken", "option"), [("port", "--port"), ("portal_port", "--portal-port")])
def test_a_taken_port_is_named_with_the_remedy(tmp_path: Path, taken: str, option: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        ports = {"port": 0, "portal_port": 0, taken: other.getsockname()[1]}
        aws = EmbeddedAWS(accounts=(IDENTITY,), region=REGION, directory=tmp_path, **ports)
        with pytest.raises(PortTaken, match=rf"is taken.*{option}\."):
            aws.start()
    assert list(tmp_path.iterdir()) == []


@on_linux
def test_it_listens_on_the_loopback_address_only(aws: EmbeddedAWS) -> None:
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    listening = {row[1] for row in rows if row[3] == "0A"}
    for port in (aws.port, aws.portal_port):
        assert {address for address in listening if address.endswith(f":{port:04X}")} == {f"0100007F:{port:04X}"}


@on_linux
def test_the_secrets_are_in_no_environment_command_line_or_file(aws: EmbeddedAWS) -> None:
    root = aws.root_credentials(IDENTITY)
    process = Path(f"/proc/{aws.process_id}")
    seen = (process / "environ").read_bytes() + (process / "cmdline").read_bytes() + aws.log_path.read_bytes()
    assert root.secret_access_key.encode() not in seen


def test_an_untried_version_of_ministack_is_refused_with_the_remedy() -> None:
    check_version(TRIED_MINISTACK)
    with pytest.raises(UntriedVersion, match=r"pip install --require-hashes -r requirements-sandbox\.txt"):
        check_version("1.6.0")


def test_a_start_that_fails_says_what_happened(tmp_path: Path) -> None:
    aws = EmbeddedAWS(accounts=("no account",), region=REGION, port=0, portal_port=0, directory=tmp_path)
    aws.launch()
    assert aws.process_id is not None
    os.kill(aws.process_id, signal.SIGKILL)
    with pytest.raises(EmbeddedAWSFailed, match="did not start"):
        aws.wait_until_ready()
    assert list(tmp_path.iterdir()) == []


def test_sessions_cached_for_a_former_sandbox_are_forgotten_and_no_others(aws: EmbeddedAWS, tmp_path: Path) -> None:
    cache = tmp_path / ".aws" / "cli" / "cache"
    cache.mkdir(parents=True)
    session = new_user(aws).client("sts").get_session_token()["Credentials"]
    of_sandbox = {"AccessKeyId": session["AccessKeyId"], "Expiration": session["Expiration"].isoformat()}
    real = of_sandbox | {"AccessKeyId": "ASIAIOSFODNN7EXAMPLE"}
    (cache / "sandbox.json").write_text(json.dumps({"Credentials": of_sandbox}))
    (cache / "real.json").write_text(json.dumps({"Credentials": real}))
    (cache / "other.json").write_text("[]")
    assert forget_sessions(tmp_path, session["Expiration"] - timedelta(seconds=2)) == 0
    assert forget_sessions(tmp_path) == 1
    assert sorted(path.name for path in cache.iterdir()) == ["other.json", "real.json"]
    assert forget_sessions(tmp_path / "nowhere") == 0
