"""Turns botocore's errors into this product's own: the one place that reads AWS's error codes."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError, HTTPClientError

from chalicelib.aws_errors import AWSBusy, AWSDenied, AWSRefused
from chalicelib.errors import FirstdayError

# https://docs.aws.amazon.com/general/latest/gr/api-retries.html and IAM's and DynamoDB's common errors.
# AWS has refused these before it did anything.
THROTTLED = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
BUSY = THROTTLED | {
    "ConcurrentModification",
    "ConcurrentModificationException",
    "EntityTemporarilyUnmodifiable",
    "InternalFailure",
    "InternalServerError",
    "RequestTimeout",
    "ServiceFailure",
    "ServiceFailureException",
    "ServiceUnavailable",
    "TransactionConflictException",
    "TransactionInProgressException",
}
# Seconds; a page that waited longer would look broken.
LONGEST_WAIT = 60
# A sentence of AWS names two ARNs; more than that is cut off.
LONGEST_SENTENCE = 1000
DENIED = frozenset({"AccessDenied", "AccessDeniedException"})
# The meaning of an AWS error: one of our errors, or a function that makes one from AWS's sentence.
Meanings = Mapping[str, FirstdayError | Callable[[str], FirstdayError]]


@contextmanager
def translated(meanings: Meanings | None = None) -> Iterator[None]:
    """Turn AWS's errors into ours: by code through ``meanings``, then AWSBusy, AWSDenied or AWSRefused.

    Nothing of the request is kept, so no seed, code or secret gets into a message. AWS's sentence is kept if a
    quota or a policy is the cause: it names the quota, or the caller, the action and the resource.
    """
    try:
        yield
    except ClientError as error:
        raise _meaning(error, meanings or {}) from None
    except (ConnectTimeoutError, EndpointConnectionError):
        raise AWSBusy from None
    except HTTPClientError:
        raise AWSBusy(is_ambiguous=True) from None


def _meaning(error: ClientError, meanings: Meanings) -> FirstdayError:
    found = error.response.get("Error", {})
    code, sentence = found.get("Code", ""), _one_line(found.get("Message", ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in meanings:
        meaning = meanings[code]
        return meaning if isinstance(meaning, FirstdayError) else meaning(sentence)
    if code in DENIED:
        return AWSDenied(_action(error.operation_name, sentence), sentence)
    if code in BUSY or status == 429:
        return AWSBusy(seconds=told_wait(error.response))
    if status >= 500:
        return AWSBusy(is_ambiguous=True)
    return AWSRefused(error.operation_name, code)


def told_wait(answer: Mapping[str, Any]) -> int | None:
    """The seconds after which AWS asks to try again, in an ``answer`` as botocore parsed it; None if it does not.

    https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
    """
    told = str(answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("retry-after", ""))
    return min(int(told), LONGEST_WAIT) if re.fullmatch(r"\d{1,6}", told, re.ASCII) else None


def _action(operation: str, sentence: str) -> str:
    """The action that was denied, as AWS's sentence names it; else the operation."""
    named = re.search(r"not authorized to perform: ([a-z0-9-]+:[A-Za-z]+)", sentence, re.ASCII)
    return named[1] if named else operation


def _one_line(sentence: str) -> str:
    return " ".join(sentence.split())[:LONGEST_SENTENCE]
