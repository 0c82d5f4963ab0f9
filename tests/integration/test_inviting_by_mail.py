"""Members have an address, and are invited by mail: through the API, the console and the command line."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chalicelib.audit import Action
from chalicelib.aws.dynamodb import put
from chalicelib.aws.items import member_item
from chalicelib.mail.outgoing import Trouble
from chalicelib.members.link_tokens import new_secret, token_text
from chalicelib.members.record import Member
from chalicelib.wiring import Portal
from firstday.verification.browser import Browser, Page
from tests.helpers.admin_calls import call, done, events_of, first_day
from tests.helpers.aws_faults import Call, Fault, Wire, watched
from tests.helpers.console_administrator import signed_in
from tests.helpers.mailing import EMAIL, Mailer, mailer_of, mails_of, with_mail
from tests.helpers.member_walk import Walk
from tests.helpers.terminal_in_process import Terminal
from tests.helpers.worlds import MEMBER, World, a_world, in_process_browser, with_settings

DETAILS = f"members/{MEMBER}/details"
UNTIL = "2099-12-31"
NEW = "new-member@example.com"


@pytest.fixture
def mailing(aws: Portal) -> World:
    """A portal that sends mail, with one member who has no address."""
    return a_world(with_mail(aws))


@pytest.fixture
def office(mailing: World) -> Browser:
    return signed_in(mailing.portal)


@pytest.fixture
def shell(mailing: World, tmp_path: Path) -> Terminal:
    return Terminal(mailing, tmp_path)


def record(here: Portal, name: str = MEMBER) -> Member:
    found = here.members.get(name)
    assert found is not None
    return found


def mailed_link(world: World, sent: int = 1) -> str:
    """The token of the last of the links that the mailer sends now."""
    mailer = mailer_of(world.portal)
    mailer.run()
    links = mailer.ses.links()
    assert len(links) == sent
    return str(links[-1])


def invite(name: str = MEMBER, **body: Any) -> dict[str, Any]:
    return done("POST", "invitations", {"user_name": name, **body})


# Details


def test_an_address_and_a_last_day_are_set_shown_and_taken_away(world: World) -> None:
    done("PUT", DETAILS, {"email": f" {EMAIL} ", "until": UNTIL})
    shown = done("GET", f"members/{MEMBER}")["member"]
    assert (shown["email"], shown["until"]) == (EMAIL, UNTIL)
    done("PUT", DETAILS, {"email": ""})
    shown = done("GET", "members")["members"][0]
    assert (shown["email"], shown["until"]) == (None, UNTIL)
    assert record(world.portal).email is None


@pytest.mark.usefixtures("world")
def test_the_trail_tells_what_changed_and_never_an_address() -> None:
    done("PUT", DETAILS, {"email": EMAIL, "until": UNTIL})
    done("PUT", DETAILS, {"email": NEW, "until": ""})
    done("PUT", DETAILS, {"email": ""})
    events = done("GET", f"audit-events?user_name={MEMBER}")["events"]
    edited = [event["details"] for event in events if event["action"] == Action.MEMBER_EDITED]
    assert edited == [
        {"email": "taken away"},
        {"email": "changed", "until": "none", "before": UNTIL},
        {"email": "given", "until": UNTIL},
    ]
    assert "@" not in json.dumps(events)


def test_the_same_again_changes_nothing(world: World) -> None:
    body = {"email": EMAIL, "basis": done("GET", f"members/{MEMBER}")["basis"]}
    first = done("PUT", DETAILS, body)
    before = record(world.portal)
    assert done("PUT", DETAILS, body) == first
    assert record(world.portal) == before
    assert [what for _, what in events_of()].count("member.edited") == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": "hanako@localhost"}, "email"),
        ({"until": "2026-02-30"}, "until"),
        ({"until": "2020-01-01"}, "until"),
        ({}, "email"),
    ],
)
@pytest.mark.usefixtures("world")
def test_what_cannot_be_meant_is_refused(body: dict[str, str], field: str) -> None:
    status, answer = call("PUT", DETAILS, body)
    assert (status, answer["error"]["field"]) == (400, field)


def test_a_last_day_that_is_over_may_stay_when_the_address_changes(world: World) -> None:
    member = replace(record(world.portal), until="2020-01-01")
    world.portal.members.database.transact([put("members", member_item(member), "")], [])
    done("PUT", DETAILS, {"email": EMAIL, "until": "2020-01-01"})
    assert record(world.portal).until == "2020-01-01"


def test_an_active_member_of_an_earlier_release_can_be_given_an_address(world: World) -> None:
    first_day(world)
    before = record(world.portal)
    assert (before.email, before.until, before.is_mailed) == (None, None, False)
    done("PUT", DETAILS, {"email": EMAIL})
    after = record(world.portal)
    assert replace(after, email=None, version=before.version) == before


@pytest.mark.usefixtures("world")
def test_a_new_member_has_them_from_the_beginning() -> None:
    created = done("POST", "members", {"user_name": "another", "email": EMAIL, "until": UNTIL})["member"]
    assert (created["email"], created["until"]) == (EMAIL, UNTIL)
    assert [what for _, what in events_of("another")] == ["user.created", "member.edited"]
    invited = done("POST", "members", {"user_name": "another", "email": NEW})["member"]
    assert invited["email"] == EMAIL


@pytest.mark.usefixtures("world")
def test_offboarding_leaves_no_address() -> None:
    done("PUT", DETAILS, {"email": EMAIL})
    done("DELETE", f"members/{MEMBER}")
    assert call("GET", f"members/{MEMBER}")[0] == 404
    assert EMAIL not in json.dumps(done("GET", "audit-events"))


# Inviting


def test_where_no_mail_is_sent_an_address_changes_nothing_of_an_invitation(world: World) -> None:
    answer = invite(email=EMAIL)
    assert (answer["mailed_to"], answer["sends_mail"]) == (None, False)
    Walk(in_process_browser(), str(answer["token"])).to_the_end()
    assert not record(world.portal).is_mailed
    status, answer = call("POST", "invitations", {"user_name": MEMBER, "mail": True})
    assert (status, answer["error"]["field"]) == (400, "mail")
    assert "This portal sends no mail" in answer["error"]["message"]


def test_the_link_goes_by_mail_and_nobody_else_has_it(mailing: World) -> None:
    answer = invite(email=EMAIL)
    assert answer["mailed_to"] == EMAIL
    assert "token" not in answer
    assert answer["passcode"] is None
    member = record(mailing.portal)
    assert (member.is_mailed, member.email) == (True, EMAIL)
    assert events_of()[-1] == ("firstday-admin/admin".rpartition("/")[2], "invitation.created")
    Walk(in_process_browser(), mailed_link(mailing)).to_the_end()


@pytest.mark.usefixtures("mailing")
def test_an_administrator_can_pass_the_link_on_all_the_same() -> None:
    answer = invite(email=EMAIL, mail=False)
    assert answer["mailed_to"] is None
    page = in_process_browser().post("start", {"token": str(answer["token"])})
    assert page.heading == "Register your phone"


@pytest.mark.usefixtures("mailing")
def test_without_an_address_there_is_a_link_and_mail_is_refused() -> None:
    assert "token" in invite()
    status, answer = call("POST", "invitations", {"user_name": MEMBER, "mail": True})
    assert (status, answer["error"]["field"]) == (400, "mail")
    assert f"{MEMBER} has no e-mail address" in answer["error"]["message"]


def test_a_chosen_token_makes_it_repeatable_and_opens_nothing(mailing: World) -> None:
    secret = new_secret()
    body = {"email": EMAIL, "token": secret, "unless_invited": True}
    first, before = invite("another", **body), record(mailing.portal, "another")
    assert invite("another", **body) == first
    assert record(mailing.portal, "another") == before
    assert len(mails_of(mailing.portal).waiting_of("another")) == 1
    page = in_process_browser().post("start", {"token": token_text("another", secret)})
    assert page.status == 404


def test_a_passcode_of_the_settings_is_told_to_the_administrator_and_asked_for(mailing: World) -> None:
    mail = mailing.portal.settings.mail
    assert mail is not None
    world = with_settings(mailing, mail=replace(mail, passcode=True))
    passcode = str(invite(email=EMAIL)["passcode"])
    link, browser = mailed_link(world), in_process_browser()
    assert browser.post("start", {"token": link, "passcode": "2222-2222"}).status == 403
    assert browser.post("start", {"token": link, "passcode": passcode}).heading == "Register your phone"


def test_a_passcode_that_somebody_asked_for_is_asked_for(mailing: World) -> None:
    passcode = str(invite(email=EMAIL, passcode=True)["passcode"])
    page = in_process_browser().post("start", {"token": mailed_link(mailing), "passcode": passcode})
    assert page.heading == "Register your phone"


def test_a_reset_invites_by_mail(mailing: World) -> None:
    first_day(mailing)
    done("PUT", DETAILS, {"email": EMAIL})
    answer = done("POST", f"members/{MEMBER}/mfa-reset", {})
    assert answer["mailed_to"] == EMAIL
    assert "token" not in answer
    Walk(in_process_browser(), mailed_link(mailing), has_key=True).to_the_end()


def test_what_became_of_the_mail_is_told(mailing: World) -> None:
    assert done("GET", f"members/{MEMBER}")["mail"] == {"invitation": None, "troubles": []}
    invite(email=EMAIL)
    assert done("GET", f"members/{MEMBER}")["mail"]["invitation"] == "waiting"
    done("PUT", DETAILS, {"email": ""})
    assert done("GET", f"members/{MEMBER}")["mail"]["invitation"] == "withheld"
    done("PUT", DETAILS, {"email": EMAIL})
    [waiting] = mails_of(mailing.portal).waiting_of(MEMBER)
    mails_of(mailing.portal).failed(waiting, "The address does not exist.", mailing.portal.now())
    mail = done("GET", f"members/{MEMBER}")["mail"]
    assert mail["invitation"] == "failed"
    assert [trouble["reason"] for trouble in mail["troubles"]] == ["The address does not exist."]
    invite()
    mailed_link(mailing)
    assert done("GET", f"members/{MEMBER}")["mail"]["invitation"] == "sent"


# The console


def new_member(office: Browser, **fields: str) -> Page:
    page = office.get("console/new-member")
    return office.submit(page.form("console/new-member"), **{"group-developers": "yes", **fields})


def test_the_console_invites_by_mail_and_shows_no_link(mailing: World, office: Browser) -> None:
    page = new_member(office, user_name="another", email=EMAIL, until=UNTIL, mail="yes")
    assert page.heading == "another is invited"
    assert f"The link will be sent to {EMAIL}" in page.text
    assert "start#" not in page.text
    assert record(mailing.portal, "another").until == UNTIL
    shown = office.get("console/member?user_name=another")
    assert "Waits to be sent" in shown.text
    assert UNTIL in office.get("console/members").text


def test_the_console_shows_the_link_where_nobody_ticks_the_box(office: Browser) -> None:
    page = new_member(office, user_name="another", email=EMAIL, mail="")
    assert "start#" in page.text


def test_a_wrong_address_is_told_at_its_field_and_nothing_is_created(mailing: World, office: Browser) -> None:
    page = new_member(office, user_name="another", email="hanako@localhost")
    assert (page.status, page.form("console/new-member").fields["email"]) == (400, "hanako@localhost")
    assert mailing.portal.members.get("another") is None


def test_a_user_name_that_is_an_address_is_offered_and_mail_goes_there_only_if_somebody_agrees(
    mailing: World, office: Browser
) -> None:
    page = new_member(office, user_name=NEW, mail="yes")
    assert "is an e-mail address. Is mail to go there?" in page.text
    assert mailing.portal.members.get(NEW) is None
    form = page.form("console/new-member")
    assert form.fields["email"] == NEW
    refused = office.submit(form, email="")
    assert "start#" in refused.text
    assert record(mailing.portal, NEW).email is None


def test_details_are_edited_on_the_members_page(mailing: World, office: Browser) -> None:
    page = office.get(f"console/member?user_name={MEMBER}")
    saved = office.submit(page.form("console/details"), email=EMAIL, until=UNTIL)
    assert "The details are saved." in saved.text
    wrong = office.submit(saved.form("console/details"), until="2020-01-01")
    assert "2020-01-01 has begun already" in wrong.text
    assert (record(mailing.portal).email, record(mailing.portal).until) == (EMAIL, UNTIL)
    again = office.submit(saved.form("console/invite"))
    assert f"The link will be sent to {EMAIL}" in again.text


def test_the_console_imports_by_mail(mailing: World, office: Browser) -> None:
    listed = f"user_name,email,until\nfirst,first@example.com,{UNTIL}\nsecond,,\n"
    page = office.post("console/import-check", {"csv": listed})
    done_page = office.submit(page.form("console/import"), mail="yes")
    assert done_page.heading == "The import is done"
    assert "by mail to first@example.com" in done_page.text
    assert done_page.text.count("/start#") == 1
    first = record(mailing.portal, "first")
    assert (first.is_mailed, first.until) == (True, UNTIL)
    assert not record(mailing.portal, "second").is_mailed


# The command line


def test_the_command_invites_by_mail(shell: Terminal) -> None:
    shown = shell.run("invite", "another", "--email", EMAIL, "--until", UNTIL).stdout
    assert f"It will be sent by mail to {EMAIL}" in shown
    assert "start#" not in shown
    assert "ready to paste" not in shown
    told = shell.run("member", "another").stdout
    assert f"access ends on      {UNTIL}" in told
    assert "link by mail        waits to be sent" in told
    assert f"ends {UNTIL}" in shell.run("members").stdout
    assert "start#" in shell.run("invite", "another", "--no-mail").stdout


def test_the_command_offers_a_user_name_that_is_an_address(shell: Terminal) -> None:
    shown = shell.run("invite", NEW).stdout
    assert f"firstday invite {NEW} --email same" in shown
    assert "start#" in shown
    assert shell.json("invite", NEW, "--email", "same")["mailed_to"] == NEW
    refused = shell.run("invite", "one", "two", "--email", EMAIL, status=2).stderr
    assert "One address cannot be that of several members." in refused


def test_the_command_edits(shell: Terminal) -> None:
    shown = shell.run("edit", MEMBER, "--email", EMAIL, "--until", UNTIL).stdout
    assert shown == f"Mail to {MEMBER} goes to {EMAIL}; access ends on {UNTIL}.\n"
    shown = shell.run("edit", MEMBER, "--email", "", "--until", "").stdout
    assert shown == "There is no address; access does not end by itself.\n"
    assert "Say what to change" in shell.run("edit", MEMBER, status=2).stderr


def test_the_command_imports_by_mail(shell: Terminal, mailing: World, tmp_path: Path) -> None:
    listed = tmp_path / "members.csv"
    lines = [f"member-{number},member-{number}@example.com,{UNTIL}" for number in range(3)]
    listed.write_text("\n".join(["user_name,email,until", *lines, "pasted,,"]), "utf-8")
    shown = shell.run("import", str(listed), "--yes").stdout
    assert "By mail: 3 of the links." in shown
    results = (tmp_path / "members.results.csv").read_text("utf-8-sig")
    assert results.count("/start#") == 1
    assert "member-1@example.com" in results
    assert len(mails_of(mailing.portal).waiting_of("member-1")) == 1
    assert "Nothing was left to do" in shell.run("import", str(listed), "--yes").stdout
    assert len(mails_of(mailing.portal).waiting_of("member-1")) == 1


def test_an_import_can_leave_mail_alone(shell: Terminal, tmp_path: Path) -> None:
    listed = tmp_path / "members.csv"
    listed.write_text("user_name,email\nfirst,first@example.com\n", "utf-8")
    shell.run("import", str(listed), "--yes", "--no-mail")
    assert "/start#" in (tmp_path / "members.results.csv").read_text("utf-8-sig")


def test_what_did_not_arrive_is_seen_at_the_member(mailing: World, office: Browser, shell: Terminal) -> None:
    invite(email=EMAIL)
    [waiting] = mails_of(mailing.portal).waiting_of(MEMBER)
    mails_of(mailing.portal).failed(waiting, "The address does not exist.", mailing.portal.now())
    assert "The address does not exist." in office.get(f"console/member?user_name={MEMBER}").text
    assert "mail did not arrive (invitation.created): The address" in shell.run("member", MEMBER).stdout
    assert isinstance(mails_of(mailing.portal).trouble_of(MEMBER)[0], Trouble)


@pytest.mark.parametrize("fault", Fault, ids=str)
def test_an_invitation_that_failed_once_waits_once_when_it_is_repeated(mailing: World, fault: Fault) -> None:
    body = {"user_name": "another", "email": EMAIL, "token": new_secret(), "unless_invited": True}
    with watched(mailing.portal, Wire(Call("TransactWriteItems", 1), fault)):
        assert call("POST", "invitations", body)[0] == 503
    assert done("POST", "invitations", body)["mailed_to"] == EMAIL
    assert len(mails_of(mailing.portal).waiting_of("another")) == 1


def unreached(mailing: World) -> Mailer:
    """The member's invitation is sent, and bounces."""
    invite(email=EMAIL)
    [waiting] = mails_of(mailing.portal).waiting_of(MEMBER)
    mailer = mailer_of(mailing.portal)
    mailer.run()
    mails_of(mailing.portal).failed(waiting, "The address does not exist.", mailing.portal.now(), was_sent=True)
    assert [shown["user_name"] for shown in done("GET", "members?state=bounced")["members"]] == [MEMBER]
    return mailer


