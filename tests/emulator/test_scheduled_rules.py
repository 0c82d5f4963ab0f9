"""Scheduled rules start functions by the clock of the embedded AWS, each once however far that was moved."""

import io
import time
import zipfile
from collections.abc import Iterator

import pytest

from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from tests.helpers.embedded_aws import IDENTITY, REGION, new_role, root_client
from tests.helpers.function_logs import lines

TRUST = {"Principal": {"Service": "lambda.amazonaws.com"}}
CODE = """
import time
def handler(event, context):
    print("ran", event["detail-type"], int(time.time()))
"""


@pytest.fixture(scope="module")
def timed() -> Iterator[EmbeddedAWS]:
    with EmbeddedAWS(accounts=(IDENTITY,), region=REGION, port=0, portal_port=0, runs_schedules=True) as embedded:
        yield embedded


def scheduled(aws: EmbeddedAWS, name: str, schedule: str) -> None:
    """A function that says in its log when it runs."""
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("a.py", CODE)
    events = root_client(aws, "events")
    function = root_client(aws, "lambda").create_function(
        FunctionName=name,
        Code={"ZipFile": code.getvalue()},
        Role=new_role(aws, TRUST),
        Runtime="python3.13",
        Handler="a.handler",
    )
    events.put_rule(Name=name, ScheduleExpression=schedule)
    events.put_targets(Rule=name, Targets=[{"Id": "it", "Arn": function["FunctionArn"]}])


def runs(aws: EmbeddedAWS, name: str, expected: int) -> list[str]:
    return lines(aws, name, "ran", expected)


def test_a_function_that_was_due_often_while_the_clock_moved_runs_once(timed: EmbeddedAWS) -> None:
    scheduled(timed, "daily", "rate(1 day)")
    scheduled(timed, "hourly", "rate(1 hour)")
    timed.move_clock(hours=2)
    assert len(runs(timed, "hourly", 1)) == 1
    timed.move_clock(hours=80 * 24)
    daily, hourly = runs(timed, "daily", 1), runs(timed, "hourly", 2)
    assert (len(daily), len(hourly)) == (1, 2)
    assert daily[0].startswith("ran Scheduled Event")
    assert abs(int(daily[0].split()[-1]) - timed.now) < 600
    time.sleep(2)
    assert len(runs(timed, "daily", 1)) == 1


def test_a_clock_moved_by_less_starts_nothing(timed: EmbeddedAWS) -> None:
    scheduled(timed, "weekly", "rate(7 days)")
    timed.move_clock(hours=24)
    time.sleep(2)
    assert runs(timed, "weekly", 0) == []
