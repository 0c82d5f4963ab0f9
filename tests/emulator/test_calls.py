"""The embedded AWS counts IAM calls, and refuses those beyond a rate if it is told one."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config

from firstday.sandbox.emulation.iam.call_rate import IAMCalls
from firstday.sandbox.errors import EmbeddedAWSFailed
from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from tests.helpers.embedded_aws import IDENTITY, ONCE, REGION, PlainMinistack, Refused


class Clock:
    """A clock that moves when it is told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAWS]:
    """An embedded AWS whose IAM takes four calls a second."""
    directory = tmp_path_factory.mktemp("slow")
    with EmbeddedAWS(
        accounts=(IDENTITY,), region=REGION, port=0, portal_port=0, directory=directory, iam_calls_per_second=4
    ) as aws:
        yield aws


def test_calls_beyond_the_rate_are_refused_as_aws_refuses_them(slow: EmbeddedAWS) -> None:
    iam = slow.session(IDENTITY).client("iam", config=ONCE)
    _rest()
    before = slow.iam_calls()
    for _ in range(4):
        iam.list_users()
    with Refused("Throttling") as refused:
        for _ in range(50):
            iam.list_users()
    assert (refused.status, refused.message) == (400, "Rate exceeded")
    counted = slow.iam_calls()
    assert counted["throttled"] - before["throttled"] == 1
    assert 5 <= counted["calls"] - before["calls"] < 55


def test_iam_refuses_every_call_while_it_is_told_to(slow: EmbeddedAWS) -> None:
    iam = slow.session(IDENTITY).client("iam", config=ONCE)
    _rest()
    with slow.iam_refusing(), Refused("Throttling"):
        iam.list_users()
    iam.list_users()


def test_a_client_that_tries_again_gets_through(slow: EmbeddedAWS) -> None:
    patient = Config(retries={"mode": "standard", "total_max_attempts": 10})
    iam = slow.session(IDENTITY).client("iam", config=patient)
    for _ in range(8):
        iam.list_users()


def test_other_services_are_not_refused(slow: EmbeddedAWS) -> None:
    before = slow.iam_calls()["calls"]
    sts = slow.session(IDENTITY).client("sts", config=ONCE)
    for _ in range(20):
        sts.get_caller_identity()
    assert slow.iam_calls()["calls"] == before


def _rest() -> None:
    """Until the bucket is full again."""
    time.sleep(1.1)


def test_without_a_rate_nothing_is_refused_but_everything_counted(aws: EmbeddedAWS) -> None:
    iam = aws.session(IDENTITY).client("iam", config=ONCE)
    before = aws.iam_calls()
    for _ in range(30):
        iam.list_users()
    assert aws.iam_calls() == {"calls": before["calls"] + 30, "throttled": 0}


def test_there_is_no_count_while_it_does_not_run() -> None:
    with pytest.raises(EmbeddedAWSFailed):
        EmbeddedAWS(accounts=(IDENTITY,), region=REGION).iam_calls()


def test_a_burst_of_the_rate_is_taken_and_then_as_many_as_time_brings(tmp_path: Path) -> None:
    clock = Clock()
    calls = IAMCalls(tmp_path, 15, clock)

    def taken() -> int:
        return sum(calls.refusal() is None for _ in range(100))

    assert taken() == 15
    clock.now += 0.2
    assert taken() == 3
    clock.now += 1000
    assert taken() == 15


@pytest.mark.parametrize("rate", [0.1, 0.5, 1])
def test_a_slow_rate_lets_one_call_through_at_a_time(tmp_path: Path, rate: float) -> None:
    clock = Clock()
    calls = IAMCalls(tmp_path, rate, clock)
    for _ in range(3):
        assert calls.refusal() is None
        assert calls.refusal() is not None
        clock.now += 1 / rate + 0.001


def test_plain_ministack_still_refuses_no_rate(plain: PlainMinistack) -> None:
    iam: Any = plain.client("iam")
    for _ in range(60):
        iam.list_users()