@pytest.mark.parametrize("details", [{"email": NEW}, {"email": ""}], ids=["corrected", "taken away"])
def test_what_did_not_arrive_is_settled_by_another_address(mailing: World, details: dict[str, str]) -> None:
    unreached(mailing)
    done("PUT", DETAILS, {"email": EMAIL, "until": UNTIL})
    assert done("GET", "members?state=bounced")["members"]
    done("PUT", DETAILS, details)
    assert done("GET", "members?state=bounced")["members"] == []
    assert done("GET", f"members/{MEMBER}")["mail"]["troubles"] == []


def test_what_did_not_arrive_is_settled_by_a_new_invitation(mailing: World) -> None:
    mailer = unreached(mailing)
    invite(email=EMAIL)
    assert done("GET", f"members/{MEMBER}")["mail"] == {"invitation": "waiting", "troubles": []}
    mailer.run()
    assert done("GET", f"members/{MEMBER}")["mail"] == {"invitation": "sent", "troubles": []}


def test_what_did_not_arrive_goes_with_the_member(mailing: World) -> None:
    unreached(mailing)
    here = mailing.portal
    basis = done("GET", f"members/{MEMBER}/offboarding")["basis"]
    done("DELETE", f"members/{MEMBER}", {"basis": basis})
    assert mails_of(here).troubles() == []


def test_an_invitation_that_the_mailer_dropped_is_not_called_sent(mailing: World) -> None:
    invite(email=EMAIL)
    done("PUT", DETAILS, {"email": ""})
    assert mailer_of(mailing.portal).run().dropped == [MEMBER]
    done("PUT", DETAILS, {"email": EMAIL})
    assert done("GET", f"members/{MEMBER}")["mail"]["invitation"] is None
