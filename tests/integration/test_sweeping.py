"""What the sweeper removes and what it leaves; a run may be stopped anywhere."""

from datetime import timedelta

import pytest

from chalicelib.admin.sweeping import Swept, sweep
from chalicelib.aws.iam_administration import IAMAdministration
from chalicelib.aws_errors import AWSRefused
from chalicelib.scheduled import RunRefused, run
from chalicelib.sweeper import JOB
from chalicelib.wiring import Portal
from tests.helpers.aws_faults import Before, Busy, Call, Fault, Refuse, Wire, watched
from tests.helpers.journeys import calls_of
from tests.helpers.member_walk import Walk
from tests.helpers.sweeper import abandoned, later, open_link, sweeper_of, swept
from tests.helpers.terminal_in_process import logged
from tests.helpers.worlds import MEMBER, World, a_world, again, clients, in_process_browser, invited

DAY = timedelta(days=1)


def devices(here: Portal) -> list[str]:
    found = clients(here)[0].list_virtual_mfa_devices()["VirtualMFADevices"]
    return sorted(device["SerialNumber"].partition(":mfa/")[2] for device in found)


def events(here: Portal) -> list[tuple[str, str, str]]:
    items = clients(here)[1].scan(TableName="audit")["Items"]
    texts = [tuple(item.get(name, {}).get("S", "") for name in ("actor", "action", "subject")) for item in items]
    return sorted((a, b, c) for a, b, c in texts if a == "firstday-sweeper")


def test_the_device_of_an_abandoned_journey_goes_and_every_other_stays(aws: Portal) -> None:
    iam, _ = clients(aws)
    abandoned(aws)
    abandoned(aws, "gone-member")
    invited(aws, "never-asked")
    finished = World(aws, invited(aws, "finished"), in_process_browser())
    Walk(finished.browser, finished.invitation.token).to_the_end()
    for stranger in ("stranger", "never-asked", MEMBER.upper()):
        iam.create_virtual_mfa_device(VirtualMFADeviceName=stranger)
    later(aws, 2 * DAY)
    abandoned(aws, "running")
    assert swept(aws).devices == [MEMBER, "gone-member"]
    assert devices(aws) == [MEMBER.upper(), "finished", "never-asked", "running", "stranger"]
    assert events(aws) == [
        ("firstday-sweeper", "device.swept", MEMBER),
        ("firstday-sweeper", "device.swept", "gone-member"),
    ]


@pytest.mark.parametrize(("waited", "left"), [(timedelta(hours=23), [MEMBER]), (timedelta(hours=24), [])])
def test_a_device_is_left_alone_for_a_day(waited: timedelta, left: list[str], aws: Portal) -> None:
    abandoned(aws)
    later(aws, waited)
    swept(aws)
    assert devices(aws) == left


def test_the_device_of_who_comes_back_days_later_stays(aws: Portal) -> None:
    world = a_world(aws)
    open_link(world)
    later(aws, 3 * DAY)
    open_link(world)
    assert swept(aws).devices == []
    assert devices(aws) == [MEMBER]


def test_whoever_comes_back_while_it_sweeps_keeps_the_device(aws: Portal) -> None:
    world = a_world(aws)
    open_link(world)
    later(aws, 3 * DAY)
    with watched(aws, Before("ListVirtualMFADevices", lambda: open_link(world))):
        assert swept(aws).devices == []
    assert devices(aws) == [MEMBER]


def test_what_an_earlier_link_left_goes_a_day_after_the_new_one(aws: Portal) -> None:
    abandoned(aws)
    later(aws, 2 * DAY)
    invited(aws)
    assert swept(aws).devices == []
    later(aws, DAY)
    assert swept(aws).devices == [MEMBER]


def test_a_device_in_use_is_never_deleted_even_if_the_list_is_behind(aws: Portal) -> None:
    world = a_world(aws)
    Walk(world.browser, world.invitation.token).to_the_end()
    later(aws, 2 * DAY)
    behind = sweeper_of(aws)
    serial_number = behind.iam.serial_number(MEMBER)

    class Behind(IAMAdministration):
        def unassigned_devices(self) -> frozenset[str]:
            return frozenset({serial_number})

    iam = Behind(behind.iam.client, partition="aws", account_id="123456789012")
    assert sweep(behind.members, iam, now=aws.now()) == Swept(is_finished=True)
    assert devices(aws) == [MEMBER]


def test_no_record_is_changed(aws: Portal) -> None:
    """Its role must not: a role that may clear the hash of a session may also set it."""
    abandoned(aws, with_passcode=True)
    before = aws.members.get(MEMBER)
    later(aws, 60 * DAY)
    assert swept(aws).devices == [MEMBER]
    assert aws.members.get(MEMBER) == before


