"""A member whose name is that of somebody else's device: the journey's device gets another, whatever call fails."""

import re
from datetime import timedelta

import pytest

from chalicelib.wiring import Portal
from tests.helpers.adopted_members import serial_number
from tests.helpers.aws_faults import Call, Fault
from tests.helpers.further_devices import all_devices, by_hand, record_of
from tests.helpers.journeys import journey, walk_with
from tests.helpers.member_walk import scan
from tests.helpers.sweeper import later, swept
from tests.helpers.worlds import MEMBER, World, a_world

OTHER = "somebody-else"


def with_taken_name(here: Portal) -> World:
    world = a_world(here)
    world.iam.create_user(UserName=OTHER)
    by_hand(here, MEMBER, user_name=OTHER)
    return world


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "call" in metafunc.fixturenames:
        metafunc.parametrize("call", journey(with_taken_name).calls, ids=str)


@pytest.mark.parametrize("fault", Fault, ids=str)
def test_a_call_that_fails_once_leaves_one_device_and_one_key(call: Call, fault: Fault, aws: Portal) -> None:
    world, walk = walk_with(fault, call, with_taken_name, aws)
    (own,) = world.iam.list_mfa_devices(UserName=MEMBER)["MFADevices"]
    taken, another = all_devices(aws)
    assert (taken, serial_number(f"/{another}")) == (MEMBER, own["SerialNumber"])
    assert re.fullmatch(rf"{MEMBER}-[a-z2-7]{{10}}", another)
    (key,) = world.iam.list_access_keys(UserName=MEMBER)["AccessKeyMetadata"]
    assert key["AccessKeyId"] == walk.credentials.split()[3]
    assert (record_of(aws).serial_number, record_of(aws).adding_serial) == (own["SerialNumber"], None)


def test_a_journey_that_was_given_up_leaves_no_device_of_the_other_name(aws: Portal) -> None:
    world = with_taken_name(aws)
    scan(world)
    assert len(all_devices(aws)) == 2
    later(aws, timedelta(days=2))
    assert swept(aws).devices == [MEMBER]
    assert all_devices(aws) == [MEMBER]
