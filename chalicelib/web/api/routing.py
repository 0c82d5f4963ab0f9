"""The common parts of all admin API routes: a verified administrator, JSON both ways, one shape of errors.

API Gateway has verified the signature, and IAM that the caller may invoke the route. Here the caller's role also
has to be one that ``chalicelib.admin.authority`` lets do this: IAM may let others invoke the route.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import wraps
from time import perf_counter
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from chalice.app import Blueprint, IAMAuthorizer, Request, Response

from chalicelib.admin.admin_request import AdminRequest
from chalicelib.audit import short
from chalicelib.aws_errors import AWSDenied
from chalicelib.errors import FirstdayError, InvalidInput, MemberUnknown, Told, UnsupportedMediaType
from chalicelib.logs import log_done, log_failure, log_unforeseen
from chalicelib.web.api.verified_caller import verified_caller
from chalicelib.web.bodies import body_of, media_type
from chalicelib.wiring import Portal, portal

if TYPE_CHECKING:
    from chalicelib.web.api.contract.outcome_records import Error

authorizer = IAMAuthorizer()

MAXIMUM_BODY = 8192
_JSON = "application/json"
MESSAGES = {
    "being_offboarded": "The member is being offboarded: finish that first.",
    "busy": "AWS is busy; nothing is lost. Try again in a few seconds.",
    "changed_meanwhile": "This member has been changed since you looked, so nothing was done. Look again, and"
    " decide again: firstday member USER.",
    "device_exists": "An MFA device of the member's is in use elsewhere. Look for it in IAM, and repeat this.",
    "boundary_missing": "The members' permissions boundary is gone from IAM. firstday doctor says what mends it.",
    "group_missing": "A group that the portal needs was deleted from IAM, or moved. firstday doctor tells more.",
    "internal": "The portal failed; its log tells more.",
    "not_your_task": "Your role is the help desk's: it may list, show and check members, reset an MFA device or a"
    " console password, and read the audit trail. The rest is up to the portal's administrators.",
    "refused": "No verified administrator made this request.",
    "unsupported_media_type": "The body has to be sent as application/json.",
    "user_missing": "IAM has no such user any more.",
}

# The answers that API Gateway gives by itself, wherever it is in front.
_NO_ROUTE = {"method_not_allowed": "This route has other methods.", "page_not_found": "There is no such route."}

# Every operation may be repeated, and goes on where it was denied.
ONCE_ALLOWED = "What was done before stays done: once it is allowed, do the same again."


@dataclass(slots=True)
class Call:
    """One call: ``actor`` is the verified caller's ARN, ``path`` the decoded parts of the path that vary."""

    portal: Portal
    actor: str
    request: Request
    path: dict[str, str]
    maximum_body: int
    now: datetime = field(init=False)
    _body: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        self.now = self.portal.now()

    @property
    def admin_request(self) -> AdminRequest:
        return AdminRequest(self.portal, self.now, self.actor)

    @property
    def request_id(self) -> str:
        return _request_id(self.request)

    def body(self, *known: str) -> "Call":
        """Read the JSON object that was sent, which may have ``known`` fields only."""
        raw = body_of(self.request, self.maximum_body)
        try:
            body = json.loads(raw, object_pairs_hook=_object)
        except (ValueError, RecursionError):
            raise InvalidInput("body", "The request is not JSON.") from None
        if not isinstance(body, dict):
            raise InvalidInput("body", "The request is not a JSON object.")
        _refuse_unknown(body, known)
        self._body = body
        return self

    def text(self, name: str, default: str | None = "") -> str:
        """Where the ``default`` is None, the field has to be there."""
        return str(self._field(name, str, default))

    def text_or_none(self, name: str) -> str | None:
        """None where the field was not sent; an empty one is what it is."""
        return self.text(name) if name in (self._body or {}) else None

    def flag(self, name: str) -> bool:
        return bool(self._field(name, bool, False))

    def flag_or_none(self, name: str) -> bool | None:
        """None where the field was not sent."""
        return self.flag(name) if name in (self._body or {}) else None

    def names(self, name: str) -> list[str]:
        values = self._field(name, list, [])
        if not all(isinstance(value, str) for value in values):
            raise InvalidInput(name, "%(name)s has to be a list of names.", name=name)
        return [str(value) for value in values]

    def query(self, *known: str) -> dict[str, str]:
        """The query, which may have ``known`` parameters only; empty ones count as not given."""
        given = dict(self.request.query_params or {})
        _refuse_unknown(given, known)
        return {name: str(value) for name, value in given.items() if value}

    def _field(self, name: str, kind: type, default: object) -> Any:
        value = (self._body or {}).get(name, default)
        if not isinstance(value, kind):
            raise InvalidInput(name, "%(name)s has to be of type %(type)s.", name=name, type=kind.__name__)
        return value


