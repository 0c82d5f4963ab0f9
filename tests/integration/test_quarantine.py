"""A member that an administrator of IAM holds: the portal does not change the member, and says why."""

import re
from pathlib import Path
from typing import Any

import pytest

from chalicelib.arns import QUARANTINE_GROUP, QUARANTINE_PATH
from firstday.verification.browser import Browser
from tests.helpers.admin_calls import call, devices_of, done, events_of, first_day, groups_of, keys_of, user
from tests.helpers.aws_faults import Before, Call, Fault, Wire, watched
from tests.helpers.console_administrator import signed_in
from tests.helpers.terminal_in_process import Terminal
from tests.helpers.worlds import MEMBER, World, with_settings

RELEASE = f"aws iam remove-user-from-group --group-name {QUARANTINE_GROUP} --user-name {MEMBER}"
HELD = f"An administrator of IAM holds {MEMBER} in the group {QUARANTINE_GROUP}"
# What an administrator of the portal may want to do to a member: method, path, body.
CHANGES: dict[str, tuple[str, str, Any]] = {
    "offboard": ("DELETE", f"members/{MEMBER}", None),
    "reset": ("POST", f"members/{MEMBER}/mfa-reset", {}),
    "reset password": ("POST", f"members/{MEMBER}/password-reset", {}),
    "suspend": ("POST", f"members/{MEMBER}/suspension", {}),
    "groups": ("PUT", f"members/{MEMBER}/groups", {"groups": ["operators"]}),
    "invite": ("POST", "invitations", {"user_name": MEMBER}),
    "invite into a group": ("POST", "invitations", {"user_name": MEMBER, "groups": ["operators"]}),
    "create": ("POST", "members", {"user_name": MEMBER, "groups": []}),
}
READS = {"Get", "Lis"}


def hold(world: World) -> None:
    if QUARANTINE_GROUP not in [group["GroupName"] for group in world.iam.list_groups()["Groups"]]:
        world.iam.create_group(GroupName=QUARANTINE_GROUP, Path=QUARANTINE_PATH)
    world.iam.add_user_to_group(GroupName=QUARANTINE_GROUP, UserName=MEMBER)


def release(world: World) -> None:
    world.iam.remove_user_from_group(GroupName=QUARANTINE_GROUP, UserName=MEMBER)


@pytest.fixture
def held(world: World) -> World:
    first_day(world)
    hold(world)
    return with_settings(world, console_password=True)


@pytest.fixture
def admin(held: World) -> Browser:
    return signed_in(held.portal)


@pytest.mark.parametrize("change", CHANGES)
def test_nothing_of_a_held_member_is_changed(held: World, change: str) -> None:
    with watched(held.portal, Wire()) as wire:
        status, answer = call(*CHANGES[change])
    assert (status, answer["error"]["code"]) == (409, "obstacle")
    assert HELD in answer["error"]["message"]
    assert answer["error"]["message"].endswith(RELEASE)
    assert {one.operation[:3] for one in wire.calls} <= READS, "something was written"


def test_a_link_can_be_revoked_all_the_same(world: World) -> None:
    hold(world)
    done("POST", "invitations/revoke", {"user_name": MEMBER})
    assert done("GET", f"members/{MEMBER}")["member"]["state"] == "revoked"


def test_the_plan_of_an_offboarding_does_not_name_the_quarantine_as_something_to_remove(held: World) -> None:
    plan = done("GET", f"members/{MEMBER}/offboarding")
    assert QUARANTINE_GROUP not in [thing["name"] for thing in plan["belongings"]]
    assert [HELD in text for text in plan["obstacles"]] == [True]
    release(held)
    done("DELETE", f"members/{MEMBER}")
    assert user() is None


def test_a_group_of_that_name_under_another_path_holds_nobody(world: World) -> None:
    """The portal's role cannot take anybody out of it, but it is not the one that denies everything."""
    world.iam.create_group(GroupName=QUARANTINE_GROUP)
    world.iam.add_user_to_group(GroupName=QUARANTINE_GROUP, UserName=MEMBER)
    assert done("GET", f"members/{MEMBER}")["iam"]["is_held"] is False
    (obstacle,) = done("GET", f"members/{MEMBER}/offboarding")["obstacles"]
    assert "which the portal may not touch" in obstacle


