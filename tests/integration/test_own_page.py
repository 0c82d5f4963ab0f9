"""The member's own page: who gets a link, what it shows, and what it changes after two codes."""

from datetime import timedelta

import pytest

from firstday.verification.browser import Browser, Page
from tests.helpers.admin_calls import first_day
from tests.helpers.member_walk import secret_in, shown_codes
from tests.helpers.own_page import CODES, OTHER_CODES, asked_for_link, opened, serials, token
from tests.helpers.worlds import MEMBER, World

FIRST = f"arn:aws:iam::123456789012:mfa/{MEMBER}"


@pytest.fixture
def there(world: World) -> World:
    """The first day is over."""
    first_day(world)
    return world


@pytest.fixture
def own(there: World) -> Browser:
    """A browser in which the member has opened their own page."""
    browser = there.another_browser()
    opened(browser)
    return browser


def added(browser: Browser, page: str = "me/add-device") -> Page:
    """The page after a further device was registered."""
    shown = browser.submit(browser.get(page).form("me/add-device"), **CODES)
    return browser.submit(shown.form("me/codes"), **shown_codes(shown, "me/codes"))


def test_the_link_opens_the_page_with_everything_the_member_has(there: World) -> None:
    page = opened(there.another_browser())
    assert page.status == 200
    assert page.heading == f"Your own page, {MEMBER}"
    assert FIRST in page.text
    assert "named in your config" in page.text
    key = there.iam.list_access_keys(UserName=MEMBER)["AccessKeyMetadata"][0]["AccessKeyId"]
    assert key in page.text
    assert "account 210987654321" in page.text


def test_a_link_works_once_and_for_a_minute(there: World) -> None:
    used = token()
    browser = there.another_browser()
    form = browser.get("me").form("me")
    assert browser.submit(form, token=used).status == 200
    assert there.another_browser().submit(form, token=used).heading == "This link no longer works"
    late = token()
    there.clock.lead += timedelta(minutes=1)
    assert there.another_browser().submit(form, token=late).heading == "This link no longer works"


def test_a_newer_link_ends_the_one_before(there: World) -> None:
    former, newer = token(), token()
    browser = there.another_browser()
    form = browser.get("me").form("me")
    assert browser.submit(form, token=former).status == 403
    assert browser.submit(form, token=newer).status == 200


def test_the_session_ends_after_a_quarter_of_an_hour_and_with_signing_out(there: World, own: Browser) -> None:
    there.clock.lead += timedelta(minutes=14)
    page = own.get("me/overview")
    assert page.status == 200
    there.clock.lead += timedelta(minutes=2)
    assert own.get("me/overview").heading == "Your session has ended"
    page = opened(own)
    assert own.submit(page.form("me/sign-out")).heading == "You are signed out"
    assert own.get("me/overview").status == 403


def test_the_session_is_not_one_of_the_journey_nor_the_other_way_round(there: World, own: Browser) -> None:
    assert own.get("config").heading == "Open your invitation link again"
    assert there.browser.get("me/overview").heading == "Your session has ended"


@pytest.mark.parametrize(
    "arn",
    [
        None,
        "arn:aws:iam::123456789012:user/admins/someone",
        "arn:aws:sts::123456789012:assumed-role/dev/dev-simple-user",
        f"arn:aws:iam::999999999999:user/members/{MEMBER}",
    ],
)
@pytest.mark.usefixtures("there")
def test_nobody_but_a_members_own_user_gets_a_link(arn: str | None) -> None:
    answer = asked_for_link(arn)
    assert answer.status == 403
    assert "/me#" not in answer.body


def test_a_new_phone_takes_the_place_of_the_old_one(there: World, own: Browser) -> None:
    overview = own.get("me/overview")
    (move,) = [href for href, text in overview.links.items() if text == "Move to a new phone"]
    page = added(own, move)
    assert page.heading == "The new device is registered"
    first, new = serials(there)
    assert first == FIRST
    assert new.startswith(f"{FIRST}-")
    assert f"mfa_serial = {new}" in own.get("me/config").by_id["config-text"]
    overview = own.submit(page.form("me/remove-device"))
    assert "The device is removed." in overview.text
    assert serials(there) == [new]
    assert f"mfa_serial = {new}" in own.get("me/config").by_id["config-text"]


def test_a_second_device_leaves_the_config_as_it_is(there: World, own: Browser) -> None:
    added(own)
    first, second = serials(there)
    assert f"mfa_serial = {first}" in own.get("me/config").by_id["config-text"]
    assert second in own.get("me/overview").text
    groups = there.iam.list_groups_for_user(UserName=MEMBER)["Groups"]
    assert len(groups) == 2


def test_a_further_device_has_an_entry_of_its_own_in_the_authenticator_app(there: World, own: Browser) -> None:
    page = own.get("me/add-device")
    page = own.submit(page.form("me/add-device"), **CODES)
    broken_off = only_unfinished(there)
    assert f"the account name is {broken_off} and" in page.text
    page = own.submit(own.get("me/add-device").form("me/add-device"))
    assert f"an entry named {broken_off} from an earlier try? Delete it first." in page.text
    begun = only_unfinished(there)
    assert begun != broken_off
    assert f"the account name is {begun} and" in page.text
    assert any(f":{begun}?secret=" in href for href in page.links)


def only_unfinished(world: World) -> str:
    """The name of the device that is not enabled."""
    (device,) = world.iam.list_virtual_mfa_devices(AssignmentStatus="Unassigned")["VirtualMFADevices"]
    return str(device["SerialNumber"]).rpartition("/")[2]


