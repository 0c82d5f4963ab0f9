"""What the key ageing does with real records, trails and keys; a run may be stopped anywhere."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from botocore.awsrequest import AWSPreparedRequest
from moto.iam.models import AccessKeyLastUsed, iam_backends

from chalicelib.admin.ageing_keys import Aged
from chalicelib.aws_errors import AWSRefused
from chalicelib.key_ageing import job
from chalicelib.scheduled import Job, RunRefused
from chalicelib.scheduled import run as run_job
from chalicelib.wiring import Portal
from tests.helpers.admin_calls import done, first_day
from tests.helpers.aged_keys import aged, parts_with_mail, run, run_of
from tests.helpers.aws_faults import Before, Busy, Call, Deny, Fault, Refuse, Wire, body_of, watched
from tests.helpers.aws_requests import ACCOUNT
from tests.helpers.console_administrator import signed_in
from tests.helpers.journeys import calls_of
from tests.helpers.own_page import opened
from tests.helpers.replaced_keys import record, statuses
from tests.helpers.sweeper import later, sweeper_of
from tests.helpers.terminal_in_process import logged
from tests.helpers.worlds import MEMBER, World, a_world, again, clients, invited, with_settings

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ACTIVE, INACTIVE = "Active", "Inactive"


def told(here: Portal, user_name: str = MEMBER) -> list[str]:
    """The actions of the key ageing in the member's trail, in order."""
    items = clients(here)[1].scan(TableName="audit")["Items"]
    mine = [one for one in items if one["actor"]["S"] == "firstday-key-ageing" and one["subject"]["S"] == user_name]
    return [one["action"]["S"] for one in sorted(mine, key=lambda one: one["sk"]["S"])]


def test_a_key_is_told_ended_and_deleted_with_its_events_and_an_administrator_sees_it(aws: Portal) -> None:
    key_id = aged(aws)
    assert run(aws) == Aged(is_finished=True)
    later(aws, 80 * DAY)
    assert run(aws) == Aged(members=[MEMBER], is_finished=True)
    assert statuses(aws) == {key_id: ACTIVE}
    later(aws, 10 * DAY)
    assert run(aws) == Aged(ended=[MEMBER], is_finished=True)
    assert statuses(aws) == {key_id: INACTIVE}
    later(aws, 30 * DAY)
    assert run(aws) == Aged(deleted=[MEMBER], is_finished=True)
    assert statuses(aws) == {}
    assert told(aws) == ["access_key.ageing", "access_key.deactivated", "access_key.deleted"]


def test_nothing_of_a_record_is_changed_but_what_is_the_key_ageings_own(aws: Portal) -> None:
    key_id = aged(aws)
    before = aws.members.get(MEMBER)
    later(aws, 80 * DAY)
    run(aws)
    assert before
    ends_on, today = ((aws.now() + days).date() for days in (10 * DAY, 0 * DAY))
    assert aws.members.get(MEMBER) == replace(before, ageing_keys=(f"{key_id} {ends_on} 1 told {today}",))


def test_a_key_in_use_gets_a_second_notice(aws: Portal) -> None:
    key_id = aged(aws)
    (user,) = [one for one in iam_backends[ACCOUNT]["aws"].users.values() if one.name == MEMBER]
    later(aws, 80 * DAY)
    run(aws)
    later(aws, 10 * DAY)
    user.access_keys[0].last_used = AccessKeyLastUsed(aws.now() - HOUR, "s3", "us-east-1")
    assert run(aws).members == [MEMBER]
    assert statuses(aws) == {key_id: ACTIVE}
    later(aws, 7 * DAY)
    user.access_keys[0].last_used = AccessKeyLastUsed(aws.now() - HOUR, "s3", "us-east-1")
    assert run(aws).ended == [MEMBER]
    assert statuses(aws) == {key_id: INACTIVE}


def test_each_of_two_keys_has_its_own_age(aws: Portal) -> None:
    first, iam = aged(aws), clients(aws)[0]
    second = iam.create_access_key(UserName=MEMBER)["AccessKey"]["AccessKeyId"]
    (user,) = [one for one in iam_backends[ACCOUNT]["aws"].users.values() if one.name == MEMBER]
    user.access_keys[1].create_date += 40 * DAY
    later(aws, 80 * DAY)
    run(aws)
    later(aws, 40 * DAY)
    assert run(aws) == Aged(members=[MEMBER], ended=[MEMBER], is_finished=True)
    assert statuses(aws) == {first: INACTIVE, second: ACTIVE}


