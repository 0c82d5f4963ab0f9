"""Two hundred members begin within ten seconds, while IAM refuses what is beyond its rate: see the helper."""

from contextlib import redirect_stdout
from io import StringIO

import pytest

from tests.helpers.training_room import BURST, room

MEMBERS = 200
CALLS = 4


@pytest.mark.parametrize(("rate", "executions"), [(20.0, 200), (15.0, 10)])
def test_everybody_in_a_training_room_finishes_and_nobody_half(rate: float, executions: int) -> None:
    with redirect_stdout(StringIO()), room(MEMBERS, rate=rate, executions=executions) as here:
        assert len(here.ready) == MEMBERS
        for name, walked in here.walks.items():
            assert here.in_iam(name) == {
                "devices": [f"arn:aws:iam::123456789012:mfa/{name}"],
                "groups": ["developers", "firstday-members"],
                "keys": [walked.credentials.splitlines()[1].rpartition(" ")[2]],
            }
    ideal = (CALLS * MEMBERS - BURST) / rate
    assert max(here.ready.values()) < 1.5 * ideal
    assert here.longest_request < 25
    assert here.clicks == 0
    # With few executions, calls are made again by pages, which have IAM look at the user once more.
    assert sum(here.wire.answered.values()) <= (5 if executions == MEMBERS else 6) * MEMBERS
