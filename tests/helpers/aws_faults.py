"""Faults between the portal and AWS, injected where botocore sends.

moto answers from botocore's ``before-send`` event; here its handler is wrapped, so that a
fault can come before the effect of a call or after it.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qs

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

from chalicelib.wiring import Portal
from tests.helpers import moto_gaps
from tests.helpers.moto_gaps import answer, xml


class Fault(StrEnum):
    THROTTLED = "throttled"
    FAILED = "failed inside AWS"
    TIMED_OUT = "timed out"
    CUT_BEFORE = "cut before the effect"
    CUT_AFTER = "cut after the effect"


@dataclass(frozen=True)
class Call:
    """The ``nth`` call of ``operation`` in a journey, from 1."""

    operation: str
    nth: int

    def __str__(self) -> str:
        return f"{self.operation} {self.nth}"


class Wire:
    """Counts the calls of a portal and fails the chosen one, once. ``before`` are those that were made already."""

    def __init__(self, at: Call | None = None, fault: Fault | None = None, before: Iterable[Call] = ()) -> None:
        self.calls: list[Call] = [*before]
        self._at = at
        self._fault = fault

    def send(self, operation: str, request: AWSPreparedRequest) -> Any:
        call = Call(operation, sum(1 for seen in self.calls if seen.operation == operation) + 1)
        self.calls.append(call)
        if call != self._at:
            return answer(operation, request)
        match self._fault:
            case Fault.THROTTLED:
                return error_answer(request, 400, "Throttling", "ThrottlingException")
            case Fault.FAILED:
                return error_answer(request, 500, "ServiceFailure", "InternalServerError")
            case Fault.TIMED_OUT:
                raise ReadTimeoutError(endpoint_url=request.url)
            case Fault.CUT_AFTER:
                answer(operation, request)
        raise ConnectionClosedError(endpoint_url=request.url)


class Refuse(Wire):
    """Answers every call of ``operation`` with AWS's error ``code``."""

    def __init__(self, operation: str, code: str, sentence: str = "no") -> None:
        super().__init__()
        self._operation, self._code, self._sentence = operation, code, sentence

    def send(self, operation: str, request: AWSPreparedRequest) -> Any:
        if operation == self._operation:
            return error_answer(request, 409, self._code, self._code, self._sentence)
        return super().send(operation, request)


class Deny(Wire):
    """Denies every call of ``operation``, as a service control policy does it."""

    def __init__(self, operation: str) -> None:
        super().__init__()
        self._operation = operation

    def send(self, operation: str, request: AWSPreparedRequest) -> Any:
        if operation == self._operation:
            return denial(request, operation, "with an explicit deny in a service control policy")
        return super().send(operation, request)


class Busy(Wire):
    """Throttles every call to IAM that names one of these users or a device of theirs: ``kept_off``."""

    def __init__(self, *user_names: str) -> None:
        super().__init__()
        self._user_names = user_names
        self.kept_off: list[str] = []

    def send(self, operation: str, request: AWSPreparedRequest) -> Any:
        sent = parse_qs(body_of(request))
        (named,) = sent.get("UserName") or sent.get("SerialNumber") or [""]
        if (user_name := named.rpartition("/")[2]) in self._user_names:
            self.kept_off.append(user_name)
            return error_answer(request, 400, "Throttling", "ThrottlingException")
        return super().send(operation, request)


class NotKnownYet(Wire):
    """Answers as IAM does before it knows a new user everywhere; ``is_listed``: the list of users has it."""

    def __init__(self, *, is_listed: bool) -> None:
        super().__init__()
        self._is_listed = is_listed

    def send(self, operation: str, request: AWSPreparedRequest) -> Any:
        if operation == "ListUsers" and not self._is_listed:
            return xml(request, "<R><ListUsersResult><Users/></ListUsersResult></R>")
        if operation in ("AddUserToGroup", "RemoveUserFromGroup"):  # which IAM authorizes on the group
            sentence = "The user with name x cannot be found."
            return error_answer(request, 404, "NoSuchEntity", "", sentence)
        if operation != "CreateUser" and "UserName=" in body_of(request):
            return denial(request, operation, f"because no identity-based policy allows the iam:{operation} action")
        return super().send(operation, request)


