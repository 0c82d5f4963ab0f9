"""The app as Lambda calls it: every answer, also to an unknown path or after an error, is the portal's own.

Chalice only keeps the routes. It would answer unknown paths, and errors outside a view, by itself: with JSON
of its own, without our headers, and with a stack trace in the log.
"""

from collections.abc import Callable
from time import perf_counter
from typing import Any, TypeVar

from chalice.app import Chalice, Request, Response

from chalicelib.errors import FirstdayError, MethodNotAllowed, PageNotFound
from chalicelib.logs import log_done, log_unforeseen
from chalicelib.web.headers import EVERY_ANSWER
from chalicelib.web.html import error_page
from chalicelib.web.serving import answered
from chalicelib.web.visits import Visit
from chalicelib.wiring import portal

# An unknown address may hold anything, even a token: nothing of it is logged.
NO_ROUTE = "no route"
_FAILED = "The portal failed; its log tells more. Try again in a few minutes.\n"
Event = dict[str, Any]
V = TypeVar("V", bound=Visit)


class Front(Chalice):
    """Chalice's app, for its routes; called by Lambda."""

    def __init__(self, app_name: str) -> None:
        super().__init__(app_name)
        # Registers the routes below the first part of a path, once that is asked for.
        self.late_routes: dict[str, Callable[[], None]] = {}

    def __call__(self, event: Any, context: Any) -> Event:
        """The answer to API Gateway's ``event``: always with every header, and one line in the log."""
        began = perf_counter()
        whole = _completed(event)
        try:
            self.lambda_context, self.current_request = context, Request(whole, context)
            answer = self._answer(self.current_request).to_dict(self.api.binary_types)
        except Exception as error:  # from the request, the settings or an error page: views catch theirs
            answer = _failed(error, str(whole["requestContext"].get("requestId", "")), began)
        return {**answer, "headers": EVERY_ANSWER | answer["headers"]}

    def _answer(self, request: Request) -> Response:
        register = self.late_routes.get(request.path.split("/")[1])
        if register:
            register()
        methods = self.routes.get(request.path)
        if not methods:
            return _refused(request, PageNotFound())
        if request.method not in methods:
            response = _refused(request, MethodNotAllowed())
            response.headers["Allow"] = ", ".join(methods)
            return response
        route, sent = methods[request.method], request.uri_params or {}
        found: Response = route.view_function(**{name: sent[name] for name in route.view_args})
        return found


def _completed(event: object) -> Event:
    """The event with everything that Chalice reads; API Gateway's own test of a method leaves out some of it."""
    given: Event = event if isinstance(event, dict) else {}
    context = given.get("requestContext")
    known: Event = {"httpMethod": "", "resourcePath": "", **(context if isinstance(context, dict) else {})}
    # Any number of slashes may have been sent.
    path = "/" + "/".join(part for part in str(known["resourcePath"]).split("/") if part)
    optional = ("multiValueQueryStringParameters", "pathParameters", "stageVariables", "body")
    return {
        **dict.fromkeys(optional),
        **given,
        "headers": given.get("headers") or {},
        "requestContext": {**known, "resourcePath": path},
    }


def _refused(request: Request, error: FirstdayError) -> Response:
    """The answer to ``error``, as the part of the portal that the path belongs to words it."""
    if request.path.startswith("/console"):
        from chalicelib.web.console.access import console_error_page
        from chalicelib.web.console.frame import ConsoleVisit

        return _told(ConsoleVisit(request, portal()), error, console_error_page)
    visit = Visit(request, portal())
    if request.path.startswith("/admin/"):
        from chalicelib.web.api.routing import api_error

        return _told(visit, error, lambda _, error: api_error(error))
    if request.path.startswith("/member/"):
        from chalicelib.web.api.member_routes import member_error

        return _told(visit, error, member_error)
    return _told(visit, error, error_page)


def _told(visit: V, error: FirstdayError, page: Callable[[V, FirstdayError], Response]) -> Response:
    def view(_: V) -> Response:
        raise error

    return answered(view, visit, page, action=NO_ROUTE)


def _failed(error: Exception, request_id: str, began: float) -> Event:
    log_unforeseen(error, request_id)
    log_done(request_id, action=NO_ROUTE, outcome=type(error).__name__, began=began, status=500)
    headers = {"Content-Type": "text/plain; charset=utf-8"}
    return {"headers": headers, "multiValueHeaders": {}, "statusCode": 500, "body": _FAILED}
