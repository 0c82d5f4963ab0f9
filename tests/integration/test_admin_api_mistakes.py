"""The admin API's answers to mistakes that only a program makes."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.arns import BASELINE_GROUP
from tests.integration.conftest import ADMIN, MEMBER, World, in_process
from tests.integration.faults import Wire, watched


def ask(method: str, path: str, body: object = None) -> tuple[int, dict[str, Any]]:
    text = "" if body is None else json.dumps(body)
    answer = in_process(method, f"/api/admin/{path}", {"Content-Type": "application/json"}, text, userArn=ADMIN)
    return answer.status, json.loads(answer.body)


def cursor(position: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")


@pytest.mark.parametrize("year", ["2099", "9998"])
def test_a_time_far_ahead_costs_no_more_than_today(world: World, year: str) -> None:
    for query in (f"until={year}-01-01", f"cursor={cursor({'year': '2099', 'sk': '~'})}"):
        with watched(world.portal, Wire()) as wire:
            status, answer = ask("GET", f"audit-events?{query}")
        assert status == 200
        assert len(answer["events"]) == 2
        assert len(wire.calls) <= 2


@pytest.mark.parametrize(
    ("path", "position"),
    [
        ("members", {"name": "\ud800"}),
        ("audit-events", {"year": "2026", "sk": "\ud800"}),
        ("audit-events", {"year": "2026", "pk": "\ud800", "sk": "2"}),
    ],
)
@pytest.mark.usefixtures("world")
def test_a_cursor_that_is_no_text_is_refused(path: str, position: object) -> None:
    status, answer = ask("GET", f"{path}?cursor={cursor(position)}")
    assert (status, answer["error"]["field"]) == (400, "cursor")


@pytest.mark.usefixtures("world")
def test_a_filter_that_is_longer_than_any_name_finds_nobody() -> None:
    status, answer = ask("GET", f"members?filter={'e' * 65}")
    assert (status, answer["members"]) == (200, [])


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("imports/check", {}, "csv"),
        ("invitations", {"user_name": MEMBER, "token": ""}, "token"),
        ("refresh", {"cursor": ""}, "cursor"),
    ],
)
@pytest.mark.usefixtures("world")
def test_what_is_missing_or_empty_is_not_made_up(path: str, body: object, field: str) -> None:
    status, answer = ask("POST", path, body)
    assert (status, answer["error"]["field"]) == (400, field)


@pytest.mark.parametrize(
    "address",
    [
        "https://portal.example.com@example.org",
        "https://user:password@portal.example.com/api",
        "https://@portal.example.com",
        "http://127.0.0.1:8000@example.org",
        "http://localhost:8000\\@example.org",
        "https://portal.example.com\\@example.org",
        "https://",
        "https:///start",
        "https://portal.example.com:x",
        "https://portal.example.com?x",
        "https://portal.example.com#x",
    ],
)
@pytest.mark.usefixtures("world")
def test_links_begin_with_an_address_that_leads_nowhere_else(address: str) -> None:
    status, answer = ask("POST", "console-links", {"portal_url": address})
    assert (status, answer["error"]["field"]) == (400, "portal_url")
    assert "no user name" in answer["error"]["message"]


def test_a_user_who_is_no_member_any_more_does_not_keep_others_from_being_compared(world: World) -> None:
    world.iam.remove_user_from_group(UserName=MEMBER, GroupName=BASELINE_GROUP)
    world.iam.delete_user(UserName=MEMBER)
    world.iam.create_user(UserName=MEMBER, Path="/admins/")
    world.clock.lead += timedelta(minutes=20)
    status, first = ask("POST", "refresh", {})
    assert (status, first["checked"]) == (200, 0)
    status, rest = ask("POST", "refresh", {"cursor": first["next_cursor"]})
    assert (status, [found["user_name"] for found in rest["differences"]]) == (200, [MEMBER])
