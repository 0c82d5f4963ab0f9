"""Every form, call and command that changes a member, and what somebody else has changed in between.

The portal then changes nothing, and shows no link. A new route or command has to be put into one of the
lists here.
"""

from collections.abc import Callable
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from app import app
from chalicelib.members.versions import basis_of
from chalicelib.wiring import Portal
from firstday.verification.browser import Browser, Page
from tests.helpers import commands
from tests.helpers.admin_calls import basis, call, devices_of, done, groups_of, keys_of, user
from tests.helpers.aws_faults import Before, Call, Fault, Wire, watched
from tests.helpers.console_administrator import sign_in_token, signed_in
from tests.helpers.console_import import check, results
from tests.helpers.console_password import GOOD
from tests.helpers.journeys import active
from tests.helpers.member_walk import Walk, shown_codes
from tests.helpers.moto_gaps import make_older
from tests.helpers.terminal_in_process import Terminal, in_app
from tests.helpers.worlds import MEMBER, World, again, with_settings

GROUPS = f"members/{MEMBER}/groups"
BOTH, ONE = ["developers", "operators"], ["developers"]

MEANWHILE: dict[str, Callable[[], object]] = {
    "a group was taken away": lambda: done("PUT", GROUPS, {"groups": ONE}),
    "the device was reset": lambda: done("POST", f"members/{MEMBER}/mfa-reset", {}),
    "the password was reset": lambda: done("POST", f"members/{MEMBER}/password-reset", {}),
    "a new link was made": lambda: done("POST", "invitations", {"user_name": MEMBER}),
    "the link was revoked": lambda: done("POST", "invitations/revoke", {"user_name": MEMBER}),
    "the member was offboarded": lambda: done("DELETE", f"members/{MEMBER}"),
    "somebody new has the name": lambda: (
        done("DELETE", f"members/{MEMBER}"),
        done("POST", "invitations", {"user_name": MEMBER, "groups": ONE}),
    ),
}
GONE = "the member was offboarded"

