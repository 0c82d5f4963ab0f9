"""Administrators from an identity provider: who of them may call which route of the API, and use which page."""

import json
from itertools import product

import pytest

from chalicelib.admin.authority import WHO_MAY, Rank, may
from chalicelib.settings.records import Administrators
from firstday.verification.browser import Browser, Page
from tests.helpers.admin_calls import call, done, first_day
from tests.helpers.console_administrator import CONSOLE_COOKIE, FORM, signed_in, stored
from tests.helpers.federated_callers import ADMINISTRATORS, CALLERS, FEDERATED_ADMIN, HELP_DESK, STRANGER
from tests.helpers.worlds import ADMIN, MEMBER, World, in_process, with_settings

SIGNED_OUT, NOT_YOURS = "You are not signed in", "Your role may not do this"
API = [task for task in WHO_MAY if " /admin/" in task]
CONSOLE = [task for task in WHO_MAY if " /console" in task]
# The parts of the console's pages that lead to what only administrators may do.
LEADING = ("new-member", "import", "invite", "revoke", "groups", "offboard")


@pytest.fixture
def organisation(world: World) -> World:
    return with_settings(world, administrators=ADMINISTRATORS)


@pytest.mark.usefixtures("organisation")
@pytest.mark.parametrize(("route", "caller"), list(product(API, CALLERS)), ids=str)
def test_every_route_is_open_to_those_whom_the_table_names(route: str, caller: str) -> None:
    method, path = route.split()
    rank = CALLERS[caller]
    relative = path.removeprefix("/admin/").replace("{user_name}", MEMBER)
    status, answer = call(method, relative, {} if method in ("POST", "PUT") else None, userArn=caller)
    if rank and may(rank, route):
        assert status != 403
        return
    assert (status, answer["error"]["code"]) == (403, "not_your_task" if rank else "refused")
    (event,) = [one for one in done("GET", "audit-events")["events"] if one["action"] == "admin.refused"]
    assert (event["actor"], event["details"]["method"]) == (caller, method)


@pytest.mark.parametrize(("route", "caller"), list(product(API, [HELP_DESK, STRANGER])), ids=str)
def test_who_may_not_call_a_route_changes_nothing(organisation: World, route: str, caller: str) -> None:
    method, path = route.split()
    if CALLERS[caller] and may(Rank.HELP_DESK, route):
        return
    before = state(organisation)
    relative = path.removeprefix("/admin/").replace("{user_name}", MEMBER)
    body = {"user_name": "another", "groups": ["developers"]} if method in ("POST", "PUT") else None
    assert call(method, relative, body, userArn=caller)[0] == 403
    assert state(organisation) == before


def state(world: World) -> object:
    """All but the audit trail and its marks: records, links and sessions, and the users and groups of IAM."""
    tables = {
        name: [one for one in items if not one.get("pk", {"S": ""})["S"].startswith("event#")]
        for name, items in stored(world.portal).items()
        if name != "audit"
    }
    users = [user["UserName"] for user in world.iam.list_users()["Users"]]
    groups = [group["GroupName"] for group in world.iam.list_groups_for_user(UserName=MEMBER)["Groups"]]
    return tables, users, groups


@pytest.mark.parametrize(("route", "caller"), list(product(CONSOLE, CALLERS)), ids=str)
def test_every_page_is_open_to_those_whom_the_table_names(organisation: World, route: str, caller: str) -> None:
    method, path = route.split()
    rank = CALLERS[caller]
    browser = signed_in(organisation.portal, actor=caller)
    before = state(organisation)
    page = opened(browser, method, path)
    if rank is None:
        assert (page.status, page.heading) == (403, SIGNED_OUT)
    elif may(rank, route):
        assert page.heading not in (SIGNED_OUT, NOT_YOURS)
    else:
        assert (page.status, page.heading) == (403, NOT_YOURS)
        assert "Ask one of the portal’s administrators." in page.text
        assert state(organisation) == before


def opened(browser: Browser, method: str, path: str) -> Page:
    if method == "GET":
        return browser.get(f"{path[1:]}?user_name={MEMBER}")
    return browser.post(path[1:], {"user_name": MEMBER, "group-operators": "yes"})


@pytest.mark.parametrize("page", ["members", "member", "audit", "reset-mfa", "reset-password"])
def test_the_pages_of_a_help_desk_lead_nowhere_that_it_may_not_go(organisation: World, page: str) -> None:
    first_day(organisation)
    organisation = with_settings(organisation, console_password=True)
    address = f"console/{page}?user_name={MEMBER}"
    desk = signed_in(organisation.portal, actor=HELP_DESK).get(address)
    admin = signed_in(organisation.portal, actor=FEDERATED_ADMIN).get(address)
    assert (desk.status, admin.status) == (200, 200)
    found = [name for name in LEADING if f"console/{name}" in desk.answer.body]
    assert found == []
    assert [name for name in LEADING if f"console/{name}" in admin.answer.body] != []
    assert "(help desk)" in desk.text
    assert "(help desk)" not in admin.text


