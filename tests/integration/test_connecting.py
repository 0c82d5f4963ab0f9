"""The connections that are opened while Lambda initialises, with a real TLS server."""

import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.session import Session

from chalicelib.aws.clients import client_config
from chalicelib.aws.connecting import LONGEST_SECONDS, Connections
from tests.helpers.tls_portal import write_certificates

ANSWER = b"<R><ListUsersResult><Users/></ListUsersResult></R>"


@dataclass
class Host:
    """An endpoint of IAM: ``seen`` are the connections and requests. How it treats ``GET /`` can be chosen."""

    url: str
    authority: Path
    seen: list[str] = field(default_factory=list)
    takes_seconds: float = 0
    closes: bool = False
    says_so: bool = False
    has_closed: Event = field(default_factory=Event)


@contextmanager
def hosted(folder: Path, scheme: str = "https") -> Iterator[Host]:
    authority, chain = folder / "authority.pem", folder / "server.pem"
    write_certificates(authority, chain)
    here = Host("", authority)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            here.seen.append("connection")

        def finish(self) -> None:
            super().finish()
            self.connection.close()
            here.has_closed.set()

        def do_GET(self) -> None:
            here.seen.append(f"GET {self.path}")
            time.sleep(here.takes_seconds)
            self._answer(302, {"Connection": "close"} if here.says_so else {})
            self.close_connection = here.closes

        def do_POST(self) -> None:
            here.seen.append("call")
            self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(200, {})

        def _answer(self, status: int, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(ANSWER)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(ANSWER)

        def log_message(self, *_: object) -> None:
            """Nothing is logged."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if scheme == "https":
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(chain)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        here.url = f"{scheme}://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield here
        server.shutdown()
        thread.join()


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    with hosted(tmp_path) as found:
        yield found


def client_of(url: str, authority: Path) -> Any:
    """A client that makes each call once only."""
    keys = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "secret"}
    options: dict[str, Any] = {**keys, "endpoint_url": url, "verify": str(authority), "config": client_config()}
    return Session().create_client("iam", "us-east-1", **options)


def connect(client: Any) -> None:
    connections = Connections()
    connections.open(client)
    connections.wait()


def test_a_call_finds_the_connection_open(host: Host) -> None:
    client = client_of(host.url, host.authority)
    connect(client)
    for _ in range(2):
        client.list_users()
    assert host.seen == ["connection", "GET /", "call", "call"]
    client.close()


def test_a_host_that_answers_late_keeps_nobody_waiting_for_long(host: Host) -> None:
    host.takes_seconds = LONGEST_SECONDS + 1
    client = client_of(host.url, host.authority)
    connect(client)
    client.list_users()
    assert host.seen == ["connection", "GET /", "connection", "call"]
    client.close()


@pytest.mark.parametrize("says_so", [True, False])
def test_a_connection_that_was_closed_meanwhile_is_opened_again_and_the_call_is_made_once(
    says_so: bool, host: Host
) -> None:
    host.closes, host.says_so = True, says_so
    client = client_of(host.url, host.authority)
    connect(client)
    assert host.has_closed.wait(10)
    client.list_users()
    assert host.seen == ["connection", "GET /", "connection", "call"]
    client.close()


def test_a_host_that_cannot_be_reached_is_told_by_the_call(tmp_path: Path) -> None:
    with hosted(tmp_path) as gone:
        url, authority = gone.url, gone.authority
    client = client_of(url, authority)
    connect(client)
    with pytest.raises(EndpointConnectionError):
        client.list_users()
    client.close()


def test_without_tls_nothing_is_opened_beforehand(tmp_path: Path) -> None:
    with hosted(tmp_path, "http") as plain:
        client = client_of(plain.url, plain.authority)
        connect(client)
        client.list_users()
        assert plain.seen == ["connection", "call"]
        client.close()
