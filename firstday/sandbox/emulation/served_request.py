"""The request that is being served, as the layer knows it."""

import secrets
import time
import uuid
from base64 import b64encode
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Caller:
    """Who signed a request, after the signature was verified.

    ``kind`` is "User", "AssumedRole", "FederatedUser" or "Root"; ``user_name`` is empty
    unless it is a user; ``is_temporary`` tells session credentials from long-term keys.
    """

    arn: str
    account_id: str
    kind: str
    user_name: str
    access_key_id: str
    is_temporary: bool


@dataclass(frozen=True, slots=True)
class FurtherPermission:
    """A permission that a request needs besides its own. IAM checks it last, so a refusal is about this one."""

    action: str
    resource_arn: str


@dataclass(slots=True)
class Request:
    """``mfa_verified`` is set once this very request's MFA code was accepted.

    ``target`` is the X-Amz-Target header, in which JSON protocols name the operation.

    ``portal_host`` is the Host header of a request to the portal's own address, else None;
    ``api_context`` has the data about a call to an API (see ``api_context``). The client of an API may choose the
    ``request_id``, but not the ``extended_request_id``.
    """

    client_ip: str
    caller: Caller | None = None
    parameters: dict[str, str] = field(default_factory=dict)
    target: str = ""
    body: bytes = b""
    further: FurtherPermission | None = None
    mfa_verified: bool = False
    portal_host: str | None = None
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    extended_request_id: str = field(default_factory=lambda: b64encode(secrets.token_bytes(11)).decode())
    began_at: float = field(default_factory=time.time)
    api_context: dict[str, str] = field(default_factory=dict)

    def take_id_from(self, headers: Mapping[str, str]) -> None:
        """Take the id that the client of an API has chosen, if it did, as API Gateway does."""
        self.request_id = headers.get("x-amzn-requestid") or self.request_id

    @property
    def action(self) -> str:
        """The operation of a query-protocol request (IAM, STS, CloudFormation) or a JSON one (DynamoDB), else ""."""
        return self.parameters.get("Action", "") or self.target.rpartition(".")[2]


_current: ContextVar[Request | None] = ContextVar("firstday_request", default=None)


def begin(request: Request) -> None:
    """Make ``request`` the current one of this task and of the threads it starts."""
    _current.set(request)


def current() -> Request | None:
    """The request being served; None in ministack's own background work."""
    return _current.get()


def caller() -> Caller | None:
    """Who signed the current request, if anybody did."""
    request = _current.get()
    return request.caller if request else None
