"""Users who are there already become members, and are released: whatever fails, and whoever else is at it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest

from chalicelib.arns import BASELINE_GROUP, QUARANTINE_GROUP, QUARANTINE_PATH
from chalicelib.wiring import Portal
from firstday.adoption.adopting import Outcome, Status, each_adopted
from firstday.adoption.adoption_plan import AdoptionPlan, Stage
from tests.helpers.admin_calls import done
from tests.helpers.adoptable_user import (
    BOUNDARY,
    DEPLOYER,
    FORMER_BOUNDARY,
    GROUP,
    LEGACY,
    PATH,
    actions_of,
    adopted,
    as_in_iam,
    brownfield,
    is_safe,
    plan_of,
    release_plan_of,
    released,
    without_boundary,
    workbench,
)
from tests.helpers.aws_faults import Call, Deny, Fault, Wire, watched
from tests.helpers.journeys import calls_of
from tests.helpers.worlds import MEMBER, World, again

Begin = Callable[[Portal], World]


def member(here: Portal) -> World:
    """The user after the adoption, invited by the portal, and in one of its groups."""
    world = brownfield(here)
    assert adopted(world).status is Status.ADOPTED
    done("POST", "invitations", {"user_name": LEGACY})
    world.iam.add_user_to_group(UserName=LEGACY, GroupName="developers")
    return world


def half_way(here: Portal) -> World:
    """An adoption that was cut off before the path."""
    world = brownfield(here)
    with watched(here, Deny("UpdateUser")):
        assert adopted(world).status is Status.FAILED
    return world


@pytest.fixture
def world(aws: Portal) -> World:
    return again(brownfield, aws)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "adopt_call" in metafunc.fixturenames:
        metafunc.parametrize("adopt_call", calls_of(with_plan, carried_out), ids=str)
    if "release_call" in metafunc.fixturenames:
        metafunc.parametrize("release_call", calls_of(member, released), ids=str)


@dataclass
class Planned(World):
    """A world in which the plan is made already, so that faults meet the adoption's own calls alone."""

    plan: AdoptionPlan


def with_plan(here: Portal) -> Planned:
    world = brownfield(here)
    return Planned(world.portal, world.invitation, world.browser, plan_of(world))


def carried_out(world: Planned) -> Outcome:
    (outcome,) = each_adopted(workbench(world), [world.plan])
    return outcome


def test_an_adopted_user_is_a_member_with_everything_that_they_had(world: World) -> None:
    before = as_in_iam(world)
    assert adopted(world) == Outcome(LEGACY, Status.ADOPTED)
    after = as_in_iam(world)
    assert after == before | {"path": "/members/", "boundary": BOUNDARY, "groups": sorted([BASELINE_GROUP, GROUP])}
    record = world.portal.members.get(LEGACY)
    assert record is not None
    assert (record.groups, record.former_path, record.former_boundary) == (("developers",), PATH, FORMER_BOUNDARY)
    assert record.former_groups == (GROUP,)
    assert record.adopting_at is not None
    assert record.adopted_at is not None
    assert record.token_hash is None
    assert done("GET", f"members/{LEGACY}")["member"]["state"] == "created"


def test_the_trail_says_who_did_it_and_what_was(world: World) -> None:
    adopted(world)
    (event,) = world.portal.audit.events(now=world.portal.now(), subject=LEGACY).events
    assert (event.actor, event.action) == (DEPLOYER, "member.adopted")
    assert event.details == {"groups": "developers", "former_path": PATH, "former_boundary": FORMER_BOUNDARY}


def test_an_adoption_takes_seven_calls() -> None:
    assert [call.operation for call in calls_of(with_plan, carried_out)] == [
        *("GetItem", "GetUser", "TransactWriteItems"),
        *("PutUserPermissionsBoundary", "AddUserToGroup", "UpdateUser", "TransactWriteItems"),
    ]


def test_adopting_again_changes_nothing(world: World) -> None:
    adopted(world)
    before = as_in_iam(world), world.portal.members.get(LEGACY)
    assert plan_of(world).stage is Stage.DONE
    assert (as_in_iam(world), world.portal.members.get(LEGACY)) == before
    assert actions_of(world) == ["member.adopted"]


def test_the_portal_invites_an_adopted_user_as_any_member(world: World) -> None:
    adopted(world)
    answer = done("POST", "invitations", {"user_name": LEGACY})
    assert answer["groups"] == ["developers"]


