"""How fast an import goes on, against a service that takes so many calls a second and no more."""

from dataclasses import dataclass, field

import pytest

from firstday.importing.pacing import LONGEST, Pace


@dataclass
class Service:
    """A token bucket: ``rate`` requests a second and a small reserve. A request takes ``latency`` seconds."""

    rate: float
    latency: float = 0.05
    now: float = 0.0
    reserve: float = 5.0
    pauses: list[float] = field(default_factory=list)
    refused: int = 0

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self._pass(seconds)

    def takes_one(self) -> bool:
        self._pass(self.latency)
        if self.reserve < 1:
            self.refused += 1
            return False
        self.reserve -= 1
        return True

    def _pass(self, seconds: float) -> None:
        self.now += seconds
        self.reserve = min(5.0, self.reserve + seconds * self.rate)


def work(service: Service, lines: int) -> None:
    pace = Pace(pause=service.pause)
    while lines:
        pace.wait()
        if service.takes_one():
            pace.faster()
            lines -= 1
        else:
            pace.slower()


@pytest.mark.parametrize("rate", [0.5, 2, 4, 10])
def test_a_throttled_service_is_neither_hammered_nor_left_idle(rate: float) -> None:
    service = Service(rate)
    work(service, 500)
    assert service.refused < 500 * 0.1
    assert service.now < 500 / rate * 1.6


def test_a_service_with_time_is_not_waited_for() -> None:
    service = Service(rate=1000)
    work(service, 500)
    assert service.pauses == []


def test_each_refusal_makes_it_slower_up_to_a_limit_and_success_faster_again() -> None:
    pauses: list[float] = []
    pace = Pace(pause=pauses.append, jitter=lambda _low, _high: 1.0)
    for _ in range(12):
        pace.slower()
        pace.wait()
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST
    for _ in range(10):
        pace.faster()
    pace.wait()
    assert LONGEST * 0.6 < pauses[-1] < LONGEST
    for _ in range(300):
        pace.faster()
    pace.wait()
    assert len(pauses) == 13


def test_what_the_service_asks_for_is_waited_for_once() -> None:
    pauses: list[float] = []
    pace = Pace(pause=pauses.append)
    pace.slower(retry_after=17)
    pace.wait()
    pace.faster()
    pace.wait()
    assert pauses[0] == 17
    assert pauses[1] < 1
