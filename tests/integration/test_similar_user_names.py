"""``ada`` and ``ada-2``: a user name with more behind it is another member's, or a further device's."""

from datetime import timedelta

import pytest

from chalicelib.wiring import Portal
from tests.helpers.admin_calls import done
from tests.helpers.further_devices import all_devices, further, unfinished
from tests.helpers.member_walk import Walk
from tests.helpers.sweeper import abandoned, later, swept
from tests.helpers.worlds import World, again, in_process_browser, invited

DAY = timedelta(days=1)
ADAS = ["ada", "ada-2", "ada-2-p3n8v6kzqa", "ada-2m9qpwz7kx", "ada-x7k2m9qpwz"]


def both_adas(here: Portal) -> World:
    """Two members with three and two devices."""
    for name in ("ada", "ada-2"):
        Walk(in_process_browser(), invited(here, name).token).to_the_end()
    for name, user_name in (("ada-x7k2m9qpwz", "ada"), ("ada-2m9qpwz7kx", "ada"), ("ada-2-p3n8v6kzqa", "ada-2")):
        further(here, name, user_name=user_name)
    return World(here, invited(here, "unused"), in_process_browser())


@pytest.mark.parametrize(
    ("name", "left"),
    [("ada", ["ada-2", "ada-2-p3n8v6kzqa"]), ("ada-2", ["ada", "ada-2m9qpwz7kx", "ada-x7k2m9qpwz"])],
)
@pytest.mark.parametrize("is_offboarding", [True, False], ids=["offboarding", "reset"])
def test_neither_of_two_members_loses_a_device_with_the_other(
    name: str, left: list[str], is_offboarding: bool, aws: Portal
) -> None:
    again(both_adas, aws)
    assert all_devices(aws) == ADAS
    if is_offboarding:
        done("DELETE", f"members/{name}")
    else:
        done("POST", f"members/{name}/mfa-reset", {})
    assert all_devices(aws) == left


@pytest.mark.parametrize("name", ["ada", "ada-2"])
def test_a_new_journey_of_one_takes_no_device_of_the_other(name: str, aws: Portal) -> None:
    again(both_adas, aws)
    token = done("POST", f"members/{name}/mfa-reset", {})["token"]
    left = all_devices(aws)
    Walk(in_process_browser(), token, has_key=True).to_the_end()
    assert all_devices(aws) == sorted([*left, name])


@pytest.mark.parametrize(("leaves", "stays"), [("ada", "ada-2"), ("ada-2", "ada")])
def test_the_leftovers_of_one_journey_are_not_those_of_the_other(leaves: str, stays: str, aws: Portal) -> None:
    for name in ("ada", "ada-2"):
        abandoned(aws, name)
    later(aws, 2 * DAY)
    abandoned(aws, stays)
    assert swept(aws).devices == [leaves]
    assert all_devices(aws) == [stays]


@pytest.mark.parametrize(
    ("leaves", "begun", "stays"), [("ada", "ada-2m9qpwz7kx", "ada-2"), ("ada-2", "ada-2-p3n8v6kzqa", "ada")]
)
def test_a_further_device_of_one_is_swept_and_the_others_go_on(
    leaves: str, begun: str, stays: str, aws: Portal
) -> None:
    Walk(in_process_browser(), invited(aws, leaves).token).to_the_end()
    unfinished(aws, begun, user_name=leaves)
    later(aws, 2 * DAY)
    abandoned(aws, stays)
    assert all_devices(aws) == sorted(["ada", "ada-2", begun])
    assert swept(aws).devices == [leaves]
    assert all_devices(aws) == ["ada", "ada-2"]
