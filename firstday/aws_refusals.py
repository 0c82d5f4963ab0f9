"""An error of AWS in words: the cause where it is another than AWS's own sentence tells."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from firstday.clock_skew import clock_words
from firstday.strangers import is_of_aws

# Of botocore's own kinds, this is the one that is not a BotoCoreError: the answer is no XML or JSON.
NOT_AWS = (
    "What answered is not AWS. It may be a proxy, a firewall or a sign-in page of this network, or the endpoint is "
    "another's"
)


def cause_of(error: ClientError | ResponseParserError) -> str | None:
    """The true cause where it can be seen; else None, and AWS's own sentence is it."""
    if isinstance(error, ResponseParserError):
        return f"{NOT_AWS}."
    response: Mapping[str, Any] = error.response
    answer = response.get("ResponseMetadata", {})
    headers = answer.get("HTTPHeaders", {})
    code, message = (str(response.get("Error", {}).get(key, "")) for key in ("Code", "Message"))
    if code.isdecimal() and headers and not is_of_aws(headers) and "RequestId" not in answer:
        return f"{NOT_AWS} (status {code})."
    return clock_words(message, headers, datetime.now(UTC))
