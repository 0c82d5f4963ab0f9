"""IAM's and STS's responses, in their XML."""

from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from ministack.services import iam

Response = tuple[int, dict[str, str], bytes]
Parameters = dict[str, Any]


def error(status: int, code: str, message: str, service: str = "iam") -> Response:
    """An error response with AWS's ``code`` and ``message``."""
    status, headers, body = iam._error(status, code, escape(message), ns=service)
    return status, headers, body


def success(action: str, result: str = "") -> Response:
    """``action``'s response around ``result``, which is XML."""
    inner = f"<{action}Result>{result}</{action}Result>" if result else ""
    status, headers, body = iam._xml(200, f"{action}Response", inner)
    return status, headers, body


def elements(record: Mapping[str, Any], *names: str) -> str:
    """These fields of a record, as XML."""
    return "".join(f"<{name}>{escape(str(record[name]))}</{name}>" for name in names)


def constraint(value: str, member: str, rule: str, service: str = "iam") -> Response:
    """The ValidationError of a request parameter that breaks the API's model."""
    return error(
        400,
        "ValidationError",
        f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: "
        f"Member must {rule}",
        service,
    )


def parameter(parameters: Parameters, name: str) -> str:
    """One request parameter, or ""."""
    return str(iam._p(parameters, name))