# The forms of the console, each with the page that it is on.
FORMS = {
    "groups": "member",
    "details": "member",
    "invite": "member",
    "revoke": "member",
    "reset-mfa": "reset-mfa",
    "reset-password": "reset-password",
    "suspend": "suspend",
    "offboard": "offboard",
}
OTHER_FORMS = {
    "resume": "of a suspended member: see test_suspending",
    "check": "reads only",
    "import-check": "reads only",
    "import": "below: each line is compared",
    "new-member": "below: only who is nobody's",
    "sign-in": "below: a link is spent once",
    "sign-out": "ends the session that sends it",
}
# The calls of the admin API: method, path, body.
CALLS: dict[str, tuple[str, str, dict[str, object] | None]] = {
    "PUT /admin/members/{user_name}/groups": ("PUT", GROUPS, {"groups": BOTH}),
    "PUT /admin/members/{user_name}/details": ("PUT", f"members/{MEMBER}/details", {"until": "2099-12-31"}),
    "POST /admin/members/{user_name}/mfa-reset": ("POST", f"members/{MEMBER}/mfa-reset", {}),
    "POST /admin/members/{user_name}/password-reset": ("POST", f"members/{MEMBER}/password-reset", {}),
    "POST /admin/members/{user_name}/suspension": ("POST", f"members/{MEMBER}/suspension", {}),
    "DELETE /admin/members/{user_name}": ("DELETE", f"members/{MEMBER}", None),
    "POST /admin/invitations": ("POST", "invitations", {"user_name": MEMBER}),
    "POST /admin/invitations/revoke": ("POST", "invitations/revoke", {"user_name": MEMBER}),
}
OTHER_CALLS = {
    "POST /admin/members/{user_name}/resumption": "of a suspended member: see test_suspending",
    "POST /admin/members": "a member who is there stays as they are",
    "POST /admin/imports/check": "reads only",
    "POST /admin/refresh": "reads and writes in one call, under the version that it has read",
    "POST /admin/console-links": "makes a link for the caller",
}
COMMANDS = {
    "groups": ("groups", MEMBER, *BOTH),
    "edit": ("edit", MEMBER, "--until", "2099-12-31"),
    "revoke": ("revoke", MEMBER),
    "reset-mfa": ("reset-mfa", MEMBER, "--yes"),
    "reset-password": ("reset-password", MEMBER, "--yes"),
    "suspend": ("suspend", MEMBER, "--yes"),
    "offboard": ("offboard", MEMBER, "--yes"),
}
OTHER_COMMANDS = {
    "resume": "of a suspended member: see test_suspending",
    "create": "a member who is there stays as they are",
    "import": "below: each line is compared",
    "invite": "an order made from nothing read; what changes while it is carried out is in test_changing_groups",
    "members": "with --refresh: see POST /admin/refresh",
}
# The forms of a member who has a device, in the order of the journey, with what is typed.
JOURNEY: dict[str, dict[str, str]] = {
    "start": {},
    "register-device": {},
    "existing-device": {"code1": "123456", "code2": "654321"},
    "access-key": {},
}
OTHER_FORMS_OF_MEMBERS = {
    "codes": "groups are compared, and keys, in test_changing_groups and below",
    "fresh-codes": "the same",
    "password": "the session is looked up as for the others",
    "check": "reads only",
    "config": "the session is looked up as for the others, and how a member works is theirs alone",
    "sign-out": "ends the session that sends it",
    "me": "a link opens once: see test_own_page_at_once",
    "me/add-device": "session, proof, devices and version are compared: see test_own_page_at_once",
    "me/codes": "the same",
    "me/fresh-codes": "the same",
    "me/config": "the same",
    "me/remove-device": "the same, and one request at a time removes a device",
    "me/replace-key": "the session and the proof are compared, and one request at a time issues a key",
    "me/confirm-key": "as me/add-device",
    "me/sign-out": "ends the session that sends it",
    "member/link": "a newer link ends the one before",
}
WHILE_ASKED = ["a group was taken away", "a new link was made"]
READING = {"audit", "check", "code", "completion", "console", "doctor", "member", "report", "roles", "template"}
DEPLOYING = {"deploy", "remove", "sandbox", "verify"}
# They compare IAM and the record with their plan: tests/integration/test_adopting.py.
ADOPTING = {"adopt", "release"}


def with_a_link(here: Portal) -> World:
    """An active member of two groups, with a console password, who has a link that can still be opened."""
    world = with_settings(active(here), console_password=True)
    world.iam.create_login_profile(UserName=MEMBER, Password=GOOD)
    done("PUT", GROUPS, {"groups": BOTH})
    done("POST", "invitations", {"user_name": MEMBER})
    return world


@pytest.fixture
def world(aws: Portal) -> World:
    return again(with_a_link, aws)


def state(world: World) -> Any:
    """Everything about the member, in the portal and in IAM."""
    if user() is None:
        return world.portal.members.get(MEMBER)
    of_user = user().id, user().password
    return (world.portal.members.get(MEMBER), of_user, groups_of(world), keys_of(world), devices_of(world))


def posting(under: str) -> set[str]:
    routes = {(method, path) for path, methods in app.routes.items() for method in methods if method != "GET"}
    return {f"{method} {path}" for method, path in routes if path.startswith(under)}


def test_every_route_that_writes_is_in_the_table() -> None:
    assert posting("/console") == {f"POST /console/{name}" for name in (*FORMS, *OTHER_FORMS)}
    assert posting("/admin") == {*CALLS, *OTHER_CALLS}
    of_members = posting("/") - posting("/console") - posting("/admin")
    assert of_members == {f"POST /{name}" for name in (*JOURNEY, *OTHER_FORMS_OF_MEMBERS)}


def test_every_command_that_writes_is_in_the_table() -> None:
    assert commands.COMMANDS.keys() - READING - DEPLOYING - ADOPTING == {*COMMANDS, *OTHER_COMMANDS}


