"""Lambda's Runtime API, with the times at which the function asks and answers.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue
from threading import Thread
from typing import Any

ARN = "arn:aws:lambda:ap-northeast-1:123456789012:function:bench"
PATIENCE = 600.0  # seconds; under valgrind a start takes minutes


class FunctionFailed(Exception):
    """The function ended, or answered with an error."""


@dataclass
class RuntimeAPI:
    """Of one process. Times are those of ``time.perf_counter``.

    ``on_ready`` is called when the function asks for an event; the first time, its initialisation is over.
    """

    on_ready: Callable[[], None]
    address: str = ""
    # Whether the function's process is there.
    is_running: Callable[[], bool] = lambda: True
    _events: Queue[bytes] = field(default_factory=Queue)
    _asked: Queue[float] = field(default_factory=Queue)
    _answered: Queue[tuple[float, bytes]] = field(default_factory=Queue)

    def ready_at(self) -> float:
        """When the function asked for an event; waits for it."""
        at: float = self._got(self._asked)
        return at

    def invoke(self, event: dict[str, Any]) -> tuple[float, dict[str, Any]]:
        """When the function answered, and what."""
        self._events.put(json.dumps(event).encode())
        answered_at, body = self._got(self._answered)
        answer = json.loads(body)
        if "statusCode" not in answer:
            raise FunctionFailed(str(answer)[:2000])
        return answered_at, answer

    def release(self) -> None:
        """The function may still be waiting for an event."""
        self._events.put(b"")

    def next_event(self) -> bytes:
        self._asked.put(time.perf_counter())
        self.on_ready()
        return self._events.get()

    def take(self, at: float, body: bytes) -> None:
        self._answered.put((at, body))
        if b"errorMessage" in body[:200]:  # it may be that of the initialisation
            self._asked.put(at)

    def _got(self, queue: Queue[Any]) -> Any:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            is_running = self.is_running()
            with suppress(Empty):
                return queue.get(timeout=1 if is_running else 0)
            if not is_running:
                raise FunctionFailed("the function's process has ended by itself")
        raise FunctionFailed(f"no word from the function for {PATIENCE:g} s")


@contextmanager
def serving(on_ready: Callable[[], None]) -> Iterator[RuntimeAPI]:
    """An API of its own for each process: one that was ended may have asked for an event at the last moment."""
    api = RuntimeAPI(on_ready)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # an answer is one packet
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            event = api.next_event()
            headers = {
                "Content-Type": "application/json",
                "Lambda-Runtime-Aws-Request-Id": "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
                "Lambda-Runtime-Deadline-Ms": str(int((time.time() + 25) * 1000)),
                "Lambda-Runtime-Invoked-Function-Arn": ARN,
                "Lambda-Runtime-Trace-Id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700",
            }
            self._answer(200, event, headers)

        def do_POST(self) -> None:
            at = time.perf_counter()
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self._answer(202, b"{}", {})
            api.take(at, sent)

        def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()

        def log_message(self, *_: object) -> None:
            """Nothing is logged."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *_: object) -> None:
            """A function that is ended leaves its connection as it is."""

    with Server(("127.0.0.1", 0), Handler) as server:
        api.address = f"127.0.0.1:{server.server_address[1]}"
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield api
        finally:
            api.release()
            server.shutdown()
