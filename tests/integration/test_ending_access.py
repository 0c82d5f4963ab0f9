"""Who is suspended on their last day, and who is told that something ends; a run may be stopped anywhere."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.admin.ending_access import Ended
from chalicelib.arns import QUARANTINE_GROUP, QUARANTINE_PATH, SUSPENDED_GROUP
from chalicelib.scheduled import RunRefused, run
from chalicelib.suspension import job
from chalicelib.wiring import Portal, use
from tests.helpers.admin_calls import call, events_of, groups_of
from tests.helpers.aws_faults import Before, Busy, Call, Deny, Fault, Wire, watched
from tests.helpers.ended_access import boxes, ended
from tests.helpers.journeys import active, calls_of
from tests.helpers.mailing import with_mail
from tests.helpers.member_walk import begin
from tests.helpers.replaced_keys import record
from tests.helpers.suspended_members import SUSPEND, access, come_back, is_shut_out, resume, suspended
from tests.helpers.sweeper import later, sweeper_of
from tests.helpers.worlds import MEMBER, World, a_world, again, invited, with_settings

DAY = timedelta(days=1)
ENDING, REMINDED, SUSPENDED = "access.ending", "invitation.reminded", "access.suspended"


def with_last_day(here: Portal, days: int, user_name: str = MEMBER) -> None:
    """The member's last day begins so many days from now, in UTC."""
    record(here, user_name, until=f"{here.now().date() + days * DAY}")


def told(user_name: str = MEMBER) -> list[str]:
    """What the suspension has recorded."""
    return [what for who, what in events_of(user_name) if who == "firstday-suspension"]


def test_on_the_last_day_the_member_is_suspended_and_nobody_else(aws: Portal) -> None:
    world = again(active, aws)
    keys = [*access(world)[1]]
    with_last_day(aws, 0)
    for name, days in (("tomorrow", 1), ("another", 400)):
        invited(aws, name)
        with_last_day(aws, days, name)
    invited(aws, "without")
    assert ended(aws) == Ended(members=[MEMBER], is_finished=True)
    assert is_shut_out(world)
    found = aws.members.get(MEMBER)
    assert found
    assert (found.suspended_by, found.suspended_keys) == ("firstday-suspension", tuple(keys))
    assert world.browser.get("config").heading == "Your access is suspended"
    for name in ("tomorrow", "another", "without"):
        assert groups_of(world, name) == ["firstday-members"]
        assert told(name) == []
    assert told() == [SUSPENDED]


def test_a_day_begins_at_midnight_where_the_organisation_is(aws: Portal) -> None:
    world = with_settings(a_world(aws), time_zone="Asia/Tokyo")
    record(aws, until="2026-12-31")
    for hour, members in ((14, []), (15, [MEMBER])):  # UTC
        moment = datetime(2026, 12, 30, hour, tzinfo=UTC)
        assert ended(replace(world.portal, clock=lambda moment=moment: moment)).members == members  # type: ignore[misc]


@pytest.mark.parametrize("code", ["LimitExceeded", "NoSuchEntity"])
def test_a_member_who_cannot_join_the_group_loses_the_keys_and_keeps_nobody_else_waiting(
    aws: Portal, code: str
) -> None:
    """Such as one who is in ten groups already."""
    world = again(active, aws)
    invited(aws, "other")
    for name in (MEMBER, "other"):
        with_last_day(aws, 0, name)

    def refuse(params: dict[str, Any], **_: Any) -> None:
        if params["UserName"] == MEMBER:
            raise ClientError({"Error": {"Code": code, "Message": "Cannot exceed quota"}}, "AddUserToGroup")

    events, call_of = sweeper_of(aws).iam.client.meta.events, "provide-client-params.iam.AddUserToGroup"
    events.register(call_of, refuse)
    done = ended(aws)
    events.unregister(call_of, refuse)
    assert (done.refused, done.members, done.is_finished) == ([MEMBER], ["other"], True)
    assert "Active" not in access(world)[1].values()


def test_a_later_run_changes_nothing_and_asks_iam_for_suspended_members_only(aws: Portal) -> None:
    again(active, aws)
    invited(aws, "another")
    with_last_day(aws, 0)
    ended(aws)
    with watched(aws, Wire()) as wire:
        assert ended(aws) == Ended(is_finished=True)
    assert [call.operation for call in wire.calls] == ["Query", "GetItem", "ListGroupsForUser", "ListAccessKeys"]


def test_runs_that_were_missed_are_made_up_for(aws: Portal) -> None:
    world = again(active, aws)
    with_last_day(aws, 1)
    later(aws, 40 * DAY)
    assert ended(aws).members == [MEMBER]
    assert is_shut_out(world)