# Between the plan and the removal.
def test_who_is_held_during_an_offboarding_stays_and_it_is_told_what_is_gone(world: World) -> None:
    first_day(world)
    with watched(world.portal, Before("DeleteVirtualMFADevice", lambda: hold(world))):
        status, answer = call("DELETE", f"members/{MEMBER}")
    assert (status, answer["error"]["code"]) == (409, "obstacle")
    message = answer["error"]["message"]
    assert message.startswith(f"Meanwhile an administrator of IAM put {MEMBER} into the group {QUARANTINE_GROUP}")
    assert "the IAM user is still there, and everything else that was to be removed is gone" in message
    assert (groups_of(world), keys_of(world), devices_of(world)) == ([QUARANTINE_GROUP], {}, [])
    assert events_of()[-1] == ("admin", "offboarding.begun")
    release(world)
    done("DELETE", f"members/{MEMBER}")
    assert user() is None


def test_something_else_that_iam_still_finds_is_tried_again(world: World) -> None:
    """IAM may not know everywhere yet what has just been removed."""
    world.iam.create_group(GroupName="billing")
    joins = Before(
        "DeleteVirtualMFADevice", lambda: world.iam.add_user_to_group(GroupName="billing", UserName=MEMBER)
    )
    with watched(world.portal, joins):
        assert call("DELETE", f"members/{MEMBER}")[0] == 503
    assert "billing" in call("DELETE", f"members/{MEMBER}")[1]["error"]["message"]


def test_an_offboarding_that_was_begun_waits_for_the_release(world: World) -> None:
    first_day(world)
    with watched(world.portal, Wire(Call("DeleteUser", 1), Fault.THROTTLED)):
        assert call("DELETE", f"members/{MEMBER}")[0] == 503
    hold(world)
    assert HELD in call("DELETE", f"members/{MEMBER}")[1]["error"]["message"]


# What is shown.
def test_the_member_is_shown_as_held(held: World) -> None:
    facts = done("GET", f"members/{MEMBER}")
    assert facts["iam"]["is_held"] is True
    assert QUARANTINE_GROUP in facts["iam"]["groups"]
    assert facts["differences"] == []
    release(held)
    assert done("GET", f"members/{MEMBER}")["iam"]["is_held"] is False


def test_the_check_says_that_nothing_works(held: World) -> None:
    found = done("GET", f"members/{MEMBER}/check")
    assert found["user"]["is_held"] is True
    assert (found["is_right"], found["may_be_propagating"]) == (False, False)
    assert [role["may_assume"] for role in found["roles"]] == [False] * len(found["roles"])
    page = held.browser.submit(held.browser.get("done").form("check"))
    assert "✗ An administrator of IAM holds it: AWS denies it everything." in page.text


def test_the_commands_say_so(held: World, tmp_path: Path) -> None:
    terminal = Terminal(held, tmp_path)
    says = "An administrator of IAM holds this member: AWS denies them everything until they are released."
    assert says in terminal.run("member", MEMBER).stdout
    checked = terminal.run("check", MEMBER, status=1).stdout
    assert says in checked
    assert re.search(r"^  held +yes$", checked, re.MULTILINE)
    offboarding = terminal.run("offboard", MEMBER, "--yes", status=1)
    assert "Nothing was removed; there is something in the way." in offboarding.stderr
    assert RELEASE in offboarding.stderr
    resets = [(command, MEMBER, "--yes") for command in ("reset-mfa", "reset-password")]
    for command in (*resets, ("groups", MEMBER, "operators"), ("invite", MEMBER)):
        assert HELD in terminal.run(*command, status=1).stderr


def test_the_console_says_so(admin: Browser) -> None:
    member = admin.get(f"console/member?user_name={MEMBER}")
    assert HELD in member.text
    assert RELEASE in member.text
    offboarding = admin.get(f"console/offboard?user_name={MEMBER}")
    assert RELEASE in offboarding.text
    assert "console/offboard" not in [form.action.rpartition("/api/")[2] for form in offboarding.forms]
    for form in ("console/groups", "console/invite"):
        page = admin.submit(member.form(form))
        assert (page.status, page.heading) == (409, "Something has to be done first")
        assert RELEASE in page.text
