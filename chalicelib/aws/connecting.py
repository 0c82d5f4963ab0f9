"""Opens the connections of new clients while Lambda initialises, so that a member's request finds them open.

IAM answers from us-east-1, so that a connection to it costs two or three round trips around the world.
"""

from contextlib import suppress
from threading import Thread
from typing import Any

from botocore.awsrequest import AWSRequest

# As long as connecting and a short answer may take by the clients' own limits.
LONGEST_SECONDS = 5


def connect(client: Any) -> None:
    """Open a connection of ``client`` beside everything else; its calls wait until that is done, or has failed.

    A failure has no consequence: the call opens one by itself. Connections without TLS are opened in no time.
    """
    if client.meta.endpoint_url.startswith("https:"):
        thread = Thread(target=_connect, args=(client,), daemon=True)
        thread.start()
        client.meta.events.register_first("before-call", lambda **_: thread.join(LONGEST_SECONDS))


def _connect(client: Any) -> None:
    # A request to the address alone is no call: it needs no signature and no permission. botocore keeps the
    # connection for the next request, if the host does; else it opens another one. To connect without a request
    # would not do: the host's TLS session tickets, which nobody has read, look to urllib3 like a closed connection.
    request = AWSRequest("GET", client.meta.endpoint_url).prepare()
    with suppress(Exception):
        client._endpoint.http_session.send(request)
