"""``chalice local``: the member's pages work, and the administrator's side is closed."""

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from firstday.openapi.document import document
from firstday.sandbox.portal_deployment import environment
from tests.helpers.deployer import EXAMPLE, deploying
from tests.helpers.embedded_aws import IDENTITY, REGION
from tests.helpers.running_sandbox import BIN

PROJECT = EXAMPLE.parent
SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/x/execute-api/aws4_request"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where ``chalice local`` answers, with the tables of a deployed portal."""
    folder = tmp_path_factory.mktemp("local")
    with deploying(folder) as deployer:
        outputs = deployer.deployed()["outputs"]
        variables = environment(deployer.aws, deployer.settings, folder) | {
            "AWS_PROFILE": IDENTITY,
            "AWS_DEFAULT_REGION": REGION,
            "MEMBERS_TABLE": outputs["MembersTableName"],
            "AUDIT_TABLE": outputs["AuditTableName"],
            "CONSOLE_TABLE": outputs["ConsoleTableName"],
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        port = free_port()
        command = [str(BIN / "chalice"), "local", "--stage", "prod", "--port", str(port), "--no-autoreload"]
        log = (folder / "log").open("wb")
        process = subprocess.Popen(command, cwd=PROJECT, env=variables, stdout=log, stderr=log)
        try:
            wait_for(port, process, Path(log.name))
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()
            process.wait()
            log.close()


def wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(log.read_text(errors="replace") or os.strerror(0))


def status_of(url: str, method: str = "GET", body: bytes | None = None, **headers: str) -> int:
    request = urllib.request.Request(url, body, headers, method=method)  # noqa: S310  the scheme is http
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code


def admin_routes() -> list[tuple[str, str]]:
    """Every method and path of the admin API."""
    paths = document()["paths"]
    return [
        (method.upper(), path.replace("{user_name}", "dev-simple-user"))
        for path, operations in paths.items()
        if path.startswith(("/admin/", "/member/"))
        for method in operations
        if method in {"get", "post", "put", "delete"}
    ]


def test_a_member_can_open_the_pages(address: str) -> None:
    assert status_of(f"{address}/start") == 200


@pytest.mark.parametrize(("method", "path"), admin_routes())
@pytest.mark.parametrize("headers", [{}, SIGNED], ids=["unsigned", "signed"])
def test_whoever_calls_what_needs_a_signature_is_refused(
    address: str, method: str, path: str, headers: dict[str, str]
) -> None:
    body = None if method in {"GET", "DELETE"} else json.dumps({"user_name": "dev-simple-user"}).encode()
    given = headers | ({"Content-Type": "application/json"} if body else {})
    assert status_of(address + path, method, body, **given) == 403


def test_the_console_is_closed_too(address: str) -> None:
    assert status_of(f"{address}/console") == 403
