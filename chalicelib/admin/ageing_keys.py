"""Tells members of access keys that age, deactivates these keys, and deletes them a month later.

It takes away and never gives. The record remembers how far it is with a key, in an attribute that decides nothing
else. This is written together with the event and the mail, only if nobody has done so meanwhile, and before the
call to IAM: each thing is told once, and a run that ends anywhere is gone on with by the next one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING

from chalicelib.admin.runs import Run, everybody, go_through
from chalicelib.audit import KEY_AGEING, Action, AuditEvent
from chalicelib.aws_errors import AWSBusy, AWSRefused, UserMissing
from chalicelib.members import key_ages
from chalicelib.members.iam_records import AccessKeyInfo
from chalicelib.members.key_ages import AgeingKey, Stage, Step
from chalicelib.members.record import Member

if TYPE_CHECKING:
    from chalicelib.aws.iam_administration import IAMAdministration
    from chalicelib.aws.key_ages_table import KeyAgesTable
    from chalicelib.aws.members_table import MembersTable


@dataclass(slots=True, kw_only=True)
class Aged(Run):
    """``members`` were told, ``ended`` had a key deactivated, ``deleted`` one deleted."""

    members: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Rule:
    """Keys last ``limit`` days; days are those of ``zone``."""

    limit: int
    zone: tzinfo


@dataclass(slots=True)
class _Visit:
    """A run with one member; ``member`` is the record as it is by now."""

    table: "KeyAgesTable"
    iam: "IAMAdministration"
    rule: Rule
    now: datetime
    done: Aged
    member: Member

    @property
    def today(self) -> date:
        return key_ages.day_of(self.now, self.rule.zone)

    def step(self, key: AccessKeyInfo, kept: AgeingKey | None) -> Step:
        return key_ages.step(key, kept, self.member, self.today, limit=self.rule.limit, zone=self.rule.zone)

    def told(self, key: AccessKeyInfo, kept: AgeingKey | None) -> AgeingKey:
        return key_ages.told(key, kept, self.today, limit=self.rule.limit, zone=self.rule.zone)

    def record(self, key_id: str, kept: AgeingKey | None, *events: AuditEvent) -> bool:
        """Put ``kept`` in the place of what the record has of the key; False if another run was quicker."""
        others = [each for each in key_ages.ageing_keys(self.member) if each.access_key_id != key_id]
        recorded = self.table.record(self.member, [*others, *([kept] if kept else [])], events)
        self.member = recorded or self.member
        return recorded is not None

    def event(self, action: Action, key_id: str, **details: str) -> AuditEvent:
        return AuditEvent(KEY_AGEING, action, self.member.user_name, self.now, {"access_key_id": key_id, **details})


def age_keys(
    members: "MembersTable",
    iam: "IAMAdministration",
    *,
    now: datetime,
    has_time: Callable[[], bool] = lambda: True,
    table: Callable[["MembersTable"], "KeyAgesTable"],
    rule: Rule,
) -> Aged:
    """Do what is due with everybody's keys, until ``has_time`` says no. It may be repeated at any point.

    Whose record somebody else changed at that moment is looked at once more. AWSRefused if it may not even look.
    """
    done = Aged(is_finished=rule.limit <= 0)
    if done.is_finished:  # nothing ends where the settings do not say when
        return done
    try:
        waiting = in_turn([member for member in everybody(members) if not member.offboarding_at], now)
    except AWSBusy:
        return done

    def visit(member: Member) -> None:
        _visit(members, _Visit(table(members), iam, rule, now, done, member))

    left = go_through(waiting, visit, has_time)
    done.is_finished = left is not None and go_through(left, visit, has_time) == []
    return done


def in_turn(members: Sequence[Member], now: datetime) -> list[Member]:
    """Those first who have been told; the others from another one on each weekday, should the time be too short."""
    told = [member for member in members if member.ageing_keys]
    others = [member for member in members if not member.ageing_keys]
    start = now.weekday() * len(others) // 7
    return [*told, *others[start:], *others[:start]]


def _visit(members: "MembersTable", visit: _Visit) -> None:
    """A user who is gone is nothing to tell; what AWS refuses keeps nobody else waiting."""
    name = visit.member.user_name
    try:
        keys = visit.iam.access_keys(name)
        if not _is_due(visit, keys):
            return
        member = members.get(name)  # as it is now: the list may be some minutes old
        if member is None or member.offboarding_at:
            return
        if member.ageing_keys != visit.member.ageing_keys:  # another run has been here, so ``keys`` are old, too
            return
        visit.member = member
        _forget_gone(visit, keys)
        for key in keys:
            _act(visit, key)
    except UserMissing:
        return
    except AWSRefused as refused:
        visit.done.refused.append(name)
        visit.done.reason = str(refused)


def _is_due(visit: _Visit, keys: Sequence[AccessKeyInfo]) -> bool:
    kept = {each.access_key_id: each for each in key_ages.ageing_keys(visit.member)}
    steps = (visit.step(key, kept.get(key.access_key_id)) for key in keys)
    return bool(_settled(visit, keys)) or any(step is not Step.NOTHING for step in steps)


def _forget_gone(visit: _Visit, keys: Sequence[AccessKeyInfo]) -> None:
    for kept in _settled(visit, keys):
        is_done = kept.stage is Stage.DELETING  # the last run died between the call and its record
        visit.record(kept.access_key_id, kept.at(Stage.DELETED, visit.today) if is_done else None)


def _settled(visit: _Visit, keys: Sequence[AccessKeyInfo]) -> list[AgeingKey]:
    """What the record keeps of keys that are gone, and nobody needs any more."""
    there = {key.access_key_id for key in keys}
    gone = [kept for kept in key_ages.ageing_keys(visit.member) if kept.access_key_id not in there]
    return [kept for kept in gone if key_ages.is_settled(kept, visit.member, keys)]


def _act(visit: _Visit, key: AccessKeyInfo) -> None:
    key_id = key.access_key_id
    kept = next((each for each in key_ages.ageing_keys(visit.member) if each.access_key_id == key_id), None)
    step = visit.step(key, kept)
    if step is Step.END_UNLESS_USED:
        last_used_at = visit.iam.last_used_at(visit.member.user_name, key_id)
        step = Step.TELL if key_ages.is_in_use(last_used_at, visit.now) else Step.END
    if step is Step.TELL:
        _tell(visit, key, kept)
    elif step is Step.FORGET:
        visit.record(key_id, None)
    elif kept and step is Step.NOTE_ENDED:
        visit.record(key_id, kept.at(Stage.ENDED, visit.today))
    elif kept and step is Step.END:
        _end(visit, key, kept)
    elif kept and step is Step.DELETE:
        _delete(visit, kept)


def _tell(visit: _Visit, key: AccessKeyInfo, kept: AgeingKey | None) -> None:
    told = visit.told(key, kept)
    details = {"ends_on": str(told.ends_on), "notice": str(told.notices)}
    if visit.record(key.access_key_id, told, visit.event(Action.ACCESS_KEY_AGEING, key.access_key_id, **details)):
        visit.done.members.append(visit.member.user_name)


def _end(visit: _Visit, key: AccessKeyInfo, kept: AgeingKey) -> None:
    name, key_id = visit.member.user_name, kept.access_key_id
    age = key_ages.age_in_days(key, visit.now, visit.rule.zone)
    event = visit.event(Action.ACCESS_KEY_DEACTIVATED, key_id, reason=f"{age} days old")
    if kept.stage is not Stage.ENDING and not visit.record(key_id, kept.at(Stage.ENDING, visit.today), event):
        return
    visit.iam.set_access_key_status(name, key_id, is_active=False)
    visit.done.ended.append(name)
    visit.record(key_id, kept.at(Stage.ENDED, visit.today))


def _delete(visit: _Visit, kept: AgeingKey) -> None:
    name, key_id = visit.member.user_name, kept.access_key_id
    event = visit.event(Action.ACCESS_KEY_DELETED, key_id, reason=f"inactive since {kept.since}")
    if kept.stage is not Stage.DELETING and not visit.record(key_id, kept.at(Stage.DELETING, visit.today), event):
        return
    visit.iam.delete_access_key(name, key_id)
    visit.done.deleted.append(name)
    visit.record(key_id, kept.at(Stage.DELETED, visit.today))
