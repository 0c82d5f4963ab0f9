"""What botocore raises, as this product's errors: the one place that reads AWS's error codes."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError, HTTPClientError

from chalicelib.errors import AWSBusy, AWSRefused, FirstdayError

# https://docs.aws.amazon.com/general/latest/gr/api-retries.html and IAM's and DynamoDB's common errors.
BUSY = frozenset(
    {
        "ConcurrentModification",
        "ConcurrentModificationException",
        "EntityTemporarilyUnmodifiable",
        "InternalFailure",
        "InternalServerError",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestTimeout",
        "ServiceFailure",
        "ServiceFailureException",
        "ServiceUnavailable",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)


@contextmanager
def translated(meanings: Mapping[str, FirstdayError] | None = None) -> Iterator[None]:
    """Turn AWS's errors into ours: by code through ``meanings``, then AWSBusy or AWSRefused.

    Nothing of the request is kept, so no seed, code or secret gets into a message.
    """
    try:
        yield
    except ClientError as error:
        raise _meaning(error, meanings or {}) from None
    except (ConnectTimeoutError, EndpointConnectionError):
        raise AWSBusy from None
    except HTTPClientError:
        raise AWSBusy(is_ambiguous=True) from None


def _meaning(error: ClientError, meanings: Mapping[str, FirstdayError]) -> FirstdayError:
    code = error.response.get("Error", {}).get("Code", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in meanings:
        return meanings[code]
    if code in BUSY or status == 429:
        return AWSBusy()
    if status >= 500:
        return AWSBusy(is_ambiguous=True)
    return AWSRefused(error.operation_name, code)
