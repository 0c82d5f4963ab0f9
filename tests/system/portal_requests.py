"""HTTP requests to the sample portal, signed or not, and the events that its function got."""

import http.client
import json
from dataclasses import dataclass
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from tests.system.embedded_aws import REGION


@dataclass
class Answer:
    """An HTTP response."""

    status: int
    headers: http.client.HTTPMessage
    text: str

    @property
    def event(self) -> Any:
        """The event that the function got."""
        return json.loads(self.text)["event"]


def call(
    aws: EmbeddedAWS,
    path: str,
    method: str = "GET",
    headers: dict[str, str] | None = None,
    body: bytes | None = None,
    port: int = 0,
) -> Answer:
    """One request to the portal's address, or to another port."""
    return request(port or aws.portal_port, path, method, headers, body)


def request(
    port: int, path: str, method: str = "GET", headers: dict[str, str] | None = None, body: bytes | None = None
) -> Answer:
    """One request to a port of this machine."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read().decode())
    finally:
        connection.close()


def signed(
    aws: EmbeddedAWS, path: str, *credentials: str, method: str = "GET", body: bytes = b""
) -> dict[str, str]:
    """SigV4 headers as a client of the portal's own address makes them."""
    return signed_for(aws.portal_url + path, *credentials, method=method, body=body)


def signed_for(url: str, *credentials: str, method: str = "GET", body: bytes = b"") -> dict[str, str]:
    """SigV4 headers for any address of an API."""
    unsigned = AWSRequest(method, url, data=body or None)
    SigV4Auth(Credentials(*credentials), "execute-api", REGION).add_auth(unsigned)
    return dict(unsigned.headers.items())
