"""The audit trail: events that anybody can repeat are written once a minute, and all are lines of the log."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.aws.dynamodb import Database
from chalicelib.aws.members_table import MembersTable
from chalicelib.journey import onboarding
from chalicelib.members.link_tokens import invitation_tokens
from chalicelib.wiring import Portal, use
from tests.helpers.admin_calls import call
from tests.helpers.aws_faults import Before, Call, Fault, Refuse, Wire, watched
from tests.helpers.console_administrator import sign_in_token, stored
from tests.helpers.member_walk import Walk, shown_codes
from tests.helpers.moto_gaps import xml
from tests.helpers.worlds import ADMIN, MEMBER, World, a_world, in_process_browser, invited

NOON = datetime(2026, 11, 30, 12, 0, 10, tzinfo=UTC)
STRANGER = "arn:aws:iam::123456789012:user/stranger"


class Watch:
    """A clock that stands until somebody puts it forward."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def here(aws: Portal, watch: Watch) -> Portal:
    portal = replace(aws, clock=watch)
    use(portal)
    return portal


def another_instance(here: Portal) -> Portal:
    """The portal in another process of Lambda, which shares only AWS."""
    database = here.members.database
    fresh = Database(database.client, database.members_table, database.audit_table, database.console_table)
    return replace(here, members=MembersTable(fresh))


def told(here: Portal, action: str) -> list[Any]:
    """The trail's items of ``action``, oldest first."""
    found = [item for item in stored(here)["audit"] if item["action"]["S"] == action]
    return sorted(found, key=lambda item: item["sk"]["S"])


def opening(here: Portal) -> Callable[[], object]:
    token = invited(here).token
    return lambda: in_process_browser().post("start", {"token": token})


def opening_and_signing_out(here: Portal) -> Callable[[], object]:
    token = invited(here).token

    def once() -> None:
        browser = in_process_browser()
        browser.post("start", {"token": token})
        assert browser.post("sign-out", {}).heading == "You are signed out"

    return once


def a_used_sign_in_link(here: Portal) -> Callable[[], object]:
    token = sign_in_token(here)

    def use_it() -> None:
        in_process_browser().post("console/sign-in", {"token": token})

    use_it()
    return use_it


def fetching_a_sign_in_link(here: Portal) -> Callable[[], object]:
    return lambda: sign_in_token(here)


def a_call_without_the_role(_: Portal) -> Callable[[], object]:
    return lambda: call("GET", "members", userArn=STRANGER)


def wrong_codes(here: Portal) -> Callable[[], object]:
    world = a_world(here)
    page = at_the_qr_code(world)

    def type_them() -> None:
        with watched(here, Refuse("EnableMFADevice", "InvalidAuthenticationCode")):
            assert world.browser.submit(page.form("codes"), code1="123456", code2="654321").status == 400

    return type_them


def at_the_qr_code(world: World) -> Any:
    page = world.browser.post("start", {"token": world.invitation.token})
    return world.browser.submit(page.form("register-device"))


REPEATABLE: dict[str, tuple[Callable[[Portal], Callable[[], object]], str]] = {
    "opening a link": (opening, "invitation.opened"),
    "opening a link and signing out": (opening_and_signing_out, "session.ended"),
    "a sign-in link that is spent": (a_used_sign_in_link, "console.refused"),
    "fetching sign-in links": (fetching_a_sign_in_link, "console.link_issued"),
    "calls without the role": (a_call_without_the_role, "admin.refused"),
    "wrong codes": (wrong_codes, "mfa.refused"),
}
each_repeatable = pytest.mark.parametrize(("begin", "action"), REPEATABLE.values(), ids=REPEATABLE)


@each_repeatable
def test_what_anybody_can_repeat_is_written_once_a_minute(
    begin: Callable[[Portal], Callable[[], object]], action: str, here: Portal, watch: Watch
) -> None:
    again = begin(here)
    for _ in range(5):
        again()
    assert len(told(here, action)) == 1
    watch.now += timedelta(minutes=1)
    again()
    again()
    assert [event["occurred_at"]["S"][11:16] for event in told(here, action)] == ["12:00", "12:01"]


@each_repeatable
def test_another_process_of_the_portal_writes_no_second_one(
    begin: Callable[[Portal], Callable[[], object]], action: str, here: Portal
) -> None:
    again = begin(here)
    again()
    use(another_instance(here))
    again()
    assert len(told(here, action)) == 1


def test_of_two_openings_at_once_one_is_written(here: Portal) -> None:
    token = invited(here).token

    def elsewhere() -> None:
        in_process_browser().post("start", {"token": token})

    with watched(here, Before("TransactWriteItems", elsewhere)):
        page = in_process_browser().post("start", {"token": token})
    assert page.heading == "Register your phone"
    assert len(told(here, "invitation.opened")) == 1