def test_who_never_came_is_reported_and_not_deleted(aws: Portal) -> None:
    invited(aws)
    abandoned(aws, "came-once")
    later(aws, 36 * DAY)
    assert swept(aws).never_opened == []
    later(aws, DAY)
    assert swept(aws).never_opened == [MEMBER]
    assert clients(aws)[0].get_user(UserName=MEMBER)
    assert aws.members.get(MEMBER)


def littered(here: Portal) -> World:
    """Two abandoned devices, one of them old."""
    abandoned(here, "first")
    later(here, 60 * DAY)
    world = World(here, invited(here, "second"), in_process_browser())
    open_link(world)
    later(here, 2 * DAY)
    return world


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "call" in metafunc.fixturenames:
        metafunc.parametrize("call", calls_of(littered, lambda world: swept(world.portal)), ids=str)


@pytest.mark.parametrize("fault", Fault, ids=str)
def test_whatever_call_fails_the_run_ends_quietly_and_the_next_one_finishes(
    call: Call, fault: Fault, aws: Portal
) -> None:
    again(littered, aws)
    with watched(aws, Wire(call, fault)):
        first = swept(aws)
    assert not first.is_finished
    assert swept(aws).is_finished
    assert devices(aws) == []
    told = [(action, subject) for _, action, subject in events(aws)]
    # IAM has no transactions: if the run ends just after a deletion, CloudTrail alone tells of it.
    assert len(told) in {1, 2}
    assert set(told) <= {("device.swept", "first"), ("device.swept", "second")}


def test_a_second_run_has_nothing_to_do(aws: Portal) -> None:
    again(littered, aws)
    swept(aws)
    with watched(aws, Wire()) as wire:
        assert swept(aws) == Swept(is_finished=True)
    assert [call.operation for call in wire.calls] == ["Query", "ListVirtualMFADevices"]


def test_when_the_time_is_up_the_rest_is_for_the_next_day(aws: Portal) -> None:
    again(littered, aws)
    answers = iter([True, False])
    first = swept(aws, has_time=lambda: next(answers))
    assert (first.devices, first.is_finished) == (["first"], False)
    second = swept(aws)
    assert (second.devices, second.is_finished) == (["second"], True)


def test_a_device_for_which_aws_is_too_busy_keeps_no_other_waiting(aws: Portal) -> None:
    again(littered, aws)
    with watched(aws, Busy("first")):
        assert swept(aws) == Swept(devices=["second"])
    assert swept(aws) == Swept(devices=["first"], is_finished=True)


def test_one_run_does_so_much_and_no_more(aws: Portal) -> None:
    again(littered, aws)
    assert not swept(aws, most_changes=1).is_finished
    assert swept(aws, most_changes=1).is_finished
    assert devices(aws) == []


def test_a_run_is_one_line_in_the_log_and_answers_with_names(
    aws: Portal, capsys: pytest.CaptureFixture[str]
) -> None:
    again(littered, aws)
    capsys.readouterr()
    answer = run(JOB, sweeper_of(aws), "request-1", lambda: 120_000)
    assert answer == {
        "devices": ["first", "second"],
        "refused": [],
        "never_opened": [],
        "reason": "",
        "is_finished": True,
    }
    (line,) = logged(capsys)
    assert line.pop("duration_ms") >= 0
    counts = {"devices": 2, "refused": 0, "never_opened": 0}
    known = {"level": "info", "request_id": "request-1", "actor": "firstday-sweeper", "action": "sweep"}
    assert line == {**known, "outcome": "ok", **counts}


def test_what_aws_refuses_keeps_nothing_else_from_being_swept_and_is_told_as_an_error(
    aws: Portal, capsys: pytest.CaptureFixture[str]
) -> None:
    again(littered, aws)
    capsys.readouterr()
    with (
        watched(aws, Refuse("DeleteVirtualMFADevice", "AccessDenied")),
        pytest.raises(RunRefused, match=r"of: first, second\."),
    ):
        run(JOB, sweeper_of(aws), "request-1", lambda: 120_000)
    (line,) = logged(capsys)
    assert (line["outcome"], line["devices"], line["refused"]) == ("refused", 0, 2)


def test_a_sweeper_that_may_not_look_fails_and_says_where(aws: Portal, capsys: pytest.CaptureFixture[str]) -> None:
    again(littered, aws)
    capsys.readouterr()
    with watched(aws, Refuse("ListVirtualMFADevices", "AccessDenied")), pytest.raises(AWSRefused):
        run(JOB, sweeper_of(aws), "request-1", lambda: 120_000)
    shown = [(line["level"], line.get("outcome")) for line in logged(capsys)]
    assert shown == [("warning", None), ("info", "AWSDenied")]