@pytest.mark.parametrize("begin", [brownfield, without_boundary])
def test_a_release_puts_back_exactly_what_was(aws: Portal, begin: Begin) -> None:
    world = again(begin, aws)
    before = as_in_iam(world)
    adopted(world)
    done("POST", "invitations", {"user_name": LEGACY})
    world.iam.add_user_to_group(UserName=LEGACY, GroupName="developers")
    assert released(world) == Outcome(LEGACY, Status.RELEASED)
    assert as_in_iam(world) == before
    assert world.portal.members.get(LEGACY) is None
    assert actions_of(world)[-1] == "member.released"


def test_who_is_released_can_be_adopted_again(world: World) -> None:
    for _ in range(2):
        assert adopted(world).status is Status.ADOPTED
        assert released(world).status is Status.RELEASED


# Faults.
@pytest.mark.parametrize("fault", Fault, ids=str)
def test_an_adoption_survives_a_fault_at_every_call(aws: Portal, adopt_call: Call, fault: Fault) -> None:
    world = again(with_plan, aws)
    with watched(aws, Wire(adopt_call, fault)):
        assert carried_out(world).status is Status.FAILED
        assert is_safe(as_in_iam(world))
        plan = plan_of(world)
        assert not plan.is_open or adopted(world).status is Status.ADOPTED
    assert plan_of(world).stage is Stage.DONE
    assert as_in_iam(world)["boundary"] == BOUNDARY
    assert actions_of(world) == ["member.adopted"]
    assert released(world).status is Status.RELEASED
    state = as_in_iam(world)
    assert (state["path"], state["boundary"], state["groups"]) == (PATH, FORMER_BOUNDARY, [GROUP])


@pytest.mark.parametrize("fault", Fault, ids=str)
def test_a_release_survives_a_fault_at_every_call(aws: Portal, release_call: Call, fault: Fault) -> None:
    world = again(member, aws)
    with watched(aws, Wire(release_call, fault)):
        assert released(world).status is Status.FAILED
        assert is_safe(as_in_iam(world))
        assert released(world).is_right
    state = as_in_iam(world)
    assert (state["path"], state["boundary"], state["groups"]) == (PATH, FORMER_BOUNDARY, [GROUP])
    assert world.portal.members.get(LEGACY) is None
    assert actions_of(world).count("member.released") == 1


def test_what_was_begun_is_told_and_goes_on_with_what_the_user_had(aws: Portal) -> None:
    world = again(half_way, aws)
    plan = plan_of(world, groups=["operators"])
    assert plan.stage is Stage.BEGUN
    assert (plan.former_path, plan.former_boundary, plan.groups) == (PATH, FORMER_BOUNDARY, ("developers",))
    assert adopted(world).status is Status.ADOPTED


def test_what_was_begun_can_be_released(aws: Portal) -> None:
    world = again(half_way, aws)
    assert released(world).status is Status.RELEASED
    state = as_in_iam(world)
    assert (state["path"], state["boundary"], state["groups"]) == (PATH, FORMER_BOUNDARY, [GROUP])


def test_a_user_who_changed_since_the_plan_is_left_as_they_are(world: World) -> None:
    plan = plan_of(world)
    world.iam.update_user(UserName=LEGACY, NewPath="/elsewhere/")
    before = as_in_iam(world)
    (outcome,) = each_adopted(workbench(world), [plan])
    assert outcome.status is Status.FAILED
    assert "since the plan" in outcome.message
    assert as_in_iam(world) == before
    assert world.portal.members.get(LEGACY) is None


def test_missing_permissions_end_the_run_for_everybody(world: World) -> None:
    plan = plan_of(world)
    with watched(world.portal, Deny("PutUserPermissionsBoundary")):
        outcomes = list(each_adopted(workbench(world), [plan, plan, plan]))
    assert [one.status for one in outcomes] == [Status.FAILED, Status.NOT_TRIED, Status.NOT_TRIED]
    assert "PutUserPermissionsBoundary" in outcomes[0].message


def test_a_release_stops_where_the_former_boundary_is_gone(world: World) -> None:
    adopted(world)
    world.iam.delete_policy(PolicyArn=FORMER_BOUNDARY)
    outcome = released(world)
    assert outcome.status is Status.FAILED
    assert f"{FORMER_BOUNDARY}, which is gone" in outcome.message
    assert as_in_iam(world)["boundary"] == BOUNDARY
    assert release_plan_of(world).is_begun
    assert plan_of(world).refusals == (f"A release of this member has begun. Finish it: firstday release {LEGACY}",)


