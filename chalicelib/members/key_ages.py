"""Access keys that age: when a key's member is told, when it is deactivated, and when it is deleted.

Days are those of the organisation's time zone. What has to be remembered of a key is a line of text in the record.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum

from chalicelib.members.iam_records import AccessKeyInfo
from chalicelib.members.record import Member

# The first notice comes so long before the end, and the second one, for a key that is in use, so long.
TOLD_BEFORE, TOLD_AGAIN_BEFORE = timedelta(days=10), timedelta(days=7)
# A key that has signed a request so lately is in use.
USED_WITHIN = timedelta(days=7)
DELETED_AFTER = timedelta(days=30)
MOST_NOTICES = 2
# Where the settings name no age: https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html, IAM.3
OLD_AFTER_DAYS = 90


class Stage(StrEnum):
    """TOLD: the member knows when it ends. ENDING, ENDED: it is being, it was deactivated. The others are alike.

    DELETED is kept until the member has another key, as the record has no other sign that theirs is gone.
    """

    TOLD = "told"
    ENDING = "ending"
    ENDED = "ended"
    DELETING = "deleting"
    DELETED = "deleted"


class Step(StrEnum):
    """What is to be done with a key. FORGET: it is young, gone, or inactive for other reasons.

    END also where the last run has begun it and not finished; so DELETE. NOTE_ENDED: it is inactive already.
    """

    NOTHING = "nothing"
    TELL = "tell"
    END_UNLESS_USED = "end unless used"
    END = "end"
    NOTE_ENDED = "note ended"
    DELETE = "delete"
    FORGET = "forget"


@dataclass(frozen=True, slots=True)
class AgeingKey:
    """What is known of an access key that has aged: in which ``stage`` it has been ``since`` when.

    ``ends_on`` is the day that the member was told, in so many ``notices``.
    """

    access_key_id: str
    ends_on: date
    notices: int
    stage: Stage
    since: date

    def __str__(self) -> str:
        """As the record has it."""
        return f"{self.access_key_id} {self.ends_on} {self.notices} {self.stage} {self.since}"

    def at(self, stage: Stage, today: date) -> "AgeingKey":
        """The same key in another stage."""
        return replace(self, stage=stage, since=today)

    @property
    def has_ended(self) -> bool:
        return self.stage in (Stage.ENDED, Stage.DELETING, Stage.DELETED)


def ageing_keys(member: Member) -> tuple[AgeingKey, ...]:
    """What the record keeps of the member's keys; without what only a newer version can read."""
    return tuple(key for line in member.ageing_keys if (key := _read(line)))


def told(key: AccessKeyInfo, kept: AgeingKey | None, today: date, *, limit: int, zone: tzinfo) -> AgeingKey:
    """The key after one more notice. Whoever is told late has as long as everybody else."""
    if kept is None or kept.stage is not Stage.TOLD:
        ends_on = max(ends_by_age(key, limit, zone), today + TOLD_BEFORE)
        return AgeingKey(key.access_key_id, ends_on, 1, Stage.TOLD, today)
    return AgeingKey(key.access_key_id, today + TOLD_AGAIN_BEFORE, kept.notices + 1, Stage.TOLD, today)


def step(
    key: AccessKeyInfo, kept: AgeingKey | None, member: Member, today: date, *, limit: int, zone: tzinfo
) -> Step:
    """What is to be done ``today`` with a key that IAM has; ``limit`` is how many days keys last.

    A key that somebody has activated again after its end is told anew. One that was replaced just now is not told:
    it ends within a day.
    """
    if not key.is_active:
        return _step_of_inactive(kept, member, today)
    if kept and kept.stage is Stage.ENDING:
        return Step.END
    if today < ends_by_age(key, limit, zone) - TOLD_BEFORE:
        return Step.FORGET if kept else Step.NOTHING
    if kept is None or kept.has_ended:
        return Step.NOTHING if _is_being_replaced(key, member, today, zone) else Step.TELL
    if today < kept.ends_on:
        return Step.NOTHING
    return Step.END if kept.notices >= MOST_NOTICES else Step.END_UNLESS_USED