class Respelled(Wire):
    """Answers GetUser as IAM does for a user who was renamed to capitals: it finds the user all the same."""

    def send(self, operation: str, request: AWSPreparedRequest) -> Any:
        if operation != "GetUser":
            return super().send(operation, request)
        name = parse_qs(body_of(request))["UserName"][0].upper()
        arn = f"arn:aws:iam::123456789012:user/members/{name}"
        fields = {"UserName": name, "Path": "/members/", "UserId": "AIDAEXAMPLE", "Arn": arn}
        record = "".join(f"<{key}>{value}</{key}>" for key, value in fields.items())
        return xml(request, f"<R><GetUserResult><User>{record}</User></GetUserResult></R>")


def denial(request: AWSPreparedRequest, operation: str, why: str) -> AWSResponse:
    """AWS's AccessDenied in its own words."""
    service = "dynamodb" if "dynamodb" in request.url else "iam"
    caller = "arn:aws:sts::123456789012:assumed-role/firstday-APIHandler/portal"
    sentence = f"User: {caller} is not authorized to perform: {service}:{operation} on resource: x {why}"
    return error_answer(request, 403, "AccessDenied", "AccessDeniedException", sentence)


def body_of(request: AWSPreparedRequest) -> str:
    return request.body.decode() if isinstance(request.body, bytes) else str(request.body)


class Once(Refuse):
    """As Refuse, the first time only, like IAM before a change is visible everywhere."""

    def send(self, operation: str, request: AWSPreparedRequest) -> Any:
        answer = super().send(operation, request)
        if operation == self._operation:
            self._operation = ""
        return answer


class Before(Wire):
    """Lets something happen once, just before ``operation``."""

    def __init__(self, operation: str, happens: Callable[[], object]) -> None:
        super().__init__()
        self._operation, self._happens = operation, happens

    def send(self, operation: str, request: AWSPreparedRequest) -> Any:
        if operation == self._operation:
            happens, self._happens = self._happens, lambda: None
            happens()
        return super().send(operation, request)


@contextmanager
def watched(here: Portal, wire: Wire) -> Iterator[Wire]:
    """Let ``wire`` carry everything between ``here`` and moto."""
    undo: list[Callable[[], None]] = []
    for client in (here.iam.client, here.members.database.client):
        events = client.meta.events

        def carry(request: AWSPreparedRequest, event_name: str, **_: Any) -> Any:
            return wire.send(event_name.rpartition(".")[2], request)

        events.unregister("before-send", moto_gaps.send)
        events.register("before-send", carry)
        undo.append(lambda events=events, carry=carry: events.unregister("before-send", carry))  # type: ignore[misc]
        undo.append(lambda events=events: events.register("before-send", moto_gaps.send))  # type: ignore[misc]
    try:
        yield wire
    finally:
        for step in undo:
            step()


def error_answer(
    request: AWSPreparedRequest, status: int, iam_code: str, dynamodb_code: str, sentence: str = "no"
) -> AWSResponse:
    if "dynamodb" in request.url:
        body = f'{{"__type": "com.amazonaws.dynamodb.v20120810#{dynamodb_code}", "message": "{sentence}"}}'
    else:
        body = f"<ErrorResponse><Error><Code>{iam_code}</Code><Message>{sentence}</Message></Error></ErrorResponse>"
    return xml(request, body, status)


# Facts that stay unknown if IAM refuses to tell them.
LIES = (
    "no such user",
    "no such member",
    "no longer exists",
    "does not exist",
    "is gone",
    "been deleted",
    "delete the entry",
    "nothing is left",
    "is missing",
)