def test_whoever_is_resumed_with_another_last_day_stays(aws: Portal) -> None:
    world = again(active, aws)
    before = access(world)
    with_last_day(aws, 0)
    ended(aws)
    assert call("POST", f"members/{MEMBER}/resumption", {})[1]["error"]["field"] == "until"
    come_back(world, resume(until=f"{aws.now().date() + 30 * DAY}"))
    assert ended(aws) == Ended(is_finished=True)
    assert access(world) == before


@pytest.mark.parametrize("fields", [{"offboarding_at": "now"}, {"until": None}], ids=str)
def test_who_is_leaving_or_has_no_last_day_is_left_alone(fields: dict[str, Any], aws: Portal) -> None:
    world = again(active, aws)
    before = access(world)
    with_last_day(aws, 0)
    changes: dict[str, Any] = {name: aws.now() if value else None for name, value in fields.items()}
    record(aws, **changes)
    assert ended(aws) == Ended(is_finished=True)
    assert access(world) == before


def test_a_held_member_is_suspended_once_they_are_released(aws: Portal) -> None:
    world = again(active, aws)
    with_last_day(aws, 0)
    world.iam.create_group(GroupName=QUARANTINE_GROUP, Path=QUARANTINE_PATH)
    world.iam.add_user_to_group(GroupName=QUARANTINE_GROUP, UserName=MEMBER)
    assert ended(aws) == Ended(is_finished=True)
    world.iam.remove_user_from_group(GroupName=QUARANTINE_GROUP, UserName=MEMBER)
    assert ended(aws).members == [MEMBER]


@pytest.mark.parametrize("operation", ["AddUserToGroup", "UpdateAccessKey"])
def test_what_a_killed_suspend_left_half_done_is_finished(operation: str, aws: Portal) -> None:
    world = again(active, aws)
    with watched(aws, Wire(Call(operation, 1), Fault.CUT_BEFORE)):
        assert call("POST", SUSPEND, {})[0] == 503
    assert ended(aws) == Ended(finished=[MEMBER], is_finished=True)
    assert is_shut_out(world)
    assert told() == []


def test_nobody_is_thrown_out_who_is_proving_their_device(aws: Portal) -> None:
    world = again(suspended, aws)
    token = resume()
    world.browser.post("start", {"token": token})
    world.iam.remove_user_from_group(GroupName=SUSPENDED_GROUP, UserName=MEMBER)
    assert ended(aws) == Ended(is_finished=True)
    later(aws, 9 * timedelta(hours=1))
    assert ended(aws).finished == [MEMBER], "a proof that was never finished"


def test_a_member_who_is_gone_from_iam_is_nothing_to_tell(aws: Portal) -> None:
    world = a_world(aws)
    with_last_day(aws, 0)
    world.iam.remove_user_from_group(UserName=MEMBER, GroupName="firstday-members")
    world.iam.delete_user(UserName=MEMBER)
    assert ended(aws) == Ended(is_finished=True)


# What is told.
def test_without_mail_nothing_is_told(aws: Portal) -> None:
    a_world(aws)
    with_last_day(aws, 5)
    assert ended(aws) == Ended(is_finished=True)
    assert told() == []


def test_a_week_before_the_last_day_it_is_told_once(aws: Portal) -> None:
    here = with_mail(a_world(aws).portal)
    with_last_day(here, 9)
    assert ended(here).told == []
    later(here, 3 * DAY)
    assert ended(here).told == [MEMBER]
    assert ended(here).told == []
    assert told() == [ENDING]
    assert [box for box, _ in boxes(here)] == ["told", "waiting"]
    with_last_day(here, 3)
    assert ended(here).told == [MEMBER], "another last day is told, too"


def test_the_mail_about_a_suspension_waits_with_its_event(aws: Portal) -> None:
    here = with_mail(a_world(aws).portal)
    with_last_day(here, 0)
    ended(here)
    assert boxes(here) == [("waiting", SUSPENDED)]


@pytest.mark.parametrize(("days", "is_told"), [(1, False), (4, False), (5.5, True), (8, False)])
def test_an_invitation_by_mail_is_told_once_more_in_its_last_two_days(
    days: float, is_told: bool, aws: Portal
) -> None:
    here = with_mail(a_world(aws).portal)
    record(here, is_mailed=True)
    later(here, days * DAY)
    assert ended(here).told == ([MEMBER] if is_told else [])
    assert ended(here).told == []
    assert told() == ([REMINDED] if is_told else [])


