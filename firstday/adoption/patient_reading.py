"""Reading from AWS for an adoption: throttled calls are made again, and missing permissions are remembered."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from botocore.config import Config
from botocore.exceptions import ClientError

from chalicelib.aws_errors import AWSRefused
from firstday.aws_calls import AccountSession, DeploymentError, explained

T = TypeVar("T")
U = TypeVar("U")
DENIED = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"})
# What the embedded AWS of the sandbox answers for services that it does not have.
NOT_OFFERED = frozenset({"InvalidAction", "UnknownOperationException"})
# IAM refuses too many calls of an account. The adaptive mode goes slower by itself until they pass.
CONFIG = Config(
    connect_timeout=5,
    read_timeout=20,
    retries={"mode": "adaptive", "total_max_attempts": 10},
    max_pool_connections=16,
)
CALLS_AT_ONCE = 8


class PatientReader:
    """``not_permitted`` are the permissions that were missing so far; ``pause`` takes seconds."""

    def __init__(self, session: AccountSession, region: str, pause: Callable[[float], None]) -> None:
        self._session, self._region = session, region
        self.pause = pause
        self.not_permitted: set[str] = set()
        self.iam = self.client("iam")

    def client(self, service: str) -> Any:
        return patient_client(self._session, service, self._region)

    def read(self, permission: str, read: Callable[[], T]) -> T | None:
        """What ``read`` returns; None if AWS does not permit it. Any other error is DeploymentError."""
        with explained(f"Reading with {permission}"):
            try:
                return read()
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if code not in DENIED | NOT_OFFERED:
                    raise
        self.not_permitted.add(permission if code in DENIED else f"{permission} (not offered here)")
        return None

    @staticmethod
    def of_each(
        items: Iterable[U], look: Callable[[U], T], on_found: Callable[[T], None] = lambda _: None
    ) -> list[T]:
        """What ``look`` returns for each, several at once; ``on_found`` is told of one after the other."""
        found = []
        with ThreadPoolExecutor(CALLS_AT_ONCE) as threads:
            for one in threads.map(look, items):
                on_found(one)
                found.append(one)
        return found


def patient_client(session: AccountSession, service: str, region: str) -> Any:
    """A client that waits where AWS throttles."""
    make: Any = session.client
    return make(service, region, config=CONFIG)


# AWS's answers that the next user would get as well.
_FOR_ALL = DENIED | {"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "RequestExpired"}


def concerns_all(error: DeploymentError) -> bool:
    """Whether the error is not of one user alone: missing permissions, or credentials that have ended."""
    cause = error.__cause__
    is_code = isinstance(cause, ClientError) and cause.response["Error"]["Code"] in _FOR_ALL
    return is_code or isinstance(cause, AWSRefused)


def is_missing(error: ClientError) -> bool:
    """Whether IAM has no such thing."""
    return bool(error.response["Error"]["Code"] == "NoSuchEntity")
