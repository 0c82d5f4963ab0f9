"""A proxy between a browser and the portal, as in a company's network: it strips headers, or is slow."""

import http.client
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit

# Of one connection only (RFC 9110, section 7.6.1); bodies are passed on whole.
HOPS = ("connection", "keep-alive", "proxy-connection", "transfer-encoding", "content-length")


@contextmanager
def proxy(strip: str = "", after: Callable[[str, str], None] = lambda _method, _path: None) -> Iterator[str]:
    """The address of one. ``strip``: the beginnings of headers that it takes out of requests, with a blank between.

    ``after`` is called with each request's method and path when the portal has answered, before the browser knows.
    """
    beginnings = tuple(strip.split())

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            kept = {
                name: value
                for name, value in self.headers.items()
                if name.lower() not in HOPS and not (beginnings and name.lower().startswith(beginnings))
            }
            connection = http.client.HTTPConnection(parts.netloc, timeout=120)
            connection.request(self.command, path, body or None, kept)
            answer = connection.getresponse()
            content = answer.read()
            connection.close()
            after(self.command, parts.path)
            with suppress(ConnectionError):  # the browser may have gone on meanwhile
                self._pass_on(answer, content)

        do_POST = do_GET  # noqa: N815 -- http.server's name

        def _pass_on(self, answer: http.client.HTTPResponse, content: bytes) -> None:
            self.send_response_only(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in HOPS:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Nothing: tests read what the portal logs."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
