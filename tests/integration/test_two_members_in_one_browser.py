"""Two invitations opened in one browser: what is sent from one member's page never becomes the other's."""

from collections.abc import Callable

import pytest

from firstday.verification.browser import Page
from tests.helpers.member_walk import scan, shown_codes
from tests.helpers.worlds import World, invited

OTHER = "dev-other-user"
HEADING = "Another invitation was opened in this browser"


def begin(world: World) -> Page:
    return world.browser.submit(world.browser.get("start").form("start"), token=world.invitation.token)


def open_the_others(world: World) -> None:
    token = invited(world.portal, OTHER).token
    assert world.browser.submit(world.browser.get("start").form("start"), token=token).status == 200


def show_qr_code(world: World) -> Callable[[], Page]:
    form = begin(world).form("register-device")
    return lambda: world.browser.submit(form)


def send_codes(world: World) -> Callable[[], Page]:
    page = scan(world)
    return lambda: world.browser.submit(page.form("codes"), **shown_codes(page))


def issue_access_key(world: World) -> Callable[[], Page]:
    page = send_codes(world)()
    return lambda: world.browser.submit(page.form("access-key"))


def choose_a_way_to_work(world: World) -> Callable[[], Page]:
    issue_access_key(world)()
    form = world.browser.get("config").form("config")
    return lambda: world.browser.submit(form, daily="prompt")


@pytest.mark.parametrize("step", [show_qr_code, send_codes, issue_access_key, choose_a_way_to_work])
def test_a_form_of_one_member_is_refused_in_the_session_of_another(
    world: World, step: Callable[[World], Callable[[], Page]]
) -> None:
    send = step(world)
    open_the_others(world)
    page = send()
    assert (page.status, page.heading) == (403, HEADING)
    assert "Nothing was done with what you sent." in page.text
    other = world.portal.members.get(OTHER)
    assert other is not None
    assert other.registering_at is None
    assert world.iam.list_mfa_devices(UserName=OTHER)["MFADevices"] == []
    assert world.iam.list_access_keys(UserName=OTHER)["AccessKeyMetadata"] == []


def test_the_other_member_goes_on_undisturbed(world: World) -> None:
    send = send_codes(world)
    open_the_others(world)
    assert send().heading == HEADING
    page = world.browser.submit(world.browser.get("register-device").form("register-device"))
    assert page.heading == "Scan the QR code, then enter two codes"
    assert world.browser.submit(page.form("codes"), **shown_codes(page)).heading == "Get your access key"
