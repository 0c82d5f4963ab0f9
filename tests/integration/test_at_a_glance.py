"""The first page of the console: what it answers, and what it costs with many members."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.admin import counting
from chalicelib.admin.census import census_of
from chalicelib.audit import Action, iso
from chalicelib.aws.census_table import CensusTable
from chalicelib.aws.items import item, member_item
from chalicelib.mail.outgoing import Outgoing
from chalicelib.members.record import Member
from chalicelib.wiring import Portal, use
from firstday.verification.browser import Browser, Page
from tests.helpers.admin_calls import done, populate
from tests.helpers.aws_faults import Before, Wire, watched
from tests.helpers.census_run import counted
from tests.helpers.console_administrator import signed_in
from tests.helpers.mailing import mails_of, told, with_mail
from tests.helpers.worlds import MEMBER, World, clients, invited, with_settings

MANY = 5_000
EVENTS = "Invitation created"


def numbers(page: Page) -> dict[str, int]:
    """The numbers of the tables, by the filter that they lead to."""
    rows = re.findall(r'members\?state=([a-z-]+)">.*?class="number">(\d+)<', page.answer.body, re.DOTALL)
    return {state: int(number) for state, number in rows}


def names(query: str = "") -> list[str]:
    return [member["user_name"] for member in done("GET", f"members{query}")["members"]]


def text(page: Page) -> str:
    """What the page says, in one line."""
    return " ".join(page.text.split())


def fill(here: Portal, count: int) -> None:
    now = here.now()
    serial = "arn:aws:iam::123456789012:mfa/member"
    for start in range(0, count, 25):
        members = [
            Member(
                f"member-{number:04}",
                created_at=now,
                groups=("developers", "operators"),
                token_hash="0" * 64,
                former_hashes=("1" * 64, "2" * 64, "3" * 64),
                invited_at=now - timedelta(days=9),
                invited_by="arn:aws:sts::123456789012:assumed-role/firstday-admin/admin",
                expires_at=now - timedelta(days=2),
                proved_at=None if number % 100 == 0 else now - timedelta(days=8),
                registered_serials=(serial, f"{serial}-x7k2m9qpwz"),
            )
            for number in range(start, min(start + 25, count))
        ]
        puts = [{"PutRequest": {"Item": member_item(member)}} for member in members]
        clients(here)[1].batch_write_item(RequestItems={"members": puts})


def test_who_signs_in_sees_how_many_are_where_and_what_happened(world: World, admin: Browser) -> None:
    invited(world.portal, "another")
    world.browser.post("start", {"token": world.invitation.token})
    page = admin.get("console")
    assert (page.status, page.heading) == (200, "At a glance")
    assert "2 members · counted just now" in text(page)
    assert numbers(page) == {"invited": 1, "opened": 1}
    assert "2 Invitation created" in text(page)
    assert "1 Invitation link opened" in text(page)


def test_each_number_is_that_of_the_list_which_it_leads_to(world: World, admin: Browser) -> None:
    populate(world)
    world.clock.lead += timedelta(days=8)
    admin = signed_in(world.portal)
    found = numbers(admin.get("console"))
    assert found
    for state, number in found.items():
        listed = admin.get(f"console/members?state={state}").answer.body
        assert len(set(re.findall(r"member\?user_name=([^\"&]+)", listed))) == number, state


def test_whoever_waits_is_named(world: World) -> None:
    for name in ("anna", "ben", "carla", "dora"):
        invited(world.portal, name)
    world.clock.lead += timedelta(days=8)
    page = signed_in(world.portal).get("console")
    assert "Expired anna, ben, carla, … 5" in text(page)
    assert 'href="/api/console/member?user_name=anna"' in page.answer.body


def test_where_nobody_waits_and_nothing_happened_the_page_says_so(world: World) -> None:
    world.clock.lead += timedelta(days=2)
    with_settings(world)
    page = signed_in(world.portal).get("console")
    assert "What waits for you Nothing." in text(page)
    assert "Sign-in link to the console issued" in text(page)
    assert EVENTS not in text(page)


def test_the_picture_is_a_table_for_whoever_cannot_see_it(admin: Browser) -> None:
    body = admin.get("console").answer.body
    svg, table = body[body.index("<svg") : body.index("</svg>")], body[body.index("</svg>") :]
    assert svg.count("<rect") == 16
    assert 'role="img" aria-labelledby="weeks"' in svg
    rows = re.findall(r'<tr><th scope="row">(\S+)</th><td>(\d+)</td><td>(\d+)</td></tr>', table)
    assert len(rows) == 8
    assert rows[-1][1:] == ("1", "0")


def test_without_members_it_tells_how_to_invite_one(aws: Portal) -> None:
    page = signed_in(aws).get("console")
    assert "There are no members yet" in text(page)
    assert "<svg" not in page.answer.body


def unreached(here: Portal, user_name: str) -> None:
    """A mail about the member's device bounces."""
    mail = Outgoing(f"{iso(here.now())}#{user_name}", told(here, Action.MFA_PROVED, user_name))
    assert mails_of(here).failed(mail, "the address does not exist", here.now(), was_sent=True)