def test_the_keys_that_adopted_members_had_before_count_by_their_own_age(aws: Portal) -> None:
    key_id = aged(aws, access_key_id=None, adopted_at=aws.now())
    (user,) = [one for one in iam_backends[ACCOUNT]["aws"].users.values() if one.name == MEMBER]
    user.access_keys[0].create_date -= 900 * DAY
    later(aws, HOUR)
    assert run(aws).members == [MEMBER], "they are told, and not cut off on the first day"
    later(aws, 10 * DAY)
    assert run(aws).ended == [MEMBER]
    assert statuses(aws) == {key_id: INACTIVE}


def test_the_keys_of_a_member_whose_device_was_reset_are_left_alone(aws: Portal) -> None:
    key_id, iam = aged(aws), clients(aws)[0]
    iam.update_access_key(UserName=MEMBER, AccessKeyId=key_id, Status=INACTIVE)
    record(aws, deactivated_keys=(key_id,), proved_at=None)
    for _ in range(4):
        later(aws, 80 * DAY)
        assert run(aws) == Aged(is_finished=True)
    assert statuses(aws) == {key_id: INACTIVE}


def test_a_user_who_is_gone_is_nothing_to_tell(aws: Portal) -> None:
    key_id, iam = aged(aws), clients(aws)[0]
    iam.delete_access_key(UserName=MEMBER, AccessKeyId=key_id)
    iam.remove_user_from_group(UserName=MEMBER, GroupName="firstday-members")
    iam.delete_user(UserName=MEMBER)
    later(aws, 80 * DAY)
    assert run(aws) == Aged(is_finished=True)


def test_parts_with_mail_each_event_waits_to_be_sent_and_has_no_address(aws: Portal) -> None:
    key_id, ageing = aged(aws, email="dev-simple-user@example.com"), parts_with_mail(aws)
    for days in (80, 10, 30):
        later(aws, days * DAY)
        run_of(ageing)
        run_of(ageing)
    waiting = clients(aws)[1].scan(TableName="mail")["Items"]
    assert {one["box"]["S"] for one in waiting} == {"waiting"}
    assert [one["action"]["S"] for one in waiting] == [
        "access_key.ageing",
        "access_key.deactivated",
        "access_key.deleted",
    ]
    assert {one["detail_access_key_id"]["S"] for one in waiting} == {key_id}
    assert waiting[0]["detail_ends_on"]["S"] == (aws.now() - 30 * DAY).date().isoformat()
    assert "example.com" not in str(waiting)


