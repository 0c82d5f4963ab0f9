"""If any call between the portal and AWS fails once, the journey ends as if none had."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.wiring import Portal
from tests.integration.conftest import MEMBER, World, a_world, deployed, invited
from tests.integration.faults import Call, Fault, Wire, watched
from tests.integration.member import Walk, shown_codes
from tests.integration.moto_gaps import make_older


def plain(here: Portal) -> World:
    return a_world(here)


def with_passcode(here: Portal) -> World:
    return a_world(here, with_passcode=True)


def with_leftover(here: Portal) -> World:
    """An earlier try left an unassigned device, and the member has been invited again."""
    world = a_world(here)
    world.iam.create_virtual_mfa_device(VirtualMFADeviceName=MEMBER)
    return replace(world, invitation=invited(here))


def with_device(here: Portal) -> World:
    """The member has proved a device before and is invited again, without a key yet."""
    world = a_world(here)
    page = world.browser.post("start", {"token": world.invitation.token})
    page = world.browser.submit(page.form("register-device"))
    world.browser.submit(page.form("codes"), **shown_codes(page))
    make_older()
    return replace(world, invitation=invited(here), browser=world.another_browser())


def with_lost_key(here: Portal) -> World:
    """The page with the key was lost, so that the journey goes on with replacing it."""
    world = a_world(here)
    Walk(world.browser, world.invitation.token).to_the_end()
    return world


def with_old_keys(here: Portal) -> World:
    """The member has replaced the key once, and is invited again to do so once more."""
    world = with_lost_key(here)
    world.browser.submit(world.browser.get("access-key").form("access-key"))
    make_older()
    return replace(world, invitation=invited(here), browser=world.another_browser())


def with_slow_phone(here: Portal) -> World:
    """The phone's clock is ten minutes slow, all the time."""
    return a_world(here)


def with_slow_member(here: Portal) -> World:
    """Four minutes passed before the member pressed the button; after that, the member did not wait again."""
    return a_world(here)


# How many steps old each pair of codes is when it is sent.
LATE: dict[Callable[[Portal], World], tuple[int, ...]] = {with_slow_phone: (20,), with_slow_member: (8, 0)}
JOURNEYS: tuple[Callable[[Portal], World], ...] = (
    plain,
    with_slow_phone,
    with_slow_member,
    with_passcode,
    with_leftover,
    with_device,
    with_lost_key,
    with_old_keys,
)


def walk(world: World, begin: Callable[[Portal], World] = plain, **options: Any) -> Walk:
    new = world.invitation
    late = LATE.get(begin, (0,))
    walked = Walk(world.browser, new.token, passcode=new.passcode, late=late, **options)
    return walked.to_the_end("access-key" if begin is with_lost_key else "start")


def journey_calls(begin: Callable[[Portal], World] = plain) -> list[Call]:
    """Every AWS call of a journey without a fault, recorded: a new call is covered by itself."""
    with deployed() as here:
        world = begin(here)
        with watched(here, Wire()) as wire:
            walk(world, begin)
    return wire.calls


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "begin" in metafunc.fixturenames:
        every = [(begin, call) for begin in JOURNEYS for call in journey_calls(begin)]
        metafunc.parametrize(("begin", "call"), every, ids=[f"{begin.__name__}-{call}" for begin, call in every])
    elif "call" in metafunc.fixturenames:
        metafunc.parametrize("call", journey_calls(), ids=str)


@pytest.mark.parametrize("fault", Fault, ids=str)
def test_a_call_that_fails_once_changes_nothing_in_the_end(
    begin: Callable[[Portal], World], call: Call, fault: Fault, aws: Portal
) -> None:
    world = begin(aws)
    walked = walk_with(fault, call, world, begin)
    # If the failed call was to find out who sent a form, the browser has sent it again by itself.
    assert ("AWS is busy" in walked.headings) != (world.browser.resent == 1)
    assert {page.status for page in walked.pages if page.heading == "AWS is busy"} <= {503}
    check_end(world, walked)
    check_keys_told(world)
    if begin is plain:
        check_audit(world)


