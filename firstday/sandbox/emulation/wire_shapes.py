"""The one shape in which AWS's SDKs send each service's requests.

ministack reads a request's operation in several places, and not in the same order when it
authorizes and when it performs: a query that names one action and a body that names
another would be checked as the first and done as the second. Only the SDKs' own
shape gets in, and only for services that the sandbox needs.
"""

from urllib.parse import parse_qsl

from firstday.sandbox.emulation.http_message import Message

QUERY_PROTOCOL = frozenset({"iam", "sts", "cloudformation", "sns"})
_JSON_PROTOCOL = {"dynamodb": "DynamoDB_20120810.", "events": "AWSEvents.", "logs": "Logs_20140328."}
_REST = frozenset({"s3", "lambda", "apigateway"})


def is_well_formed(message: Message, service: str) -> bool:
    """Whether the request has the shape of ``service``, which its signature names."""
    target = message.headers.get("x-amz-target")
    is_form = message.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    is_root_post = message.method == "POST" and message.path == "/" and not message.query_string
    if service == "ses":  # v2 only
        return message.path.startswith("/v2/email/") and target is None and not is_form
    if service in QUERY_PROTOCOL:
        return is_root_post and is_form and target is None and not _repeats_a_parameter(message)
    if service in _JSON_PROTOCOL:
        return is_root_post and not is_form and (target or "").startswith(_JSON_PROTOCOL[service])
    if service not in _REST or target is not None or is_form:
        return False
    return "Action" not in message.query and not message.has_query_credentials


def form_parameters(message: Message) -> dict[str, str]:
    """A query-protocol request's parameters; ministack's handlers leave out blank ones, too."""
    return dict(parse_qsl(message.body.decode("utf-8", "replace")))


def _repeats_a_parameter(message: Message) -> bool:
    pairs = parse_qsl(message.body.decode("utf-8", "replace"), keep_blank_values=True)
    return len(pairs) != len({name for name, _ in pairs})