def test_a_help_desk_resets_a_lost_phone_and_hands_on_the_link(organisation: World) -> None:
    first_day(organisation)
    desk = signed_in(organisation.portal, actor=HELP_DESK)
    page = desk.submit(desk.get(f"console/reset-mfa?user_name={MEMBER}").form("reset-mfa"))
    assert page.heading == f"{MEMBER} can register a new phone"
    assert "start#" in page.text
    assert "console/new-member" not in page.answer.body
    (event,) = [one for one in done("GET", "audit-events")["events"] if one["action"] == "mfa.reset"]
    assert event["actor"] == HELP_DESK


def test_two_roles_whose_sessions_have_one_name_are_told_apart(organisation: World) -> None:
    for caller in (FEDERATED_ADMIN, HELP_DESK):
        assert call("POST", f"members/{MEMBER}/mfa-reset", {}, userArn=caller)[0] == 200
    told = signed_in(organisation.portal).get(f"console/member?user_name={MEMBER}").text
    assert "by AWSReservedSSO_Admin_0123456789abcdef/someone@example.com" in told
    assert "by AWSReservedSSO_HelpDesk_0123456789abcdef/someone@example.com" in told


@pytest.mark.parametrize("caller", [FEDERATED_ADMIN, HELP_DESK])
def test_a_session_ends_when_the_settings_name_its_role_no_longer(organisation: World, caller: str) -> None:
    browser = signed_in(organisation.portal, actor=caller)
    assert browser.get("console/members").status == 200
    cookies = dict(browser.cookies)
    changed = with_settings(organisation, administrators=Administrators())
    for path in ("members", "member?user_name=x", "audit"):
        page = browser.get(f"console/{path}")
        assert (page.status, page.heading) == (403, SIGNED_OUT)
        assert caller not in page.text
    (event,) = [one for one in done("GET", "audit-events")["events"] if one["action"] == "console.refused"]
    assert (event["actor"], event["details"]["reason"]) == (caller, "the role administers the portal no longer")
    with_settings(changed, administrators=ADMINISTRATORS)
    browser.cookies = cookies
    assert browser.get("console/members").heading == SIGNED_OUT


def test_a_session_follows_its_role_to_the_help_desk(organisation: World) -> None:
    browser = signed_in(organisation.portal, actor=FEDERATED_ADMIN)
    assert browser.get("console/new-member").status == 200
    with_settings(organisation, administrators=Administrators((), ("AWSReservedSSO_Admin_*",)))
    assert browser.get("console/new-member").heading == NOT_YOURS
    assert browser.get("console/members").status == 200


def test_a_sign_in_link_of_a_role_that_is_no_longer_named_opens_nothing(organisation: World) -> None:
    status, link = call("POST", "console-links", {"portal_url": "https://portal.example.com"}, userArn=HELP_DESK)
    assert status == 200
    with_settings(organisation, administrators=Administrators())
    fields = f"token={link['token']}"
    answer = in_process("POST", "/api/console/sign-in", FORM, fields)
    cookie = answer.headers["set-cookie"][0].partition(";")[0]
    shown = in_process("GET", "/api/console/members", {**FORM, "Cookie": cookie}, "")
    assert shown.status == 403
    assert cookie.startswith(CONSOLE_COOKIE)


@pytest.mark.usefixtures("organisation")
def test_a_help_desk_that_offboards_is_told_what_it_may_do() -> None:
    message = call("DELETE", f"members/{MEMBER}", userArn=HELP_DESK)[1]["error"]["message"]
    assert message == (
        "Your role is the help desk's: it may list, show and check members, reset an MFA device or a console"
        " password, and read the audit trail. The rest is up to the portal's administrators."
    )


def test_a_forged_form_is_refused_before_anything_else(organisation: World) -> None:
    browser = signed_in(organisation.portal, actor=HELP_DESK)
    headers = {
        **FORM,
        "Sec-Fetch-Site": "cross-site",
        "Cookie": f"{CONSOLE_COOKIE}={browser.cookies[CONSOLE_COOKIE]}",
    }
    answer = in_process("POST", "/api/console/offboard", headers, f"user_name={MEMBER}")
    assert answer.status == 403
    assert NOT_YOURS not in answer.body
    events = json.dumps(done("GET", "audit-events"))
    assert "admin.refused" not in events
    assert ADMIN not in answer.body
