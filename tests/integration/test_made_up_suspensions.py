"""What a function that was taken over may write of suspensions and ageing keys: nobody gets in, and lists go on.

A last day that is none has ended access.
"""

from functools import partial
from typing import Any

import pytest

from chalicelib.admin.ending_access import Ended
from chalicelib.aws.items import member_key
from firstday.stack.function_policies import OF_SUSPENSIONS
from tests.helpers.admin_calls import call, done, events_of
from tests.helpers.aws_faults import Before, watched
from tests.helpers.census_run import counted
from tests.helpers.console_administrator import signed_in
from tests.helpers.ended_access import ended
from tests.helpers.journeys import active
from tests.helpers.replaced_keys import record
from tests.helpers.suspended_members import RESUME, is_shut_out
from tests.helpers.worlds import MEMBER, World, clients, invited

NO_DAYS: list[tuple[dict[str, Any], str]] = [
    ({"S": "whenever"}, "whenever"),
    ({"S": ""}, ""),
    ({"S": "2026-02-30"}, "2026-02-30"),
    ({"N": "7"}, "7"),
    ({"BOOL": True}, "True"),
    ({"L": [{"N": "7"}]}, "[{'N': '7'}]"),
    ({"M": {}}, "{}"),
]
each_value = pytest.mark.parametrize("value", [value for value, _ in NO_DAYS], ids=str)


def write(world: World, value: dict[str, Any], name: str = "until") -> None:
    """The value as the member's last day, or another attribute."""
    clients(world.portal)[1].update_item(
        TableName="members",
        Key=member_key(MEMBER),
        UpdateExpression="SET #name = :value",
        ExpressionAttributeNames={"#name": name},
        ExpressionAttributeValues={":value": value},
    )


@pytest.mark.parametrize(("value", "shown"), NO_DAYS, ids=str)
def test_lists_show_what_it_is_among_those_whose_access_ends(
    world: World, value: dict[str, Any], shown: str
) -> None:
    invited(world.portal, "another")
    write(world, value)
    for query in ("", "?state=ending"):
        found = {member["user_name"]: member for member in done("GET", f"members{query}")["members"]}
        assert found[MEMBER]["until"] == shown
    browser = signed_in(world.portal)
    for path in ("console/members", "console/members?state=ending", f"console/member?user_name={MEMBER}"):
        assert shown in browser.get(path).text


@each_value
def test_the_first_page_and_the_census_count_it_as_ending(world: World, value: dict[str, Any]) -> None:
    write(world, value)
    assert counted(world.portal)["is_finished"]
    assert MEMBER in signed_in(world.portal).get("console").text


@each_value
def test_the_hourly_run_suspends_the_member_and_goes_on(world: World, value: dict[str, Any]) -> None:
    here = active(world.portal)
    invited(here.portal, "another")
    record(here.portal, "another", until=f"{here.portal.now().date()}")
    write(here, value)
    assert ended(here.portal) == Ended(members=["another", MEMBER], is_finished=True)
    assert is_shut_out(here)
    assert events_of(MEMBER)[-1] == ("firstday-suspension", "access.suspended")
    assert ended(here.portal) == Ended(is_finished=True)


@each_value
def test_who_gets_a_day_or_none_meanwhile_is_not_suspended(world: World, value: dict[str, Any]) -> None:
    for until in ("2999-12-31", None):
        write(world, value)
        with watched(world.portal, Before("TransactWriteItems", partial(record, world.portal, until=until))):
            assert ended(world.portal) == Ended(is_finished=True)


@each_value
def test_whoever_is_resumed_gets_another_day(world: World, value: dict[str, Any]) -> None:
    here = active(world.portal)
    write(here, value)
    ended(here.portal)
    status, answer = call("POST", RESUME, {})
    assert (status, answer["error"]["code"]) == (400, "invalid")
    assert done("POST", RESUME, {"until": ""})["token"]


ODD: list[dict[str, Any]] = [
    *(value for value, _ in NO_DAYS),
    {"S": "0001-01-01T00:00:00+14:00"},
    {"S": "2026-11-30T00:00:00"},
    {"L": [{"S": "x" * 50}, {"M": {}}]},
    {"NULL": True},
]


@pytest.mark.parametrize("value", ODD, ids=str)
@pytest.mark.parametrize("name", sorted({*OF_SUSPENSIONS, "ageing_keys"} - {"directory", "name"}))
def test_whatever_a_function_writes_every_list_and_every_run_goes_on(
    name: str, value: dict[str, Any], world: World
) -> None:
    here = active(world.portal)
    invited(here.portal, "another")
    write(here, value, name)
    assert [member["user_name"] for member in done("GET", "members")["members"]] == ["another", MEMBER]
    assert done("GET", f"members/{MEMBER}")["member"]["user_name"] == MEMBER
    browser = signed_in(here.portal)
    for path in ("console", "console/members", f"console/member?user_name={MEMBER}"):
        assert browser.get(path).status == 200
    assert counted(here.portal)["is_finished"]
    assert ended(here.portal).is_finished


@pytest.mark.parametrize("value", ODD, ids=str)
def test_a_suspension_at_no_time_keeps_the_member_out(value: dict[str, Any], world: World) -> None:
    here = active(world.portal)
    assert here.browser.get("config").status == 200
    write(here, value, "suspended_at")
    assert here.browser.get("config").status == 403