def test_a_lost_reply_changes_nothing_where_botocore_tries_again(call: Call) -> None:
    with deployed(attempts=2) as here:
        world = a_world(here)
        check_end(world, walk_with(Fault.CUT_AFTER, call, world, plain))


def walk_with(fault: Fault, call: Call, world: World, begin: Callable[[Portal], World]) -> Walk:
    def pause() -> None:
        world.clock.lead += timedelta(seconds=4)

    with watched(world.portal, Wire(call, fault)):
        return walk(world, begin, pause=pause)


def check_end(world: World, walked: Walk) -> None:
    assert outcome(world) == {
        "devices": [f"arn:aws:iam::123456789012:mfa/{MEMBER}"],
        "groups": ["developers", "firstday-members"],
        "keys": [walked.credentials],
    }


def check_keys_told(world: World) -> None:
    """The trail says that each inactive key was deactivated; it does not matter by which attempt."""
    items = world.dynamodb.scan(TableName="audit")["Items"]
    told = {item["detail_access_key_id"]["S"] for item in items if item["action"]["S"] == "access_key.deactivated"}
    keys = world.iam.list_access_keys(UserName=MEMBER)["AccessKeyMetadata"]
    assert {key["AccessKeyId"] for key in keys if key["Status"] == "Inactive"} <= told


def check_audit(world: World) -> None:
    """Once each; but opening and issuing again, and an unseen key that was deleted, are recorded again."""
    counted = actions(world)
    for repeatable in ("invitation.opened", "access_key.issued"):
        assert counted.pop(repeatable) in {1, 2}
    counted.pop("access_key.deleted", None)
    assert counted == dict.fromkeys(["user.created", "invitation.created", "mfa.enabled", "groups.granted"], 1)


def test_the_journeys_reach_every_call_of_the_members_side() -> None:
    reached = {call.operation for begin in JOURNEYS for call in journey_calls(begin)}
    assert reached >= {
        "GetItem",
        "UpdateItem",
        "TransactWriteItems",
        "AddUserToGroup",
        "CreateVirtualMFADevice",
        "DeleteVirtualMFADevice",
        "ListMFADevices",
        "EnableMFADevice",
        "ResyncMFADevice",
        "CreateAccessKey",
        "ListAccessKeys",
        "DeleteAccessKey",
        "UpdateAccessKey",
    }


def test_a_journey_makes_at_most_thirteen_calls() -> None:
    calls = journey_calls()
    assert len(calls) <= 13, Counter(str(call) for call in calls)


def outcome(world: World) -> dict[str, Any]:
    """What IAM has for the member, with each active access key as its page showed it."""
    iam = world.iam
    devices = iam.list_virtual_mfa_devices()["VirtualMFADevices"]
    assert all(device["User"]["UserName"] == MEMBER for device in devices)
    keys = iam.list_access_keys(UserName=MEMBER)["AccessKeyMetadata"]
    return {
        "devices": [device["SerialNumber"] for device in devices],
        "groups": sorted(group["GroupName"] for group in iam.list_groups_for_user(UserName=MEMBER)["Groups"]),
        "keys": [credentials(key["AccessKeyId"]) for key in keys if key["Status"] == "Active"],
    }


def credentials(access_key_id: str) -> str:
    from moto.iam.models import iam_backends

    users = iam_backends["123456789012"]["aws"].users
    (key,) = [key for key in users[MEMBER].access_keys if key.access_key_id == access_key_id]
    return f"[{MEMBER}]\naws_access_key_id = {access_key_id}\naws_secret_access_key = {key.secret_access_key}\n"


def actions(world: World) -> Counter[str]:
    items = world.dynamodb.scan(TableName="audit")["Items"]
    return Counter(item["action"]["S"] for item in items)
