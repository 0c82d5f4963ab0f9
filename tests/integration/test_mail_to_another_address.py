"""Another address of a member ends the links that were mailed to the one before."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.audit import Action
from chalicelib.mail.outgoing import Letter, Outgoing
from chalicelib.members.invitations import is_pending
from chalicelib.members.link_tokens import new_secret
from chalicelib.members.record import Member
from chalicelib.wiring import Portal
from firstday.verification.browser import Browser, Page
from tests.helpers.admin_calls import basis, call, done, events_of, keys_of
from tests.helpers.aws_faults import Before, Call, Fault, Wire, watched
from tests.helpers.console_administrator import signed_in
from tests.helpers.mailing import EMAIL, Mailer, mailer_of, mails_of, plain, with_mail
from tests.helpers.mailing import record as stored
from tests.helpers.member_walk import Walk
from tests.helpers.suspended_members import RESUME, is_shut_out, suspend
from tests.helpers.terminal_in_process import Terminal
from tests.helpers.worlds import MEMBER, World, a_world, in_process_browser, with_settings

DETAILS = f"members/{MEMBER}/details"
NEW = "new-member@example.com"
BEGUN, NO_LONGER = "Register your phone", "This invitation is no longer valid"
SIGNED_OUT = "Open your invitation link again"


def mailed(here: Portal) -> World:
    """A member whose invitation waits to be mailed to an address with a typing mistake."""
    world = a_world(with_mail(here))
    done("POST", "invitations", {"user_name": MEMBER, "email": EMAIL})
    return world


@pytest.fixture
def world(aws: Portal) -> World:
    return mailed(aws)


@pytest.fixture
def mailer(world: World) -> Mailer:
    return mailer_of(world.portal)


def record(world: World) -> Member:
    found = world.portal.members.get(MEMBER)
    assert found is not None
    return found


def edit(**details: str) -> Any:
    """What became of the links that were mailed, as the answer tells it."""
    return done("PUT", DETAILS, details)["mailed_links"]


def opened(token: str, browser: Browser | None = None, **fields: str) -> str:
    """The heading of the page behind the link."""
    return (browser or in_process_browser()).post("start", {"token": token, **fields}).heading


def actions() -> list[str]:
    return [what for _, what in events_of()]


# A new link


def test_the_link_that_was_mailed_opens_nothing_and_a_new_one_goes_to_the_new_address(mailer: Mailer) -> None:
    mailer.run()
    assert edit(email=NEW) == "replaced"
    mailer.run()
    old, new = mailer.ses.links()
    assert mailer.ses.recipients() == [EMAIL, NEW]
    assert opened(old) == NO_LONGER
    Walk(in_process_browser(), new).to_the_end()


def test_mail_that_waits_for_the_old_address_is_dropped(mailer: Mailer) -> None:
    edit(email=NEW)
    ran = mailer.run()
    assert (ran.members, ran.dropped) == ([MEMBER], [MEMBER])
    assert mailer.ses.recipients() == [NEW]
    assert done("GET", f"members/{MEMBER}")["mail"]["invitation"] == "sent"


def test_mail_that_is_under_way_meanwhile_brings_a_link_that_opens_nothing(mailer: Mailer) -> None:
    def write(mail: Outgoing, member: Member | None, link: str | None) -> Letter:
        mailer.write = plain
        edit(email=NEW)
        return plain(mail, member, link)

    mailer.write = write
    mailer.run()
    assert mailer.ses.recipients() == [EMAIL]
    assert opened(mailer.ses.links()[0]) == NO_LONGER
    mailer.run()
    assert mailer.ses.recipients() == [EMAIL, NEW]
    assert opened(mailer.ses.links()[1]) == BEGUN


def test_the_invitation_is_the_same_and_its_time_begins_anew(world: World) -> None:
    done("POST", "invitations", {"user_name": MEMBER, "email": EMAIL, "groups": ["operators"]})
    before = record(world)
    world.clock.lead += timedelta(days=2)
    edit(email=NEW)
    after = record(world)
    assert (after.groups, after.is_mailed, after.email) == (before.groups, True, NEW)
    assert before.expires_at is not None
    assert after.expires_at is not None
    assert after.expires_at - before.expires_at >= timedelta(days=2)
    assert actions()[-3:] == ["member.edited", "invitation.revoked", "invitation.created"]


def test_whoever_has_opened_the_old_link_goes_no_further(world: World, mailer: Mailer) -> None:
    mailer.run()
    stranger = in_process_browser()
    page = stranger.post("start", {"token": mailer.ses.links()[0]})
    assert page.heading == BEGUN
    edit(email=NEW)
    assert stranger.submit(page.form("register-device")).heading == SIGNED_OUT
    assert world.iam.list_virtual_mfa_devices()["VirtualMFADevices"] == []


@pytest.mark.parametrize(("email", "answer"), [(NEW, SIGNED_OUT), ("", NO_LONGER)], ids=["another", "none"])
def test_whoever_opens_the_old_link_while_the_address_changes_goes_no_further(
    world: World, mailer: Mailer, email: str, answer: str
) -> None:
    mailer.run()
    stranger = in_process_browser()
    pages: list[Page] = []

    def open_it() -> None:
        pages.append(stranger.post("start", {"token": mailer.ses.links()[0]}))

    with watched(world.portal, Before("TransactWriteItems", open_it)):
        edit(email=email)
    assert pages[0].heading == BEGUN
    assert stranger.submit(pages[0].form("register-device")).heading == answer
    assert world.iam.list_virtual_mfa_devices()["VirtualMFADevices"] == []


def test_a_session_that_outlives_the_link_ends_as_well(world: World, mailer: Mailer) -> None:
    mailer.run()
    stranger = in_process_browser()
    page = stranger.post("start", {"token": mailer.ses.links()[0]})
    stored(world.portal, replace(record(world), expires_at=world.portal.now()))
    assert edit(email=NEW) == "replaced"
    assert stranger.submit(page.form("register-device")).heading == SIGNED_OUT


def test_an_address_after_none_ends_links_that_an_earlier_release_has_left(world: World, mailer: Mailer) -> None:
    mailer.run()
    stored(world.portal, replace(record(world), email=None))
    assert edit(email=NEW) == "replaced"
    assert opened(mailer.ses.links()[0]) == NO_LONGER


def test_the_way_back_of_a_suspended_member_is_mailed_anew(world: World, mailer: Mailer) -> None:
    mailer.run()
    walk = Walk(in_process_browser(), mailer.ses.links()[0]).to_the_end()
    suspend()
    assert done("POST", RESUME, {})["mailed_to"] == EMAIL
    mailer.run()
    assert edit(email=NEW) == "replaced"
    mailer.run()
    assert opened(mailer.ses.links()[1]) == NO_LONGER
    assert is_shut_out(world)
    Walk(in_process_browser(), mailer.ses.links()[2], has_key=True).to_the_end()
    assert walk.credentials
    assert not is_shut_out(world)


def test_the_link_of_a_reset_is_mailed_anew(world: World, mailer: Mailer) -> None:
    mailer.run()
    Walk(in_process_browser(), mailer.ses.links()[0]).to_the_end()
    keys = keys_of(world)
    done("POST", f"members/{MEMBER}/mfa-reset", {})
    mailer.run()
    assert edit(email=NEW) == "replaced"
    mailer.run()
    links = mailer.ses.links()
    assert opened(links[1]) == NO_LONGER
    Walk(in_process_browser(), links[2], has_key=True).to_the_end()
    assert keys_of(world) == keys


# No new link


def test_without_an_address_the_invitation_is_revoked(mailer: Mailer) -> None:
    mailer.run()
    stranger = in_process_browser()
    page = stranger.post("start", {"token": mailer.ses.links()[0]})
    assert edit(email="") == "revoked"
    assert done("GET", f"members/{MEMBER}")["member"]["state"] == "revoked"
    assert opened(mailer.ses.links()[0]) == NO_LONGER
    assert stranger.submit(page.form("register-device")).heading == NO_LONGER
    assert actions()[-2:] == ["member.edited", "invitation.revoked"]
    mailer.run()
    assert mailer.ses.recipients() == [EMAIL]
    assert edit(email=NEW) is None


def test_a_passcode_belongs_to_one_invitation_so_that_one_is_revoked(mailer: Mailer) -> None:
    passcode = done("POST", "invitations", {"user_name": MEMBER, "passcode": True})["passcode"]
    mailer.run()
    assert edit(email=NEW) == "revoked"
    assert opened(mailer.ses.links()[0], passcode=passcode) == NO_LONGER
    mailer.run()
    assert mailer.ses.recipients() == [EMAIL]


def test_no_link_is_mailed_without_the_passcode_that_the_settings_demand_by_now(world: World) -> None:
    mail = world.portal.settings.mail
    assert mail is not None
    with_settings(world, mail=replace(mail, passcode=True))
    assert edit(email=NEW) == "revoked"


def test_where_the_portal_sends_no_mail_any_more_the_links_end_all_the_same(world: World, mailer: Mailer) -> None:
    mailer.run()
    with_settings(world, mail=None)
    assert edit(email=NEW) == "revoked"
    assert not is_pending(record(world), world.portal.now())


def test_a_way_back_that_is_revoked_is_none(world: World, mailer: Mailer) -> None:
    mailer.run()
    Walk(in_process_browser(), mailer.ses.links()[0]).to_the_end()
    suspend()
    done("POST", RESUME, {})
    mailer.run()
    assert edit(email="") == "revoked"
    assert opened(mailer.ses.links()[1]) == "Your access is suspended"
    assert record(world).resuming_hash is None


# Nothing


@pytest.mark.parametrize("details", [{"email": EMAIL}, {"email": EMAIL.title()}, {"until": "2099-12-31"}], ids=str)
def test_the_same_address_leaves_the_link_as_it_is(world: World, mailer: Mailer, details: dict[str, str]) -> None:
    mailer.run()
    token_hash = record(world).token_hash
    assert edit(**details) is None
    mailer.run()
    assert record(world).token_hash == token_hash
    (link,) = mailer.ses.links()
    Walk(in_process_browser(), link).to_the_end()


def test_an_invitation_that_is_used_up_stays_and_so_does_its_session(world: World, mailer: Mailer) -> None:
    mailer.run()
    browser = in_process_browser()
    Walk(browser, mailer.ses.links()[0]).to_the_end()
    before = record(world)
    assert edit(email=NEW) is None
    after = record(world)
    assert replace(after, email=EMAIL, version=before.version) == before
    assert browser.get("done").status == 200
    waiting = [mail.event.action for mail in mails_of(world.portal).waiting_of(MEMBER)]
    assert Action.INVITATION_CREATED not in waiting


@pytest.mark.usefixtures("world")
def test_a_link_that_an_administrator_passed_on_stays() -> None:
    token = done("POST", "invitations", {"user_name": MEMBER, "mail": False})["token"]
    assert edit(email=NEW) is None
    assert opened(token) == BEGUN


def test_an_expired_invitation_stays_so(world: World) -> None:
    stored(world.portal, replace(record(world), expires_at=world.portal.now()))
    assert edit(email=NEW) is None
    assert done("GET", f"members/{MEMBER}")["member"]["state"] == "expired"


# Twice, at once, and faults


def test_the_same_call_again_mails_nothing_again(world: World) -> None:
    body = {"email": NEW, "basis": basis()}
    done("PUT", DETAILS, body)
    before = record(world)
    assert done("PUT", DETAILS, body)["mailed_links"] is None
    assert record(world) == before


def test_of_two_at_once_one_mails_a_link(world: World, mailer: Mailer) -> None:
    body = {"email": NEW, "basis": basis()}
    with watched(world.portal, Before("TransactWriteItems", lambda: done("PUT", DETAILS, body))):
        assert call("PUT", DETAILS, body)[0] == 503
    done("PUT", DETAILS, body)
    mailer.run()
    assert mailer.ses.recipients() == [NEW]


def test_whoever_proves_a_device_meanwhile_keeps_it_and_the_administrator_has_to_look_again(
    world: World, mailer: Mailer
) -> None:
    mailer.run()
    body = {"email": NEW, "basis": basis()}
    walk = Walk(in_process_browser(), mailer.ses.links()[0])
    with watched(world.portal, Before("TransactWriteItems", walk.to_the_end)):
        assert call("PUT", DETAILS, body)[0] == 503
    status, answer = call("PUT", DETAILS, body)
    assert (status, answer["error"]["code"]) == (409, "changed_meanwhile")
    assert record(world).email == EMAIL


CALLS = [Call("GetItem", 1), Call("Query", 1), Call("TransactWriteItems", 1)]


@pytest.mark.parametrize("email", [NEW, ""], ids=["another", "none"])
@pytest.mark.parametrize("fault", Fault, ids=str)
@pytest.mark.parametrize("at", CALLS, ids=str)
def test_whatever_call_fails_all_of_it_is_done_or_nothing(
    world: World, mailer: Mailer, at: Call, fault: Fault, email: str
) -> None:
    mailer.run()
    body, before = {"email": email, "basis": basis()}, record(world)
    with watched(world.portal, Wire(at, fault)):
        assert call("PUT", DETAILS, body)[0] == 503
    is_done = at.operation == "TransactWriteItems" and fault is Fault.CUT_AFTER
    assert (record(world) == before) is not is_done
    done("PUT", DETAILS, body)
    mailer.run()
    assert opened(mailer.ses.links()[0]) == NO_LONGER
    assert mailer.ses.recipients() == [EMAIL, *([NEW] if email else [])]
    assert actions().count("member.edited") == 2
    assert actions().count("invitation.created") == (3 if email else 2)


def test_only_these_calls_are_made(world: World) -> None:
    with watched(world.portal, Wire()) as wire:
        edit(email=NEW)
    assert {each.operation for each in wire.calls} == {each.operation for each in CALLS}


# Inviting with a token that an administrator's program chooses


def test_the_same_token_is_refused_for_another_address(world: World) -> None:
    """Its links, which were mailed already, would open the invitation."""
    body = {"user_name": MEMBER, "token": new_secret(), "email": EMAIL}
    done("POST", "invitations", body)
    status, answer = call("POST", "invitations", body | {"email": NEW})
    assert (status, answer["error"]["field"]) == (400, "token")
    assert "choose another token" in answer["error"]["message"]
    assert record(world).email == EMAIL


def test_a_token_whose_links_have_ended_makes_no_link_again(mailer: Mailer) -> None:
    token = new_secret()
    done("POST", "invitations", {"user_name": MEMBER, "token": token})
    mailer.run()
    edit(email=NEW)
    status, answer = call("POST", "invitations", {"user_name": MEMBER, "token": token})
    assert (status, answer["error"]["code"]) == (409, "invited_already")
    assert opened(mailer.ses.links()[0]) == NO_LONGER


# What is told


def test_the_command_tells_it(world: World, tmp_path: Path) -> None:
    shell = Terminal(world, tmp_path)
    shown = shell.run("edit", MEMBER, "--email", NEW).stdout
    assert "A new link goes there by mail; the one sent before opens nothing.\n" in shown
    shown = shell.run("edit", MEMBER, "--email", "").stdout
    assert "The invitation is revoked: the link that was mailed opens nothing." in shown
    assert f"firstday invite {MEMBER}\n" in shown
    assert "link" not in shell.run("edit", MEMBER, "--email", NEW).stdout


def test_the_command_names_the_way_back_of_a_suspended_member(world: World, mailer: Mailer, tmp_path: Path) -> None:
    mailer.run()
    Walk(in_process_browser(), mailer.ses.links()[0]).to_the_end()
    suspend()
    done("POST", RESUME, {})
    shown = Terminal(world, tmp_path).run("edit", MEMBER, "--email", "").stdout
    assert f"firstday resume {MEMBER}\n" in shown


def test_the_console_tells_it(world: World) -> None:
    office = signed_in(world.portal)
    page = office.get(f"console/member?user_name={MEMBER}")
    saved = office.submit(page.form("console/details"), email=NEW)
    assert "A new link goes to the new address by mail; the one sent before opens nothing." in saved.text
    assert "Waits to be sent" in saved.text
    gone = office.submit(saved.form("console/details"), email="")
    assert "The invitation is revoked: the link that was mailed opens nothing." in gone.text
