"""Offboarding leaves nothing, says beforehand what it takes, and can be repeated after any failure."""

from datetime import timedelta

import pytest

from chalicelib.wiring import Portal
from tests.helpers.admin_calls import call, done, events_of, first_day, groups_of, populate, user
from tests.helpers.aws_faults import Call, Fault, Once, Respelled, Wire, watched
from tests.helpers.journeys import calls_of
from tests.helpers.worlds import MEMBER, World, a_world, again, deployed, in_process_browser

OFFBOARD = f"members/{MEMBER}"
KINDS = {
    "session",
    "access_key",
    "login_profile",
    "mfa_device",
    "group",
    "policy",
    "ssh_key",
    "signing_certificate",
    "service_specific_credential",
    "iam_user",
}


def a_full_world(here: Portal) -> World:
    world = a_world(here)
    first_day(world)
    populate(world)
    return world


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "offboarding_call" in metafunc.fixturenames:
        metafunc.parametrize(
            "offboarding_call", calls_of(a_full_world, lambda _: done("DELETE", OFFBOARD)), ids=str
        )


def is_nothing_left(world: World) -> bool:
    devices = world.iam.list_virtual_mfa_devices()["VirtualMFADevices"]
    records = world.dynamodb.scan(TableName="members")["Items"]
    return user() is None and devices == [] and records == []


def test_offboarding_leaves_nothing_of_the_member(aws: Portal) -> None:
    world = again(a_full_world, aws)
    planned = done("GET", f"{OFFBOARD}/offboarding")
    removed = done("DELETE", OFFBOARD)["removed"]
    assert planned["obstacles"] == []
    assert removed == planned["belongings"]
    assert {thing["kind"] for thing in removed} == KINDS
    assert [thing["name"] for thing in removed if thing["kind"] == "policy"] == [
        "inline",
        "arn:aws:iam::123456789012:policy/managed",
    ]
    assert is_nothing_left(world)


def test_what_will_be_removed_is_shown_without_removing_it(aws: Portal) -> None:
    world = again(a_full_world, aws)
    with watched(aws, Wire()) as wire:
        done("GET", f"{OFFBOARD}/offboarding")
    assert {call.operation.partition("Item")[0][:3] for call in wire.calls} == {"Get", "Lis"}
    assert groups_of(world) == ["developers", "firstday-members"]


def test_what_gives_access_goes_first_and_the_baseline_group_last_of_all_groups(aws: Portal) -> None:
    again(a_full_world, aws)
    names = [(thing["kind"], thing["name"]) for thing in done("DELETE", OFFBOARD)["removed"]]
    kinds = [kind for kind, _ in names]
    assert kinds.index("access_key") < kinds.index("mfa_device") < kinds.index("group")
    assert [name for kind, name in names if kind == "group"] == ["developers", "firstday-members"]


def test_the_audit_trail_stays(aws: Portal) -> None:
    again(a_full_world, aws)
    done("DELETE", OFFBOARD)
    told = events_of()
    assert told[0] == ("admin", "user.created")
    assert told[-2:] == [("admin", "offboarding.begun"), ("admin", "user.deleted")]


def test_the_members_session_and_link_are_worth_nothing_from_the_first_moment(world: World) -> None:
    page = world.browser.post("start", {"token": world.invitation.token})
    with watched(world.portal, Wire(Call("ListAccessKeys", 1), Fault.THROTTLED)):
        assert call("DELETE", OFFBOARD)[0] == 503
    with watched(world.portal, Wire(Call("DeleteUser", 1), Fault.THROTTLED)):
        assert call("DELETE", OFFBOARD)[0] == 503
    assert world.browser.submit(page.form("register-device")).heading == "Open your invitation link again"
    again = in_process_browser().post("start", {"token": world.invitation.token})
    assert again.heading == "This invitation is no longer valid"
    for path in (f"{OFFBOARD}/mfa-reset", f"{OFFBOARD}/password-reset", "invitations"):
        status, answer = call("POST", path, {"user_name": MEMBER} if path == "invitations" else {})
        assert (status, answer["error"]["code"]) == (409, "being_offboarded")


def test_a_group_out_of_reach_is_an_obstacle_with_the_command_that_helps(world: World) -> None:
    world.iam.create_group(GroupName="billing")
    world.iam.add_user_to_group(GroupName="billing", UserName=MEMBER)
    (obstacle,) = done("GET", f"{OFFBOARD}/offboarding")["obstacles"]
    assert f"aws iam remove-user-from-group --user-name {MEMBER} --group-name billing" in obstacle
    status, answer = call("DELETE", OFFBOARD)
    assert (status, answer["error"]["message"]) == (409, obstacle)
    assert done("GET", OFFBOARD)["member"]["state"] == "invited"
    world.iam.remove_user_from_group(GroupName="billing", UserName=MEMBER)
    done("DELETE", OFFBOARD)
    assert is_nothing_left(world)


