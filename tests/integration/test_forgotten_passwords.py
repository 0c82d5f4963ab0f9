"""A forgotten console password: it is removed, and the member chooses another after two codes of their device."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chalicelib.wiring import Portal
from firstday.verification.browser import Browser, Page
from tests.helpers.admin_calls import basis, call, devices_of, done, events_of, groups_of, keys_of, user
from tests.helpers.aws_faults import Before, Call, Fault, Wire, watched
from tests.helpers.console_administrator import signed_in
from tests.helpers.console_password import CHOOSE, GOOD, SET
from tests.helpers.further_devices import further, recorded
from tests.helpers.journeys import active, calls_of
from tests.helpers.member_walk import shown_codes
from tests.helpers.moto_gaps import make_older
from tests.helpers.terminal_in_process import Terminal
from tests.helpers.worlds import MEMBER, World, again, in_process_browser, with_settings

RESET = f"members/{MEMBER}/password-reset"
NEW = "another Horse battery 2"
CODES = {"code1": "123456", "code2": "654321"}
REFUSED = "no_password_reset"


def forgetful(here: Portal) -> World:
    """An active member with a console password, some time after the first day."""
    world = with_settings(active(here), console_password=True)
    world.iam.create_login_profile(UserName=MEMBER, Password=GOOD)
    make_older()
    return world


@pytest.fixture
def world(aws: Portal) -> World:
    return again(forgetful, aws)


def belongings(world: World) -> tuple[object, ...]:
    """What a reset leaves as it is."""
    return groups_of(world), keys_of(world), devices_of(world)


def at_the_codes(browser: Browser, token: str, **passcode: str) -> Page:
    page = browser.post("start", {"token": token, **passcode})
    assert page.heading == "Register your phone"
    page = browser.submit(page.form("register-device"))
    assert page.heading == "You already have an MFA device"
    return page


def chosen_anew(token: str, **passcode: str) -> Browser:
    """The member's way from the link to a new password."""
    browser = in_process_browser()
    page = at_the_codes(browser, token, **passcode)
    page = browser.submit(page.form("existing-device"), **CODES)
    assert page.heading == CHOOSE
    page = browser.submit(page.form("password"), password=NEW, repeated=NEW)
    assert page.heading == SET
    return browser


def test_the_password_is_gone_and_all_else_stays(world: World) -> None:
    before = belongings(world)
    answer = done("POST", RESET, {})
    assert answer["removed"] == [{"kind": "login_profile", "name": MEMBER}]
    assert answer["groups"] == ["developers"]
    assert user().password is None
    assert belongings(world) == before
    assert done("GET", f"members/{MEMBER}")["member"]["state"] == "active"


def test_the_link_leads_by_two_codes_of_the_device_to_a_new_password(world: World) -> None:
    before = belongings(world)
    browser = chosen_anew(done("POST", RESET, {})["token"])
    assert user().password == NEW
    assert belongings(world) == before
    page = browser.get("access-key")
    assert "You already have an access key" in page.heading
    assert done("GET", f"members/{MEMBER}")["member"]["state"] == "active"


def test_of_several_devices_the_page_names_the_one_in_the_config(world: World) -> None:
    second = further(world.portal, f"{MEMBER}-x7k2m9qpwz")
    recorded(world.portal, serial_number=second)
    page = at_the_codes(in_process_browser(), done("POST", RESET, {})["token"])
    assert second in page.text


def test_without_codes_the_link_leads_to_no_password(world: World) -> None:
    token = done("POST", RESET, {})["token"]
    browser = in_process_browser()
    at_the_codes(browser, token)
    for page in (browser.get("password"), browser.post("password", {"password": NEW, "repeated": NEW})):
        assert (page.status, page.heading) == (403, "Open your invitation link again")
    assert user().password is None
    assert world.portal.members.get(MEMBER).proved_at is not None  # type: ignore[union-attr]


@pytest.mark.usefixtures("world")
def test_the_session_and_the_link_so_far_end() -> None:
    earlier = done("POST", "invitations", {"user_name": MEMBER})["token"]
    browser = in_process_browser()
    page = at_the_codes(browser, earlier)
    done("POST", RESET, {})
    assert browser.submit(page.form("existing-device"), **CODES).heading == "Open your invitation link again"
    assert in_process_browser().post("start", {"token": earlier}).heading == "This invitation is no longer valid"


