"""Adopts one user after the other: the record, the boundary, the baseline group, the path, and the record again.

An adoption that was cut off goes on from its record, which says what the user had. Of two at once, both make the
same calls, and one finishes the record.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chalicelib.members.record import Member
from chalicelib.members.versions import new_version
from firstday.adoption.adoption_plan import AdoptionPlan
from firstday.adoption.adoption_records import AdoptionRecords, adopted_event
from firstday.adoption.iam_steps import IAMSteps
from firstday.adoption.patient_reading import concerns_all
from firstday.aws_calls import DeploymentError


class Status(StrEnum):
    """NOT_TRIED: an error that concerns everybody came before."""

    ADOPTED = "adopted"
    RELEASED = "released"
    ALREADY = "already"
    REFUSED = "refused"
    LEFT_ALONE = "left_alone"
    FAILED = "failed"
    NOT_TRIED = "not_tried"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one user; ``message`` says why, where it is not what was asked for."""

    user_name: str
    status: Status
    message: str = ""

    @property
    def is_right(self) -> bool:
        return self.status in (Status.ADOPTED, Status.RELEASED, Status.ALREADY)


@dataclass(frozen=True, slots=True)
class Workbench:
    """What adopting and releasing work with. ``actor`` is the deployer's ARN, ``now`` tells the time in UTC."""

    steps: IAMSteps
    records: AdoptionRecords
    actor: str
    now: Callable[[], datetime]


def each_adopted(bench: Workbench, plans: Sequence[AdoptionPlan]) -> Iterator[Outcome]:
    """Adopt the users of these plans, one by one."""
    return each_done([plan.user_name for plan in plans], lambda number: adopt(bench, plans[number]))


def each_done(user_names: Sequence[str], do: Callable[[int], Outcome]) -> Iterator[Outcome]:
    """The outcome for each name, by its number; after an error that concerns everybody, no other is tried."""
    over = False
    for number, user_name in enumerate(user_names):
        if over:
            yield Outcome(user_name, Status.NOT_TRIED)
            continue
        try:
            outcome = do(number)
        except DeploymentError as error:
            over = concerns_all(error)
            outcome = Outcome(user_name, Status.FAILED, str(error))
        yield outcome


def adopt(bench: Workbench, plan: AdoptionPlan) -> Outcome:
    """Make the user of the plan a member, or go on with it."""
    name = plan.user_name
    member = bench.records.find(name) or _begun(bench, plan)
    if member is None:
        return Outcome(name, Status.FAILED, "Somebody changed this user since the plan was made. Look again.")
    if member.adopted_at:
        return Outcome(name, Status.ALREADY)
    if member.adopting_at is None or member.offboarding_at:
        return Outcome(name, Status.REFUSED, "This is a member already, who was not adopted.")
    bench.steps.make_member(name)
    if bench.records.finish(member, adopted_event(member, bench.actor, bench.now())):
        return Outcome(name, Status.ADOPTED)
    return _after_all(bench, member)


def _begun(bench: Workbench, plan: AdoptionPlan) -> Member | None:
    """The record of an adoption that begins now, by whomever; None if IAM has something else than the plan says."""
    user = bench.steps.user(plan.user_name)
    if user is None or (user.path, user.boundary_arn) != (plan.former_path, plan.former_boundary):
        return bench.records.find(plan.user_name)  # another adoption may be ahead of this one
    now = bench.now()
    member = Member(
        plan.user_name,
        created_at=now,
        groups=plan.groups,
        version=new_version(),
        adopting_at=now,
        former_path=plan.former_path,
        former_boundary=plan.former_boundary,
        former_groups=plan.kept_groups,
    )
    return member if bench.records.begin(member) else bench.records.find(plan.user_name)


def _after_all(bench: Workbench, member: Member) -> Outcome:
    """The record changed while the calls to IAM were made: by another adoption, or by a release."""
    name, found = member.user_name, bench.records.find(member.user_name)
    if found and found.adopting_at == member.adopting_at and found.adopted_at:
        return Outcome(name, Status.ADOPTED)
    if found is None:
        bench.steps.put_back(member)
        return Outcome(name, Status.FAILED, "Somebody released this user meanwhile. Everything was put back.")
    return Outcome(
        name, Status.FAILED, "Somebody changed this user's record meanwhile. Run the same command again."
    )