@pytest.mark.parametrize(("form", "meanwhile"), list(product(FORMS, MEANWHILE)))
def test_a_form_changes_nothing_where_somebody_else_has(world: World, form: str, meanwhile: str) -> None:
    admin = signed_in(world.portal)
    page = admin.get(f"console/{FORMS[form]}?user_name={MEMBER}")
    MEANWHILE[meanwhile]()
    before = state(world)
    answer = admin.submit(page.form(f"console/{form}"))
    assert state(world) == before
    assert "start#" not in answer.text
    if meanwhile == GONE:
        assert answer.status == {"offboard": 200, "revoke": 400, "invite": 409}.get(form, 404)
        return
    assert (answer.status, answer.heading) == (409, "Changed meanwhile")
    assert f"Nothing was done for {MEMBER}" in answer.text
    assert "by firstday-admin/admin" in answer.text


@pytest.mark.parametrize(("name", "meanwhile"), list(product(CALLS, MEANWHILE)))
def test_a_call_changes_nothing_where_somebody_else_has(world: World, name: str, meanwhile: str) -> None:
    method, path, body = CALLS[name]
    seen = basis()
    MEANWHILE[meanwhile]()
    before = state(world)
    if body is None:
        status, answer = call(method, f"{path}?basis={seen}")
    else:
        status, answer = call(method, path, {**body, "basis": seen})
    assert state(world) == before
    if meanwhile == GONE:
        assert status in (400, 404, 409)
    else:
        assert (status, answer["error"]["code"]) == (409, "changed_meanwhile")


@pytest.mark.parametrize("name", [name for name in CALLS if name != "POST /admin/invitations"])
def test_a_call_without_a_basis_is_refused(world: World, name: str) -> None:
    method, path, body = CALLS[name]
    before = state(world)
    status, answer = call(method, f"{path}?basis=") if body is None else call(method, path, {**body, "basis": ""})
    assert (status, answer["error"]["field"]) == (400, "basis")
    assert state(world) == before


@pytest.mark.parametrize(("name", "meanwhile"), list(product(COMMANDS, WHILE_ASKED)))
def test_a_command_changes_nothing_where_somebody_else_has(
    world: World, tmp_path: Path, name: str, meanwhile: str
) -> None:
    """The change comes between the command's read and its write, as while it waits for an answer."""
    befores: list[Any] = []

    def in_between(request: Any) -> Any:
        if request.method != "GET" and not befores:
            MEANWHILE[meanwhile]()
            befores.append(state(world))
        return in_app(request)

    shown = Terminal(world, tmp_path, in_between).run(*COMMANDS[name], status=1)
    assert "This member has been changed since you looked, so nothing was done." in shown.stderr
    assert [state(world)] == befores


@pytest.mark.parametrize(
    ("name", "meanwhile"), [pair for pair in product(JOURNEY, MEANWHILE) if pair[1] != "a group was taken away"]
)
def test_a_members_form_changes_nothing_after_the_end_of_the_link(world: World, name: str, meanwhile: str) -> None:
    make_older()
    token = done("POST", "invitations", {"user_name": MEMBER})["token"]
    browser = world.another_browser()
    page = browser.get("start")
    typed = JOURNEY | {"start": {"token": token}}
    for earlier in list(JOURNEY)[: list(JOURNEY).index(name)]:
        page = browser.submit(page.form(earlier), **typed[earlier])
    form = (browser.get("access-key") if name == "access-key" else page).form(name)
    MEANWHILE[meanwhile]()
    before = state(world)
    answer = browser.submit(form, **typed[name])
    assert state(world) == before
    assert answer.status in (401, 403, 410, 404)
    assert "credentials-text" not in answer.by_id


