"""Two requests for the access key at once: in any order of their calls to AWS, and one may sleep past its claim."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from threading import Condition, Thread, current_thread
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from chalicelib.aws.access_key_claims import CLAIM_LASTS
from chalicelib.errors import FirstdayError, InProgress
from chalicelib.journey.access_keys import AlreadyIssued, Issued, begin_issuing, issue_access_key
from chalicelib.members.sessions import MemberSession
from chalicelib.wiring import Portal
from tests.helpers import journeys
from tests.helpers.admin_calls import keys_of
from tests.helpers.aws_faults import Wire, watched
from tests.helpers.worlds import MEMBER, World, deployed

# Its beginning, UpdateItem, ListAccessKeys after another's, CreateAccessKey, TransactWriteItems, DeleteAccessKey.
STEPS = 6
SLEEPS = CLAIM_LASTS + timedelta(seconds=1)
# Each is the number of a request, 0 or 1, that takes the next step.
ORDERS = st.lists(st.integers(0, 1), min_size=2 * STEPS, max_size=2 * STEPS)


class Turns(Wire):
    """Lets the requests, each a thread called by its number, take steps in this ``order``."""

    def __init__(self, world: World, order: list[int], sleeps_at: int | None) -> None:
        super().__init__()
        self._world, self._order, self._sleeps_at, self._taken = world, list(order), sleeps_at, 0
        self._running: int | None = None
        self._waiting: set[int] = {0, 1}
        self._changed = Condition()

    def take(self, number: int) -> None:
        """Wait for the next step of the request; time passes before one of all steps."""
        with self._changed:
            self._give_way(number)
            assert self._changed.wait_for(lambda: self._running is None and self._next() == number, timeout=30)
            self._running = number
            self._order[:1] = []
            if self._taken == self._sleeps_at:
                self._world.clock.lead += SLEEPS
            self._taken += 1

    def leave(self, number: int) -> None:
        with self._changed:
            self._waiting.discard(number)
            self._give_way(number)

    def send(self, operation: str, request: Any) -> Any:
        self.take(int(current_thread().name))
        return super().send(operation, request)

    def _give_way(self, number: int) -> None:
        if self._running == number:
            self._running = None
        self._changed.notify_all()

    def _next(self) -> int:
        while self._order and self._order[0] not in self._waiting:
            self._order.pop(0)
        return self._order[0] if self._order else min(self._waiting)


@pytest.fixture(scope="module")
def proved() -> Iterator[World]:
    """A member who is about to ask for the access key."""
    with deployed() as here:
        yield journeys.proved(here)


def begin_anew(here: Portal, world: World) -> MemberSession:
    """No key and no claim, as before the first request: the member's session."""
    for key_id in keys_of(world):
        world.iam.delete_access_key(UserName=MEMBER, AccessKeyId=key_id)
    names = ("access_key_id", "access_key_attempts", "access_key_created_at", "claimed_by", "claimed_until")
    world.dynamodb.update_item(
        TableName="members",
        Key={"directory": {"S": "members"}, "name": {"S": MEMBER}},
        UpdateExpression=f"REMOVE {', '.join(names)} SET session_expires_at = :later",
        ExpressionAttributeValues={":later": {"S": "2099-01-01T00:00:00+00:00"}},
    )
    member = here.members.get(MEMBER)
    assert member
    assert member.session_hash
    return MemberSession(MEMBER, member.session_hash)


Outcome = Issued | AlreadyIssued | FirstdayError


def both(world: World, order: list[int], sleeps_at: int | None) -> list[Outcome]:
    """The outcomes of the two requests."""
    here = world.portal
    session, turns, outcomes = begin_anew(here, world), Turns(world, order, sleeps_at), dict[int, Outcome]()

    def issue(number: int) -> None:
        with ExitStack() as stack:
            stack.callback(turns.leave, number)
            turns.take(number)
            try:
                claims, now = here.access_key_claims, here.now()
                member = begin_issuing(claims, session, now)
                outcomes[number] = issue_access_key(
                    claims, here.iam, session, member, now, present=here.now, source_ip="203.0.113.7"
                )
            except FirstdayError as error:
                outcomes[number] = error

    with watched(here, turns):
        threads = [Thread(target=issue, args=(number,), name=str(number)) for number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    return [outcomes[number] for number in range(2)]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=ORDERS, sleeps_at=st.none() | st.integers(0, 2 * STEPS))
@example(order=[0, 0, 0, 0, 1, 1, 1, 1, 1, 1], sleeps_at=3)  # sleeps before it records, alone
@example(order=[0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0], sleeps_at=3)  # the other takes over meanwhile
@example(order=[0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0], sleeps_at=2)  # and lists the keys before there is one
def test_whatever_the_order_the_key_that_is_shown_is_the_only_one(
    proved: World, order: list[int], sleeps_at: int | None
) -> None:
    outcomes = both(proved, order, sleeps_at)
    shown = [outcome.access_key.access_key_id for outcome in outcomes if isinstance(outcome, Issued)]
    assert len(shown) <= 1
    member = proved.portal.members.get(MEMBER)
    assert member
    assert keys_of(proved) == dict.fromkeys(shown, "Active")
    assert ([member.access_key_id] if member.access_key_id else []) == shown
    others = [outcome for outcome in outcomes if not isinstance(outcome, Issued)]
    assert all(isinstance(outcome, AlreadyIssued | InProgress) for outcome in others), others


def test_a_claim_that_ran_out_is_worth_nothing_even_if_nobody_took_it_over(proved: World) -> None:
    first, second = both(proved, [0] * STEPS + [1] * STEPS, 2)
    assert isinstance(first, InProgress)
    assert isinstance(second, Issued)


def test_without_sleep_one_of_two_gets_the_key(proved: World) -> None:
    outcomes = both(proved, [0, 1] * STEPS, None)
    assert [type(outcome) for outcome in outcomes] == [Issued, InProgress]