# Two at once.
class BeforeCall(Wire):
    """Lets something happen once, just before the chosen call."""

    def __init__(self, at: Call, happens: Callable[[], object]) -> None:
        super().__init__()
        self._call, self._happens = at, happens

    def send(self, operation: str, request: AWSPreparedRequest) -> Any:
        nth = sum(1 for seen in self.calls if seen.operation == operation) + 1
        if Call(operation, nth) == self._call:
            happens, self._happens = self._happens, lambda: None
            self._call = Call("", 0)
            happens()
        return super().send(operation, request)


def test_of_two_adoptions_at_once_both_end_with_a_member(aws: Portal, adopt_call: Call) -> None:
    world, inner = again(with_plan, aws), list[Outcome]()
    with watched(aws, BeforeCall(adopt_call, lambda: inner.append(carried_out(world)))):
        outer = carried_out(world)
    assert outer.is_right
    assert all(one.is_right for one in inner)
    assert plan_of(world).stage is Stage.DONE
    assert is_safe(as_in_iam(world))
    assert actions_of(world) == ["member.adopted"]


def test_of_two_releases_at_once_both_end_with_what_was(aws: Portal, release_call: Call) -> None:
    world, inner = again(member, aws), list[Outcome]()
    with watched(aws, BeforeCall(release_call, lambda: inner.append(released(world)))):
        outer = released(world)
    outer = outer if outer.is_right else released(world)
    assert outer.is_right
    state = as_in_iam(world)
    assert (state["path"], state["boundary"], state["groups"]) == (PATH, FORMER_BOUNDARY, [GROUP])
    assert world.portal.members.get(LEGACY) is None
    assert actions_of(world).count("member.released") == 1


def test_a_release_in_the_middle_of_an_adoption_leaves_nobody_half_a_member(aws: Portal, adopt_call: Call) -> None:
    world = again(with_plan, aws)
    with watched(aws, BeforeCall(adopt_call, lambda: released(world))):
        outcome = carried_out(world)
    state, record = as_in_iam(world), world.portal.members.get(LEGACY)
    if record is None:
        assert outcome.status is Status.FAILED
        assert (state["path"], state["boundary"], state["groups"]) == (PATH, FORMER_BOUNDARY, [GROUP])
    else:
        assert outcome.status is Status.ADOPTED
        assert record.adopted_at
        assert is_safe(state)


# Refusals: nothing is written.
def held(world: World) -> None:
    world.iam.create_group(GroupName=QUARANTINE_GROUP, Path=QUARANTINE_PATH)
    world.iam.add_user_to_group(UserName=LEGACY, GroupName=QUARANTINE_GROUP)


def full(world: World) -> None:
    for number in range(7):
        world.iam.create_group(GroupName=f"old-{number}")
        world.iam.add_user_to_group(UserName=LEGACY, GroupName=f"old-{number}")


REFUSALS: dict[str, tuple[Callable[[World], object], str]] = {
    "held": (held, "holds this user in the group firstday-quarantine"),
    "ten groups": (full, "IAM allows a user 10 groups"),
    "in Firstday's group": (
        lambda world: world.iam.add_user_to_group(UserName=LEGACY, GroupName="operators"),
        "in Firstday's groups without being a member: operators",
    ),
    "under /members/": (
        lambda world: world.iam.update_user(UserName=LEGACY, NewPath="/members/"),
        "under /members/ already, without a record",
    ),
    "below /members/": (
        lambda world: world.iam.update_user(UserName=LEGACY, NewPath="/members/dev/"),
        "below /members/, where the portal's policies deny everything",
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_who_cannot_be_adopted_is_told_why(world: World, name: str) -> None:
    prepare, words = REFUSALS[name]
    prepare(world)
    plan = plan_of(world)
    assert plan.stage is Stage.REFUSED
    assert words in " ".join(plan.refusals)


def test_members_who_were_not_adopted_are_not_released(world: World) -> None:
    assert f"firstday offboard {MEMBER}" in release_plan_of(world, MEMBER).refusals[0]
    assert released(world, MEMBER).status is Status.REFUSED
    assert world.portal.members.get(MEMBER) is not None


def test_the_link_of_a_released_member_opens_nothing(world: World) -> None:
    adopted(world)
    token = done("POST", "invitations", {"user_name": LEGACY})["token"]
    with watched(world.portal, Deny("UpdateUser")):
        assert released(world).status is Status.FAILED
    assert world.another_browser().post("start", {"token": token}).heading == "This invitation is no longer valid"