def test_a_request_that_is_sent_again_finishes_what_it_has_begun_and_is_no_change_of_others(world: World) -> None:
    seen = {"basis": basis()}
    with watched(world.portal, Wire(Call("RemoveUserFromGroup", 1), Fault.THROTTLED)):
        assert call("PUT", GROUPS, {"groups": ONE, **seen})[0] == 503
    assert groups_of(world) == ["developers", "firstday-members", "operators"]
    done("PUT", GROUPS, {"groups": ONE, **seen})
    assert groups_of(world) == ["developers", "firstday-members"]


def test_a_change_that_was_cut_off_is_finished_by_the_next_one(world: World) -> None:
    with watched(world.portal, Wire(Call("RemoveUserFromGroup", 1), Fault.THROTTLED)):
        assert call("PUT", GROUPS, {"groups": ONE})[0] == 503
    done("PUT", GROUPS, {"groups": ["operators"]})
    assert groups_of(world) == ["firstday-members", "operators"]


def test_a_request_that_is_sent_again_after_somebody_elses_change_gives_nothing_back(world: World) -> None:
    done("PUT", GROUPS, {"groups": ONE})
    seen = {"basis": basis()}
    with watched(world.portal, Wire(Call("AddUserToGroup", 1), Fault.CUT_AFTER)):
        assert call("PUT", GROUPS, {"groups": BOTH, **seen})[0] == 503
    done("PUT", GROUPS, {"groups": ONE})
    assert call("PUT", GROUPS, {"groups": BOTH, **seen})[0] == 409
    assert groups_of(world) == ["developers", "firstday-members"]


def test_a_group_that_was_taken_away_in_iam_is_not_given_back(world: World) -> None:
    """By the form that keeps it, by a reset and the proof after it, by an invitation and the proof after that."""
    with_settings(world, console_password=False)
    make_older()
    world.clock.lead += timedelta(minutes=6)
    world.iam.remove_user_from_group(UserName=MEMBER, GroupName="operators")
    admin = signed_in(world.portal)
    page = admin.get(f"console/member?user_name={MEMBER}")
    assert "The record has the member in operators, IAM does not." in page.text
    page = admin.submit(page.form("console/groups"))
    assert "Nothing was changed: the record has these groups already." in page.text
    assert groups_of(world) == ["developers", "firstday-members"]
    again = done("POST", "invitations", {"user_name": MEMBER})
    Walk(world.another_browser(), again["token"], has_key=True).to_the_end()
    assert groups_of(world) == ["developers", "firstday-members"]
    world.clock.lead += timedelta(minutes=20)
    reset = done("POST", f"members/{MEMBER}/mfa-reset", {})
    Walk(world.another_browser(), reset["token"], has_key=True).to_the_end()
    assert groups_of(world) == ["developers", "firstday-members"]


def test_of_two_administrators_who_reset_at_once_one_gets_the_link_that_works(world: World) -> None:
    seen = {"basis": basis()}
    inner: list[tuple[int, dict[str, Any]]] = []
    other = "arn:aws:sts::123456789012:assumed-role/firstday-admin/other"

    def colleague() -> None:
        inner.append(call("POST", f"members/{MEMBER}/mfa-reset", seen, userArn=other))

    with watched(world.portal, Before("TransactWriteItems", colleague)):
        outer = call("POST", f"members/{MEMBER}/mfa-reset", seen)
    assert [status for status, _ in inner] == [200]
    assert outer[0] == 503
    assert call("POST", f"members/{MEMBER}/mfa-reset", seen)[0] == 409
    page = world.another_browser().post("start", {"token": inner[0][1]["token"]})
    assert page.heading == "Register your phone"


def test_keys_that_a_proof_activates_while_somebody_resets_are_inactive_again(world: World) -> None:
    reset = done("POST", f"members/{MEMBER}/mfa-reset", {})
    make_older()
    browser = world.another_browser()
    page = browser.post("start", {"token": reset["token"]})
    page = browser.submit(page.form("register-device"))

    def again() -> None:
        done("POST", f"members/{MEMBER}/mfa-reset", {})

    with watched(world.portal, Before("TransactWriteItems", again)):
        page = browser.submit(page.form("codes"), **shown_codes(page))
    assert page.status == 503
    assert set(keys_of(world).values()) == {"Inactive"}
    assert groups_of(world) == ["firstday-members"]


