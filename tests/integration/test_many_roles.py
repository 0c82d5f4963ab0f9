"""A member with four hundred roles in a hundred accounts, by eight groups."""

from dataclasses import replace

import pytest

from chalicelib.settings.quotas import GROUPS_A_MEMBER
from chalicelib.settings.reader import read_settings
from chalicelib.wiring import Portal, use
from firstday.verification.browser import Page
from tests.helpers.member_walk import downloads, enter_codes, scan
from tests.helpers.settings_makers import many_accounts
from tests.helpers.worlds import World, a_world, clients

# Lambda's answers have six megabytes at most, in which some characters take several.
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
LONGEST_ANSWER = 2_000_000


@pytest.fixture
def world(aws: Portal) -> World:
    settings = read_settings(many_accounts(groups=GROUPS_A_MEMBER, roles_by_pattern=True))
    portal = replace(aws, settings=settings)
    use(portal)
    iam, _ = clients(portal)
    for group in settings.groups:
        iam.create_group(GroupName=group.name, Path="/switch-role/")
    return a_world(portal, groups=tuple(group.name for group in settings.groups))


def config_page(world: World) -> Page:
    page = enter_codes(world.browser, scan(world))
    return world.browser.submit(page.form("access-key"))


def test_the_config_has_all_the_roles_and_the_page_fits_into_an_answer(world: World) -> None:
    page = config_page(world)
    config = page.by_id["config-text"]
    assert config.count("role_arn = ") == 400
    assert all(f"\nrole_arn = {role.arn('aws')}\n" in config for role in world.portal.settings.roles)
    assert downloads(page)["config"].strip() == config.strip()
    assert all(config.strip() in downloads(page)[name] for name in ("merge-config.sh",))
    assert len(page.answer.body.encode()) < LONGEST_ANSWER


def test_the_member_is_in_every_group(world: World) -> None:
    config_page(world)
    groups = world.iam.list_groups_for_user(UserName=world.invitation.member.user_name)["Groups"]
    assert len(groups) == GROUPS_A_MEMBER + 1
