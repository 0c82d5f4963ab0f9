"""An administrator at a terminal, whose commands reach the portal in this process."""

import json
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.awsrequest import AWSPreparedRequest
from click.testing import CliRunner, Result

from firstday.cli.main import cli
from firstday.cli.terminal import Surroundings
from firstday.portal.api import PortalAPI
from firstday.portal.http import HTTPAnswer
from tests.helpers.fake_portal import session
from tests.helpers.worlds import ADMIN, PORTAL_URL, World, in_process, in_process_browser

ONE_AT_A_TIME = Lock()
Transport = Callable[[AWSPreparedRequest], HTTPAnswer]


def in_app(request: AWSPreparedRequest) -> HTTPAnswer:
    """Carry a signed request to the app in this process, as API Gateway does once it has verified it."""
    assert "Authorization" in request.headers
    headers = {name: value if isinstance(value, str) else value.decode() for name, value in request.headers.items()}
    parts = urlsplit(request.url)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    body = (request.body or b"").decode()
    # The portal logs where it runs, which is not at the terminal. It answers one request at a time, as in Lambda.
    with ONE_AT_A_TIME, redirect_stdout(StringIO()):
        answer = in_process(request.method, path, headers, body, userArn=ADMIN)
    return HTTPAnswer(answer.status, answer.body, {name: values[0] for name, values in answer.headers.items()})


@dataclass
class Terminal:
    """An administrator at a terminal; ``transport`` may be replaced to spoil the connection."""

    world: World
    folder: Path
    transport: Transport = in_app
    has_browser: bool = True
    pauses: list[float] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)

    def run(self, *arguments: str, typed: str | None = None, status: int | None = 0) -> Result:
        """Run ``firstday`` with ``typed`` as its standard input; unless None, it has to end with ``status``."""
        around = Surroundings(self.connect, self.world.portal.now, self.pauses.append, self.open_browser)
        environment = {"FIRSTDAY_PORTAL_URL": PORTAL_URL}
        result = CliRunner().invoke(cli, arguments, input=typed, env=environment, obj=around)
        assert status in (None, result.exit_code), result.output
        assert result.exception is None or isinstance(result.exception, SystemExit), result.output
        return result

    def json(self, *arguments: str, status: int = 0) -> Any:
        return json.loads(self.run(*arguments, "--json", status=status).stdout)

    def connect(self, portal_url: str, _profile: str | None) -> PortalAPI:
        return PortalAPI(
            portal_url, session(), pause=self.pauses.append, transport=lambda sent: self.transport(sent)
        )

    def open_browser(self, url: str) -> bool:
        self.opened.append(url)
        return self.has_browser

    def file(self, text: str | bytes, name: str = "members.csv") -> str:
        path = self.folder / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return str(path)

    @property
    def results(self) -> list[str]:
        return (self.folder / "members.results.csv").read_text("utf-8-sig").splitlines()

    @property
    def files(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())


def opens(link: str) -> bool:
    page = in_process_browser().post("start", {"token": link.partition("#")[2]})
    return bool(page.heading == "Register your phone")


def logged(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """The lines of requests; audit events have their own."""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [line for line in lines if line["level"] != "audit"]
