"""The administrator's console in process: who may sign in, for how long, and what each page does."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.admin import offboarding
from chalicelib.admin.signing_in import IDLE_LASTS, SESSION_LASTS
from chalicelib.members.link_tokens import token_text
from chalicelib.members.record import Member
from chalicelib.wiring import use
from firstday.verification.browser import Browser, Page
from tests.helpers import worlds
from tests.helpers.admin_calls import basis
from tests.helpers.aws_faults import Call, Fault, Refuse, Wire, watched
from tests.helpers.console_administrator import CONSOLE_COOKIE, FORM, cookie, sign_in_token, signed_in, stored
from tests.helpers.member_walk import Walk

SIGNED_OUT = "You are not signed in"
OPEN = ("/console/sign-in", "/console/sign-out")


def routes(method: str) -> Iterator[str]:
    from app import app

    return (path for path, methods in app.routes.items() if path.startswith("/console") and method in methods)


def member_page(admin: Browser, user_name: str = worlds.MEMBER) -> Page:
    return admin.get(f"console/member?user_name={user_name}")


def active(world: worlds.World) -> None:
    Walk(world.browser, world.invitation.token).to_the_end()


def groups_in_iam(world: worlds.World) -> set[str]:
    return {group["GroupName"] for group in world.iam.list_groups_for_user(UserName=worlds.MEMBER)["Groups"]}


# Signing in and out.
def test_whoever_is_signed_in_is_named_and_can_sign_out(admin: Browser) -> None:
    page = admin.get("console/members")
    assert (page.status, page.heading) == (200, "Members")
    assert worlds.ADMIN in page.text
    assert page.form("sign-out").fields == {}


def test_a_link_works_once_and_for_a_minute(world: worlds.World) -> None:
    first, second, late = (sign_in_token(world.portal) for _ in range(3))
    assert worlds.in_process_browser().post("console/sign-in", {"token": first}).heading == "At a glance"
    used = worlds.in_process_browser().post("console/sign-in", {"token": first})
    assert (used.status, used.heading) == (403, "This sign-in link no longer works")
    assert "firstday console" in used.text
    whole = f"{worlds.PORTAL_URL}/console/sign-in#{second}"
    assert worlds.in_process_browser().post("console/sign-in", {"token": f" {whole}\n"}).heading == "At a glance"
    world.clock.lead += timedelta(seconds=61)
    for token in (late, token_text("", "x" * 52)):
        assert worlds.in_process_browser().post("console/sign-in", {"token": token}).status == 403


@pytest.mark.usefixtures("world")
def test_without_a_link_the_field_says_so() -> None:
    page = worlds.in_process_browser("ja").post("console/sign-in", {"token": " "})
    assert page.status == 400
    assert "サインインリンクがありません" in page.text


def test_where_no_sign_in_link_was_pasted_or_several_the_page_says_so(world: worlds.World) -> None:
    browser = worlds.in_process_browser()
    page = browser.post("console/sign-in", {"token": f"https://x/start#{world.invitation.token}"})
    assert page.status == 400
    assert "No sign-in link was found" in page.text
    assert f"{worlds.PORTAL_URL}/console/sign-in#01" in page.text
    both = " ".join(sign_in_token(world.portal) for _ in range(2))
    assert "No sign-in link was found" in browser.post("console/sign-in", {"token": both}).text


@pytest.mark.parametrize(
    ("host", "name", "ending"),
    [
        (FORM["Host"], CONSOLE_COOKIE, "; Path=/; HttpOnly; SameSite=Strict; Secure"),
        ("127.0.0.1:8000", "firstday-console", "; Path=/; HttpOnly; SameSite=Strict"),
    ],
)
def test_the_cookie_is_bound_to_the_host_and_hidden_from_scripts(
    world: worlds.World, host: str, name: str, ending: str
) -> None:
    fields = f"token={sign_in_token(world.portal)}"
    answer = worlds.in_process("POST", "/api/console/sign-in", FORM | {"Host": host}, fields)
    (line,) = answer.headers["set-cookie"]
    assert line.startswith(f"{name}=")
    assert line.endswith(ending)
    assert answer.headers["location"][0].partition("?")[0] == "/api/console"


def test_signing_out_ends_the_session_wherever_its_cookie_is(world: worlds.World, admin: Browser) -> None:
    thief = worlds.in_process_browser()
    thief.cookies = dict(admin.cookies)
    page = admin.submit(admin.get("console/members").form("sign-out"))
    assert (page.status, page.heading) == (200, "You are signed out")
    assert admin.cookies[CONSOLE_COOKIE] == ""
    assert thief.get("console/members").heading == SIGNED_OUT
    assert worlds.in_process_browser().post("console/sign-out", {}).heading == "You are signed out"
    actions = [event.action for event in world.portal.audit.events(now=world.portal.now()).events]
    assert actions[:3] == ["console.signed_out", "console.signed_in", "console.link_issued"]


def test_a_session_ends_when_it_is_not_used(world: worlds.World, admin: Browser) -> None:
    for _ in range(3):
        world.clock.lead += IDLE_LASTS - timedelta(minutes=1)
        assert admin.get("console/members").status == 200
    world.clock.lead += IDLE_LASTS + timedelta(seconds=1)
    page = admin.get("console/members")
    assert (page.status, page.heading) == (403, SIGNED_OUT)
    assert "firstday console" in page.text
    assert "after 30 minutes without a click, and after 8 hours in any case" in page.text
    assert worlds.ADMIN not in page.text


def test_a_session_ends_after_a_working_day_in_any_case(world: worlds.World, admin: Browser) -> None:
    for _ in range(int(SESSION_LASTS / timedelta(minutes=20)) - 1):
        world.clock.lead += timedelta(minutes=20)
        assert admin.get("console/new-member").status == 200
    world.clock.lead += timedelta(minutes=20)
    assert admin.get("console/members").heading == SIGNED_OUT


def test_no_page_but_two_is_for_whoever_has_no_session(world: worlds.World) -> None:
    world.browser.post("start", {"token": world.invitation.token})
    member_session = world.browser.cookies["__Host-firstday-session"]
    for value in ("", member_session, "wrong"):
        browser = worlds.in_process_browser()
        browser.cookies = {CONSOLE_COOKIE: value} if value else {}
        pages = [browser.get(f"{path[1:]}?user_name={worlds.MEMBER}") for path in routes("GET") if path not in OPEN]
        pages += [
            browser.post(path[1:], {"user_name": worlds.MEMBER}) for path in routes("POST") if path not in OPEN
        ]
        assert {(page.status, page.heading) for page in pages} == {(403, SIGNED_OUT)}


def test_whoever_comes_with_a_members_session_is_recorded(world: worlds.World) -> None:
    world.browser.post("start", {"token": world.invitation.token})
    assert world.browser.get("console/members").heading == SIGNED_OUT
    [event, *_] = world.portal.audit.events(now=world.portal.now()).events
    assert (event.action, event.details["source_ip"]) == ("console.refused", "192.0.2.1")


def test_a_console_session_is_no_session_of_a_member(admin: Browser) -> None:
    admin.cookies["__Host-firstday-session"] = admin.cookies[CONSOLE_COOKIE]
    assert admin.get("config").status == 403


@pytest.mark.parametrize("site", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {}])
def test_a_form_sent_from_anywhere_else_changes_nothing(
    world: worlds.World, admin: Browser, site: dict[str, str]
) -> None:
    before = stored(world.portal)
    headers = {name: value for name, value in FORM.items() if name != "Sec-Fetch-Site"} | cookie(admin) | site
    for path in routes("POST"):
        fields = f"user_name={worlds.MEMBER}&group-operators=yes&csv=user_name%0Anew"
        answer = worlds.in_process("POST", f"/api{path}", headers, fields)
        assert answer.status == 403, path
        assert "set-cookie" not in answer.headers
    assert stored(world.portal) == before


def test_looking_at_pages_changes_nothing(world: worlds.World, admin: Browser) -> None:
    active(world)
    worlds.with_settings(world, console_password=True)
    before = stored(world.portal)
    for path in routes("GET"):
        assert admin.get(f"{path.removeprefix('/')}?user_name={worlds.MEMBER}").status == 200, path
    assert stored(world.portal) == before
    assert groups_in_iam(world) == {"firstday-members", "developers"}


def test_every_page_has_the_headers_that_keep_it_to_itself(admin: Browser) -> None:
    for path in routes("GET"):
        headers = admin.get(f"{path.removeprefix('/')}?user_name={worlds.MEMBER}").answer.headers
        assert headers["cache-control"] == ["no-store"], path
        assert headers["referrer-policy"] == ["same-origin"]
        assert "default-src 'none'" in headers["content-security-policy"][0]
        assert "unsafe" not in headers["content-security-policy"][0]


def test_the_language_is_switched_where_the_administrator_is(admin: Browser) -> None:
    page = member_page(admin)
    (link,) = (href for href in page.links if "lang=ja" in href)
    assert "メンバー" in admin.get(link).text
    assert f"user_name={worlds.MEMBER}" in link
    assert "監査ログ" in admin.get("console/audit").text


# The list of members.
def test_the_list_shows_where_each_member_is(world: worlds.World, admin: Browser) -> None:
    active(world)
    worlds.invited(world.portal, "another-user")
    page = admin.get("console/members")
    assert re.search(rf"{worlds.MEMBER}\s+Active\s+developers\s+proved 20", page.text)
    assert re.search(r"another-user\s+Invited\s+developers\s+open until 20", page.text)
    assert re.search(r"0 days", page.text)
    filtered = admin.get("console/members?filter=ANOTHER&state=")
    assert (worlds.MEMBER in filtered.text, "another-user" in filtered.text) == (False, True)
    filtered = admin.get("console/members?filter=&state=active")
    assert (worlds.MEMBER in filtered.text, "another-user" in filtered.text) == (True, False)
    assert "No member matches" in admin.get("console/members?state=locked").text
    assert admin.get("console/members?state=no-such-state").status == 200


def test_a_long_list_has_pages_and_loses_nobody(world: worlds.World, admin: Browser) -> None:
    record_created = world.portal.members.record_created
    for number in range(120):
        record_created(Member(f"member-{number:03}", created_at=world.portal.now()), [])
    seen: list[str] = []
    page = admin.get("console/members?filter=member")
    while True:
        seen += re.findall(r"member-\d+", page.text)
        following = [href for href, text in page.links.items() if text == "Next page"]
        if not following:
            break
        page = admin.get(following[0])
    assert seen == [f"member-{number:03}" for number in range(120)]
    (first,) = (href for href, text in page.links.items() if text == "First page")
    assert re.findall(r"member-\d+", admin.get(first).text)[0] == "member-000"


def test_a_portal_without_members_says_how_to_invite_one(world: worlds.World, admin: Browser) -> None:
    world.dynamodb.delete_item(
        TableName="members", Key={"directory": {"S": "members"}, "name": {"S": worlds.MEMBER}}
    )
    page = admin.get("console/members")
    assert "There are no members yet" in page.text
    assert "/api/console/new-member" in page.links


def test_a_cursor_that_nobody_gave_is_refused_in_words(admin: Browser) -> None:
    for path in ("members", "audit"):
        page = admin.get(f"console/{path}?cursor=wrong")
        assert (page.status, page.heading) == (400, "This cannot be used")


# One member.
def test_the_page_of_a_member_tells_state_facts_and_history(world: worlds.World, admin: Browser) -> None:
    page = member_page(admin)
    assert "The invitation has not been opened yet" in page.text
    assert "Invitation created" in page.text
    active(world)
    page = member_page(admin, worlds.MEMBER.upper())
    assert "Is ready: the MFA device was proved" in page.text
    assert f"arn:aws:iam::123456789012:mfa/{worlds.MEMBER}" in page.text
    assert "Access key issued" in page.text
    world.iam.add_user_to_group(UserName=worlds.MEMBER, GroupName="operators")
    world.clock.lead += timedelta(minutes=6)
    assert "IAM has the member in operators, the record does not." in member_page(admin).text


def test_the_page_of_a_member_tells_of_a_console_password_where_there_are_any(
    world: worlds.World, admin: Browser
) -> None:
    assert "Console password" not in member_page(admin).text
    worlds.with_settings(world, console_password=True)
    assert "Console password Not set" in " ".join(member_page(admin).text.split())
    world.iam.create_login_profile(UserName=worlds.MEMBER, Password="correct Horse battery 1")
    assert "Console password Set" in " ".join(member_page(admin).text.split())


def test_a_stranger_is_told_so(admin: Browser) -> None:
    page = member_page(admin, "stranger")
    assert (page.status, page.heading) == (404, "There is no such member")
    assert worlds.ADMIN in page.text
    assert member_page(admin, "<script>").status == 400


def test_revoking_ends_the_link(world: worlds.World, admin: Browser) -> None:
    page = admin.submit(member_page(admin).form("console/revoke"))
    assert "its link no longer works" in page.text
    assert "Revoked" in page.text
    assert not [form for form in page.forms if form.action.endswith("/revoke")]
    assert world.browser.post("start", {"token": world.invitation.token}).status == 410


def test_groups_wait_for_the_proof_and_change_at_once_after_it(world: worlds.World, admin: Browser) -> None:
    form = member_page(admin).form("console/groups")
    assert form.fields == {"user_name": worlds.MEMBER, "basis": form.fields["basis"], "group-developers": "yes"}
    page = admin.submit(form, **{"group-operators": "yes"})
    assert "IAM gets them when the MFA device is proved" in page.text
    active(world)
    assert groups_in_iam(world) == {"firstday-members", "developers", "operators"}
    form = member_page(admin).form("console/groups")
    del form.fields["group-developers"]
    assert "IAM has them already" in admin.submit(form).text
    assert groups_in_iam(world) == {"firstday-members", "operators"}


def test_no_group_at_all_is_a_mistake_in_the_language_of_the_page(world: worlds.World) -> None:
    admin = signed_in(world.portal, "ja")
    form = member_page(admin).form("console/groups")
    del form.fields["group-developers"]
    page = admin.submit(form)
    assert page.status == 400
    said = page.by_id["groups-problem"]
    assert said == "スイッチロールグループを 1 つ以上指定してください: developers, operators"


def test_a_member_is_invited_again_with_a_passcode(world: worlds.World, admin: Browser) -> None:
    page = admin.submit(member_page(admin).form("console/invite"), passcode="yes")
    assert page.heading == f"{worlds.MEMBER} is invited again"
    token = page.by_id["link"].partition("#")[2]
    assert world.browser.post("start", {"token": world.invitation.token}).status == 410
    opened = world.browser.post("start", {"token": token, "passcode": page.by_id["passcode"]})
    assert opened.heading == "Register your phone"


def test_a_lost_phone_is_reset_after_a_question(world: worlds.World, admin: Browser) -> None:
    active(world)
    question = admin.get(f"console/reset-mfa?user_name={worlds.MEMBER}")
    assert question.heading == f"Reset the MFA device of {worlds.MEMBER}?"
    page = admin.submit(question.form("reset-mfa"))
    assert page.heading == f"{worlds.MEMBER} can register a new phone"
    assert f"arn:aws:iam::123456789012:mfa/{worlds.MEMBER}" in page.text
    assert world.iam.list_mfa_devices(UserName=worlds.MEMBER)["MFADevices"] == []
    assert groups_in_iam(world) == {"firstday-members"}
    opened = world.browser.post("start", {"token": page.by_id["link"].partition("#")[2]})
    assert opened.heading == "Register your phone"


def test_offboarding_shows_first_what_it_will_remove(world: worlds.World, admin: Browser) -> None:
    active(world)
    question = admin.get(f"console/offboard?user_name={worlds.MEMBER}")
    for part in ("Access key", "MFA device", f"mfa/{worlds.MEMBER}", "firstday-members", "IAM user"):
        assert part in question.text
    page = admin.submit(question.form("offboard"))
    assert page.heading == f"{worlds.MEMBER} is offboarded"
    assert world.iam.list_users()["Users"] == []
    assert member_page(admin).status == 404
    assert "Member offboarded" in admin.get(f"console/audit?user_name={worlds.MEMBER}").text


def test_offboarding_that_was_cut_off_is_finished_by_trying_again(world: worlds.World, admin: Browser) -> None:
    question = admin.get(f"console/offboard?user_name={worlds.MEMBER}")
    with watched(world.portal, Wire(Call("DeleteUser", 1), Fault.THROTTLED)):
        busy = admin.submit(question.form("offboard"))
        assert (busy.status, busy.heading) == (503, "AWS is busy")
        assert "Being offboarded" in admin.get("console/members").text
        unfinished = member_page(admin)
        assert "is not finished" in unfinished.text
        assert [form.action for form in unfinished.forms if "/console/" in form.action] == ["/api/console/sign-out"]
        assert admin.submit(busy.form("offboard")).heading == f"{worlds.MEMBER} is offboarded"


def test_what_the_portal_may_not_touch_is_an_obstacle(world: worlds.World, admin: Browser) -> None:
    question = admin.get(f"console/offboard?user_name={worlds.MEMBER}")
    world.iam.create_group(GroupName="payroll", Path="/finance/")
    world.iam.add_user_to_group(UserName=worlds.MEMBER, GroupName="payroll")
    refused = admin.submit(question.form("offboard"))
    assert (refused.status, refused.heading) == (409, "Something has to be done first")
    assert "remove-user-from-group --user-name dev-simple-user --group-name payroll" in refused.text
    question = admin.get(f"console/offboard?user_name={worlds.MEMBER}")
    assert "payroll" in question.text
    assert [form for form in question.forms if form.action.endswith("offboard")] == []


# A new member.
def test_a_new_member_is_created_and_the_link_works_as_told(world: worlds.World, admin: Browser) -> None:
    form = admin.get("console/new-member").form("new-member")
    assert form.fields == {"user_name": "", "group-developers": "yes", "until": ""}
    page = admin.submit(form, user_name=" another-user ", **{"group-operators": "yes"}, passcode="yes")
    assert (page.status, page.heading) == (200, "another-user is invited")
    link, passcode = page.by_id["link"], page.by_id["passcode"]
    assert link.startswith(f"{worlds.PORTAL_URL}/start#0")
    for language in ("en", "ja"):
        assert link in page.by_id[f"message-{language}"]
        assert "(UTC+00:00)" in page.by_id[f"message-{language}"]
        assert passcode not in page.by_id[f"message-{language}"]
    walk = Walk(worlds.in_process_browser(), link.partition("#")[2], passcode=passcode).to_the_end()
    assert walk.credentials
    groups = world.iam.list_groups_for_user(UserName="another-user")["Groups"]
    assert {group["GroupName"] for group in groups} == {"firstday-members", "developers", "operators"}


def test_links_begin_with_the_address_that_the_command_line_knows(world: worlds.World) -> None:
    admin = signed_in(world.portal, portal_url="https://start.example.com")
    page = admin.submit(admin.get("console/new-member").form("new-member"), user_name="another-user")
    assert page.by_id["link"].startswith("https://start.example.com/start#0")


@pytest.mark.parametrize(
    ("user_name", "words"),
    [
        ("", "A user name is needed."),
        ("山田", "IAM does not take '山田' in a user name"),
        (worlds.MEMBER.upper(), f"{worlds.MEMBER} is a member already: see the list."),
        ('"><script>', "IAM does not take"),
    ],
)
def test_a_mistake_is_said_at_its_field_and_what_was_typed_is_kept(
    admin: Browser, user_name: str, words: str
) -> None:
    page = admin.submit(admin.get("console/new-member").form("new-member"), user_name=user_name)
    assert page.status == 400
    assert words in page.by_id["user_name-problem"]
    assert page.form("new-member").fields["user_name"] == user_name
    in_japanese = admin.submit(next(form for form in page.forms if "lang" in form.fields), lang="ja")
    assert in_japanese.status == 400
    assert in_japanese.form("new-member").fields["user_name"] == user_name
    assert words not in in_japanese.text


def test_an_iam_user_who_is_no_member_is_not_touched(world: worlds.World, admin: Browser) -> None:
    world.iam.create_user(UserName="root-like", Path="/admins/")
    page = admin.submit(admin.get("console/new-member").form("new-member"), user_name="root-like")
    assert page.status in (400, 409)
    assert "the portal does not touch" in page.text


def test_a_busy_aws_is_told_and_trying_again_sends_the_same(world: worlds.World, admin: Browser) -> None:
    form = admin.get("console/new-member").form("new-member")
    with watched(world.portal, Wire(Call("CreateUser", 1), Fault.THROTTLED)):
        busy = admin.submit(form, user_name="another-user", **{"group-operators": "yes"})
        assert (busy.status, busy.heading) == (503, "AWS is busy")
        page = admin.submit(busy.form("new-member"))
    assert page.heading == "another-user is invited"
    assert "developers, operators" in member_page(admin, "another-user").text


def test_a_form_that_cannot_be_read_is_not_read_where_aws_is_too_busy_to_say_whose_it_is(
    world: worlds.World, admin: Browser
) -> None:
    headers = FORM | cookie(admin)
    for call in (Call("GetItem", 1), None):
        with watched(world.portal, Wire(call, Fault.THROTTLED)):
            answer = worlds.in_process("POST", "/api/console/new-member", headers, "%ff" * 9000)
        assert answer.status == (307 if call else 400)


def test_an_error_of_aws_that_nobody_foresaw_is_a_page_in_the_frame(world: worlds.World, admin: Browser) -> None:
    form = admin.get("console/new-member").form("new-member")
    with watched(world.portal, Refuse("CreateUser", "ServiceQuotaExceeded")):
        page = admin.submit(form, user_name="another-user")
    assert (page.status, page.heading) == (500, "Something went wrong in the portal")
    assert worlds.ADMIN in page.text


def test_a_table_that_is_gone_is_a_page_too(world: worlds.World, admin: Browser) -> None:
    world.dynamodb.delete_table(TableName="console")
    page = admin.get("console/members")
    assert page.status == 500
    assert worlds.ADMIN not in page.text


# The audit trail.
def test_the_audit_trail_is_filtered_by_member_and_day(world: worlds.World, admin: Browser) -> None:
    worlds.invited(world.portal, "another-user")
    everything = admin.get("console/audit").text
    assert worlds.MEMBER in everything
    assert "another-user" in everything
    assert "Signed in to the console" in everything
    assert worlds.MEMBER not in admin.get("console/audit?user_name=another-user").text.partition("When")[2]
    assert "Nothing matches." in admin.get("console/audit?since=2027-01-01&until=2027-01-02").text
    today = f"{world.portal.now():%Y-%m-%d}"
    assert "Invitation created" in admin.get(f"console/audit?since={today}&until={today}").text
    for day in ("yesterday", "0001-01-01", "9999-12-31"):
        page = admin.get(f"console/audit?until={day}")
        assert page.status == 400
        assert "This is not a day" in page.by_id["until-problem"]


def test_a_long_audit_trail_has_pages(world: worlds.World, admin: Browser) -> None:
    for _ in range(30):
        worlds.invited(world.portal)
    seen, page = 0, admin.get(f"console/audit?user_name={worlds.MEMBER}")
    while True:
        seen += page.text.count("Invitation created")
        following = [href for href, text in page.links.items() if text == "Next page"]
        if not following:
            break
        page = admin.get(following[0])
    assert seen == 31


def test_a_group_that_the_organisation_gave_up_is_no_choice(world: worlds.World, admin: Browser) -> None:
    settings = world.portal.settings
    rest = tuple(group for group in settings.groups if group.name != "developers")
    use(replace(world.portal, settings=replace(settings, groups=rest, default_groups=("operators",))))
    assert admin.get("console/new-member").form("new-member").fields == {
        "user_name": "",
        "group-operators": "yes",
        "until": "",
    }
    assert member_page(admin).form("console/groups").fields.keys() == {"user_name", "basis"}


def test_strangers_cannot_fill_the_audit_trail(world: worlds.World) -> None:
    stranger = worlds.in_process_browser()
    stranger.cookies["__Host-firstday-session"] = "anything.at-all"
    before = stored(world.portal)["audit"]
    stranger.get("console/members")
    stranger.post("console/sign-in", {"token": "made-up"})
    assert stored(world.portal)["audit"] == before


def test_offboarding_that_somebody_else_has_finished_is_done(world: worlds.World, admin: Browser) -> None:
    question = admin.get(f"console/offboard?user_name={worlds.MEMBER}")
    offboarding.offboard(worlds.of_admin(world.portal), user_name=worlds.MEMBER, basis=basis())
    page = admin.submit(question.form("offboard"))
    assert (page.status, page.heading) == (200, f"{worlds.MEMBER} is offboarded")