def test_from_the_first_write_on_no_session_sets_a_password(world: World) -> None:
    """The record is changed, and then AWS fails: the old password is there, and no session chooses another."""
    token = done("POST", "invitations", {"user_name": MEMBER})["token"]
    browser = in_process_browser()
    browser.submit(at_the_codes(browser, token).form("existing-device"), **CODES)
    world.iam.delete_login_profile(UserName=MEMBER)
    form = browser.get("password").form("password")
    with watched(world.portal, Wire(Call("DeleteLoginProfile", 1), Fault.THROTTLED)):
        assert call("POST", RESET, {})[0] == 503
    answer = browser.submit(form, password=NEW, repeated=NEW)
    assert (answer.status, answer.heading) == (410, "This invitation is no longer valid")
    assert user().password is None


def test_a_passcode_protects_the_link(world: World) -> None:
    assert devices_of(world)
    answer = done("POST", RESET, {"passcode": True})
    page = in_process_browser().post("start", {"token": answer["token"]})
    assert "passcode" in page.text
    chosen_anew(answer["token"], passcode=answer["passcode"])


@pytest.mark.usefixtures("world")
def test_who_did_it_is_in_the_audit_trail() -> None:
    chosen_anew(done("POST", RESET, {})["token"])
    told = events_of()
    after = [event for event in told[told.index(("admin", "password.reset")) :] if event[1] != "invitation.opened"]
    assert after == [
        ("admin", "password.reset"),
        ("admin", "invitation.created"),
        (MEMBER, "mfa.proved"),
        (MEMBER, "groups.granted"),
        (MEMBER, "password.created"),
    ]


def test_a_member_who_has_chosen_none_gets_the_link_all_the_same(world: World) -> None:
    world.iam.delete_login_profile(UserName=MEMBER)
    answer = done("POST", RESET, {})
    assert answer["removed"] == []
    chosen_anew(answer["token"])


# A phone and a password that are both lost: one link for both.
def test_a_reset_of_the_device_afterwards_makes_a_link_that_leads_to_both(world: World) -> None:
    done("POST", RESET, {})
    token = done("POST", f"members/{MEMBER}/mfa-reset", {})["token"]
    browser = in_process_browser()
    page = browser.post("start", {"token": token})
    assert page.heading == "Register your phone"
    page = browser.submit(page.form("register-device"))
    assert browser.submit(page.form("codes"), **shown_codes(page)).heading == CHOOSE
    assert devices_of(world)


# Refusals: nothing is written.
def unproved(_: World) -> None:
    done("POST", f"members/{MEMBER}/mfa-reset", {})


def without_device(world: World) -> None:
    (serial_number,) = devices_of(world)
    world.iam.deactivate_mfa_device(UserName=MEMBER, SerialNumber=serial_number)


def without_passwords(world: World) -> None:
    with_settings(world, console_password=False)


