"""The parts of the console that need a sign-in of the last hour, and how an administrator comes back to them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.admin.signing_in import FRESH_LASTS
from chalicelib.members.link_tokens import token_text
from chalicelib.web.console.frame import MINUTES, PLACES, place_from, place_text
from chalicelib.wiring import Portal
from firstday.verification.browser import Browser, Page
from tests.helpers.admin_calls import basis
from tests.helpers.aws_faults import Call, Fault, Wire, watched
from tests.helpers.console_administrator import CONSOLE_COOKIE, FORM, cookie, sign_in_token, signed_in, stored
from tests.helpers.journeys import active
from tests.helpers.worlds import MEMBER, World, again, in_process, in_process_browser, with_settings

RETURN_COOKIE = "__Host-firstday-console-return"
AGAIN = "Sign in again first"
# Each page and form that needs it, with the page that one comes back to.
GUARDED = {
    ("GET", "reset-mfa"): "reset-mfa",
    ("POST", "reset-mfa"): "reset-mfa",
    ("GET", "reset-password"): "reset-password",
    ("POST", "reset-password"): "reset-password",
    ("GET", "suspend"): "suspend",
    ("POST", "suspend"): "suspend",
    ("GET", "resume"): "resume",
    ("POST", "resume"): "resume",
    ("GET", "offboard"): "offboard",
    ("POST", "offboard"): "offboard",
    ("POST", "groups"): "member",
}
each_guarded = pytest.mark.parametrize(("method", "page"), GUARDED)


@pytest.fixture
def world(aws: Portal) -> World:
    """An active member of an organisation with console passwords."""
    return with_settings(again(active, aws), console_password=True)


@pytest.fixture
def admin(world: World) -> Browser:
    """An administrator who has been at work for an hour."""
    browser = signed_in(world.portal)
    for _ in range(3):
        world.clock.lead += FRESH_LASTS / 3
        assert browser.get("console/members").status == 200
    return browser


def ask(browser: Browser, method: str, page: str, user_name: str = MEMBER) -> Page:
    if method == "GET":
        return browser.get(f"console/{page}?user_name={user_name}")
    fields = {"user_name": user_name, "group-operators": "yes", "basis": basis(user_name)}
    return browser.post(f"console/{page}", fields)


def sign_in(world: World, browser: Browser) -> Page:
    page = browser.get("console/sign-in")
    return browser.submit(page.form("sign-in"), token=sign_in_token(world.portal))


@each_guarded
def test_what_is_grave_needs_a_sign_in_of_the_last_hour(
    world: World, admin: Browser, method: str, page: str
) -> None:
    before = stored(world.portal)
    shown = ask(admin, method, page)
    assert (shown.status, shown.heading) == (403, AGAIN)
    assert "firstday console" in shown.text
    assert "has to be chosen again" in shown.text
    assert stored(world.portal) == before
    groups = world.iam.list_groups_for_user(UserName=MEMBER)["Groups"]
    assert {group["GroupName"] for group in groups} == {"firstday-members", "developers"}


@each_guarded
def test_after_signing_in_again_one_is_where_one_was(world: World, admin: Browser, method: str, page: str) -> None:
    ask(admin, method, page)
    back = sign_in(world, admin)
    assert (back.status, back.heading) == (200, ask(admin, "GET", GUARDED[method, page]).heading)
    assert admin.cookies[RETURN_COOKIE] == ""
    is_refused = (method, page) == ("POST", "resume")  # who is not suspended
    assert ask(admin, method, page).status == (400 if is_refused else 200)
    assert sign_in(world, admin).heading == "At a glance"


@each_guarded
def test_within_the_hour_nothing_is_asked(world: World, method: str, page: str) -> None:
    browser = signed_in(world.portal)
    for _ in range(2):
        world.clock.lead += FRESH_LASTS / 2 - timedelta(minutes=1)
        assert browser.get("console/members").status == 200
    assert ask(browser, method, page).heading != AGAIN


def test_everything_else_goes_on_for_a_working_day(world: World, admin: Browser) -> None:
    for path in ("members", "new-member", "import", "audit"):
        assert admin.get(f"console/{path}").status == 200
    assert admin.post("console/new-member", {"user_name": "another", "group-developers": "yes"}).status == 200
    for path in ("check", "invite", "revoke"):
        assert ask(admin, "POST", path).status == 200, path
    assert world.portal.members.get("another") is not None


def test_the_members_page_says_so_before_anything_is_chosen_and_keeps_the_place(
    world: World, admin: Browser
) -> None:
    page = admin.get(f"console/member?user_name={MEMBER}")
    assert page.status == 200
    assert not [form for form in page.forms if form.action.endswith("console/groups")]
    assert "more than an hour ago" in page.text
    back = sign_in(world, admin)
    assert back.heading == MEMBER
    assert back.form("console/groups").method == "post"
    assert "more than an hour ago" not in back.text


# The place.
def test_the_place_is_kept_in_a_cookie_for_some_minutes_only(world: World, admin: Browser) -> None:
    answer = in_process(
        "GET", f"/api/console/offboard?user_name={MEMBER}", {"Host": FORM["Host"]} | cookie(admin), ""
    )
    assert answer.headers["set-cookie"] == [
        f"{RETURN_COOKIE}=offboard.{MEMBER}; Path=/; HttpOnly; SameSite=Strict; Secure; Max-Age={MINUTES * 60}"
    ]
    assert world.portal.members.get(MEMBER) is not None


@pytest.mark.parametrize(
    "value",
    [
        "",
        "x",
        "members.",
        f"groups.{MEMBER}",
        "member.//evil.example.com",
        "member.https:%2F%2Fevil.example.com",
        "offboard.a%0D%0ASet-Cookie: x",
        f"..%2Fmember.{MEMBER}",
        f"offboard?x=1&y.{MEMBER}",
    ],
)
def test_a_made_up_place_leads_to_the_first_page(world: World, value: str) -> None:
    headers = FORM | {"Cookie": f"{RETURN_COOKIE}={value}"}
    answer = in_process("POST", "/api/console/sign-in", headers, f"token={sign_in_token(world.portal)}")
    assert answer.status == 303
    assert answer.headers["location"][0].partition("?")[0] == "/api/console"


@given(page=st.sampled_from(PLACES), name=st.text("aZ09_+=,.@-", min_size=2, max_size=64))
def test_every_members_place_is_read_as_it_was_written(page: str, name: str) -> None:
    written = place_text(page, name)
    assert place_from(written) == (page, name)
    assert not set(written) & set(' ",;\\')


@given(st.text(max_size=80))
def test_any_other_text_is_no_place(text: str) -> None:
    found = place_from(text)
    assert found is None or found[0] in PLACES


@pytest.mark.parametrize("name", ["", "x", "a%0Ab", "a" * 65])
def test_without_a_members_name_no_place_is_kept(admin: Browser, name: str) -> None:
    page = ask(admin, "GET", "offboard", name)
    assert (page.status, page.heading) == (403, AGAIN)
    assert "set-cookie" not in page.answer.headers


def test_a_place_survives_a_link_that_is_no_good(world: World, admin: Browser) -> None:
    ask(admin, "GET", "offboard")
    assert admin.post("console/sign-in", {"token": token_text("", "x" * 52)}).status == 403
    assert sign_in(world, admin).heading == f"Offboard {MEMBER}?"


# The session before.
def test_the_browsers_former_session_ends_with_the_new_one(world: World, admin: Browser) -> None:
    thief = in_process_browser()
    thief.cookies = dict(admin.cookies)
    sign_in(world, admin)
    assert thief.get("console/members").heading == "You are not signed in"
    assert admin.get("console/members").status == 200
    actions = [event.action for event in world.portal.audit.events(now=world.portal.now()).events]
    assert sorted(actions[:2]) == ["console.signed_in", "console.signed_out"]


@pytest.mark.parametrize("lead", [timedelta(minutes=31), timedelta(hours=9)])
def test_a_former_session_that_is_over_stays_so_untold(world: World, admin: Browser, lead: timedelta) -> None:
    world.clock.lead += lead
    assert sign_in(world, admin).heading == "At a glance"
    actions = [event.action for event in world.portal.audit.events(now=world.portal.now()).events]
    assert actions[0] == "console.signed_in"
    assert "console.signed_out" not in actions


def test_a_sign_in_that_fails_leaves_link_and_former_session_as_they_were(world: World, admin: Browser) -> None:
    token, before = sign_in_token(world.portal), dict(admin.cookies)
    for fault in (Fault.THROTTLED, Fault.FAILED, Fault.CUT_BEFORE):
        with watched(world.portal, Wire(Call("TransactWriteItems", 1), fault)):
            assert admin.post("console/sign-in", {"token": token}).status == 503
        assert admin.cookies == before
        assert admin.get("console/members").status == 200
    assert admin.post("console/sign-in", {"token": token}).heading == "At a glance"
    assert admin.cookies[CONSOLE_COOKIE] != before[CONSOLE_COOKIE]


def test_a_link_that_is_no_good_ends_no_session(admin: Browser) -> None:
    assert admin.post("console/sign-in", {"token": token_text("", "x" * 52)}).status == 403
    assert admin.get("console/members").status == 200


def test_other_browsers_of_the_same_administrator_go_on(world: World, admin: Browser) -> None:
    other = signed_in(world.portal)
    sign_in(world, admin)
    assert other.get("console/members").status == 200


def test_a_made_up_session_cookie_does_not_stop_a_sign_in(world: World) -> None:
    browser = in_process_browser()
    browser.cookies[CONSOLE_COOKIE] = "made-up"
    assert sign_in(world, browser).heading == "At a glance"
    kept = [item for item in stored(world.portal)["console"] if not item["pk"]["S"].startswith("event#")]
    assert not [item for item in kept if "actor" not in item]
