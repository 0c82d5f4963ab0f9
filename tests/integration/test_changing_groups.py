"""Changing a member's switch-role groups: at once if MFA is proved, else at the end of the journey."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.wiring import Portal
from tests.helpers.admin_calls import call, done, events_of, first_day, groups_of
from tests.helpers.aws_faults import Before, Call, Fault, Wire, watched
from tests.helpers.journeys import active, calls_of
from tests.helpers.member_walk import Walk, scan, shown_codes
from tests.helpers.moto_gaps import make_older
from tests.helpers.worlds import MEMBER, World, again

GROUPS = f"members/{MEMBER}/groups"
BOTH = {"groups": ["developers", "operators"]}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "change_call" in metafunc.fixturenames:
        change = calls_of(active, lambda _: done("PUT", GROUPS, {"groups": ["operators"]}))
        metafunc.parametrize("change_call", change, ids=str)


def test_a_proved_member_is_moved_at_once_and_the_config_follows(world: World) -> None:
    first_day(world)
    answer = done("PUT", GROUPS, {"groups": ["operators"]})
    assert answer["is_effective"] is True
    assert groups_of(world) == ["firstday-members", "operators"]
    assert "[profile stg-ops]" in world.browser.get("config").by_id["config-text"]
    assert "[profile dev]" not in world.browser.get("config").by_id["config-text"]
    assert done("GET", f"members/{MEMBER}")["differences"] == []


def test_before_the_proof_groups_wait_for_the_end_of_the_journey(world: World) -> None:
    answer = done("PUT", GROUPS, BOTH)
    assert answer["is_effective"] is False
    assert groups_of(world) == ["firstday-members"]
    first_day(world)
    assert groups_of(world) == ["developers", "firstday-members", "operators"]


def test_groups_that_change_while_mfa_is_being_proved_are_the_new_ones_in_the_end(world: World) -> None:
    page = scan(world)
    with watched(world.portal, Before("EnableMFADevice", lambda: done("PUT", GROUPS, {"groups": ["operators"]}))):
        page = world.browser.submit(page.form("codes"), **shown_codes(page))
    assert page.heading == "AWS is busy"
    world.browser.submit(page.form("codes"))
    assert done("GET", f"members/{MEMBER}")["member"]["groups"] == ["operators"]
    assert groups_of(world) == ["firstday-members", "operators"]


class BeforeSecond(Before):
    """Lets something happen once, just before the second ``operation``."""

    def send(self, operation: str, request: Any) -> Any:
        is_first = operation == self._operation and Call(operation, 1) not in self.calls
        return Wire.send(self, operation, request) if is_first else super().send(operation, request)


@pytest.mark.parametrize("groups", [["developers"], ["developers", "operators"]])
def test_the_groups_of_a_proof_stay_where_they_are_set_at_the_same_time(world: World, groups: list[str]) -> None:
    page = scan(world)

    def prove() -> None:
        world.browser.submit(page.form("codes"), **shown_codes(page))

    with watched(world.portal, BeforeSecond("ListGroupsForUser", prove)):
        answer = done("PUT", GROUPS, {"groups": groups})
    assert answer["is_effective"] is True
    assert groups_of(world) == sorted([*groups, "firstday-members"])


def half_changed(world: World) -> str:
    """The record has a group to be left that IAM still has; returns the token of a link to be opened."""
    first_day(world)
    done("PUT", GROUPS, BOTH)
    again = done("POST", "invitations", {"user_name": MEMBER})
    with watched(world.portal, Wire(Call("RemoveUserFromGroup", 1), Fault.THROTTLED)):
        assert call("PUT", GROUPS, {"groups": ["developers"]})[0] == 503
    return str(again["token"])


def test_a_group_whose_taking_away_was_cut_off_is_left_with_the_next_proof(world: World) -> None:
    Walk(world.another_browser(), half_changed(world), has_key=True).to_the_end()
    assert groups_of(world) == ["developers", "firstday-members"]


def test_a_refresh_does_not_give_back_a_group_whose_taking_away_was_cut_off(world: World) -> None:
    half_changed(world)
    make_older()
    world.clock.lead += timedelta(minutes=20)
    done("POST", "refresh", {})
    assert done("GET", f"members/{MEMBER}")["member"]["groups"] == ["developers"]
    done("PUT", GROUPS, {"groups": ["developers"]})
    assert groups_of(world) == ["developers", "firstday-members"]


@pytest.mark.usefixtures("world")
def test_who_changed_what_is_in_the_audit_trail() -> None:
    done("PUT", GROUPS, BOTH)
    done("PUT", GROUPS, BOTH)
    assert events_of().count(("admin", "groups.changed")) == 1
    event = done("GET", f"audit-events?user_name={MEMBER}")["events"][0]
    assert event["details"] == {"groups": "developers operators", "before": "developers"}


def test_inviting_an_active_member_into_other_groups_moves_them_at_once(world: World) -> None:
    first_day(world)
    done("POST", "invitations", {"user_name": MEMBER, "groups": ["operators"]})
    assert groups_of(world) == ["firstday-members", "operators"]
    done("POST", "invitations", {"user_name": MEMBER})
    assert done("GET", f"members/{MEMBER}")["member"]["groups"] == ["operators"]


@pytest.mark.parametrize(
    ("groups", "words"), [([], "Name at least one"), (["nobody"], "There are: developers"), ("x", "type list")]
)
def test_a_mistake_changes_nothing(world: World, groups: object, words: str) -> None:
    first_day(world)
    status, answer = call("PUT", GROUPS, {"groups": groups})
    assert status == 400
    assert answer["error"]["field"] == "groups"
    assert words in answer["error"]["message"]
    assert groups_of(world) == ["developers", "firstday-members"]


@pytest.mark.parametrize("fault", Fault, ids=str)
def test_a_change_survives_a_fault_at_every_call(aws: Portal, change_call: Call, fault: Fault) -> None:
    world = again(active, aws)
    with watched(aws, Wire(change_call, fault)):
        assert call("PUT", GROUPS, {"groups": ["operators"]})[0] == 503
        done("PUT", GROUPS, {"groups": ["operators"]})
    assert groups_of(world) == ["firstday-members", "operators"]
    assert done("GET", f"members/{MEMBER}")["differences"] == []


def test_groups_of_a_proof_that_was_not_recorded_go_with_the_next_change(world: World) -> None:
    page = scan(world)
    with watched(world.portal, Wire(Call("TransactWriteItems", 1), Fault.THROTTLED)):
        world.browser.submit(page.form("codes"), **shown_codes(page))
    assert groups_of(world) == ["developers", "firstday-members"]
    done("PUT", GROUPS, {"groups": ["operators"]})
    assert groups_of(world) == ["firstday-members"]


def test_a_proof_that_comes_too_late_leaves_no_group_behind(world: World) -> None:
    page = scan(world)
    revoke = Before("EnableMFADevice", lambda: done("POST", "invitations/revoke", {"user_name": MEMBER}))
    with watched(world.portal, revoke):
        page = world.browser.submit(page.form("codes"), **shown_codes(page))
    assert page.status == 503
    assert groups_of(world) == ["firstday-members"]


def test_inviting_again_does_not_bring_back_groups_that_somebody_takes_away_meanwhile(world: World) -> None:
    first_day(world)
    done("PUT", GROUPS, BOTH)
    fewer = Before("TransactWriteItems", lambda: done("PUT", GROUPS, {"groups": ["developers"]}))
    with watched(world.portal, fewer):
        status, _ = call("POST", "invitations", {"user_name": MEMBER})
    assert status == 503
    done("POST", "invitations", {"user_name": MEMBER})
    assert done("GET", f"members/{MEMBER}")["member"]["groups"] == ["developers"]
    assert groups_of(world) == ["developers", "firstday-members"]