class Conflicting(Wire):
    """Answers the first transaction as DynamoDB does while another one writes the parts at ``positions``."""

    def __init__(self, *positions: int) -> None:
        super().__init__()
        self._positions: tuple[int, ...] = positions

    def send(self, operation: str, request: Any) -> Any:
        if operation != "TransactWriteItems" or not self._positions:
            return super().send(operation, request)
        codes = ["TransactionConflict" if part in self._positions else "None" for part in range(3)]
        self._positions = ()
        kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException"
        body = {"__type": kind, "message": "no", "CancellationReasons": [{"Code": code} for code in codes]}
        return xml(request, json.dumps(body), 400)


def test_a_refused_caller_is_refused_also_while_another_request_writes_the_event(here: Portal) -> None:
    with watched(here, Conflicting(0)):
        assert call("GET", "members", userArn=STRANGER)[0] == 403


def test_while_another_request_writes_the_record_a_link_is_not_opened(here: Portal) -> None:
    again = opening(here)
    with watched(here, Conflicting(0, 1)):
        page: Any = again()
    assert page.heading == "AWS is busy"


def test_a_repeated_opening_is_a_session_all_the_same(here: Portal) -> None:
    world = a_world(here)
    world.browser.post("start", {"token": world.invitation.token})
    again = world.another_browser()
    page = again.post("start", {"token": world.invitation.token})
    assert page.heading == "Register your phone"
    assert again.submit(page.form("register-device")).status == 200


def test_a_repeated_opening_of_what_was_revoked_meanwhile_is_none(here: Portal) -> None:
    world = a_world(here)
    world.browser.post("start", {"token": world.invitation.token})

    def revoke() -> None:
        assert call("POST", "invitations/revoke", {"user_name": MEMBER})[0] == 200

    with watched(here, Before("TransactWriteItems", revoke)):
        assert world.browser.post("start", {"token": world.invitation.token}).heading == "AWS is busy"


def test_whoever_opens_a_link_in_the_same_minute_from_elsewhere_is_in_the_trail(here: Portal, watch: Watch) -> None:
    """Otherwise a thief of the link, who ends the member's session, could hide behind the member."""
    (token,) = invitation_tokens(invited(here).token)
    for address in ("192.0.2.1", "198.51.100.7", "198.51.100.7"):
        onboarding.open_invitation(here.members, token, None, watch.now, source_ip=address)
    addresses = [event["detail_source_ip"]["S"] for event in told(here, "invitation.opened")]
    assert addresses == ["192.0.2.1", "198.51.100.7"]


def test_every_member_and_every_administrator_has_a_minute_of_their_own(here: Portal) -> None:
    for name in ("first-one", "second-one"):
        in_process_browser().post("start", {"token": invited(here, name).token})
    for name in ("one", "two"):
        call("GET", "members", userArn=f"{STRANGER}-{name}")
    assert len(told(here, "invitation.opened")) == 2
    assert len(told(here, "admin.refused")) == 2


def test_each_wrong_passcode_up_to_the_last_is_written_and_starting_over_within_the_minute_is_not(
    here: Portal,
) -> None:
    """The count of tries is what an administrator looks for; ten are the most that there can be."""
    invitation = invited(here, with_passcode=True)
    for _ in range(3):
        for _ in range(4):
            in_process_browser().post("start", {"token": invitation.token, "passcode": "WRONG"})
        in_process_browser().post("start", {"token": invitation.token, "passcode": str(invitation.passcode)})
    attempts = [event["detail_attempts"]["S"] for event in told(here, "passcode.refused")]
    assert attempts == ["1", "2", "3", "4"]


def test_changes_are_written_each_time(here: Portal) -> None:
    """A member replaces their key twice within a minute: each key is in the trail."""
    world = a_world(here)
    Walk(world.browser, world.invitation.token).to_the_end()
    for _ in range(2):
        world.browser.submit(world.browser.get("access-key").form("access-key"))
    assert len(told(here, "access_key.issued")) == 3


def test_a_refused_code_is_in_the_trail_with_its_reason_and_address_and_without_the_code(here: Portal) -> None:
    wrong_codes(here)()
    (event,) = told(here, "mfa.refused")
    assert (event["actor"]["S"], event["subject"]["S"]) == (MEMBER, MEMBER)
    details = {name: value["S"] for name, value in event.items() if name.startswith("detail_")}
    assert details == {"detail_reason": "other device", "detail_source_ip": "192.0.2.1"}
    assert "123456" not in json.dumps(event).replace("123456789012", "")


