"""Whatever fails once between the portal and AWS, the journey ends as if nothing had."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.wiring import Portal
from tests.integration.conftest import MEMBER, World, a_world, deployed
from tests.integration.faults import Call, Fault, Wire, watched
from tests.integration.member import Walk


def journey_calls(*, with_passcode: bool = False) -> list[Call]:
    """Every AWS call of a journey without a fault, recorded: a new call is covered by itself."""
    with deployed() as here:
        world = a_world(here, with_passcode=with_passcode)
        with watched(here, Wire()) as wire:
            walk(world)
    return wire.calls


def walk(world: World, **options: Any) -> Walk:
    new = world.invitation
    return Walk(world.browser, new.token, passcode=new.passcode, **options).to_the_end()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "call" in metafunc.fixturenames:
        metafunc.parametrize("call", journey_calls(with_passcode=True), ids=str)


@pytest.fixture
def world(aws: Portal) -> World:
    """With a passcode, which takes every call that any other journey takes, and one more."""
    return a_world(aws, with_passcode=True)


@pytest.mark.parametrize("fault", Fault, ids=str)
def test_a_call_that_fails_once_changes_nothing_in_the_end(call: Call, fault: Fault, world: World) -> None:
    def pause() -> None:
        world.clock.lead += timedelta(seconds=4)

    with watched(world.portal, Wire(call, fault)):
        walked = walk(world, pause=pause)
    assert outcome(world) == {
        "devices": [f"arn:aws:iam::123456789012:mfa/{MEMBER}"],
        "groups": ["developers", "firstday-members"],
        "keys": [walked.credentials],
    }
    assert "AWS is busy" in walked.headings
    assert {page.status for page in walked.pages if page.heading == "AWS is busy"} == {503}
    # A key that nobody saw was deleted, and that is told, too.
    assert actions(world).keys() - {"access_key.deleted"} == {
        "user.created",
        "invitation.created",
        "invitation.opened",
        "mfa.enabled",
        "groups.granted",
        "access_key.issued",
    }


def test_a_journey_makes_at_most_twelve_calls() -> None:
    calls = journey_calls()
    assert len(calls) <= 12, Counter(str(call) for call in calls)


def outcome(world: World) -> dict[str, Any]:
    """What IAM holds of the member, with each access key as its page showed it."""
    iam = world.iam
    devices = iam.list_virtual_mfa_devices()["VirtualMFADevices"]
    assert all(device["User"]["UserName"] == MEMBER for device in devices)
    keys = iam.list_access_keys(UserName=MEMBER)["AccessKeyMetadata"]
    return {
        "devices": [device["SerialNumber"] for device in devices],
        "groups": sorted(group["GroupName"] for group in iam.list_groups_for_user(UserName=MEMBER)["Groups"]),
        "keys": [credentials(key["AccessKeyId"]) for key in keys],
    }


def credentials(access_key_id: str) -> str:
    from moto.iam.models import iam_backends

    users = iam_backends["123456789012"]["aws"].users
    (key,) = [key for key in users[MEMBER].access_keys if key.access_key_id == access_key_id]
    return f"[{MEMBER}]\naws_access_key_id = {access_key_id}\naws_secret_access_key = {key.secret_access_key}\n"


def actions(world: World) -> Counter[str]:
    items = world.dynamodb.scan(TableName="audit")["Items"]
    return Counter(item["action"]["S"] for item in items)
