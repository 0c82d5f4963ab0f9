"""One visit of a member to a new process of Lambda; runs inside the package, where ``app`` is."""

import base64
import gc
import hashlib
import importlib
import io
import json
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from datetime import UTC, datetime, timedelta
from typing import Any

TOKEN = "A" * 43
DEVICE = (
    "<VirtualMFADevice><SerialNumber>arn:aws:iam::123456789012:mfa/ada</SerialNumber>"
    f"<Base32StringSeed>{base64.b64encode(b'A' * 64).decode()}</Base32StringSeed></VirtualMFADevice>"
)


class Raw:
    """The body of an answer as botocore reads it."""

    def __init__(self, text: str) -> None:
        self._body = text.encode()

    def stream(self) -> Iterator[bytes]:
        yield self._body


def visit(method: str, page: str, *, is_proved: bool) -> dict[str, Any]:
    """Start the app, and ask for ``page`` as a member who is registering, or who has proved MFA.

    DynamoDB and IAM are answered before anything is sent. What the request itself imported and opened is told
    apart, for Lambda gives full speed until then only.
    """
    opened: list[str] = []
    sys.addaudithook(lambda name, arguments: opened.append(str(arguments[0])) if name == "open" else None)
    app = importlib.import_module("app").app
    modules, opened_at_start = set(sys.modules), len(opened)
    is_collecting, is_frozen = gc.isenabled(), gc.get_freeze_count() > 0
    calls = _answered_calls(is_proved)
    event = {
        "headers": {
            "Host": "portal.example.com",
            "Sec-Fetch-Site": "same-origin",
            "Cookie": f"__Host-firstday-session=ada.{TOKEN}",
            "Content-Type": "application/x-www-form-urlencoded",
        },
        "requestContext": {"httpMethod": method, "resourcePath": f"/{page}", "path": f"/{page}"},
    }
    before, opened_before = set(sys.modules), len(opened)
    with redirect_stdout(io.StringIO()):
        answer = app(event, None)
    return {
        "status": answer["statusCode"],
        "calls": calls,
        "modules": sorted(modules),
        "modules_late": sorted(set(sys.modules) - before),
        "opened": opened_at_start,
        "opened_late": opened[opened_before:],
        "is_collecting": is_collecting,
        "is_frozen": is_frozen,
    }


def _answered_calls(is_proved: bool) -> list[str]:
    """Has all calls of the portal answered; returns the list that their names will be in."""
    from botocore.awsrequest import AWSResponse

    from chalicelib.aws.items import member_item
    from chalicelib.wiring import portal

    item, calls = member_item(_member(is_proved)), list[str]()

    def answer_dynamodb(request: Any, **_: object) -> Any:
        calls.append(request.headers["X-Amz-Target"].decode().split(".")[1])
        return AWSResponse(request.url, 200, {}, Raw(json.dumps({"Item": item, "Attributes": item})))

    def answer_iam(request: Any, **_: object) -> Any:
        name = request.body.split("&")[0].removeprefix("Action=")
        calls.append(name)
        return AWSResponse(request.url, 200, {}, Raw(f"<R><{name}Result>{DEVICE}</{name}Result></R>"))

    here: Any = portal()
    here.members.database.client.meta.events.register_first("before-send", answer_dynamodb)
    for client in [client for client in vars(here.iam).values() if hasattr(client, "meta")]:
        client.meta.events.register_first("before-send", answer_iam)
    return calls


def _member(is_proved: bool) -> Any:
    from chalicelib.members.record import Member

    now, digest = datetime.now(UTC), hashlib.sha256(TOKEN.encode()).hexdigest()
    return Member(
        "ada",
        now,
        groups=("developers",),
        created_user=True,
        token_hash=digest,
        expires_at=now + timedelta(days=1),
        session_hash=digest,
        session_expires_at=now + timedelta(hours=8),
        session_idle_ends_at=now + timedelta(hours=2),
        registering_at=now,
        accepted_at=now if is_proved else None,
    )