def test_the_leftover_device_of_an_abandoned_journey_goes_too(world: World) -> None:
    page = world.browser.post("start", {"token": world.invitation.token})
    world.browser.submit(page.form("register-device"))
    assert len(world.iam.list_virtual_mfa_devices()["VirtualMFADevices"]) == 1
    done("DELETE", OFFBOARD)
    assert is_nothing_left(world)


def test_a_member_whom_somebody_deleted_in_iam_can_be_offboarded_all_the_same(world: World) -> None:
    world.clock.lead += timedelta(minutes=2)
    world.iam.remove_user_from_group(GroupName="firstday-members", UserName=MEMBER)
    world.iam.delete_user(UserName=MEMBER)
    assert [thing["kind"] for thing in done("DELETE", OFFBOARD)["removed"]] == ["invitation"]
    assert is_nothing_left(world)


def test_a_member_whom_the_portal_does_not_know_can_be_offboarded_too(world: World) -> None:
    world.iam.create_user(UserName="made-by-hand", Path="/members/")
    removed = done("DELETE", "members/made-by-hand")["removed"]
    assert [thing["kind"] for thing in removed] == ["iam_user"]
    assert user("made-by-hand") is None


@pytest.mark.parametrize("path", ["/", "/admins/", "/members/sub/"])
def test_nobody_outside_the_members_path_is_offboarded(world: World, path: str) -> None:
    world.iam.create_user(UserName="boss", Path=path)
    for method, where in (("GET", "members/boss/offboarding"), ("DELETE", "members/boss")):
        status, answer = call(method, where)
        assert (status, answer["error"]["code"]) == (409, "user_elsewhere")
        assert f"a user boss under the path {path}" in answer["error"]["message"]
    assert user("boss")


def test_who_was_renamed_to_other_capitals_is_not_offboarded_and_how_to_mend_it_is_told(world: World) -> None:
    with watched(world.portal, Respelled()):
        status, planned = call("GET", f"members/{MEMBER}/offboarding")
        refused, answer = call("DELETE", f"members/{MEMBER}")
    assert status == 200
    steps = ((MEMBER.upper(), f"{MEMBER}-new"), (f"{MEMBER}-new", MEMBER))
    for former, new in steps:
        assert f"aws iam update-user --user-name {former} --new-user-name {new}" in planned["obstacles"][1]
    assert (refused, answer["error"]["code"]) == (409, "obstacle")
    assert user() is not None


def test_offboarding_nobody_is_told_so() -> None:
    with deployed():
        status, answer = call("DELETE", "members/stranger")
        assert (status, answer["error"]["code"]) == (404, "member_unknown")


@pytest.mark.parametrize("fault", Fault, ids=str)
def test_offboarding_survives_a_fault_at_every_call(aws: Portal, offboarding_call: Call, fault: Fault) -> None:
    world = again(a_full_world, aws)
    with watched(aws, Wire(offboarding_call, fault)):
        status, answer = call("DELETE", OFFBOARD)
        assert status == 503, answer
        status, answer = call("DELETE", OFFBOARD)
    # If the last write was done and only its reply was lost, there is nothing left to find.
    assert (status, answer.get("error", {}).get("code")) in {(200, None), (404, "member_unknown")}
    assert is_nothing_left(world)
    assert events_of()[-1] == ("admin", "user.deleted")


def test_what_an_earlier_try_removed_is_recorded_as_well(aws: Portal) -> None:
    again(a_full_world, aws)
    with watched(aws, Wire(Call("DeleteUser", 1), Fault.THROTTLED)):
        assert call("DELETE", OFFBOARD)[0] == 503
    done("DELETE", OFFBOARD)
    events = done("GET", f"audit-events?user_name={MEMBER}&limit=200")["events"]
    (begun,) = [event for event in events if event["action"] == "offboarding.begun"]
    assert begun["details"].keys() == KINDS


def test_a_device_that_iam_still_takes_for_assigned_is_tried_again(world: World) -> None:
    first_day(world)
    with watched(world.portal, Once("DeleteVirtualMFADevice", "DeleteConflict")):
        assert call("DELETE", OFFBOARD)[0] == 503
        done("DELETE", OFFBOARD)
    assert is_nothing_left(world)