def test_an_existing_device_whose_codes_are_refused_is_in_the_trail(here: Portal) -> None:
    world = a_world(here)
    Walk(world.browser, world.invitation.token).to_the_end()
    browser = in_process_browser()
    page = browser.post("start", {"token": invited(here).token})
    page = browser.submit(page.form("register-device"))
    with watched(here, Refuse("ResyncMFADevice", "InvalidAuthenticationCode")):
        browser.submit(page.form("existing-device"), code1="123456", code2="654321")
    assert [event["detail_reason"]["S"] for event in told(here, "mfa.refused")] == ["other device"]


def test_fresh_codes_that_are_refused_are_in_the_trail(here: Portal) -> None:
    world = a_world(here)
    page = at_the_qr_code(world)
    page = world.browser.submit(page.form("codes"), **shown_codes(page, late=8))
    with watched(here, Refuse("ResyncMFADevice", "InvalidAuthenticationCode")):
        world.browser.submit(page.form("fresh-codes"), code1="123456", code2="654321")
    assert [event["detail_reason"]["S"] for event in told(here, "mfa.refused")] == ["other device"]


def test_what_was_no_code_at_all_was_not_refused_by_aws_and_is_not_in_the_trail(here: Portal) -> None:
    world = a_world(here)
    page = at_the_qr_code(world)
    world.browser.submit(page.form("codes"), code1="12345", code2="hello")
    assert told(here, "mfa.refused") == []


@pytest.mark.parametrize("fault", Fault, ids=str)
def test_a_refusal_that_cannot_be_written_is_not_told_and_is_written_by_the_next_try(
    fault: Fault, here: Portal
) -> None:
    world = a_world(here)
    page = at_the_qr_code(world)

    class Refused(Wire):
        def send(self, operation: str, request: Any) -> Any:
            if operation == "EnableMFADevice":
                return Refuse(operation, "InvalidAuthenticationCode").send(operation, request)
            return super().send(operation, request)

    with watched(here, Refused(Call("TransactWriteItems", 1), fault)):
        busy = world.browser.submit(page.form("codes"), code1="123456", code2="654321")
        assert busy.heading == "AWS is busy"
        world.browser.submit(busy.form("codes"))
    assert len(told(here, "mfa.refused")) == 1


# The log.
def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    return [line for line in found if line["level"] == "audit"]


def test_each_event_of_a_journey_is_one_line_of_the_log_that_says_the_same(
    here: Portal, capsys: pytest.CaptureFixture[str]
) -> None:
    world = a_world(here, with_passcode=True)
    world.browser.post("start", {"token": world.invitation.token, "passcode": "WRONG"})
    Walk(world.browser, world.invitation.token, passcode=world.invitation.passcode).to_the_end()
    call("GET", "members", userArn=STRANGER)
    call("POST", f"members/{MEMBER}/mfa-reset", {})
    found = lines(capsys)
    kept = {item["sk"]["S"]: item for item in stored(here)["audit"]}
    assert len(found) == len(kept) >= 8
    for line in found:
        item = kept[line["id"]]
        for name in ("actor", "action", "occurred_at"):
            assert line[name] == item[name]["S"]
        assert line["subject"] == item.get("subject", {}).get("S")
        details = {name: value["S"] for name, value in item.items() if name.startswith("detail_")}
        assert {f"detail_{name}": value for name, value in line["details"].items()} == details


def test_what_was_not_written_has_no_line(here: Portal, capsys: pytest.CaptureFixture[str]) -> None:
    again = opening(here)
    capsys.readouterr()
    with watched(here, Wire(Call("TransactWriteItems", 1), Fault.THROTTLED)):
        again()
    assert lines(capsys) == []
    for _ in range(3):
        again()
    assert [line["action"] for line in lines(capsys)] == ["invitation.opened"]


@pytest.mark.usefixtures("here")
def test_a_line_is_bounded_whatever_was_sent(capsys: pytest.CaptureFixture[str]) -> None:
    call("GET", "members/" + "x" * 6000, userArn=STRANGER)
    (line,) = lines(capsys)
    assert line["action"] == "admin.refused"
    assert len(json.dumps(line)) < 3000


def test_what_the_minute_keeps_of_an_event_is_gone_within_a_day(here: Portal) -> None:
    opening(here)()
    (mark,) = [item for item in stored(here)["console"] if item["pk"]["S"].startswith("event#")]
    assert mark.keys() == {"pk", "expires_at_ttl"}
    assert ADMIN not in mark["pk"]["S"]
    assert 60 < int(mark["expires_at_ttl"]["N"]) - NOON.timestamp() <= 86_400