class Statuses(Wire):
    """Notes what IAM is told to do with keys."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, str]] = []

    def send(self, operation: str, request: AWSPreparedRequest) -> Any:
        if operation == "UpdateAccessKey":
            sent = parse_qs(body_of(request))
            self.asked.append((sent["AccessKeyId"][0], sent["Status"][0]))
        return super().send(operation, request)


def test_iam_is_asked_for_nothing_but_deactivating_and_that_once(aws: Portal) -> None:
    key_id, wire = aged(aws), Statuses()
    with watched(aws, wire):
        for days in (80, 10, 1):
            later(aws, days * DAY)
            run(aws)
    assert wire.asked == [(key_id, INACTIVE)]


def two_whose_keys_end(here: Portal) -> World:
    """Two members, whose keys end on the same day."""
    world = a_world(here)
    aged(here, "first")
    aged(here, "second")
    later(here, 80 * DAY)
    run(here)
    later(here, 10 * DAY)
    return world


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "call" in metafunc.fixturenames:
        metafunc.parametrize("call", calls_of(two_whose_keys_end, lambda world: run(world.portal)), ids=str)


@pytest.mark.parametrize("fault", Fault, ids=str)
def test_whatever_call_fails_each_key_ends_and_is_told_once(call: Call, fault: Fault, aws: Portal) -> None:
    again(two_whose_keys_end, aws)
    with watched(aws, Wire(call, fault)):
        run(aws)
    assert run(aws).is_finished
    for name in ("first", "second"):
        assert list(statuses(aws, name).values()) == [INACTIVE]
        assert told(aws, name) == ["access_key.ageing", "access_key.deactivated"]


@pytest.mark.parametrize(
    "operation", ["ListAccessKeys", "GetItem", "GetAccessKeyLastUsed", "TransactWriteItems", "UpdateAccessKey"]
)
def test_two_runs_at_once_end_the_key_and_tell_it_once(operation: str, aws: Portal) -> None:
    again(two_whose_keys_end, aws)
    with watched(aws, Before(operation, lambda: run(aws))):
        assert run(aws).is_finished
    for name in ("first", "second"):
        assert list(statuses(aws, name).values()) == [INACTIVE]
        assert told(aws, name) == ["access_key.ageing", "access_key.deactivated"]


def test_a_run_with_nothing_to_do_is_one_call_a_member(aws: Portal) -> None:
    again(two_whose_keys_end, aws)
    run(aws)
    with watched(aws, Wire()) as wire:
        assert run(aws) == Aged(is_finished=True)
    everybody = 3  # with the one of the world
    assert [call.operation for call in wire.calls] == ["Query", *["ListAccessKeys"] * everybody]


def job_of(here: Portal) -> Job:
    return job(replace(here.settings, access_key_days=90))


def test_a_run_is_one_line_in_the_log_and_answers_with_names(
    aws: Portal, capsys: pytest.CaptureFixture[str]
) -> None:
    again(two_whose_keys_end, aws)
    capsys.readouterr()
    answer = run_job(job_of(aws), sweeper_of(aws), "request-1", lambda: 120_000)
    assert answer == {
        **{"members": [], "ended": ["first", "second"], "deleted": []},
        **{"refused": [], "reason": "", "is_finished": True},
    }
    (line,) = logged(capsys)
    assert line.pop("duration_ms") >= 0
    known = {"request_id": "request-1", "actor": "firstday-key-ageing", "action": "age keys", "outcome": "ok"}
    assert line == {"level": "info", **known, "members": 0, "ended": 2, "deleted": 0, "refused": 0}


def test_a_run_without_time_says_that_it_is_unfinished(aws: Portal, capsys: pytest.CaptureFixture[str]) -> None:
    again(two_whose_keys_end, aws)
    capsys.readouterr()
    assert not run_job(job_of(aws), sweeper_of(aws), "request-1", lambda: 40_000)["is_finished"]
    assert logged(capsys)[-1]["outcome"] == "unfinished"


@pytest.mark.parametrize("operation", ["ListAccessKeys", "GetAccessKeyLastUsed", "UpdateAccessKey"])
def test_what_aws_refuses_keeps_nobody_else_waiting_and_is_told_as_an_error(
    operation: str, aws: Portal, capsys: pytest.CaptureFixture[str]
) -> None:
    again(two_whose_keys_end, aws)
    capsys.readouterr()
    with watched(aws, Deny(operation)), pytest.raises(RunRefused, match="access keys of: first, second"):
        run_job(job_of(aws), sweeper_of(aws), "request-1", lambda: 120_000)
    line = logged(capsys)[-1]
    assert (line["outcome"], line["ended"]) == ("refused", 0)


def test_a_member_for_whom_aws_is_too_busy_keeps_nobody_else_waiting(aws: Portal) -> None:
    again(two_whose_keys_end, aws)
    busy = Busy("first")
    with watched(aws, busy):
        assert run(aws) == Aged(ended=["second"])
    assert busy.kept_off == ["first", "first"], "who is looked at once more"


def test_when_aws_is_too_busy_for_three_after_each_other_the_run_ends(aws: Portal) -> None:
    names = ("first", "second", "third", "fourth")
    for name in names:
        aged(aws, name)
    later(aws, 80 * DAY)
    busy = Busy(*names)
    with watched(aws, busy):
        assert run(aws) == Aged()
    assert len(busy.kept_off) == 3


def test_without_its_event_no_key_ends(aws: Portal) -> None:
    again(two_whose_keys_end, aws)
    with watched(aws, Deny("TransactWriteItems")):
        assert run(aws).refused == ["first", "second"]
    assert set(statuses(aws, "first").values()) == {ACTIVE}


def test_one_that_may_not_look_fails_and_says_where(aws: Portal, capsys: pytest.CaptureFixture[str]) -> None:
    again(two_whose_keys_end, aws)
    capsys.readouterr()
    with watched(aws, Refuse("Query", "AccessDeniedException")), pytest.raises(AWSRefused):
        run_job(job_of(aws), sweeper_of(aws), "request-1", lambda: 120_000)
    assert [line["level"] for line in logged(capsys)] == ["warning", "info"]


CODES = {"code1": "123456", "code2": "654321"}


def with_ended_key(world: World) -> tuple[World, str]:
    """A member after their first day, whose key has ended; and that key."""
    first_day(world)
    world = with_settings(world, access_key_days=90)
    for days in (80, 10):
        later(world.portal, days * DAY)
        run(world.portal)
    (former,) = statuses(world.portal)
    assert statuses(world.portal) == {former: INACTIVE}
    return world, former


def test_whose_key_has_ended_gets_a_new_one_by_a_fresh_invitation_and_two_codes(world: World) -> None:
    """The command for the own page needs a key."""
    world, former = with_ended_key(world)
    assert [one["user_name"] for one in done("GET", "members?state=key-old")["members"]] == [MEMBER]
    page = world.browser.post("start", {"token": invited(world.portal).token})
    page = world.browser.submit(page.form("register-device"))
    page = world.browser.submit(page.form("existing-device"), **CODES)
    assert page.heading == "Get your access key"
    page = world.browser.submit(page.form("access-key"))
    assert page.heading == "Save two files"
    ends_on = (world.portal.now() + 90 * DAY).date()
    assert f"This access key ends on {ends_on}." in page.text
    found = statuses(world.portal)
    assert found.pop(former) == INACTIVE, "what ended stays so until it is deleted"
    assert list(found.values()) == [ACTIVE]
    assert done("GET", "members?state=key-old")["members"] == []
    later(world.portal, 30 * DAY)
    assert run(world.portal).deleted == [MEMBER]
    assert statuses(world.portal).keys() == found.keys()


def test_an_administrator_sees_when_a_key_ends_and_that_it_has(world: World) -> None:
    first_day(world)
    world = with_settings(world, access_key_days=90)
    later(world.portal, 80 * DAY)
    run(world.portal)
    (key_id,) = statuses(world.portal)
    ends_on = (world.portal.now() + 10 * DAY).date().isoformat()
    expected = {"access_key_id": key_id, "ends_on": ends_on, "has_ended": False}
    assert done("GET", f"members/{MEMBER}")["member"]["ageing_keys"] == [expected]
    admin = signed_in(world.portal)
    assert f"ends on {ends_on}" in admin.get("console/members?state=key-old").text
    assert f"ends by its age on {ends_on}" in admin.get(f"console/member?user_name={MEMBER}").text
    later(world.portal, 10 * DAY)
    run(world.portal)
    assert "invite again" in signed_in(world.portal).get(f"console/member?user_name={MEMBER}").text


def test_where_keys_do_not_age_nothing_of_it_is_shown(world: World) -> None:
    first_day(world)
    record(world.portal, ageing_keys=("AKIAIOSFODNN7EXAMPLE 2026-12-10 1 told 2026-11-30",))
    assert done("GET", "members?state=key-old")["members"] == []
    assert done("GET", f"members/{MEMBER}")["member"]["ageing_keys"] == []
    admin = signed_in(world.portal)
    for page in ("console/members", f"console/member?user_name={MEMBER}"):
        assert "ends on 2026-12-10" not in admin.get(page).text
        assert "Old access key" not in admin.get(page).text


@pytest.mark.parametrize(("limit", "days"), [(0, 90), (30, 30), (180, 180)])
def test_a_key_is_marked_as_old_by_the_age_in_the_settings(world: World, limit: int, days: int) -> None:
    first_day(world)
    with_settings(world, access_key_days=limit)
    for age, is_old in ((days, False), (1, True)):
        later(world.portal, age * DAY)
        assert done("GET", f"members/{MEMBER}")["member"]["is_key_old"] is is_old
        assert ("due for replacement" in signed_in(world.portal).get("console/members").text) is is_old


def test_the_members_own_page_says_when_each_active_key_ends(world: World) -> None:
    first_day(world)
    made_on = world.portal.now().date()
    assert "Ends on" not in opened(world.browser).text
    world = with_settings(world, access_key_days=90)
    assert f"Ends on {made_on + 90 * DAY}. Replace it before." in world.browser.get("me/overview").text
    assert f"This access key ends on {made_on + 90 * DAY}." in world.browser.get("me/config").text
    later(world.portal, 85 * DAY)
    run(world.portal)
    told = (world.portal.now() + 10 * DAY).date()
    assert f"Ends on {told}. Replace it before." in opened(world.browser).text, "what was told counts"
