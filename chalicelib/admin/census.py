"""How many members are where: counted from the records alone, for the first page of the console.

The numbers are those of the list's filters, which the page leads to.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo

from chalicelib.members.list_filters import ListFilter, Wanted, matches, offered
from chalicelib.members.record import Member, MemberState, state_of
from chalicelib.settings.records import Settings
from chalicelib.settings.time_zones import zone_of

# Whoever is in one of these lists may wait for an administrator.
WAITING: tuple[Wanted, ...] = (
    MemberState.EXPIRED,
    MemberState.LOCKED,
    ListFilter.BOUNCED,
    ListFilter.KEY_OLD,
    ListFilter.ENDING,
    MemberState.SUSPENDED,
)
WEEKS = 8
# So many names of each list are shown.
NAMED = 3
# The function counts once an hour; numbers that are older than this say so.
IS_OLD = timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Members who may need an administrator. ``first`` are the first of their names, in order."""

    count: int
    first: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Week:
    """``begins`` is a Monday where the organisation is.

    ``invited`` is how many members have their latest invitation from that week, ``active`` how many have proved
    their present device in it.
    """

    begins: date
    invited: int
    active: int


@dataclass(frozen=True, slots=True)
class Census:
    """All ``members`` at ``counted_at``: by state, those who wait, by filter of the list, and the last weeks."""

    counted_at: datetime
    members: int
    states: Mapping[str, int]
    waiting: Mapping[str, Waiting]
    weeks: tuple[Week, ...]


def census_of(
    members: Iterable[Member], now: datetime, settings: Settings, unreached: Collection[str] | None = None
) -> Census:
    """Count ``members``, which are in order of their names.

    ``unreached``, as for ``matches``, may be None: then they are left to ``with_unreached``.
    """
    zone = zone_of(settings.time_zone)
    states: Counter[str] = Counter()
    known = {*offered(settings)} - ({ListFilter.BOUNCED} if unreached is None else set())
    names: dict[Wanted, list[str]] = {wanted: [] for wanted in WAITING if wanted in known}
    invited: Counter[date] = Counter()
    active: Counter[date] = Counter()
    for member in members:
        states[state_of(member, now)] += 1
        for wanted, found in names.items():
            if matches(wanted, member, settings, now, unreached or ()):
                found.append(member.user_name)
        invited.update(_monday(member.invited_at, zone))
        active.update(_monday(member.proved_at, zone))
    return Census(
        counted_at=now,
        members=states.total(),
        states={state.value: states[state] for state in MemberState},
        waiting={wanted.value: _waiting(found) for wanted, found in names.items()},
        weeks=tuple(Week(begins, invited[begins], active[begins]) for begins in last_weeks(now, zone)),
    )


def with_unreached(census: Census, user_names: Sequence[str]) -> Census:
    """The same, with those whom a mail did not reach."""
    return replace(census, waiting={**census.waiting, ListFilter.BOUNCED.value: _waiting(user_names)})


def last_weeks(now: datetime, zone: tzinfo) -> tuple[date, ...]:
    """The Mondays of the last weeks, the oldest first; the last one is that of ``now``."""
    (this_week,) = _monday(now, zone)
    return tuple(this_week - timedelta(weeks=ago) for ago in reversed(range(WEEKS)))


def is_old(census: Census, now: datetime) -> bool:
    """Whether the function that counts has not done so for hours."""
    return now - census.counted_at >= IS_OLD


def _waiting(user_names: Sequence[str]) -> Waiting:
    return Waiting(len(user_names), tuple(user_names[:NAMED]))


def _monday(at: datetime | None, zone: tzinfo) -> tuple[date, ...]:
    """The day that the week began on; none without a moment."""
    if at is None:
        return ()
    day = at.astimezone(zone).date()
    return (day - timedelta(days=day.weekday()),)
