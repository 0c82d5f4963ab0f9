"""What a list of members can be narrowed to: one of their states, or what administrators look for besides."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from chalicelib.members.key_ages import old_key
from chalicelib.members.last_day import is_near
from chalicelib.members.record import Member, MemberState, comparable, state_of
from chalicelib.settings.records import Settings


class ListFilter(StrEnum):
    """What is asked for in the place of a state, and is none: members in any state may match."""

    KEY_OLD = "key-old"
    ENDING = "ending"
    BOUNCED = "bounced"


Wanted = MemberState | ListFilter
# All that can be asked for, in the order in which it is offered.
ALL_WANTED: tuple[Wanted, ...] = (*MemberState, *ListFilter)


def wanted_named(text: str) -> Wanted | None:
    """What ``text`` asks for; None if there is nothing of that name."""
    return next((each for each in ALL_WANTED if each == text), None)


def offered(settings: Settings) -> list[Wanted]:
    """What the console offers: nothing that the settings have turned off."""
    turned_off = {ListFilter.KEY_OLD} if settings.access_key_days == 0 else set()
    if settings.mail is None:
        turned_off.add(ListFilter.BOUNCED)
    return [each for each in ALL_WANTED if each not in turned_off]


def matches(
    wanted: Wanted | None, member: Member, settings: Settings, now: datetime, unreached: Collection[str] = ()
) -> bool:
    """Whether the member is in the list that is asked for; everybody is if nothing is ``wanted``.

    ``unreached`` are those whom a mail did not reach, by their comparable names: the records do not tell.
    """
    match wanted:
        case None:
            return True
        case ListFilter.KEY_OLD:
            return settings.access_key_days > 0 and old_key(member) is not None
        case ListFilter.BOUNCED:
            return comparable(member.user_name) in unreached
        case ListFilter.ENDING:
            is_over = member.suspended_at or member.offboarding_at
            return not is_over and is_near(member.until, now, settings.time_zone)
        case _:
            return state_of(member, now) is wanted


def proved_only(wanted: Wanted | None) -> bool | None:
    """Whether all who match have proved MFA (True), none of them (False), or both kinds may match (None).

    Members who have are active, and the others are few: DynamoDB can leave out one of the two kinds.
    """
    if wanted is None or isinstance(wanted, ListFilter):
        return None
    if wanted in (MemberState.SUSPENDED, MemberState.OFFBOARDING):
        return None
    return wanted is MemberState.ACTIVE
