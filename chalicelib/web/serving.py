"""Serves a page: the cheapest checks of a form first, errors as pages, one line in the log."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import wraps
from time import perf_counter
from typing import Any, TypeVar

from chalice.app import Blueprint, Request, Response

from chalicelib.errors import FirstdayError
from chalicelib.logs import log_done, log_failure, log_unforeseen
from chalicelib.web.visits import Visit
from chalicelib.wiring import Portal, portal

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"

V = TypeVar("V", bound=Visit)


def served(
    blueprint: Blueprint,
    path: str,
    method: str,
    visit_of: Callable[[Request, Portal], V],
    error_page: Callable[[V, FirstdayError], Response],
    content_types: Sequence[str] = (FORM,),
    during: Callable[[Portal], AbstractContextManager[None]] = lambda _: nullcontext(),
) -> Callable[[Callable[[V], Response]], Callable[[], Response]]:
    """Serve a view at ``path`` with what ``visit_of`` makes of a request; errors go to ``error_page``.

    A form is of one of the ``content_types``. Everything happens within the context that ``during`` makes.
    """

    def register(view: Callable[[V], Response]) -> Callable[[], Response]:
        options: dict[str, Any] = {"content_types": list(content_types)} if method == "POST" else {}

        @wraps(view)
        def checked(visit: V) -> Response:
            if method == "POST":
                visit.check_origin()
                visit.check_content_type(content_types)
                visit.check_sender()
            return view(visit)

        @wraps(view)
        def handle() -> Response:
            here = portal()
            with during(here):
                return answered(checked, visit_of(blueprint.current_request, here), error_page)

        blueprint.route(path, methods=[method], **options)(handle)
        return handle

    return register


def answered(
    view: Callable[[V], Response],
    visit: V,
    error_page: Callable[[V, FirstdayError], Response],
    action: str | None = None,
) -> Response:
    """The answer of ``view``, or of ``error_page`` if the view fails; with its line in the log.

    ``action`` is for the log, if it is not method and route.
    """
    began = perf_counter()
    try:
        response, outcome = view(visit), visit.outcome
    except FirstdayError as error:
        log_failure(visit.request_id, error)
        response, outcome = error_page(visit, error), error.code
    except Exception as error:
        log_unforeseen(error, visit.request_id)
        response, outcome = error_page(visit, FirstdayError()), type(error).__name__
    log_done(
        visit.request_id,
        action=action or f"{visit.method} {visit.path}",
        outcome=outcome,
        began=began,
        actor=visit.known_actor,
        status=response.status_code,
    )
    return response