def test_a_device_that_is_gone_or_of_somebody_else_cannot_be_removed(own: Browser) -> None:
    for serial_number in (f"{FIRST}-gone", "", "arn:aws:iam::123456789012:mfa/somebody-else"):
        page = own.get(f"me/remove-device?serial_number={serial_number}")
        assert (page.status, page.heading) == (409, "This has changed meanwhile")


def test_a_device_is_removed_with_two_codes_of_another(there: World, own: Browser) -> None:
    added(own)
    first, second = serials(there)
    there.clock.lead += timedelta(minutes=2)
    opened(own)  # the proof of the new device ended with its session
    page = own.get(f"me/remove-device?serial_number={first}")
    form = page.form("me/remove-device")
    assert form.fields["proved_by"] == second
    own.submit(form, **OTHER_CODES)
    assert serials(there) == [second]
    assert f"mfa_serial = {second}" in own.get("me/config").by_id["config-text"]


def test_the_only_device_cannot_be_removed(there: World, own: Browser) -> None:
    assert "It is the only device" in own.get(f"me/remove-device?serial_number={FIRST}").text
    sent = {"serial_number": FIRST, "proved_by": FIRST, **CODES}
    assert own.post("me/remove-device", sent).heading == "Two codes are needed once more"
    assert serials(there) == [FIRST]


def test_a_replaced_key_goes_on_until_the_new_one_is_confirmed(there: World, own: Browser) -> None:
    (former,) = there.iam.list_access_keys(UserName=MEMBER)["AccessKeyMetadata"]
    page = own.submit(own.get("me/replace-key").form("me/replace-key"), **CODES)
    assert secret_in(page.by_id["credentials-text"])
    assert len(there.iam.list_access_keys(UserName=MEMBER)["AccessKeyMetadata"]) == 2
    assert status(there, former["AccessKeyId"]) == "Active"
    overview = own.get("me/overview")
    assert "replaced" in overview.text
    confirmed = own.submit(overview.form("me/confirm-key"))
    assert "The former access key is deactivated." in confirmed.text
    assert status(there, former["AccessKeyId"]) == "Inactive"


def test_with_two_keys_the_member_names_the_one_that_goes(there: World, own: Browser) -> None:
    there.iam.create_access_key(UserName=MEMBER)
    keys = [key["AccessKeyId"] for key in there.iam.list_access_keys(UserName=MEMBER)["AccessKeyMetadata"]]
    form = own.get("me/replace-key").form("me/replace-key")
    again = own.submit(form, **CODES, deleted="")
    assert "You have just proved one of your devices" in again.text
    own.submit(again.form("me/replace-key"), deleted=keys[0])
    after = [key["AccessKeyId"] for key in there.iam.list_access_keys(UserName=MEMBER)["AccessKeyMetadata"]]
    assert keys[0] not in after
    assert keys[1] in after
    assert len(after) == 2


def status(world: World, access_key_id: str) -> str:
    keys = world.iam.list_access_keys(UserName=MEMBER)["AccessKeyMetadata"]
    return next(str(key["Status"]) for key in keys if key["AccessKeyId"] == access_key_id)


@pytest.mark.parametrize("page", ["add-device", "replace-key"])
def test_nothing_is_changed_without_a_proof(there: World, own: Browser, page: str) -> None:
    assert own.post(f"me/{page}", {}).heading == "Two codes are needed once more"
    assert serials(there) == [FIRST]
    assert len(there.iam.list_access_keys(UserName=MEMBER)["AccessKeyMetadata"]) == 1


def test_a_proof_is_good_for_one_change(there: World, own: Browser) -> None:
    own.submit(own.get("me/replace-key").form("me/replace-key"), **CODES)
    assert own.post("me/add-device", {}).heading == "Two codes are needed once more"
    again = own.post("me/add-device", {"proved_by": FIRST, **CODES})
    assert "These codes were used before" in again.text
    soon = own.post("me/add-device", {"proved_by": FIRST, **OTHER_CODES})
    assert "One try a minute" in soon.text
    there.clock.lead += timedelta(minutes=1)
    later = own.post("me/add-device", {"proved_by": FIRST, **OTHER_CODES})
    assert later.heading == "Scan the QR code, then enter two codes"


def test_the_devices_of_others_cannot_be_named(there: World, own: Browser) -> None:
    others = there.iam.create_virtual_mfa_device(VirtualMFADeviceName="other")["VirtualMFADevice"]["SerialNumber"]
    there.iam.create_user(UserName="other", Path="/members/")
    there.iam.enable_mfa_device(
        UserName="other", SerialNumber=others, AuthenticationCode1="123456", AuthenticationCode2="234567"
    )
    assert own.post("me/add-device", {"proved_by": others, **CODES}).heading == "This has changed meanwhile"
    added(own)
    own.post("me/remove-device", {"serial_number": others})
    assert serials(there, "other") == [others]


def test_with_eight_devices_one_has_to_go_first(there: World, own: Browser) -> None:
    for number in range(7):
        name = f"{MEMBER}-{number}"
        serial = there.iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]["SerialNumber"]
        there.iam.enable_mfa_device(
            UserName=MEMBER, SerialNumber=serial, AuthenticationCode1="123456", AuthenticationCode2="234567"
        )
    assert "You have eight MFA devices" in own.get("me/overview").text
    assert "Remove one first" in own.submit(own.get("me/add-device").form("me/add-device"), **CODES).text
    assert len(serials(there)) == 8
