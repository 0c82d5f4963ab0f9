"""The whole product goes by the sandbox's clock, which is not this machine's."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from firstday.sandbox.run_sandbox import running
from firstday.sandbox.running_sandbox import as_record
from firstday.verification.device import Device
from tests.helpers.running_sandbox import Member, RunningSandbox


@pytest.fixture(scope="module")
def moving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    """One whose clock these tests move, each from where the last one left it."""
    with running(port=0, portal_port=0, member="dev-simple-user") as started:
        yield RunningSandbox(as_record(started), tmp_path_factory.mktemp("admin"), started.aws)


def test_half_an_hour_later_administrators_and_members_go_on(moving: RunningSandbox, tmp_path: Path) -> None:
    moving.aws.move_clock(hours=0.5)
    member = Member(moving, "of-later", tmp_path, moving.browser())
    page = member.scan(member.begin(moving.invite("of-later")["invitation_url"]))
    # A phone that came along: the portal, too, asks whether the codes are of the present.
    member.device = Device(member.device.seed if member.device else "", now=lambda: moving.aws.now)
    member.save_files(member.enter_codes(page))
    assert (tmp_path / ".aws" / "config").exists()


def test_an_invitation_has_expired_when_its_days_have_passed(moving: RunningSandbox, tmp_path: Path) -> None:
    member = Member(moving, "dev-simple-user", tmp_path, moving.browser())
    moving.aws.move_clock(hours=7 * 24 + 1)
    page = member.begin(moving.record["invitation_url"])
    assert "expired" in page.text, page.text


def test_what_is_due_meanwhile_runs_by_itself(moving: RunningSandbox) -> None:
    logs = moving.root("logs")
    (group,) = logs.describe_log_groups(logGroupNamePrefix="firstday-SweeperLogs")["logGroups"]
    at = moving.aws.now
    moving.aws.move_clock(hours=80 * 24)
    for _ in range(150):
        events = logs.filter_log_events(logGroupName=group["logGroupName"])["events"]
        if ran := [one for one in events if one["timestamp"] / 1000 > at + 79 * 24 * 3600]:
            break
        time.sleep(0.1)
    assert any('"outcome": "ok"' in one["message"] for one in ran), ran
