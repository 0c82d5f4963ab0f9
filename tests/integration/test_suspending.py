"""Suspending a member and resuming their access: nothing works meanwhile, and then everything is as it was."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.arns import SUSPENDED_GROUP
from chalicelib.members.record import MemberState, state_of
from chalicelib.wiring import Portal
from tests.helpers.admin_calls import basis, call, devices_of, done, events_of, groups_of, user
from tests.helpers.aws_faults import Before, Call, Fault, Wire, watched
from tests.helpers.console_administrator import signed_in
from tests.helpers.journeys import active, calls_of
from tests.helpers.member_walk import Walk, begin, enter_codes, scan
from tests.helpers.own_page import opened
from tests.helpers.replaced_keys import record
from tests.helpers.suspended_members import (
    RESUME,
    SUSPEND,
    access,
    come_back,
    is_shut_out,
    resume,
    suspend,
    suspended,
)
from tests.helpers.sweeper import later
from tests.helpers.terminal_in_process import Terminal
from tests.helpers.worlds import MEMBER, World, again, with_settings

NO_ACCESS = "Your access is suspended"


def state(world: World) -> MemberState:
    found = world.portal.members.get(MEMBER)
    assert found
    return state_of(found, world.portal.now())


def test_whoever_is_suspended_is_denied_everything_and_keeps_what_they_have(aws: Portal) -> None:
    world = again(active, aws)
    groups, keys = access(world)
    devices = devices_of(world)
    answer = done("POST", SUSPEND, {})
    assert answer == {"user_name": MEMBER, "access_keys": [*keys]}
    assert access(world) == (sorted([*groups, SUSPENDED_GROUP]), dict.fromkeys(keys, "Inactive"))
    assert devices_of(world) == devices
    shown = done("GET", f"members/{MEMBER}")
    assert (shown["member"]["state"], shown["iam"]["is_suspended"], shown["differences"]) == ("suspended", True, [])
    assert shown["member"]["suspended_by"].endswith("firstday-admin/admin")
    assert events_of()[-1] == ("admin", "access.suspended")


def test_the_members_session_ends_at_once_and_the_page_says_whom_to_ask(aws: Portal) -> None:
    world = again(active, aws)
    suspend()
    for path in ("access-key", "config", "done"):
        page = world.browser.get(path)
        assert (page.status, page.heading) == (403, NO_ACCESS)
        assert world.portal.settings.contact in page.text


def test_the_own_page_ends_at_once(aws: Portal) -> None:
    world = again(active, aws)
    opened(world.browser)
    suspend()
    page = world.browser.get("me/overview")
    assert (page.status, page.heading) == (403, NO_ACCESS)


@pytest.mark.parametrize("is_opened", [False, True])
def test_a_link_from_before_is_worth_nothing_until_the_member_is_resumed(is_opened: bool, world: World) -> None:
    if is_opened:
        page = scan(world)
        suspend()
        assert enter_codes(world.browser, page).heading == NO_ACCESS
        assert world.iam.list_mfa_devices(UserName=MEMBER)["MFADevices"] == []
    else:
        suspend()
    assert begin(world, world.another_browser()).heading == NO_ACCESS
    token = resume()
    assert begin(world, world.another_browser()).heading == "This invitation is no longer valid"
    assert is_shut_out(world), "the link alone gives nothing"
    Walk(world.another_browser(), token).to_the_end()
    assert groups_of(world) == ["developers", "firstday-members"]
    assert state(world) is MemberState.ACTIVE


def test_two_codes_of_the_device_bring_back_exactly_what_there_was(aws: Portal) -> None:
    world = again(active, aws)
    before, devices = access(world), devices_of(world)
    suspend()
    token = resume()
    assert is_shut_out(world)
    walked = come_back(world, token)
    assert (access(world), devices_of(world)) == (before, devices)
    assert "Register your MFA device" not in walked.headings
    found = world.portal.members.get(MEMBER)
    assert found
    kept = (found.suspended_at, found.suspended_by, found.suspended_keys, found.resuming_hash)
    assert kept == (None, None, (), None)
    assert (MEMBER, "access.resumed") in events_of()
    assert done("GET", f"members/{MEMBER}")["differences"] == []


def test_a_key_that_was_inactive_before_stays_so(aws: Portal) -> None:
    world = again(active, aws)
    other = world.iam.create_access_key(UserName=MEMBER)["AccessKey"]["AccessKeyId"]
    world.iam.update_access_key(UserName=MEMBER, AccessKeyId=other, Status="Inactive")
    before = access(world)
    suspend()
    come_back(world, resume())
    assert access(world) == before


def test_a_lost_phone_is_reset_after_resuming_and_the_last_link_brings_back_the_rest(aws: Portal) -> None:
    world = again(suspended, aws)
    status, answer = call("POST", f"members/{MEMBER}/mfa-reset", {})
    assert (status, answer["error"]["code"]) == (409, "obstacle")
    first = resume()
    last = done("POST", f"members/{MEMBER}/mfa-reset", {})["token"]
    assert is_shut_out(world)
    page = world.another_browser().post("start", {"token": first})
    assert page.heading == "This invitation is no longer valid"
    come_back(world, last)
    assert groups_of(world) == ["developers", "firstday-members"]
    assert state(world) is MemberState.ACTIVE


def test_suspending_again_takes_an_invitation_back_and_keeps_since_when(aws: Portal) -> None:
    world = again(suspended, aws)
    before = world.portal.members.get(MEMBER)
    token = resume()
    suspend()
    after = world.portal.members.get(MEMBER)
    assert before
    assert after
    assert (after.suspended_at, after.suspended_keys) == (before.suspended_at, before.suspended_keys)
    assert world.another_browser().post("start", {"token": token}).heading == NO_ACCESS
    status, _ = call("POST", f"members/{MEMBER}/mfa-reset", {})
    assert status == 409


def test_a_revoked_way_back_is_none_for_a_reset_either(aws: Portal) -> None:
    again(suspended, aws)
    resume()
    done("POST", "invitations/revoke", {"user_name": MEMBER})
    assert call("POST", f"members/{MEMBER}/mfa-reset", {})[0] == 409


# What else administrators may want to do.
REFUSED: dict[str, tuple[str, str, Any]] = {
    "reset": ("POST", f"members/{MEMBER}/mfa-reset", {}),
    "reset password": ("POST", f"members/{MEMBER}/password-reset", {}),
    "invite": ("POST", "invitations", {"user_name": MEMBER}),
    "invite into a group": ("POST", "invitations", {"user_name": MEMBER, "groups": ["operators"]}),
    "create": ("POST", "members", {"user_name": MEMBER, "groups": []}),
}


@pytest.mark.parametrize("change", REFUSED)
def test_what_would_lead_past_the_suspension_is_refused_with_the_remedy(change: str, aws: Portal) -> None:
    world = with_settings(again(suspended, aws), console_password=True)
    before = access(world), world.portal.members.get(MEMBER)
    status, answer = call(*REFUSED[change])
    assert (status, answer["error"]["code"]) == (409, "obstacle")
    assert answer["error"]["message"].endswith(f"firstday resume {MEMBER}")
    assert (access(world), world.portal.members.get(MEMBER)) == before


def test_groups_may_be_changed_which_gives_nothing_until_the_member_is_resumed(aws: Portal) -> None:
    world = again(suspended, aws)
    done("PUT", f"members/{MEMBER}/groups", {"groups": ["operators"]})
    assert is_shut_out(world)
    come_back(world, resume())
    assert groups_of(world) == ["firstday-members", "operators"]


def test_offboarding_removes_a_suspended_member_with_everything(aws: Portal) -> None:
    again(suspended, aws)
    plan = done("GET", f"members/{MEMBER}/offboarding")
    assert plan["obstacles"] == []
    assert [one["name"] for one in plan["belongings"]][-3:] == [SUSPENDED_GROUP, "firstday-members", MEMBER]
    done("DELETE", f"members/{MEMBER}")
    assert user() is None


def test_an_import_leaves_a_suspended_member_out(aws: Portal) -> None:
    again(suspended, aws)
    checked = done("POST", "imports/check", {"csv": f"user_name\n{MEMBER}\n"})
    assert [(line["plan"], line["message"]) for line in checked["lines"]] == [
        ("skip", "Is suspended: resume the member instead.")
    ]


def test_who_is_not_suspended_is_not_resumed(aws: Portal) -> None:
    again(active, aws)
    status, answer = call("POST", RESUME, {})
    assert (status, answer["error"]["message"]) == (400, f"{MEMBER} is not suspended.")


def test_who_is_being_offboarded_or_unknown_is_neither(aws: Portal) -> None:
    again(active, aws)
    with watched(aws, Wire(Call("DeleteUser", 1), Fault.THROTTLED)):
        assert call("DELETE", f"members/{MEMBER}")[0] == 503
    for path in (SUSPEND, RESUME):
        assert call("POST", path, {})[1]["error"]["code"] == "being_offboarded"
        assert call("POST", path.replace(MEMBER, "nobody"), {})[1]["error"]["code"] == "member_unknown"


def test_a_decision_about_another_state_of_the_member_is_refused(aws: Portal) -> None:
    again(active, aws)
    seen = basis()
    done("PUT", f"members/{MEMBER}/groups", {"groups": ["operators"]})
    assert call("POST", SUSPEND, {"basis": seen})[1]["error"]["code"] == "changed_meanwhile"
    suspend()
    seen = basis()
    done("PUT", f"members/{MEMBER}/groups", {"groups": ["developers"]})
    assert call("POST", RESUME, {"basis": seen})[1]["error"]["code"] == "changed_meanwhile"


# The last day.
def test_a_last_day_that_is_over_has_to_be_changed_with_resuming(aws: Portal) -> None:
    world = again(suspended, aws)
    today = world.portal.now().date()
    assert done("POST", RESUME, {"until": f"{today + timedelta(days=3)}"})
    world.clock.lead += timedelta(days=4)
    status, answer = call("POST", RESUME, {})
    assert (status, answer["error"]["field"]) == (400, "until")
    assert "would be suspended again" in answer["error"]["message"]
    assert call("POST", RESUME, {"until": f"{today}"})[0] == 400
    assert call("POST", RESUME, {"until": "tomorrow"})[0] == 400
    come_back(world, resume(until=""))
    found = world.portal.members.get(MEMBER)
    assert found
    assert found.until is None


# The console and the commands.
def test_the_console_asks_suspends_and_resumes(aws: Portal) -> None:
    world = again(active, aws)
    admin = signed_in(aws)
    member = admin.get(f"console/member?user_name={MEMBER}")
    assert "Suspend access …" in member.text
    question = admin.get(f"console/suspend?user_name={MEMBER}")
    assert "after 12 hours at most" in question.text
    assert not is_shut_out(world)
    page = admin.submit(question.form("suspend"))
    assert "Access is suspended. Sessions of roles that have begun" in page.text
    assert "Invite again" not in page.text
    assert is_shut_out(world)
    record(aws, until=f"{aws.now().date()}")
    question = admin.get(f"console/resume?user_name={MEMBER}")
    wrong = admin.submit(question.form("resume"))
    assert (wrong.status, wrong.heading) == (400, f"Resume the access of {MEMBER}?")
    assert "has begun already: write a later day" in wrong.text
    page = admin.submit(wrong.form("resume"), until="")
    assert page.heading == f"{MEMBER} can come back"
    come_back(world, page.by_id["link"].partition("#")[2])
    assert state(world) is MemberState.ACTIVE


def test_the_lists_show_who_is_suspended_and_for_how_long(aws: Portal, tmp_path: Path) -> None:
    world = again(suspended, aws)
    admin, terminal = signed_in(aws), Terminal(world, tmp_path)
    for days, is_long in ((0, False), (91, True)):
        record(aws, suspended_at=aws.now() - timedelta(days=days))
        assert ("for over 90 days" in admin.get("console/members?state=suspended").text) is is_long
        assert ("over 90 days" in terminal.run("members", "--state", "suspended").stdout) is is_long
    assert [one["user_name"] for one in done("GET", "members?state=suspended")["members"]] == [MEMBER]
    shown = terminal.run("member", MEMBER).stdout
    assert "This member is suspended: AWS denies them everything until they are resumed." in shown
    checked = terminal.run("check", MEMBER, status=1).stdout
    assert "This member is suspended" in checked
    assert done("GET", f"members/{MEMBER}/check")["user"]["is_suspended"] is True


def test_a_list_has_those_whose_access_ends_within_a_week(aws: Portal) -> None:
    again(active, aws)
    for days, expected in ((6, [MEMBER]), (9, [])):
        record(aws, until=f"{aws.now().date() + timedelta(days=days)}")
        assert [one["user_name"] for one in done("GET", "members?state=ending")["members"]] == expected


def test_the_commands_ask_before_and_tell_after(aws: Portal, tmp_path: Path) -> None:
    world = again(active, aws)
    terminal = Terminal(world, tmp_path)
    terminal.run("suspend", MEMBER, typed="n\n", status=1)
    assert not is_shut_out(world)
    told = terminal.run("suspend", MEMBER, typed="y\n").stdout
    assert f"{MEMBER} is suspended. To end that: firstday resume {MEMBER}" in told
    assert "access key, deactivated: AKIA" in told
    url = terminal.json("resume", MEMBER, "--until", f"{aws.now().date() + timedelta(days=30)}")["invitation_url"]
    come_back(world, url.partition("#")[2])
    found = aws.members.get(MEMBER)
    assert found
    assert found.until


def test_a_member_whom_somebody_else_puts_into_the_group_or_takes_out_is_a_difference(aws: Portal) -> None:
    world = again(active, aws)
    later(aws, timedelta(minutes=20))
    world.iam.add_user_to_group(GroupName=SUSPENDED_GROUP, UserName=MEMBER)
    (difference,) = done("GET", f"members/{MEMBER}")["differences"]
    assert difference.endswith("suspend the member, then resume.")
    suspend()
    world.iam.remove_user_from_group(GroupName=SUSPENDED_GROUP, UserName=MEMBER)
    later(aws, timedelta(minutes=20))
    (difference,) = done("GET", f"members/{MEMBER}")["differences"]
    assert difference.endswith("suspend the member again.")


# Faults, and two at once.
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "suspending_call" in metafunc.fixturenames:
        metafunc.parametrize("suspending_call", calls_of(active, lambda _: suspend()), ids=str)
    if "returning_call" in metafunc.fixturenames:
        metafunc.parametrize("returning_call", calls_of(resumed, prove), ids=str)


@pytest.mark.parametrize("fault", Fault, ids=str)
def test_whatever_call_fails_suspending_again_finishes(suspending_call: Call, fault: Fault, aws: Portal) -> None:
    world = again(active, aws)
    sent = {"basis": basis()}
    with watched(aws, Wire(suspending_call, fault)):
        assert call("POST", SUSPEND, sent)[0] == 503
    if state(world) is MemberState.SUSPENDED:
        assert world.browser.get("config").heading == NO_ACCESS
    assert call("POST", SUSPEND, sent)[0] == 200
    assert is_shut_out(world)
    found = world.portal.members.get(MEMBER)
    assert found
    assert len(found.suspended_keys) == 1
    assert [what for _, what in events_of()].count("access.suspended") == 1


def resumed(here: Portal) -> World:
    """A suspended member, at the page that asks for two codes."""
    world = suspended(here)
    page = world.browser.post("start", {"token": resume()})
    world.browser.submit(page.form("register-device"))
    return world


def prove(world: World) -> None:
    world.browser.post("existing-device", {"code1": "123456", "code2": "654321"})


@pytest.mark.parametrize("fault", Fault, ids=str)
def test_whatever_call_fails_while_coming_back_the_next_try_finishes(
    returning_call: Call, fault: Fault, aws: Portal
) -> None:
    world = again(resumed, aws)
    with watched(aws, Wire(returning_call, fault)):
        prove(world)
    if state(world) is MemberState.SUSPENDED and returning_call.operation not in ("GetItem", "RemoveUserFromGroup"):
        assert SUSPENDED_GROUP in groups_of(world), "in the record and in IAM"
    prove(world)
    assert state(world) is MemberState.ACTIVE
    assert groups_of(world) == ["developers", "firstday-members"]
    assert [*access(world)[1].values()] == ["Active"]


@pytest.mark.parametrize("operation", ["TransactWriteItems", "AddUserToGroup", "UpdateAccessKey"])
def test_two_who_suspend_at_once_suspend_once(operation: str, aws: Portal) -> None:
    world = again(active, aws)
    seen = basis()
    answers: list[int] = []

    def other() -> None:
        answers.append(call("POST", SUSPEND, {"basis": seen})[0])

    with watched(aws, Before(operation, other)):
        answers.append(call("POST", SUSPEND, {"basis": seen})[0])
    assert answers[0] == 200
    assert is_shut_out(world)
    assert [what for _, what in events_of()].count("access.suspended") == 1


@pytest.mark.parametrize(
    "operation", ["ResyncMFADevice", "UpdateAccessKey", "RemoveUserFromGroup", "TransactWriteItems"]
)
def test_who_is_suspended_again_while_coming_back_stays_out(operation: str, aws: Portal) -> None:
    world = again(resumed, aws)
    with watched(aws, Before(operation, suspend)):
        prove(world)
    assert state(world) is MemberState.SUSPENDED
    assert is_shut_out(world)


@pytest.mark.parametrize("operation", ["EnableMFADevice", "AddUserToGroup", "TransactWriteItems"])
def test_who_is_suspended_while_registering_gets_nothing(operation: str, world: World) -> None:
    page = scan(world)
    with watched(world.portal, Before(operation, suspend)):
        enter_codes(world.browser, page)
    assert state(world) is MemberState.SUSPENDED
    assert groups_of(world) == ["firstday-members", SUSPENDED_GROUP]


@pytest.mark.parametrize("operation", ["CreateAccessKey", "TransactWriteItems"])
def test_no_key_is_issued_to_whoever_is_suspended_meanwhile(operation: str, world: World) -> None:
    page = scan(world)
    enter_codes(world.browser, page)
    with watched(world.portal, Before(operation, suspend)):
        world.browser.submit(world.browser.get("access-key").form("access-key"))
    assert is_shut_out(world)
