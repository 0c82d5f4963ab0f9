"""How many requests API Gateway lets through to each method of the portal's API.

A stage's limit for all methods counts for each of them by itself, not for all together. So a method that nobody has
thought about gets little, and the few that need more have limits of their own. API Gateway enforces them as
well as it can, not to the last request.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

# The HTTP method, and the path as the API defines it.
Method = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Limit:
    """``rate`` requests a second, without an end, and ``burst`` more at once after a pause."""

    rate: int
    burst: int


# Anybody can call the 65 methods without a signature. 12 are steps that every member takes, 53 are not: together no
# more than 12 * 20 + 53 * 2 = 346 requests a second. docs/costs.md says what that many cost.
UNSIGNED = Limit(rate=2, burst=40)
# A training room: 200 members take the step within ten seconds, or all at once.
STEP = Limit(rate=20, burst=200)
# Only for somebody with credentials of the account. An import makes some 15 requests a second.
SIGNED = Limit(rate=20, burst=50)

# The steps of every member. Only few need the pages for an existing device, for fresh codes and the check.
STEPS: tuple[Method, ...] = (
    ("GET", "/start"),
    ("POST", "/start"),
    ("GET", "/register-device"),
    ("POST", "/register-device"),
    ("GET", "/codes"),
    ("POST", "/codes"),
    ("GET", "/password"),
    ("POST", "/password"),
    ("GET", "/access-key"),
    ("POST", "/access-key"),
    ("GET", "/config"),
    ("GET", "/done"),
)


def signed_methods(template: Mapping[str, Any]) -> Iterator[Method]:
    """The methods that Chalice's template lets nobody call without a signature."""
    paths = template["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]["paths"]
    for path, methods in paths.items():
        yield from ((name.upper(), path) for name, method in methods.items() if "security" in method)


def method_settings(signed: Iterable[Method]) -> list[dict[str, object]]:
    """The stage's ``MethodSettings``: the limits of every method, and of those in ``STEPS`` and ``signed``."""
    own = {**dict.fromkeys(STEPS, STEP), **dict.fromkeys(signed, SIGNED)}
    return [_setting("*", "/*", UNSIGNED), *(_setting(*method, limit) for method, limit in own.items())]


def _setting(http_method: str, path: str, limit: Limit) -> dict[str, object]:
    return {
        # Slashes are written as ~1, but for one at the beginning.
        "ResourcePath": path if path == "/*" else "/" + path.replace("/", "~1"),
        "HttpMethod": http_method,
        "ThrottlingRateLimit": limit.rate,
        "ThrottlingBurstLimit": limit.burst,
        # Data traces would write request bodies, so MFA codes and tokens, to the log.
        "DataTraceEnabled": False,
        "LoggingLevel": "OFF",
    }