View = Callable[[Call], Mapping[str, object]]


def route(
    blueprint: Blueprint, path: str, method: str, *, maximum_body: int = MAXIMUM_BODY
) -> Callable[[View], Callable[..., Response]]:
    """Serve JSON at ``path`` to administrators; any error in the view becomes an error in JSON."""

    def register(view: View) -> Callable[..., Response]:
        @wraps(view)
        def handle(**parts: str) -> Response:
            # API Gateway passes on the parts of the path that vary as they were sent.
            decoded = {name: unquote(part) for name, part in parts.items()}
            return _answered(view, f"{method} {path}", blueprint.current_request, decoded, maximum_body)

        blueprint.route(path, methods=[method], authorizer=authorizer)(handle)
        return handle

    return register


def _answered(view: View, task: str, request: Request, path: dict[str, str], maximum_body: int) -> Response:
    began, actor, request_id = perf_counter(), None, _request_id(request)
    try:
        actor = verified_caller(request, task)
        if request.method in ("POST", "PUT") and media_type(request) not in ("", _JSON):
            raise UnsupportedMediaType
        response, outcome = _json(200, view(Call(portal(), actor, request, path, maximum_body))), "ok"
    except FirstdayError as error:
        log_failure(request_id, error)
        response, outcome = api_error(error), error.code
    except Exception as error:
        log_unforeseen(error, request_id)
        response, outcome = api_error(FirstdayError()), type(error).__name__
    log_done(
        request_id,
        action=f"{request.method} {request.path}",
        outcome=outcome,
        began=began,
        actor=short(actor) if actor else None,
        status=response.status_code,
    )
    return response


def number(query: dict[str, str], name: str, default: int, largest: int) -> int:
    """A whole number from 1 to ``largest`` out of a query."""
    text = query.get(name, str(default))
    if text.isascii() and text.isdecimal() and len(text) <= 9 and 1 <= int(text) <= largest:
        return int(text)
    raise InvalidInput(name, "%(name)s has to be a number from 1 to %(largest)s.", name=name, largest=largest)


def moment(query: dict[str, str], name: str) -> datetime | None:
    """A date or a time out of a query, in ISO 8601; without an offset, UTC is meant."""
    text = query.get(name)
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
        # A year on either side, so that an offset cannot lead out of what Python can tell.
        if not 1 < found.year < 9999:
            raise ValueError
    except ValueError:
        raise InvalidInput(
            name, "%(name)s has to be a date or a time, such as 2026-11-30 or 2026-11-30T09:00.", name=name
        ) from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _request_id(request: Request) -> str:
    return str(request.context.get("requestId", ""))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object in which no name may occur twice: readers do not agree which of the two counts."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise InvalidInput(name, "%(name)s is there twice.", name=name)
        found[name] = value
    return found


def _refuse_unknown(given: dict[str, Any], known: tuple[str, ...]) -> None:
    if unknown := [name for name in given if name not in known]:
        there_are = ", ".join(known) or "none"
        raise InvalidInput(
            unknown[0], "%(name)s is unknown; there are: %(known)s.", name=unknown[0], known=there_are
        )


def api_error(error: FirstdayError) -> Response:
    message, field = (MESSAGES | _NO_ROUTE).get(error.code, MESSAGES["internal"]), None
    match error:
        case InvalidInput():
            message, field = error.message, error.field
        case AWSDenied():
            message = f"{error.words} {ONCE_ALLOWED}"
        case Told():
            message = str(error.words)
        case MemberUnknown():
            message = f"The portal knows no member called {error.user_name}."
    answer: Error = {"error": {"code": error.code, "message": message, "field": field}}
    return _json(error.status, answer)


def _json(status: int, body: Mapping[str, object]) -> Response:
    headers: dict[str, str | list[str]] = {"Content-Type": _JSON}
    return Response(json.dumps(body), headers, status)