@pytest.mark.usefixtures("world")
def test_another_user_of_the_same_name_in_iam_is_not_offboarded_in_place_of_the_one_that_was_shown() -> None:
    path = f"members/{MEMBER}"
    plan = done("GET", f"{path}/offboarding")
    user().id = "AIDAANOTHERUSER000000"
    status, answer = call("DELETE", f"{path}?basis={plan['basis']}")
    assert (status, answer["error"]["code"]) == (409, "changed_meanwhile")
    assert user() is not None


def test_a_new_member_whom_a_colleague_has_just_invited_keeps_that_link(world: World) -> None:
    admin = signed_in(world.portal)
    form = admin.get("console/new-member").form("new-member")
    links = []

    def colleague() -> None:
        links.append(done("POST", "invitations", {"user_name": "another"})["token"])

    with watched(world.portal, Before("CreateUser", colleague)):
        answer = admin.submit(form, user_name="another")
    assert "start#" not in answer.text
    assert world.another_browser().post("start", {"token": links[0]}).heading == "Register your phone"


def test_a_sign_in_link_is_spent_once(world: World) -> None:
    token = sign_in_token(world.portal)
    second = world.another_browser()
    assert second.post("console/sign-in", {"token": token}).status == 200
    assert world.another_browser().post("console/sign-in", {"token": token}).status == 403


def imported(admin: Browser, page: Page) -> dict[str, str]:
    rows = results(admin.submit(page.form("console/import")))
    return {row["user_name"]: row["status"] for row in rows}


@pytest.mark.parametrize(
    "meanwhile",
    # The link is revoked already, and there is no proof that a password could be reset with.
    [name for name in MEANWHILE if name not in ("the link was revoked", "the password was reset")],
)
def test_a_line_of_a_list_changes_nobody_whom_somebody_else_has_changed(world: World, meanwhile: str) -> None:
    done("POST", f"members/{MEMBER}/mfa-reset", {})
    done("POST", "invitations/revoke", {"user_name": MEMBER})
    admin = signed_in(world.portal)
    page = check(admin, f"user_name,groups\nanother,\n{MEMBER},developers operators\n")
    MEANWHILE[meanwhile]()
    before = state(world)
    assert imported(admin, page) in (
        {"another": "invited", MEMBER: "failed"},
        {"another": "invited", MEMBER: "skipped"},
    )
    assert state(world) == before


@pytest.mark.parametrize("meanwhile", [GONE, "a group was taken away"])
def test_a_line_of_a_file_changes_nobody_whom_somebody_else_has_changed(
    world: World, tmp_path: Path, meanwhile: str
) -> None:
    done("POST", f"members/{MEMBER}/mfa-reset", {})
    done("POST", "invitations/revoke", {"user_name": MEMBER})
    befores: list[Any] = []

    def in_between(request: Any) -> Any:
        if request.url.endswith("/invitations") and not befores:
            MEANWHILE[meanwhile]()
            befores.append(state(world))
        return in_app(request)

    terminal = Terminal(world, tmp_path, in_between)
    terminal.run("import", terminal.file(f"user_name,groups\n{MEMBER},developers operators\n"), "--yes", status=1)
    assert [state(world)] == befores


def test_the_basis_of_a_record_from_before_there_were_versions_is_good_once(world: World) -> None:
    key = {"directory": {"S": "members"}, "name": {"S": MEMBER}}
    world.dynamodb.update_item(
        TableName="members", Key=key, UpdateExpression="REMOVE #v", ExpressionAttributeNames={"#v": "version"}
    )
    seen = basis_of(world.portal.members.get(MEMBER))
    done("PUT", GROUPS, {"groups": ONE, "basis": seen})
    assert call("PUT", GROUPS, {"groups": BOTH, "basis": seen})[0] == 409
