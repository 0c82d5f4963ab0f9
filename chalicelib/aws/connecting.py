"""Opens the connections of new clients while Lambda initialises, so that a member's request finds them open.

IAM answers from us-east-1, so that a connection to it costs two or three round trips around the world.
"""

import time
from contextlib import suppress
from threading import Thread
from typing import Any

from botocore.awsrequest import AWSRequest

# The first page, which asks IAM nothing, is not kept waiting longer.
LONGEST_SECONDS = 1.0


class Connections:
    """A failure has no consequence: the call opens one by itself. Without TLS, they are opened in no time."""

    def __init__(self) -> None:
        self._threads: list[Thread] = []

    def open(self, client: Any) -> None:
        """Open a connection of ``client`` beside everything else."""
        if client.meta.endpoint_url.startswith("https:"):
            thread = Thread(target=_connect, args=(client,), daemon=True)
            thread.start()
            self._threads.append(thread)

    def wait(self) -> None:
        """Until all are open, or have failed, or the time is over: Lambda stops threads when it has initialised."""
        ends = time.monotonic() + LONGEST_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, ends - time.monotonic()))


def _connect(client: Any) -> None:
    # A request to the address alone is no call: it needs no signature and no permission. botocore keeps the
    # connection for the next request, if the host does; else it opens another one. To connect without a request
    # would not do: the host's TLS session tickets, which nobody has read, look to urllib3 like a closed connection.
    request = AWSRequest("GET", client.meta.endpoint_url).prepare()
    with suppress(Exception):
        client._endpoint.http_session.send(request)
