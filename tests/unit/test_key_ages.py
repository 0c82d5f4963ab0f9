"""The timeline of an access key that ages: nobody is cut off unwarned, and each thing is done once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.admin.ageing_keys import Rule, in_turn
from chalicelib.members.iam_records import AccessKeyInfo
from chalicelib.members.key_ages import AgeingKey, Stage, ageing_keys, ends_by_age, is_deleted, old_key
from chalicelib.members.record import Member
from tests.helpers.ageing_world import BEGIN, KEY, NAME, RULE, AgeingWorld, Fails

AGEING, ENDED, DELETED = "access_key.ageing", "access_key.deactivated", "access_key.deleted"
# Days on which a run happens, and days on which the key is used: any.
DAYS = st.sets(st.integers(0, 200))


def lived(runs: set[int], uses: set[int], world: AgeingWorld | None = None) -> AgeingWorld:
    """A key's life, day by day."""
    world = world or AgeingWorld()
    for day in sorted(runs | uses):
        world.day = day
        if day in uses and KEY in world.keys and world.keys[KEY].is_active:
            world.use()
        if day in runs:
            world.run()
    return world


def test_a_key_that_nobody_uses_is_told_at_80_days_ended_at_90_and_deleted_a_month_later() -> None:
    world = lived(set(range(130)), set())
    assert (world.told(AGEING), world.told(ENDED), world.told(DELETED)) == ([80], [90], [120])
    assert world.keys == {}
    assert old_key(world.member) is None
    assert is_deleted(world.member), "the record has no other sign of it"
    world.keys["AKIANEW"] = AccessKeyInfo("AKIANEW", world.now)
    world.member = replace(world.member, access_key_id="AKIANEW")
    world.run()
    assert world.member.ageing_keys == ()


def test_a_key_in_daily_use_is_told_twice_and_ends_a_week_later() -> None:
    world = lived(set(range(130)), set(range(130)))
    assert (world.told(AGEING), world.told(ENDED), world.told(DELETED)) == ([80, 90], [97], [127])


def test_each_notice_names_the_day_on_which_the_key_ends() -> None:
    world = lived(set(range(100)), set(range(100)))
    notices = [event.details for _, event in world.events if event.action == AGEING]
    assert notices == [
        {"access_key_id": KEY, "ends_on": "2026-04-01", "notice": "1"},
        {"access_key_id": KEY, "ends_on": "2026-04-08", "notice": "2"},
    ]
    assert (BEGIN + timedelta(days=97)).date().isoformat() == "2026-04-08"


@given(runs=DAYS, uses=DAYS)
def test_no_key_ends_without_the_notices_that_it_needs(runs: set[int], uses: set[int]) -> None:
    world = lived(runs, uses)
    notices, ended, deleted = world.told(AGEING), world.told(ENDED), world.told(DELETED)
    assert len(notices) <= 2
    assert len(ended) <= 1
    assert len(deleted) <= 1
    for day in ended:
        assert day >= 90
        assert day >= notices[0] + 10, "whoever is told late has as long"
        if any(day - 7 < used <= day for used in uses):
            assert len(notices) == 2, "a key in use is told twice"
            assert day >= notices[1] + 7
    for day in deleted:
        assert day >= ended[0] + 30


@given(runs=DAYS, uses=DAYS)
def test_missed_runs_are_made_up_for(runs: set[int], uses: set[int]) -> None:
    world = lived(runs, uses)
    for day in (300, 310, 317):
        world.run(day)
    assert KEY not in world.keys or not world.keys[KEY].is_active
    world.run(347)
    assert world.keys == {}


def test_eighty_days_in_one_step_do_what_was_due_and_skip_no_notice() -> None:
    world = AgeingWorld()
    world.run(5)
    world.run(85)
    assert world.told(AGEING) == [85]
    world.use()
    world.run(165)
    assert (world.told(AGEING), world.told(ENDED)) == ([85], [165]), "told in time, and not used lately"
    world.run(245)
    assert world.told(DELETED) == [245]


@given(runs=DAYS, uses=DAYS, nth=st.integers(1, 40), data=st.data())
def test_a_run_that_ends_anywhere_is_gone_on_with_and_tells_nothing_twice(
    runs: set[int], uses: set[int], nth: int, data: st.DataObject
) -> None:
    world, again = AgeingWorld(), AgeingWorld()
    world.before = Fails(nth)
    lived({*range(0, 200)} if data.draw(st.booleans()) else runs, uses, world)
    lived({*range(0, 200)}, uses, again)
    assert len(world.told(AGEING)) <= 2
    assert len(world.told(ENDED)) <= 1
    assert len(world.told(DELETED)) <= 1
    if KEY in world.keys and not world.keys[KEY].is_active:
        assert len(world.told(ENDED)) == 1, "no deactivation without its event"


@pytest.mark.parametrize("is_used", [True, False])
@pytest.mark.parametrize("day", [80, 90, 97, 120, 127])
@pytest.mark.parametrize("nth", range(1, 9))
def test_two_runs_at_once_do_each_thing_once(nth: int, day: int, is_used: bool) -> None:
    """The second one runs as a whole before the nth call of the first one."""
    until, world, left = set(range(day + 1)), AgeingWorld(), [nth]
    uses = until if is_used else set()

    def another() -> None:
        left[0] -= 1
        if left[0] == 0:
            world.run()

    lived(until - {day}, uses - {day}, world)
    world.before = another
    lived({day}, uses & {day}, world)
    alone = lived(until, uses)
    assert [(at, event.action) for at, event in world.events] == [(at, event.action) for at, event in alone.events]
    assert (world.keys, world.member) == (alone.keys, alone.member)


