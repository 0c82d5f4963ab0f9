"""Explains errors of AWS if the true cause is not the one that AWS's own sentence names."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from firstday.clock_skew import clock_words
from firstday.foreign_answers import is_of_aws

# The only error of botocore that is not a BotoCoreError: the answer is neither XML nor JSON.
NOT_AWS = (
    "What answered is not AWS. It may be a proxy, a firewall or a sign-in page of this network, or the endpoint is "
    "another's"
)


def cause_of(error: ClientError | ResponseParserError) -> str | None:
    """The true cause if it can be seen; None means that AWS's own sentence is the cause."""
    if isinstance(error, ResponseParserError):
        return f"{NOT_AWS}."
    response: Mapping[str, Any] = error.response
    answer = response.get("ResponseMetadata", {})
    headers = answer.get("HTTPHeaders", {})
    code, message = (str(response.get("Error", {}).get(key, "")) for key in ("Code", "Message"))
    if code.isdecimal() and headers and not is_of_aws(headers) and "RequestId" not in answer:
        return f"{NOT_AWS} (status {code})."
    return clock_words(message, headers, datetime.now(UTC))
