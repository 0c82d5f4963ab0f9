"""A proxy, a firewall or a network's sign-in page that answers in place of the portal, or of AWS."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from click.testing import CliRunner

from firstday.aws_calls import DeploymentError
from firstday.aws_sessions import account_of, identity_session
from firstday.cli.main import cli
from firstday.portal.errors import PortalError
from firstday.portal.http import admin_session
from firstday.verification.answers import AWS, Key
from firstday.verification.clock import Clock
from firstday.verification.network import network_browser
from firstday.verification.portal_checks import check_api
from firstday.verification.result_lines import Lines
from firstday.verification.robot import Robot
from tests.helpers.settings_makers import example_settings

# In an unknown charset, and with bytes that are not UTF-8.
PAGE = b"<html><head><title>Access denied \xff</title></head><br></html>"
STATUSES = (200, 302, 403, 407)


class _Proxy(BaseHTTPRequestHandler):
    """Answers everything with one page; the status is the server's."""

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(getattr(self.server, "status", 403))
        self.send_header("Content-Type", "text/html; charset=no-such-charset")
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""


@pytest.fixture(params=STATUSES)
def proxy(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Its address. AWS is reached at the same one."""
    with HTTPServer(("127.0.0.1", 0), _Proxy) as server:
        server.status = request.param  # type: ignore[attr-defined]
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
            monkeypatch.delenv(name, raising=False)
        known = {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "none"}
        for name, value in (known | {"AWS_DEFAULT_REGION": "ap-northeast-1", "AWS_ENDPOINT_URL": url}).items():
            monkeypatch.setenv(name, value)
        yield url
        server.shutdown()
        thread.join()


def test_every_command_that_calls_the_portal_says_that_it_is_not_the_portal(proxy: str) -> None:
    shown = CliRunner().invoke(cli, ["members", "--portal-url", proxy])
    assert shown.exit_code == 1
    assert f"firstday: What answered at {proxy.removeprefix('http://')} is not the portal: status" in shown.stderr
    assert 'a page called "Access denied' in shown.stderr
    assert "credentials" not in shown.stderr


def test_the_robots_browser_does_not_take_its_page_for_the_portals(proxy: str) -> None:
    with pytest.raises(PortalError, match="is not the portal: status"):
        network_browser(proxy, admin_session(), "en").get("start")


def test_the_robot_does_not_take_its_refusal_for_the_portals(proxy: str) -> None:
    nothing: Any = None
    robot = Robot(
        user_name="firstday-verify-0123abcd",
        settings=example_settings(),
        aws=AWS("ap-northeast-1"),
        key=Key("AKIAIOSFODNN7EXAMPLE", "none"),
        device=nothing,
        config={},
        granted=(),
        portal_check={},
        clock=Clock(0),
        lines=Lines(lambda _: None),
    )
    check_api(robot, proxy, None)
    (line,) = robot.lines.all
    assert not robot.lines.is_right
    assert "is not the portal: status" in str(line)


def test_in_place_of_aws_it_is_told_as_not_aws(proxy: str) -> None:
    with pytest.raises(DeploymentError, match=r"^Asking AWS whose credentials these are: What answered is not AWS"):
        account_of(identity_session(), example_settings())
    assert proxy
