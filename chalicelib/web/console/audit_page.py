"""The console's view of the audit trail."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from chalice.app import Blueprint, Response

from chalicelib.errors import InvalidInput
from chalicelib.web.console.access import console_page
from chalicelib.web.console.frame import ConsoleVisit, address, console_html

pages = Blueprint(__name__)

PAGE_SIZE = 50


@console_page(pages, "/console/audit", "GET")
def show_audit(visit: ConsoleVisit) -> Response:
    query = visit.query
    chosen = {name: query.get(name, "").strip()[:64] for name in ("user_name", "since", "until")}
    cursor = query.get("cursor") or None
    page: dict[str, Any] = {
        **chosen,
        "is_filtered": any(chosen.values()),
        "is_first": cursor is None,
        "first_href": address(visit, "audit", **chosen),
    }
    try:
        since, until = _day("since", chosen["since"]), _day("until", chosen["until"])
    except InvalidInput as problem:
        return console_html(visit, "audit", status=400, events=(), next_href=None, problem=problem, **page)
    found = visit.portal.audit.events(
        now=visit.now,
        subject=chosen["user_name"] or None,
        since=since,
        until=until + timedelta(days=1) if until else None,
        limit=PAGE_SIZE,
        cursor=cursor,
    )
    next_href = found.next_cursor and address(visit, "audit", **chosen, cursor=found.next_cursor)
    return console_html(visit, "audit", events=found.events, next_href=next_href, problem=None, **page)


def _day(field: str, text: str) -> datetime | None:
    """The beginning of the day in UTC; None where nothing is asked for."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if not 2000 <= day.year < 2100:
        raise InvalidInput(field, "This is not a day: write it like 2026-11-24.")
    return datetime.combine(day, time.min, UTC)
