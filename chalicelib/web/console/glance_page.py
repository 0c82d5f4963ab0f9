"""The first page of the console: where members are, what waits for administrators, and what happened lately."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from chalice.app import Blueprint, Response

from chalicelib.admin.census import Week, is_old
from chalicelib.admin.counting import current_numbers
from chalicelib.aws.census_table import CensusTable
from chalicelib.web.console.access import console_page
from chalicelib.web.console.frame import ConsoleVisit, console_html

pages = Blueprint(__name__)

RECENT = timedelta(days=1)
# An import of 500 has 1,000 events. Where there are more, the page says so.
COUNTED_EVENTS, EVENTS_SHOWN = 1_000, 6
# Of the picture, in its own units: each week has its part of the width, with two columns in it.
PART, COLUMN, HEIGHT = 45, 16, 100


@dataclass(frozen=True, slots=True)
class Column:
    """A number as a column of the picture: from ``y`` down to its foot."""

    number: int
    x: float
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Columns:
    """A week of the picture; ``middle`` is where its day stands."""

    begins: date
    middle: float
    invited: Column
    active: Column


@console_page(pages, "/console", "GET")
def show_glance(visit: ConsoleVisit) -> Response:
    """Four calls of AWS, however many members there are, and a fifth where mail is sent."""
    numbers = current_numbers(visit.admin_request, CensusTable(visit.portal.members.database))
    since = visit.now - RECENT
    found = visit.portal.audit.events(now=visit.now, since=since, limit=COUNTED_EVENTS)
    census = numbers.census
    return console_html(
        visit,
        "at-a-glance",
        census=census,
        is_live=numbers.is_live,
        is_old=census is not None and is_old(census, visit.now),
        waiting=dict(census.waiting) if census else {},
        columns=columns(census.weeks) if census else (),
        kinds=Counter(event.action for event in found.events).most_common(),
        events=found.events[:EVENTS_SHOWN],
        is_more=found.next_cursor is not None,
        since=since.date().isoformat(),
    )


def columns(weeks: Sequence[Week]) -> tuple[Columns, ...]:
    """The picture's columns, the highest as high as the picture."""
    highest = max([1, *(number for week in weeks for number in (week.invited, week.active))])

    def column(number: int, x: float) -> Column:
        height = round(HEIGHT * number / highest, 1)
        return Column(number, x, round(HEIGHT - height, 1), height)

    middles = [PART * position + PART / 2 for position in range(len(weeks))]
    return tuple(
        Columns(week.begins, middle, column(week.invited, middle - COLUMN - 1), column(week.active, middle + 1))
        for week, middle in zip(weeks, middles, strict=True)
    )
