"""Who counts the members: the console's page, where one read shows everybody, else a function once an hour."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.admin.census import Census, census_of, with_unreached
from chalicelib.admin.directory import unreached_members
from chalicelib.admin.runs import Run
from chalicelib.members.record import Member
from chalicelib.settings.records import Settings

if TYPE_CHECKING:
    from chalicelib.admin.admin_request import AdminRequest
    from chalicelib.aws.census_table import CensusTable
    from chalicelib.aws.members_table import MembersTable

# With more members, the page does without a read of 1 MB, which would hardly show all of them.
COUNTED_BY_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Numbers:
    """``census`` is None where nothing was counted yet. ``is_live``: it was counted just now."""

    census: Census | None
    is_live: bool = False


def current_numbers(request: "AdminRequest", table: "CensusTable") -> Numbers:
    """The numbers of now if one read shows everybody, else those of the latest census.

    Two calls at most, and one more where mail is sent.
    """
    latest = table.latest()
    unreached = unreached_members(request)
    if latest is None or latest.members <= COUNTED_BY_PAGE:
        everybody, more = request.members.page(limit=None, after=None)
        if more is None:
            return Numbers(census_of(everybody, request.now, request.settings, unreached), is_live=True)
    if latest and request.portal.mails:
        latest = with_unreached(latest, [*unreached.values()])
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
