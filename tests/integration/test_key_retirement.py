"""Which access keys are deactivated a day after their replacement; a run may be stopped anywhere."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from botocore.awsrequest import AWSPreparedRequest

from chalicelib.admin.retiring_keys import Retired
from chalicelib.aws_errors import AWSRefused
from chalicelib.key_retirement import JOB
from chalicelib.scheduled import RunRefused, run
from chalicelib.wiring import Portal
from tests.helpers.aws_faults import Before, Busy, Call, Deny, Fault, Refuse, Wire, body_of, watched
from tests.helpers.journeys import calls_of
from tests.helpers.mailing import with_mail
from tests.helpers.replaced_keys import DAY, Keys, record, replaced, retired, statuses
from tests.helpers.sweeper import later, sweeper_of
from tests.helpers.terminal_in_process import logged
from tests.helpers.worlds import MEMBER, World, a_world, again, clients, invited

HOUR = timedelta(hours=1)
ACTIVE, INACTIVE = "Active", "Inactive"


def events(here: Portal) -> list[dict[str, str]]:
    """What the trail says of the key retirement, without times."""
    items = clients(here)[1].scan(TableName="audit")["Items"]
    told = [{name: value["S"] for name, value in item.items()} for item in items]
    names = ("action", "subject", "detail_access_key_id", "detail_reason")
    mine = [event for event in told if event["actor"] == "firstday-key-retirement"]
    return sorted(({name: event[name] for name in names} for event in mine), key=lambda event: event["subject"])


def event_of(keys: Keys, user_name: str = MEMBER) -> dict[str, str]:
    return {
        "action": "access_key.deactivated",
        "subject": user_name,
        "detail_access_key_id": keys.former,
        "detail_reason": "replaced by a new key",
    }


def test_the_former_key_ends_after_its_day_and_every_other_key_stays(aws: Portal) -> None:
    keys, later_on = replaced(aws), replaced(aws, "has-another-hour")
    record(aws, "has-another-hour", former_key_ends_at=aws.now() + DAY + HOUR)
    invited(aws, "not-replaced")
    clients(aws)[0].create_access_key(UserName="not-replaced")
    later(aws, DAY)
    assert retired(aws) == Retired(members=[MEMBER], is_finished=True)
    assert statuses(aws) == {keys.former: INACTIVE, keys.new: ACTIVE}
    assert statuses(aws, "has-another-hour") == {later_on.former: ACTIVE, later_on.new: ACTIVE}
    assert set(statuses(aws, "not-replaced").values()) == {ACTIVE}
    assert events(aws) == [event_of(keys)]


def test_a_moment_before_its_end_a_key_is_still_active(aws: Portal) -> None:
    keys = replaced(aws)
    later(aws, DAY - timedelta(minutes=1))
    assert retired(aws) == Retired(is_finished=True)
    assert statuses(aws) == {keys.former: ACTIVE, keys.new: ACTIVE}


def test_no_record_is_changed(aws: Portal) -> None:
    replaced(aws)
    before = aws.members.get(MEMBER)
    later(aws, DAY)
    assert retired(aws).members == [MEMBER]
    assert aws.members.get(MEMBER) == before


def test_with_mail_the_member_is_told_once_iam_has_done_it(aws: Portal) -> None:
    keys, mailing = replaced(aws, email="dev-simple-user@example.com"), with_mail(aws)
    later(aws, DAY)
    with watched(mailing, Wire()) as wire:
        assert retired(mailing) == Retired(members=[MEMBER], is_finished=True)
    last = ["TransactWriteItems", "UpdateAccessKey", "TransactWriteItems"]
    assert [call.operation for call in wire.calls][-3:] == last
    (mail,) = clients(aws)[1].scan(TableName="mail")["Items"]
    names = ("box", "action", "actor", "subject", "detail_access_key_id")
    assert [mail[name]["S"] for name in names] == [
        *("waiting", "access_key.deactivated", "firstday-key-retirement", MEMBER, keys.former)
    ]
    assert "example.com" not in str(mail)
    assert events(aws) == [event_of(keys)]


def test_nobody_is_told_of_a_key_that_is_still_active(aws: Portal) -> None:
    replaced(aws, email="dev-simple-user@example.com")
    mailing = with_mail(aws)
    later(aws, DAY)
    with watched(mailing, Deny("UpdateAccessKey")):
        assert retired(mailing).refused == [MEMBER]
    assert clients(aws)[1].scan(TableName="mail")["Items"] == []
    assert retired(mailing).members == [MEMBER]
    assert len(clients(aws)[1].scan(TableName="mail")["Items"]) == 1


@pytest.mark.parametrize(
    "fields", [{"former_key_id": None}, {"former_key_ends_at": None}, {"offboarding_at": "now"}], ids=str
)
def test_who_has_confirmed_or_is_leaving_keeps_what_they_have(fields: dict[str, Any], aws: Portal) -> None:
    keys = replaced(aws)
    changes: dict[str, Any] = {name: aws.now() if value else None for name, value in fields.items()}
    record(aws, **changes)
    later(aws, 2 * DAY)
    assert retired(aws) == Retired(is_finished=True)
    assert statuses(aws) == {keys.former: ACTIVE, keys.new: ACTIVE}


@pytest.mark.parametrize("is_lost", [True, False])
def test_who_has_no_other_key_that_works_keeps_the_former_one(is_lost: bool, aws: Portal) -> None:
    """The new one may have been lost on its way, and taken back."""
    keys, iam = replaced(aws), clients(aws)[0]
    if is_lost:
        iam.delete_access_key(UserName=MEMBER, AccessKeyId=keys.new)
    else:
        iam.update_access_key(UserName=MEMBER, AccessKeyId=keys.new, Status=INACTIVE)
    later(aws, 2 * DAY)
    assert retired(aws) == Retired(is_finished=True)
    assert statuses(aws)[keys.former] == ACTIVE
    assert events(aws) == []


def test_who_replaces_the_key_once_more_while_it_looks_has_a_day_again(aws: Portal) -> None:
    keys = replaced(aws)
    later(aws, DAY)
    ends_at = aws.now() + DAY
    once_more = Before("ListAccessKeys", lambda: record(aws, former_key_id=keys.new, former_key_ends_at=ends_at))
    with watched(aws, once_more):
        assert retired(aws) == Retired(is_finished=True)
    assert statuses(aws) == {keys.former: ACTIVE, keys.new: ACTIVE}
    assert events(aws) == []


def test_runs_that_were_missed_are_made_up_for_within_a_week(aws: Portal) -> None:
    keys = replaced(aws)
    later(aws, 8 * DAY - HOUR)
    assert retired(aws).members == [MEMBER]
    assert statuses(aws)[keys.former] == INACTIVE


def test_an_administrator_who_activates_the_key_a_week_later_is_not_fought(aws: Portal) -> None:
    keys = replaced(aws)
    later(aws, DAY)
    retired(aws)
    iam, _ = clients(aws)
    iam.update_access_key(UserName=MEMBER, AccessKeyId=keys.former, Status=ACTIVE)
    assert retired(aws).members == [MEMBER], "within the week, it ends again"
    later(aws, 7 * DAY)
    iam.update_access_key(UserName=MEMBER, AccessKeyId=keys.former, Status=ACTIVE)
    assert retired(aws).members == []
    assert statuses(aws)[keys.former] == ACTIVE


def test_keys_and_users_that_are_gone_are_nothing_to_tell(aws: Portal) -> None:
    keys, iam = replaced(aws), clients(aws)[0]
    gone = replaced(aws, "gone-member")
    iam.delete_access_key(UserName=MEMBER, AccessKeyId=keys.former)
    for key_id in (gone.former, gone.new):
        iam.delete_access_key(UserName="gone-member", AccessKeyId=key_id)
    iam.remove_user_from_group(UserName="gone-member", GroupName="firstday-members")
    iam.delete_user(UserName="gone-member")
    later(aws, DAY)
    assert retired(aws) == Retired(is_finished=True)
    assert statuses(aws) == {keys.new: ACTIVE}


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


def test_iam_is_asked_for_nothing_but_deactivating(aws: Portal) -> None:
    keys = replaced(aws)
    later(aws, DAY)
    wire = Statuses()
    with watched(aws, wire):
        retired(aws)
        retired(aws)
    assert wire.asked == [(keys.former, INACTIVE)]


def two_who_replaced(here: Portal) -> World:
    """Two members, whose days end together."""
    world = a_world(here)
    replaced(here, "first")
    replaced(here, "second")
    later(here, DAY)
    return world


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "call" in metafunc.fixturenames:
        metafunc.parametrize("call", calls_of(two_who_replaced, lambda world: retired(world.portal)), ids=str)


@pytest.mark.parametrize("fault", Fault, ids=str)
def test_whatever_call_fails_the_run_ends_quietly_and_the_next_one_finishes(
    call: Call, fault: Fault, aws: Portal
) -> None:
    again(two_who_replaced, aws)
    with watched(aws, Wire(call, fault)):
        assert not retired(aws).is_finished
    assert retired(aws).is_finished
    for name in ("first", "second"):
        assert sorted(statuses(aws, name).values()) == [ACTIVE, INACTIVE]
    told = [event["subject"] for event in events(aws)]
    assert set(told) == {"first", "second"}, "no deactivation without its event"
    assert len(told) <= 3, "at most one event is told again"


@pytest.mark.parametrize("operation", ["TransactWriteItems", "UpdateAccessKey"])
def test_two_runs_at_once_deactivate_the_key_and_at_most_tell_it_twice(operation: str, aws: Portal) -> None:
    keys = replaced(aws)
    later(aws, DAY)
    with watched(aws, Before(operation, lambda: retired(aws))):
        assert retired(aws).is_finished
    assert statuses(aws) == {keys.former: INACTIVE, keys.new: ACTIVE}
    assert events(aws) == [event_of(keys)] * 2


def test_a_later_run_asks_once_a_member_and_changes_nothing(aws: Portal) -> None:
    again(two_who_replaced, aws)
    retired(aws)
    with watched(aws, Wire()) as wire:
        assert retired(aws) == Retired(is_finished=True)
    assert [call.operation for call in wire.calls] == ["Query", "ListAccessKeys", "ListAccessKeys"]


def test_when_the_time_is_up_the_latest_were_first_and_the_rest_is_for_the_next_hour(aws: Portal) -> None:
    again(two_who_replaced, aws)
    record(aws, "second", former_key_ends_at=aws.now())
    answers = iter([True, False])
    first = retired(aws, has_time=lambda: next(answers))
    assert (first.members, first.is_finished) == (["second"], False)
    assert retired(aws) == Retired(members=["first"], is_finished=True)


def test_a_run_is_one_line_in_the_log_and_answers_with_names(
    aws: Portal, capsys: pytest.CaptureFixture[str]
) -> None:
    again(two_who_replaced, aws)
    capsys.readouterr()
    answer = run(JOB, sweeper_of(aws), "request-1", lambda: 120_000)
    assert answer == {"members": ["second", "first"], "refused": [], "reason": "", "is_finished": True}
    (line,) = logged(capsys)
    assert line.pop("duration_ms") >= 0
    known = {"request_id": "request-1", "actor": "firstday-key-retirement", "action": "retire keys"}
    assert line == {"level": "info", **known, "outcome": "ok", "members": 2, "refused": 0}


def test_a_run_without_time_says_that_it_is_unfinished(aws: Portal, capsys: pytest.CaptureFixture[str]) -> None:
    again(two_who_replaced, aws)
    capsys.readouterr()
    assert not run(JOB, sweeper_of(aws), "request-1", lambda: 40_000)["is_finished"]
    assert logged(capsys)[-1]["outcome"] == "unfinished"


@pytest.mark.parametrize("operation", ["ListAccessKeys", "UpdateAccessKey"])
def test_what_aws_refuses_keeps_nobody_else_waiting_and_is_told_as_an_error(
    operation: str, aws: Portal, capsys: pytest.CaptureFixture[str]
) -> None:
    again(two_who_replaced, aws)
    capsys.readouterr()
    with watched(aws, Deny(operation)), pytest.raises(RunRefused, match=r"former access keys of: second, first\."):
        run(JOB, sweeper_of(aws), "request-1", lambda: 120_000)
    line = logged(capsys)[-1]
    assert (line["outcome"], line["members"], line["refused"]) == ("refused", 0, 2)


def test_a_member_for_whom_aws_is_too_busy_keeps_nobody_else_waiting(aws: Portal) -> None:
    again(two_who_replaced, aws)
    busy = Busy("second")
    with watched(aws, busy):
        assert retired(aws) == Retired(members=["first"])
    assert busy.kept_off == ["second"]
    assert retired(aws) == Retired(members=["second"], is_finished=True)


def test_without_its_event_no_key_is_deactivated(aws: Portal) -> None:
    again(two_who_replaced, aws)
    with watched(aws, Deny("TransactWriteItems")):
        assert retired(aws).refused == ["second", "first"]
    assert set(statuses(aws, "first").values()) == {ACTIVE}


def test_one_that_may_not_look_fails_and_says_where(aws: Portal, capsys: pytest.CaptureFixture[str]) -> None:
    again(two_who_replaced, aws)
    capsys.readouterr()
    with watched(aws, Refuse("Query", "AccessDeniedException")), pytest.raises(AWSRefused):
        run(JOB, sweeper_of(aws), "request-1", lambda: 120_000)
    assert [line["level"] for line in logged(capsys)] == ["warning", "info"]
