"""Who counts the members: the console's page, where one read shows everybody, else a function once an hour."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.admin.census import Census, census_of
from chalicelib.admin.runs import Run
from chalicelib.members.record import Member
from chalicelib.settings.records import Settings

if TYPE_CHECKING:
    from chalicelib.aws.census_table import CensusTable
    from chalicelib.aws.members_table import MembersTable
    from chalicelib.requests import AdminRequest

# With more members, the page does without a read of 1 MB, which would hardly show all of them.
COUNTED_BY_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Numbers:
    """``census`` is None where nothing was counted yet. ``is_live``: it was counted just now."""

    census: Census | None
    is_live: bool = False


def current_numbers(request: "AdminRequest", table: "CensusTable") -> Numbers:
    """The numbers of now if one read shows everybody, else those of the latest census: two calls at most."""
    latest = table.latest()
    if latest and latest.members > COUNTED_BY_PAGE:
        return Numbers(latest)
    everybody, more = request.members.page(limit=None, after=None)
    if more is None:
        return Numbers(census_of(everybody, request.now, request.settings), is_live=True)
    return Numbers(latest)


def take_census(
    members: "MembersTable",
    table: "CensusTable",
    settings: Settings,
    *,
    now: datetime,
    has_time: Callable[[], bool],
) -> Run:
    """Count all members for the page. A run without enough time stores nothing: the former numbers stay."""
    counted: list[Member] = []
    after = None
    while has_time():
        page, after = members.page(limit=None, after=after)
        counted += page
        if after is None:
            table.store(census_of(counted, now, settings))
            return Run(is_finished=True)
    return Run()
