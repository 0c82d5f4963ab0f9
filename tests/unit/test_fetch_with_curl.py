"""The command that fetches the profiles again, with the real curl."""

from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

from tests.unit.test_fetch_command import ANSWERS, a_home, command, pasted


class Portal(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        name = "config.new" if "/config?" in self.path else "merge-config.sh"
        self.send_response(200)
        self.end_headers()
        self.wfile.write(ANSWERS[name].encode())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def test_no_settings_file_of_curl_has_a_say() -> None:
    """With the real curl: these options would write over the config, and put headers into the script."""
    with a_home() as name, HTTPServer(("127.0.0.1", 0), Portal) as server:
        home = Path(name)
        (home / ".aws" / "config").write_text("mine\n")
        (home / ".curlrc").write_text("remote-name-all\ninclude\n")
        (home / "bin" / "curl").unlink()
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        status, shown = pasted("dash", home, command(url=url), NO_PROXY="127.0.0.1", no_proxy="127.0.0.1")
        server.shutdown()
        assert status == 0, shown
        files = {path.name: path.read_text() for path in (home / ".aws").iterdir()}
        assert files == {"config": "mine\n", **ANSWERS}
