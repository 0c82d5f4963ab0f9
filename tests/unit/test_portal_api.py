"""The admin API as the command line calls it."""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from typing import Any

import pexpect
import pytest
from botocore.session import Session
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import InvalidInput
from firstday.portal.api import TRIES_WHEN_BUSY, PortalAPI
from firstday.portal.errors import PortalBusy, PortalError, PortalRefused
from firstday.portal.http import HTTPAnswer
from tests.helpers.fake_portal import BUSY, URL, Script, by_api_gateway, ok, refused

THROTTLED = by_api_gateway(429, "<!doctype html><title>Too many requests</title>")
MEMBER = {"user_name": "dev-simple-user"}


@pytest.mark.parametrize(
    ("call", "answer", "asked"),
    [
        (
            lambda api: api.create_member("a+b@example.com", []),
            {"member": MEMBER},
            ("POST", "/admin/members", {"user_name": "a+b@example.com", "groups": []}),
        ),
        (
            lambda api: api.member("a+b=c,d@example.com"),
            {"member": MEMBER, "iam": None, "differences": []},
            ("GET", "/admin/members/a%2Bb%3Dc%2Cd%40example.com", None),
        ),
        (
            lambda api: api.set_groups("anna", ["x"], basis="b.c."),
            {"member": MEMBER, "is_effective": True},
            ("PUT", "/admin/members/anna/groups", {"groups": ["x"], "basis": "b.c."}),
        ),
        (
            lambda api: api.reset_mfa("anna", basis="b.c.", passcode=True),
            {"token": "t", "removed": []},
            ("POST", "/admin/members/anna/mfa-reset", {"passcode": True, "basis": "b.c."}),
        ),
        (
            lambda api: api.suspend("anna", basis="b.c."),
            {"user_name": "anna", "access_keys": []},
            ("POST", "/admin/members/anna/suspension", {"basis": "b.c."}),
        ),
        (
            lambda api: api.resume("anna", basis="b.c.", passcode=False, until=""),
            {"token": "t"},
            ("POST", "/admin/members/anna/resumption", {"passcode": False, "basis": "b.c.", "until": ""}),
        ),
        (
            lambda api: api.reset_password("anna", basis="b.c.", passcode=False),
            {"token": "t", "removed": []},
            ("POST", "/admin/members/anna/password-reset", {"passcode": False, "basis": "b.c."}),
        ),
        (
            lambda api: api.offboarding_plan("anna"),
            {"belongings": [], "obstacles": [], "basis": "b.c."},
            ("GET", "/admin/members/anna/offboarding", None),
        ),
        (
            lambda api: api.offboard("anna", basis="b.c."),
            {"removed": []},
            ("DELETE", "/admin/members/anna?basis=b.c.", None),
        ),
        (
            lambda api: api.create_invitation("anna", ["x"], passcode=False),
            {"token": "t"},
            ("POST", "/admin/invitations", {"user_name": "anna", "groups": ["x"], "passcode": False}),
        ),
        (
            lambda api: api.revoke_invitation("anna", basis="b.c."),
            MEMBER,
            ("POST", "/admin/invitations/revoke", {"user_name": "anna", "basis": "b.c."}),
        ),
        (
            lambda api: api.check_import("ユーザー名\n"),
            {"lines": [], "problems": []},
            ("POST", "/admin/imports/check", {"csv": "ユーザー名\n"}),
        ),
        (lambda api: api.console_link(), {"token": "t"}, ("POST", "/admin/console-links", {"portal_url": URL})),
    ],
)
def test_each_method_calls_its_route(
    call: Callable[[PortalAPI], Any], answer: dict[str, object], asked: tuple[str, str, object]
) -> None:
    script = Script([ok(**answer)])
    call(script.api)
    assert script.asked == [asked]
    assert "/execute-api/aws4_request" in str(script.requests[0].headers["Authorization"])


@pytest.mark.parametrize("name", ["", ".", "a/b", "a?b", "\udcff", "x" * 65])
def test_what_is_no_name_is_told_before_it_becomes_another_path(name: str) -> None:
    script = Script([])
    offboard = partial(script.api.offboard, basis="b.c.")
    for call in (script.api.member, script.api.offboarding_plan, offboard):
        with pytest.raises(InvalidInput):
            call(name)


def test_letters_that_are_none_can_be_sent() -> None:
    script = Script([ok(members=[], next_cursor=None), ok(token="t")])
    list(script.api.members(filter_text="\udcff"))
    script.api.create_invitation("\udcff", [], passcode=False)
    assert "filter=%3F" in script.asked[0][1]


