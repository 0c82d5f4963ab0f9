"""The ways in which a first day begins, and each journey from there as it is where nothing fails."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import Any

from moto.iam.models import iam_backends

from chalicelib.wiring import Portal
from tests.helpers.aws_faults import Call, Fault, Wire, watched
from tests.helpers.member_walk import Walk, scan, shown_codes
from tests.helpers.moto_gaps import make_older
from tests.helpers.worlds import MEMBER, Kept, W, World, a_world, deployed, entered, invited, keep, within


def plain(here: Portal) -> World:
    return a_world(here)


def with_passcode(here: Portal) -> World:
    return a_world(here, with_passcode=True)


def with_leftover(here: Portal) -> World:
    """An earlier try left an unassigned device, and the member has been invited again."""
    world = a_world(here)
    world.iam.create_virtual_mfa_device(VirtualMFADeviceName=MEMBER)
    return replace(world, invitation=invited(here))


def proved(here: Portal) -> World:
    """The member has just proved a device."""
    world = a_world(here)
    page = scan(world)
    world.browser.submit(page.form("codes"), **shown_codes(page))
    return world


def with_device(here: Portal) -> World:
    """The member has proved a device before and is invited again, without a key yet."""
    world = proved(here)
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


@dataclass
class Active(World):
    """A member whose first day is over, as they ``walked`` through it."""

    walked: Walk


def active(here: Portal) -> Active:
    world = a_world(here)
    walked = Walk(world.browser, world.invitation.token).to_the_end()
    return Active(world.portal, world.invitation, world.browser, walked)


def calls_of(begin: Callable[[Portal], W], act: Callable[[W], object]) -> list[Call]:
    """Every AWS call of ``act`` without a fault, recorded: a new call is covered by itself."""
    with within(begin) as world, watched(world.portal, Wire()) as wire:
        act(world)
    return wire.calls


@dataclass(frozen=True)
class Journey:
    """Every AWS call of a journey without a fault, recorded: a new call is covered by itself.

    ``halts`` are the walk before each of its pages and how many calls were made until then, so that a fault in
    a page is met by going on from there.
    """

    calls: tuple[Call, ...]
    halts: tuple[tuple[int, Kept[World], Walk], ...]


def walk(world: World, begin: Callable[[Portal], World] = plain) -> Walk:
    """Begun and not gone yet; a new one each time."""
    new, first = world.invitation, "access-key" if begin is with_lost_key else "start"
    return Walk(world.browser, new.token, passcode=new.passcode, late=LATE.get(begin, (0,)), first=first)


@cache
def journey(begin: Callable[[Portal], World] = plain) -> Journey:
    with deployed() as here:
        world, halts = begin(here), []
        walked = walk(world, begin)

        def halt() -> None:
            halts.append((len(wire.calls), keep(world), walked.as_far(world.browser)))

        with watched(here, Wire()) as wire:
            halt()
            for _ in walked.steps():
                halt()
    return Journey(tuple(wire.calls), tuple(halts))


def walk_with(fault: Fault, call: Call, begin: Callable[[Portal], World], here: Portal) -> tuple[World, Walk]:
    """The whole journey of ``begin`` with that one call failing, gone on from the page before it."""
    calls, at = journey(begin).calls, journey(begin).calls.index(call)
    made, left, until_then = [halt for halt in journey(begin).halts if halt[0] <= at][-1]
    world = entered(left, here)

    def pause() -> None:
        world.clock.lead += timedelta(seconds=4)

    with watched(here, Wire(call, fault, calls[:made])):
        return world, until_then.as_far(world.browser, pause).to_the_end()


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
    users = iam_backends["123456789012"]["aws"].users
    (key,) = [key for key in users[MEMBER].access_keys if key.access_key_id == access_key_id]
    return (
        f"[{MEMBER}]\naws_access_key_id = {access_key_id}\n"
        f"aws_secret_access_key = {key.secret_access_key}\nfirstday = 123456789012\n"
    )
