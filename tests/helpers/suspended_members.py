"""Members whose access is suspended, and the ways back."""

from chalicelib.arns import SUSPENDED_GROUP
from chalicelib.wiring import Portal
from tests.helpers.admin_calls import done, groups_of, keys_of
from tests.helpers.journeys import Active, active
from tests.helpers.member_walk import Walk
from tests.helpers.moto_gaps import make_older
from tests.helpers.worlds import MEMBER, World

SUSPEND, RESUME = f"members/{MEMBER}/suspension", f"members/{MEMBER}/resumption"
# What the member has in IAM: groups, and keys with their status.
Access = tuple[list[str], dict[str, str]]


def access(world: World) -> Access:
    return groups_of(world), keys_of(world)


def is_shut_out(world: World) -> bool:
    """Whether the member is in the group that denies everything, and no key works."""
    groups, keys = access(world)
    return SUSPENDED_GROUP in groups and "Active" not in keys.values()


def suspend() -> None:
    done("POST", SUSPEND, {})


def resume(**how: object) -> str:
    """The token of the link that brings the member back."""
    token: str = done("POST", RESUME, how)["token"]
    return token


def suspended(here: Portal) -> Active:
    """A member who has been through the journey, and is away."""
    world = active(here)
    make_older()
    suspend()
    return world


def come_back(world: World, token: str) -> Walk:
    """Through the pages of the link, in a new browser, with the key that was there."""
    return Walk(world.another_browser(), token, has_key=True).to_the_end()