@pytest.mark.parametrize(
    "fields",
    [{"is_mailed": False}, {"revoked_at": "now"}, {"accepted_at": "now"}, {"suspended_at": "now"}],
    ids=str,
)
def test_no_link_is_told_of_that_nobody_can_open(fields: dict[str, Any], aws: Portal) -> None:
    here = with_mail(a_world(aws).portal)
    changes: dict[str, Any] = {name: here.now() if value else value for name, value in fields.items()}
    record(here, **({"is_mailed": True} | changes))
    later(here, 5.5 * DAY)
    assert REMINDED not in [what for _, what in boxes(here)]
    assert ended(here).told == []


# Faults, and two at once.
def two_on_their_last_day(here: Portal) -> World:
    world = active(here)
    invited(here, "another")
    for name in (MEMBER, "another"):
        with_last_day(here, 0, name)
    return world


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "run_call" in metafunc.fixturenames:
        calls = calls_of(two_on_their_last_day, lambda world: ended(world.portal))
        metafunc.parametrize("run_call", calls, ids=str)


@pytest.mark.parametrize("fault", Fault, ids=str)
def test_whatever_call_fails_the_next_run_finishes(run_call: Call, fault: Fault, aws: Portal) -> None:
    world = again(two_on_their_last_day, aws)
    with watched(aws, Wire(run_call, fault)):
        assert not ended(aws).is_finished
    assert ended(aws).is_finished
    assert is_shut_out(world)
    assert SUSPENDED_GROUP in groups_of(world, "another")
    assert (told(), told("another")) == ([SUSPENDED], [SUSPENDED])
    found = aws.members.get(MEMBER)
    assert found
    assert len(found.suspended_keys) == 1


@pytest.mark.parametrize("operation", ["TransactWriteItems", "AddUserToGroup", "UpdateAccessKey"])
def test_two_runs_at_once_suspend_once(operation: str, aws: Portal) -> None:
    world = again(active, aws)
    with_last_day(aws, 0)
    with watched(aws, Before(operation, lambda: ended(aws))):
        ended(aws)
    assert is_shut_out(world)
    assert told() == [SUSPENDED]


def test_two_runs_at_once_tell_once(aws: Portal) -> None:
    here = with_mail(a_world(aws).portal)
    with_last_day(here, 5)
    with watched(here, Before("TransactWriteItems", lambda: ended(here))):
        assert ended(here).told == []
    assert told() == [ENDING]


def test_whose_last_day_is_changed_meanwhile_stays(aws: Portal) -> None:
    world = again(active, aws)
    before = access(world)
    with_last_day(aws, 0)
    with watched(aws, Before("TransactWriteItems", lambda: with_last_day(aws, 30))):
        assert ended(aws) == Ended(is_finished=True)
    assert access(world) == before


def test_a_run_is_one_line_in_the_log_and_what_is_refused_is_an_error(aws: Portal) -> None:
    again(two_on_their_last_day, aws)
    with watched(aws, Deny("AddUserToGroup")), pytest.raises(RunRefused, match="to end the access of: "):
        run(job(""), sweeper_of(aws), "request-1", lambda: 120_000)
    answer = run(job(""), sweeper_of(aws), "request-1", lambda: 120_000)
    assert sorted(answer["finished"]) == sorted(["another", MEMBER])


def test_when_the_time_is_up_the_rest_is_for_the_next_run(aws: Portal) -> None:
    again(two_on_their_last_day, aws)
    answers = iter([True, False])
    assert len(ended(aws, has_time=lambda: next(answers)).members) == 1
    assert len(ended(aws).members) == 1


def test_a_member_for_whom_aws_is_too_busy_keeps_nobody_else_waiting(aws: Portal) -> None:
    world = again(two_on_their_last_day, aws)
    with watched(aws, Busy("another")):
        assert ended(aws) == Ended(members=[MEMBER])
    assert is_shut_out(world)
    assert ended(aws) == Ended(members=["another"], is_finished=True)


def test_when_aws_is_too_busy_for_three_after_each_other_nobody_is_told_of_ends_either(aws: Portal) -> None:
    here = with_mail(a_world(aws).portal)
    with_last_day(here, 5)
    for name in ("first", "second", "third"):
        invited(here, name)
        with_last_day(here, 0, name)
    with watched(here, Busy("first", "second", "third")):
        assert ended(here) == Ended()
    with watched(here, Busy("first", "third")):
        assert ended(here) == Ended(members=["second"], told=[MEMBER])
    assert ended(here) == Ended(members=["first", "third"], is_finished=True)


def test_a_link_that_was_never_opened_stays_worthless_after_the_last_day(world: World) -> None:
    with_last_day(world.portal, 0)
    ended(world.portal)
    assert begin(world).heading == "Your access is suspended"
    use(world.portal)