REFUSALS: dict[str, tuple[Callable[[World], None], str]] = {
    "without a proof": (unproved, "has no proved MFA device, and a new password needs its codes. An ordinary inv"),
    "without a device": (without_device, f"IAM has no MFA device of {MEMBER} that shows codes. Reset the MFA"),
    "without passwords": (without_passwords, "give members no console password: console_password is off."),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_it_is_refused_in_words_where_it_would_not_help(world: World, tmp_path: Path, name: str) -> None:
    prepare, words = REFUSALS[name]
    prepare(world)
    before = world.portal.members.get(MEMBER)
    status, answer = call("POST", RESET, {})
    assert (status, answer["error"]["code"]) == (409, REFUSED)
    assert words in answer["error"]["message"]
    assert words in Terminal(world, tmp_path).run("reset-password", MEMBER, "--yes", status=1).stderr
    assert world.portal.members.get(MEMBER) == before
    assert user().password == GOOD


@pytest.mark.parametrize("name", ["without a proof", "without passwords"])
def test_the_console_offers_it_only_where_it_helps(world: World, name: str) -> None:
    admin = signed_in(world.portal)
    link = f"/api/console/reset-password?user_name={MEMBER}"
    assert link in admin.get(f"console/member?user_name={MEMBER}").links
    prepare, words = REFUSALS[name]
    prepare(world)
    assert link not in admin.get(f"console/member?user_name={MEMBER}").links
    page = admin.get(f"console/reset-password?user_name={MEMBER}")
    assert (page.status, page.heading) == (409, "The console password cannot be reset")
    assert words in page.text


@pytest.mark.usefixtures("world")
def test_nobody_is_reset_whom_the_portal_does_not_know() -> None:
    status, answer = call("POST", "members/stranger/password-reset", {})
    assert (status, answer["error"]["code"]) == (404, "member_unknown")


# The surfaces.
def test_the_console_asks_and_shows_the_link(world: World) -> None:
    admin = signed_in(world.portal)
    page = admin.get(f"console/reset-password?user_name={MEMBER}")
    assert page.heading == f"Reset the console password of {MEMBER}?"
    page = admin.submit(page.form("reset-password"), passcode="yes")
    assert page.heading == f"{MEMBER} can choose a new console password"
    assert "Groups and access keys stay." in page.text
    token = page.by_id["link"].partition("#")[2]
    chosen_anew(token, passcode=page.by_id["passcode"])


def test_the_command_asks_and_prints_the_link(world: World, tmp_path: Path) -> None:
    terminal = Terminal(world, tmp_path)
    shown = terminal.run("reset-password", MEMBER, typed="n\n", status=1)
    assert shown.stderr.endswith("Go on? [y/N] Nothing was changed.\n")
    assert user().password == GOOD
    shown = terminal.run("reset-password", MEMBER, "--passcode", typed="y\n")
    assert shown.stdout.startswith("The link asks for two codes of the MFA device that the member has, then")
    assert f"\nTaken away from {MEMBER}:\n  the console password\n\n{MEMBER} is a member already" in shown.stdout
    assert "Passcode (tell it another way" in shown.stdout
    assert GOOD not in shown.stdout + shown.stderr
    chosen_anew(terminal.json("reset-password", MEMBER, "--yes")["invitation_url"].partition("#")[2])


# Faults, and two at once.
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "reset_call" in metafunc.fixturenames:
        calls = calls_of(forgetful, lambda _: done("POST", RESET, {}))
        metafunc.parametrize("reset_call", calls, ids=str)


@pytest.mark.parametrize("fault", Fault, ids=str)
def test_a_reset_survives_a_fault_at_every_call(aws: Portal, reset_call: Call, fault: Fault) -> None:
    world = again(forgetful, aws)
    before, seen = belongings(world), {"basis": basis()}
    with watched(aws, Wire(reset_call, fault)):
        status, answer = call("POST", RESET, seen)
        assert status == 503, answer
        answer = done("POST", RESET, seen)
    assert user().password is None
    assert ("admin", "password.reset") in events_of()
    chosen_anew(answer["token"])
    assert user().password == NEW
    assert belongings(world) == before


@pytest.mark.usefixtures("world")
def test_the_request_that_comes_again_after_the_new_password_leaves_it() -> None:
    seen = {"basis": basis()}
    chosen_anew(done("POST", RESET, seen)["token"])
    status, answer = call("POST", RESET, seen)
    assert (status, answer["error"]["code"]) == (409, "changed_meanwhile")
    assert user().password == NEW


def test_of_two_administrators_at_once_one_gets_the_link_that_works(world: World) -> None:
    seen = {"basis": basis()}
    inner: list[tuple[int, dict[str, Any]]] = []
    other = "arn:aws:sts::123456789012:assumed-role/firstday-admin/other"

    def colleague() -> None:
        inner.append(call("POST", RESET, seen, userArn=other))

    with watched(world.portal, Before("TransactWriteItems", colleague)):
        outer = call("POST", RESET, seen)
    assert [status for status, _ in inner] == [200]
    assert outer[0] == 503
    assert call("POST", RESET, seen)[0] == 409
    chosen_anew(inner[0][1]["token"])