def is_in_use(last_used_at: datetime | None, now: datetime) -> bool:
    return last_used_at is not None and last_used_at > now - USED_WITHIN


def ends_by_age(key: AccessKeyInfo, limit: int, zone: tzinfo) -> date:
    """The day on which the key has been there for ``limit`` days."""
    return day_of(key.created_at, zone) + timedelta(days=limit)


def day_of(moment: datetime, zone: tzinfo) -> date:
    return moment.astimezone(zone).date()


def age_in_days(key: AccessKeyInfo, now: datetime, zone: tzinfo) -> int:
    return (day_of(now, zone) - day_of(key.created_at, zone)).days


def is_old(created_at: datetime | None, now: datetime, limit: int) -> bool:
    """Whether a key of that age is due for replacement; a ``limit`` of 0 days is none of the settings'."""
    return created_at is not None and now - created_at >= timedelta(days=(limit or OLD_AFTER_DAYS) + 1)


def old_key(member: Member) -> AgeingKey | None:
    """The key that is about to end, or has ended and there is none in its place; None if there is no such key."""
    there = [key for key in ageing_keys(member) if key.stage is not Stage.DELETED]
    keys = (key for key in there if not key.has_ended or _is_missed(key, member))
    return min(keys, key=lambda key: (not key.has_ended, key.ends_on), default=None)


def is_deleted(member: Member) -> bool:
    """Whether the key that the record names was deleted for its age."""
    return any(
        key.stage is Stage.DELETED and key.access_key_id == member.access_key_id for key in ageing_keys(member)
    )


def is_settled(kept: AgeingKey, member: Member, keys: Iterable[AccessKeyInfo]) -> bool:
    """Whether nothing has to be remembered any more of a key that is gone from IAM, which has ``keys``."""
    has_other = any(key.is_active for key in keys) or member.access_key_id not in (None, kept.access_key_id)
    return kept.stage is not Stage.DELETED or has_other


def end_of(key: AccessKeyInfo, member: Member, limit: int, zone: tzinfo) -> date:
    """The day on which an active key ends: the one that its member was told, else the one by its age."""
    told = (kept.ends_on for kept in ageing_keys(member) if kept.access_key_id == key.access_key_id)
    return next(told, ends_by_age(key, limit, zone))


def _is_missed(key: AgeingKey, member: Member) -> bool:
    """Whether the key has ended, and the portal has issued no other one since."""
    return key.has_ended and member.access_key_id in (None, key.access_key_id)


def _step_of_inactive(kept: AgeingKey | None, member: Member, today: date) -> Step:
    """A key that a reset or a suspension has deactivated is told anew once it is active again."""
    if kept is None or kept.stage is Stage.DELETED:
        return Step.NOTHING
    if kept.stage is Stage.DELETING:
        return Step.DELETE
    if kept.stage is Stage.ENDED:
        return Step.DELETE if today >= kept.since + DELETED_AFTER else Step.NOTHING
    return Step.NOTE_ENDED if kept.stage is Stage.ENDING or _is_replaced(kept, member) else Step.FORGET


def _is_being_replaced(key: AccessKeyInfo, member: Member, today: date, zone: tzinfo) -> bool:
    ends_at = member.former_key_ends_at
    return ends_at is not None and key.access_key_id == member.former_key_id and today <= day_of(ends_at, zone)


def _is_replaced(kept: AgeingKey, member: Member) -> bool:
    """Whether the member has replaced the key, and nothing is going to activate it again."""
    comes_back = {*member.deactivated_keys, *member.suspended_keys}
    return member.access_key_id not in (None, kept.access_key_id) and kept.access_key_id not in comes_back


def lines(keys: Iterable[AgeingKey]) -> tuple[str, ...]:
    """``keys`` as the record has them."""
    return tuple(map(str, keys))


def _read(line: str) -> AgeingKey | None:
    with suppress(ValueError):
        access_key_id, ends_on, notices, stage, since, *_ = line.split(" ")
        days = date.fromisoformat(ends_on), date.fromisoformat(since)
        return AgeingKey(access_key_id, days[0], int(notices), Stage(stage), days[1])
    return None