def test_members_whom_a_mail_did_not_reach_wait_too(aws: Portal) -> None:
    here = with_mail(aws)
    for name in (MEMBER, "another", "third"):
        invited(here, name)
    unreached(here, MEMBER)
    unreached(here, "gone-meanwhile")
    page = signed_in(here).get("console")
    assert f"Mail did not arrive {MEMBER} 1" in text(page)
    listed = signed_in(here).get("console/members?state=bounced")
    assert MEMBER in text(listed)
    assert "another" not in text(listed)
    assert names("?state=bounced") == [MEMBER]


def test_with_many_members_the_mail_table_is_asked_nevertheless(aws: Portal) -> None:
    here = with_mail(aws)
    invited(here)
    census = replace(census_of([], here.now(), here.settings), members=counting.COUNTED_BY_PAGE + 1)
    CensusTable(here.members.database).store(census)
    unreached(here, MEMBER)
    admin = signed_in(here)
    assert f"Mail did not arrive {MEMBER} 1" in text(admin.get("console"))
    assert calls(here) == ["GetItem", "GetItem", "Query", "Query"]


# What it costs


def calls(here: Portal) -> list[str]:
    """Of the page, just after signing in: once a minute, the session is noted besides."""
    admin = signed_in(here)
    with watched(here, Wire()) as wire:
        assert admin.get("console").status == 200
    return [call.operation for call in wire.calls]


def test_a_page_costs_as_many_calls_with_5000_members_as_with_one(aws: Portal) -> None:
    few = calls(aws)
    assert few == ["GetItem", "GetItem", "Query", "Query"]  # session, census, members, events
    fill(aws, MANY)
    assert calls(aws) == few
    page = signed_in(aws).get("console")
    assert "more members than are counted while you wait" in text(page)
    assert counted(aws)["is_finished"]
    assert calls(aws) == ["GetItem", "GetItem", "Query"]
    page = signed_in(aws).get("console")
    assert f"{MANY} members · counted 20" in text(page)
    assert numbers(page)["expired"] == MANY // 100
    assert numbers(page)["active"] == MANY - MANY // 100


# The census


def census_item(here: Portal) -> Any:
    return clients(here)[1].get_item(TableName="console", Key=item({"pk": "census"})).get("Item")


def test_old_numbers_are_called_old(world: World, admin: Browser) -> None:
    settings = world.portal.settings
    census = replace(census_of([], world.portal.now(), settings), members=counting.COUNTED_BY_PAGE + 1)
    CensusTable(world.portal.members.database).store(census)
    assert "are old" not in text(admin.get("console"))
    world.clock.lead += timedelta(hours=3)
    assert "The log of the function firstday-census tells why." in text(signed_in(world.portal).get("console"))


def test_a_run_stores_names_of_members_and_numbers_and_nothing_more(world: World) -> None:
    counted(world.portal)
    stored = census_item(world.portal)
    assert set(stored) == {"pk", "counted_at", "members", "numbers"}
    assert MEMBER not in str(stored)  # who waits for nobody
    world.clock.lead += timedelta(days=8)
    counted(world.portal)
    assert MEMBER in str(census_item(world.portal))


def test_a_later_run_is_not_undone_by_one_that_began_before(world: World) -> None:
    portal = world.portal
    earlier = portal.now()

    def quicker() -> None:
        world.clock.lead += timedelta(minutes=5)
        invited(portal, "another")
        counted(portal)

    with watched(portal, Before("TransactWriteItems", quicker)):
        counted(portal)
    latest = CensusTable(portal.members.database).latest()
    assert latest is not None
    assert latest.members == 2
    assert latest.counted_at > earlier + timedelta(minutes=4)


def test_a_run_without_time_leaves_the_former_numbers(world: World) -> None:
    counted(world.portal)
    former = census_item(world.portal)
    world.clock.lead += timedelta(hours=1)
    assert not counted(world.portal, milliseconds=40_000)["is_finished"]
    assert census_item(world.portal) == former


@pytest.mark.parametrize("numbers", ["{}", "[]", '{"states": {}, "waiting": {"x": 1}, "weeks": []}', "no JSON"])
def test_numbers_of_another_version_count_as_none(numbers: str, world: World, admin: Browser) -> None:
    values = {"pk": "census", "counted_at": world.portal.now(), "members": 2_000, "numbers": numbers}
    clients(world.portal)[1].put_item(TableName="console", Item=item(values))
    assert "1 member · counted just now" in text(admin.get("console"))


def test_no_word_of_the_records_secrets_is_in_the_census(world: World) -> None:
    world.clock.lead += timedelta(days=8)
    use(world.portal)
    counted(world.portal)
    member = world.portal.members.get(MEMBER)
    assert member is not None
    assert str(member.token_hash) not in str(census_item(world.portal))
