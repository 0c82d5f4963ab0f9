"""The log: JSON lines for CloudWatch, of one shape for pages, API and scheduled runs.

The caller names every field that is logged: bodies, cookies, queries and tokens stay out.
"""

import json
import traceback
from time import perf_counter
from typing import Any

from chalicelib.audit import AuditEvent, iso
from chalicelib.aws_errors import BoundaryMissing, GroupMissing, QuotaReached, UserElsewhere
from chalicelib.errors import FirstdayError, InvalidInput

# A caller's path may be long; everything else is much shorter.
_LONGEST = 1500


def log(**fields: Any) -> None:
    print(json.dumps(fields))


def log_done(
    request_id: str, *, action: str, outcome: str, began: float, actor: str | None = None, **more: Any
) -> None:
    """The one line of a request or a run. ``actor`` is the known caller; ``began`` is a time of ``perf_counter``.

    ``action`` is method and path, or what an audit event would call it.
    """
    took = round((perf_counter() - began) * 1000)
    known = {"request_id": request_id, "actor": actor, "action": action, "outcome": outcome}
    log(level="info", **known, duration_ms=took, **more)


def log_event(event: AuditEvent, event_id: str) -> None:
    """An audit event that was written, as the trail has it under ``event_id``: nobody can change this line."""
    log(
        level="audit",
        id=event_id,
        actor=event.actor,
        action=event.action,
        subject=event.subject or None,
        occurred_at=iso(event.occurred_at),
        details={name: value[:_LONGEST] for name, value in event.details.items()},
    )


def log_failure(request_id: str, error: FirstdayError) -> None:
    """What went wrong on AWS's side or ours; a mistake of a person is only an outcome."""
    if error.status >= 500 or isinstance(error, BoundaryMissing | GroupMissing | QuotaReached | UserElsewhere):
        detail = error.message if isinstance(error, InvalidInput) else str(error)
        log(level="warning", request_id=request_id, error=type(error).__name__, detail=detail)


def log_unforeseen(error: Exception, request_id: str) -> None:
    """Logs the type and the place of an error, but not its message, which may quote what was typed or sent."""
    where = traceback.format_tb(error.__traceback__)
    log(level="error", request_id=request_id, error=type(error).__name__, traceback=where)