def test_a_token_becomes_a_link() -> None:
    script = Script([ok(token="anna.x"), ok(token="anna.x"), ok(token="anna.x", removed=[]), ok(token="once")])
    link = f"{URL}/start#anna.x"
    once = script.api.create_invitation_once("anna", [], passcode=None, token="x", basis="b.c.")
    for answer in (script.api.create_invitation("anna", [], passcode=False), once):
        assert dict(answer) == {"invitation_url": link}
    assert script.api.reset_mfa("anna", basis="b.c.", passcode=False)["invitation_url"] == link
    assert script.api.console_link() == {"url": f"{URL}/console/sign-in#once"}


@pytest.mark.parametrize("user", ["user", "user:password", "", ":password"])
def test_an_address_with_a_user_name_in_it_is_no_portals(user: str) -> None:
    with pytest.raises(PortalError, match="is not the address of a portal"):
        PortalAPI(f"https://{user}@portal.example.com", Session())


def test_lists_are_followed_to_their_end() -> None:
    script = Script(
        [
            ok(members=[{"user_name": "a"}], next_cursor="x/="),
            ok(members=[], next_cursor="y"),
            ok(members=[{"user_name": "b"}], next_cursor=None),
        ]
    )
    found = list(script.api.members(state="active", filter_text="a b&c"))
    assert [member["user_name"] for member in found] == ["a", "b"]
    first = "/admin/members?state=active&filter=a%20b%26c&limit=200"
    assert [path for _, path, _ in script.asked] == [first, f"{first}&cursor=x%2F%3D", f"{first}&cursor=y"]


def test_a_refresh_goes_on_to_its_end() -> None:
    parts = [
        {"checked": 20, "differences": [], "next_cursor": "x"},
        {"checked": 3, "differences": [], "next_cursor": None},
    ]
    script = Script([ok(**part) for part in parts])
    assert list(script.api.refresh()) == parts
    assert [body for _, _, body in script.asked] == [{}, {"cursor": "x"}]


def test_times_of_the_audit_trail_stand_in_the_query() -> None:
    script = Script([ok(events=[], next_cursor=None)])
    assert list(script.api.audit_events(user_name="anna", since="2026-11-24T00:00:00+00:00")) == []
    [(_, path, _)] = script.asked
    assert path == "/admin/audit-events?user_name=anna&since=2026-11-24T00%3A00%3A00%2B00%3A00&limit=200"


@pytest.mark.parametrize("busy", [BUSY, THROTTLED, HTTPAnswer(504, "<!doctype html>")])
def test_a_busy_portal_is_asked_again_with_growing_pauses(busy: HTTPAnswer) -> None:
    script = Script([busy, busy, busy, ok(**MEMBER)])
    assert script.api.revoke_invitation("anna", basis="b.c.") == MEMBER
    for number, pause in enumerate(script.pauses):
        assert 0.5 * 2**number <= pause <= 1.5 * 2**number
    assert len(script.pauses) == 3


def test_a_portal_that_stays_busy_is_left_alone_after_some_tries() -> None:
    script = Script([BUSY] * TRIES_WHEN_BUSY)
    with pytest.raises(PortalBusy, match="AWS is busy"):
        script.api.revoke_invitation("anna", basis="b.c.")
    assert len(script.pauses) == TRIES_WHEN_BUSY - 1


@pytest.mark.parametrize(("header", "pause"), [("7", 7), ("3600", 60), ("soon", 0), ("-1", 0), ("", 0)])
def test_retry_after_is_waited_for(header: str, pause: float) -> None:
    script = Script([HTTPAnswer(429, "", {"retry-after": header}), ok(**MEMBER)])
    script.api.revoke_invitation("anna", basis="b.c.")
    assert script.pauses[0] >= pause
    assert script.pauses[0] <= max(pause, 1.5)


