"""AWS sessions for the commands that deploy, look and remove, and AWS's errors as sentences."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from chalicelib.errors import FirstdayError
from firstday.aws_refusals import cause_of

Client = Any  # botocore makes its clients' classes at run time


class AccountSession(Protocol):
    """What is needed of a session of boto3: clients with credentials and endpoint settled."""

    def client(self, service_name: str, region_name: str | None = None) -> Client: ...


class DeploymentError(FirstdayError):
    """AWS refused, or could not do, part of a deployment; the message says which and why."""

    code = "deployment"


@contextmanager
def explained(doing: str) -> Iterator[None]:
    """Turn botocore's errors into DeploymentError, beginning with what was being done."""
    try:
        yield
    except (ClientError, ResponseParserError) as error:
        raise DeploymentError(f"{doing}: {cause_of(error) or error}") from error
    except BotoCoreError as error:
        raise DeploymentError(f"{doing}: {error}") from error
