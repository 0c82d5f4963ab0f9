"""Releases members who were adopted: their IAM users are put back as they were, and the record is removed.

A release that was cut off goes on from the record, which is removed last.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from chalicelib.arns import BASELINE_GROUP, MEMBERS_PATH, QUARANTINE_GROUP, boundary_arn
from chalicelib.members.record import Member
from chalicelib.settings.records import Settings
from firstday.adoption.adopting import Outcome, Status, Workbench, each_done
from firstday.adoption.adoption_plan import Credentials
from firstday.adoption.adoption_records import released_event
from firstday.adoption.found_account import FoundUser


@dataclass(frozen=True, slots=True)
class ReleasePlan:
    """What a release does to one user. ``refusals`` say why nothing is done; ``is_begun``: it goes on.

    ``left_groups`` were the user's before the adoption, and somebody has taken them away since.
    """

    user_name: str
    refusals: tuple[str, ...] = ()
    is_begun: bool = False
    path_now: str = ""
    former_path: str = ""
    former_boundary: str | None = None
    groups: tuple[str, ...] = ()
    left_groups: tuple[str, ...] = ()
    credentials: Credentials = field(default_factory=Credentials)
    issued_key: str | None = None
    registered: tuple[str, ...] = ()


def release_refusals(
    user_name: str, record: Member | None, user: FoundUser | None, groups: Sequence[str]
) -> Iterator[str]:
    """Why a member cannot be released."""
    if record is None:
        yield "The portal has no record of this user: there is nothing to put back."
    elif record.adopting_at is None:
        yield f"This member was not adopted. To remove one for good: firstday offboard {user_name}"
    elif record.offboarding_at:
        yield f"The offboarding of this member has begun. Finish it: firstday offboard {user_name}"
    elif record.suspended_at:
        yield f"This member is suspended. Resume them first: firstday resume {user_name}"
    elif user is None:
        yield f"IAM has no such user any more. To remove the record: firstday offboard {user_name}"
    elif user.path not in (MEMBERS_PATH, record.former_path):
        yield f"Somebody moved the IAM user to the path {user.path}. Move it back to {MEMBERS_PATH} first."
    elif QUARANTINE_GROUP in groups:
        yield f"An administrator of IAM holds this member in the group {QUARANTINE_GROUP}."


def planned_release(settings: Settings, record: Member, user: FoundUser, credentials: Credentials) -> ReleasePlan:
    """The plan for a member who can be released."""
    names = {group.name for group in settings.groups} | {BASELINE_GROUP}
    own = [name for name in user.groups if name in names]
    boundary = boundary_arn(settings.partition, settings.identity_account)
    is_moved = record.adopted_at is not None and user.path == record.former_path
    return ReleasePlan(
        user_name=user.user_name,
        is_begun=is_moved or (record.adopted_at is not None and user.boundary != boundary),
        path_now=user.path,
        former_path=record.former_path or "/",
        former_boundary=record.former_boundary,
        groups=tuple(own),
        left_groups=tuple(name for name in record.former_groups if name not in user.groups),
        credentials=credentials,
        issued_key=record.access_key_id,
        registered=record.registered_serials,
    )


def each_released(bench: Workbench, plans: Sequence[ReleasePlan]) -> Iterator[Outcome]:
    """Release the members of these plans, one by one."""
    return each_done([plan.user_name for plan in plans], lambda number: release(bench, plans[number].user_name))


def release(bench: Workbench, user_name: str) -> Outcome:
    """Put the user back as they were, or go on with it."""
    member = bench.records.find(user_name)
    if member is None:
        return Outcome(user_name, Status.ALREADY)
    if member.adopting_at is None or member.offboarding_at or member.suspended_at:
        message = "This member was not adopted, is suspended, or is being offboarded."
        return Outcome(user_name, Status.REFUSED, message)
    closed = bench.records.close(member, bench.now())
    if closed is None:
        return _meanwhile(bench, user_name)
    bench.steps.put_back(closed)
    if bench.records.forget(closed, released_event(closed, bench.actor, bench.now())):
        return Outcome(user_name, Status.RELEASED)
    return _meanwhile(bench, user_name)


def _meanwhile(bench: Workbench, user_name: str) -> Outcome:
    """The record is not the one that was read: another release removed it, or something else changed it."""
    if bench.records.find(user_name) is None:
        return Outcome(user_name, Status.RELEASED)
    return Outcome(user_name, Status.FAILED, "Somebody changed this member meanwhile. Run the same command again.")