def test_a_key_that_is_inactive_by_a_reset_or_a_suspension_is_left_alone_and_told_anew_afterwards() -> None:
    world = lived(set(range(85)), set())
    world.keys[KEY] = replace(world.keys[KEY], is_active=False)
    world.member = replace(world.member, suspended_keys=(KEY,))
    lived(set(range(85, 150)), set(), world)
    assert (world.told(AGEING), world.told(ENDED), world.told(DELETED)) == ([80], [], [])
    world.keys[KEY] = replace(world.keys[KEY], is_active=True)
    lived(set(range(150, 200)), set(), world)
    assert (world.told(AGEING), world.told(ENDED), world.told(DELETED)) == ([80, 150], [160], [190])


def test_a_key_that_an_administrator_activates_after_its_end_has_another_ten_days() -> None:
    world = lived(set(range(92)), set())
    world.keys[KEY] = replace(world.keys[KEY], is_active=True)
    lived(set(range(92, 110)), set(), world)
    assert (world.told(AGEING), world.told(ENDED)) == ([80, 92], [90, 102])


def replaced_on_day_82(former_is_active: bool) -> AgeingWorld:
    world = lived(set(range(82)), set())
    world.day = 82
    world.keys[KEY] = replace(world.keys[KEY], is_active=former_is_active)
    world.keys["AKIANEW"] = AccessKeyInfo("AKIANEW", world.now)
    world.member = replace(world.member, access_key_id="AKIANEW")
    return lived(set(range(82, 150)), set(), world)


def test_a_new_key_has_an_age_of_its_own_and_the_old_one_is_deleted_a_month_after_it() -> None:
    world = replaced_on_day_82(former_is_active=False)
    assert (world.told(AGEING), world.told(ENDED), world.told(DELETED)) == ([80], [], [112])
    assert list(world.keys) == ["AKIANEW"]
    assert old_key(world.member) is None


def test_an_old_key_that_stays_active_beside_the_new_one_ends_all_the_same() -> None:
    world = replaced_on_day_82(former_is_active=True)
    assert (world.told(ENDED), world.told(DELETED)) == ([90], [120])


def test_a_key_that_was_replaced_a_moment_ago_is_not_told() -> None:
    world = AgeingWorld(day=80)
    world.keys["AKIANEW"] = AccessKeyInfo("AKIANEW", world.now)
    world.member = replace(
        world.member, access_key_id="AKIANEW", former_key_id=KEY, former_key_ends_at=world.now + timedelta(days=1)
    )
    lived({80, 81, 82}, set(), world)
    assert world.told(AGEING) == [82], "it was activated again, or never deactivated"


def test_a_longer_limit_takes_a_notice_back_and_the_member_is_told_anew() -> None:
    world = lived(set(range(85)), set())
    world.rule = Rule(180, UTC)
    lived(set(range(85, 200)), set(), world)
    assert (world.told(AGEING), world.told(ENDED)) == ([80, 170], [180])


def test_without_a_limit_nothing_ends() -> None:
    world = AgeingWorld(rule=replace(RULE, limit=0))
    assert lived(set(range(200)), set(), world).events == []
    assert world.run().is_finished


def test_who_is_leaving_is_left_to_the_offboarding() -> None:
    world = AgeingWorld()
    world.member = replace(world.member, offboarding_at=BEGIN)
    assert lived(set(range(200)), set(), world).events == []


def test_a_key_that_is_gone_is_forgotten() -> None:
    world = lived(set(range(85)), set())
    assert old_key(world.member)
    del world.keys[KEY]
    world.run(85)
    assert world.member.ageing_keys == ()


@pytest.mark.parametrize(("zone", "day"), [("Asia/Tokyo", "2026-04-02"), ("America/New_York", "2026-04-01")])
def test_days_are_those_of_the_organisation(zone: str, day: str) -> None:
    key = AccessKeyInfo(KEY, datetime(2026, 1, 1, 20, tzinfo=UTC))
    assert str(ends_by_age(key, 90, ZoneInfo(zone))) == day


@given(
    ends_on=st.dates(),
    notices=st.integers(0, 9),
    stage=st.sampled_from(Stage),
    since=st.dates(),
    more=st.booleans(),
)
def test_what_the_record_keeps_is_read_as_it_was_written(
    ends_on: datetime, notices: int, stage: Stage, since: datetime, more: bool
) -> None:
    key = AgeingKey(KEY, ends_on, notices, stage, since)
    line = f"{key} later" if more else str(key)
    assert ageing_keys(Member(NAME, BEGIN, ageing_keys=(line, "unreadable", ""))) == (key,)


def test_whoever_a_short_run_left_out_is_among_the_first_on_another_day() -> None:
    told = Member("told", BEGIN, ageing_keys=(f"{KEY} 2026-04-01 1 told 2026-03-22",))
    everybody = [Member(f"member-{number:02}", BEGIN) for number in range(14)]
    firsts = set()
    for day in range(7):
        order = in_turn([*everybody, told], BEGIN + timedelta(days=day))
        assert order[0] is told
        assert sorted(member.user_name for member in order[1:]) == [member.user_name for member in everybody]
        firsts |= {member.user_name for member in order[1:3]}
    assert len(firsts) == 14