def test_a_line_of_an_import_is_asked_for_once() -> None:
    script = Script([HTTPAnswer(429, "", {"retry-after": "9"})])
    with pytest.raises(PortalBusy) as busy:
        script.api.create_invitation_once("anna", [], passcode=None, token="x", basis="b.c.")
    assert busy.value.retry_after == 9
    assert script.pauses == []


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (refused(404, "member_unknown", "Nobody."), PortalRefused, "Nobody."),
        (
            by_api_gateway(403, '{"message": "Missing Authentication Token"}'),
            PortalError,
            "Missing Authentication Token",
        ),
        (
            by_api_gateway(
                403, '{"Message": "User: x is not authorized to perform: execute-api:Invoke on resource: y"}'
            ),
            PortalError,
            r"on resource: y\. Administrators .* firstday-admin, or have .*: give its profile with --profile\.$",
        ),
        (
            by_api_gateway(
                403,
                '{"Message": "User: arn:aws:sts::123456789012:assumed-role/Admin/x is not authorized to perform: '
                'execute-api:Invoke on resource: y"}',
            ),
            PortalError,
            r"with --profile\. A role that the settings name also needs permission .* --document administrators",
        ),
        (refused(403, "not_your_task", "Your role may not."), PortalRefused, r"^Your role may not\.$"),
        (
            refused(403, "refused", "No verified administrator made this request."),
            PortalRefused,
            r"this request\. Administrators .* firstday-admin, or have .*: give its profile with --profile\.$",
        ),
        (by_api_gateway(403, "<html>"), PortalError, r"they may have expired\.$"),
        (by_api_gateway(403, '{"message": null}'), PortalError, "they may have expired"),
        (by_api_gateway(200, "<html>"), PortalError, "not as a Firstday portal does"),
        (by_api_gateway(200, "{}"), PortalError, "not as a Firstday portal does"),
        (by_api_gateway(200, "[" * 100_000), PortalError, "not as a Firstday portal does"),
        (by_api_gateway(500, '{"message": "Internal server error"}'), PortalBusy, "busy .500."),
        (by_api_gateway(502, "<html>"), PortalBusy, "busy .502."),
        (refused(500, "internal", "The portal failed; its log tells more."), PortalRefused, "its log tells more"),
    ],
)
def test_whatever_is_answered_is_told_in_words(answer: HTTPAnswer, kind: type[PortalError], words: str) -> None:
    with pytest.raises(kind, match=words):
        Script([answer] * TRIES_WHEN_BUSY).api.offboard("anna", basis="b.c.")


PAGE = "<html><head><title>Access\n denied &amp; logged\x1b[2J</title></head></html>"


@pytest.mark.parametrize(
    ("answer", "kind", "seen"),
    [
        (HTTPAnswer(200, PAGE), PortalError, 'status 200, a page called "Access denied & logged [2J"'),
        (
            HTTPAnswer(302, "", {"location": "https://wifi.example.net/sign-in?x"}),
            PortalError,
            "leads to wifi.example.net",
        ),
        (HTTPAnswer(403, PAGE), PortalError, "status 403, a page called"),
        (HTTPAnswer(403, '{"message": "Blocked by policy"}'), PortalError, "status 403"),
        (HTTPAnswer(401, "no"), PortalError, "status 401"),
        (HTTPAnswer(407, PAGE), PortalError, "status 407"),
        (HTTPAnswer(502, PAGE), PortalBusy, "status 502, a page called"),
        (HTTPAnswer(503, PAGE), PortalBusy, "status 503, a page called"),
    ],
    ids=lambda value: str(value.status) if isinstance(value, HTTPAnswer) else "",
)
def test_an_answer_that_is_not_the_portals_is_told_as_such(
    answer: HTTPAnswer, kind: type[PortalError], seen: str
) -> None:
    with pytest.raises(kind) as told:
        Script([answer] * TRIES_WHEN_BUSY).api.offboard("anna", basis="b.c.")
    words = str(told.value)
    assert words.startswith("What answered at portal.example.com is not the portal: ")
    assert seen in words
    assert "credentials" not in words
    assert words.isprintable()


@given(text=st.text(), status=st.integers(200, 599), location=st.text())
def test_whatever_answers_in_the_portals_place_is_told_on_one_printable_line(
    text: str, status: int, location: str
) -> None:
    answer = HTTPAnswer(status, f"<title>{text}</title>", {"location": location})
    with pytest.raises(PortalError) as told:
        Script([answer] * TRIES_WHEN_BUSY).api.offboard("anna", basis="b.c.")
    assert str(told.value).isprintable()


@pytest.mark.parametrize(
    ("minutes", "message", "words"),
    [
        (7, "Signature not yet current: 20261128T101500Z is still later than 20261128T101300Z", "7 minutes fast"),
        (-20, "Signature expired: 20261128T101500Z is now earlier than 20261128T103000Z", "20 minutes slow"),
    ],
)
def test_a_wrong_clock_is_told_in_minutes_and_which_way(minutes: int, message: str, words: str) -> None:
    date = format_datetime(datetime.now(UTC) - timedelta(minutes=minutes), usegmt=True)
    answer = by_api_gateway(403, json.dumps({"message": message}), date=date)
    with pytest.raises(PortalError, match=f"^This computer's clock is {words}"):
        Script([answer]).api.offboard("anna", basis="b.c.")


def test_an_mfa_code_is_read_at_the_terminal_as_on_the_pages() -> None:
    program = "from firstday.portal.http import _mfa_code; print('read', _mfa_code('Code: '))"
    for typed in ("123456", " 123 456 ", "１２３４５６", "١٢٣ ٤٥٦", "\u2068१२३-४५६\u2069"):
        terminal: pexpect.spawn[str] = pexpect.spawn(sys.executable, ["-c", program], encoding="utf-8", timeout=60)
        terminal.expect("Code: ")
        terminal.sendline(typed)
        terminal.expect("read 123456")
        terminal.close()
