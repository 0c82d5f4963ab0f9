"""What somebody cannot do on a member's own page who lacks the codes, or comes with another member's session."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.members.own_sessions import MOST_PAIRS
from chalicelib.wiring import Portal
from firstday.verification.browser import Browser, Page
from tests.helpers.admin_calls import done, first_day, keys_of
from tests.helpers.comebacks import FIRST, QR, Comeback, at_the_qr_code, on_the_page, with_two
from tests.helpers.console_administrator import CONSOLE_COOKIE
from tests.helpers.member_walk import secret_in, shown_codes
from tests.helpers.own_page import CODES, OTHER_CODES, asked_for_link, opened, serials, token
from tests.helpers.worlds import MEMBER, World, again, invited

OTHER = "dev-other-user"
OWN, JOURNEY = "__Host-firstday-own", "__Host-firstday-session"
NEEDED = "Two codes are needed once more"
USED = "These codes were used before"
TYPED = {"code1": "907531", "code2": "864209"}


@pytest.fixture
def there(aws: Portal) -> Comeback:
    return again(on_the_page, aws)


def stranger(world: World) -> Browser:
    """Somebody with the member's access key and a session with MFA, but without their phone."""
    browser = world.another_browser()
    opened(browser)
    return browser


@pytest.mark.parametrize("begin", [on_the_page, at_the_qr_code, with_two])
def test_stolen_credentials_are_not_enough_for_a_device_or_a_key(
    begin: Callable[[Portal], Comeback], aws: Portal
) -> None:
    """Not even while the member is adding a device, or has just added one."""
    world = again(begin, aws)
    devices, keys = serials(world), keys_of(world)
    thief = stranger(world)
    seed = "A" * 32
    for page, fields in (
        ("add-device", {}),
        ("replace-key", {}),
        ("replace-key", {"deleted": next(iter(keys))}),
        ("remove-device", {"serial_number": FIRST}),
        ("codes", {"seed": seed, **CODES}),
        ("codes", {"seed": seed}),
        ("fresh-codes", {"seed": seed, "drift": "0", **CODES}),
    ):
        assert thief.post(f"me/{page}", fields).heading == NEEDED, page
    assert (serials(world), keys_of(world)) == (devices, keys)


def test_a_pair_counts_once_also_in_another_session(there: Comeback) -> None:
    sent = {"proved_by": FIRST, **CODES}
    assert there.browser.post("me/replace-key", sent).by_id["credentials-text"]
    there.clock.lead += timedelta(minutes=2)
    assert USED in there.browser.post("me/add-device", sent).text
    assert USED in stranger(there).post("me/add-device", sent).text
    assert serials(there) == [FIRST]


def test_one_attempt_a_minute_also_in_a_new_session(there: Comeback) -> None:
    there.browser.post("me/add-device", {"proved_by": FIRST, **CODES})
    page = stranger(there).post("me/add-device", {"proved_by": FIRST, **OTHER_CODES})
    assert "One try a minute" in page.text


def test_the_record_has_hashes_of_the_last_pairs_only(there: Comeback) -> None:
    for number in range(MOST_PAIRS + 2):
        codes = {"code1": f"{600000 + number}", "code2": f"{700000 + number}"}
        assert there.browser.post("me/add-device", {"proved_by": FIRST, **codes}).heading == QR
        there.clock.lead += timedelta(minutes=1)
        if number % 10 == 9:
            opened(there.browser)
    member = there.portal.members.get(MEMBER)
    assert member
    assert len(member.taken_pairs) == len({*member.taken_pairs}) == MOST_PAIRS
    assert member.attempted_pair == member.taken_pairs[-1]
    assert all(re.fullmatch("[0-9a-f]{64}", pair) for pair in member.taken_pairs)


def other_member(world: World) -> World:
    """Another member, whose first day is over, in a browser of their own."""
    other = replace(world, invitation=invited(world.portal, OTHER), browser=world.another_browser())
    first_day(other)
    return other


def test_a_form_of_one_member_is_refused_in_the_session_of_another(there: Comeback) -> None:
    form = there.browser.get("me/replace-key").form("me/replace-key")
    other_member(there)
    link = asked_for_link(f"arn:aws:iam::123456789012:user/members/{OTHER}").body.strip().partition("/me#")[2]
    assert OTHER in there.browser.submit(there.browser.get("me").form("me"), token=link).heading
    page = there.browser.submit(form, **CODES)
    assert (page.status, page.heading) == (403, "Another member’s page was opened in this browser")
    assert len(keys_of(there, OTHER)) == 1


@pytest.mark.parametrize(("taken", "given"), [(JOURNEY, OWN), (OWN, JOURNEY), (OWN, CONSOLE_COOKIE)])
def test_a_cookie_is_good_for_its_own_pages_only(there: Comeback, taken: str, given: str) -> None:
    browser = there.another_browser()
    browser.cookies = {given: there.browser.cookies[taken]}
    for address in ("me/overview", "config", "console/members"):
        page = browser.get(address)
        assert page.status == 403 or page.heading == "Sign in to the admin console", address


def test_opening_the_page_makes_a_new_session_whatever_cookie_was_there(there: Comeback) -> None:
    before = there.browser.cookies[OWN]
    thief = there.another_browser()
    thief.cookies = {OWN: before}
    opened(there.browser)
    assert there.browser.cookies[OWN] != before
    assert thief.get("me/overview").heading == "Your session has ended"


@pytest.mark.parametrize("end", ["reset", "offboard"])
def test_a_reset_and_an_offboarding_end_the_session_and_the_link(there: Comeback, end: str) -> None:
    link = token()
    if end == "reset":
        done("POST", f"members/{MEMBER}/mfa-reset", {})
    else:
        done("DELETE", f"members/{MEMBER}")
    for page in ("add-device", "replace-key"):
        assert there.browser.post(f"me/{page}", {"proved_by": FIRST, **CODES}).heading == "Your session has ended"
    refused = there.another_browser().post("me", {"token": link})
    assert refused.heading == "This link no longer works"
    assert asked_for_link().status in (403, 404)


def test_after_a_reset_the_record_knows_only_the_new_device(aws: Portal) -> None:
    world = again(with_two, aws)
    invitation = done("POST", f"members/{MEMBER}/mfa-reset", {})["token"]
    member = world.portal.members.get(MEMBER)
    assert member
    assert member.registered_serials == ()
    assert world.iam.list_virtual_mfa_devices()["VirtualMFADevices"] == []
    browser = world.another_browser()
    page = browser.submit(browser.get("start").form("start"), token=invitation)
    page = browser.submit(page.form("register-device"))
    browser.submit(page.form("codes"), **shown_codes(page))
    assert "not on this portal" not in opened(browser).text
    assert serials(world) == [FIRST]


def test_what_others_have_cannot_be_named(aws: Portal) -> None:
    world = again(with_two, aws)
    begun = world.iam.create_virtual_mfa_device(VirtualMFADeviceName="being-registered")["VirtualMFADevice"]
    world.iam.create_user(UserName="other", Path="/members/")
    key = world.iam.create_access_key(UserName="other")["AccessKey"]["AccessKeyId"]
    world.browser.post("me/remove-device", {"serial_number": begun["SerialNumber"]})
    every = [device["SerialNumber"] for device in world.iam.list_virtual_mfa_devices()["VirtualMFADevices"]]
    assert begun["SerialNumber"] in every
    page = world.browser.post("me/add-device", {"instead_of": begun["SerialNumber"]})
    assert page.heading == "This has changed meanwhile"
    assert world.browser.post("me/replace-key", {"deleted": key}).by_id["credentials-text"]
    assert keys_of(world, "other") == {key: "Active"}


def test_no_secret_of_the_own_page_is_kept(there: Comeback, capsys: pytest.CaptureFixture[str]) -> None:
    link = token()
    browser = there.another_browser()
    browser.submit(browser.get("me").form("me"), token=link)
    qr_code = browser.submit(browser.get("me/add-device").form("me/add-device"), **TYPED)
    seed, codes = qr_code.form("me/codes").fields["seed"], shown_codes(qr_code, "me/codes")
    browser.submit(qr_code.form("me/codes"), **codes)
    key: Page = browser.submit(browser.get("me/replace-key").form("me/replace-key"))
    secrets = [link[-52:], browser.cookies[OWN].partition(".")[2], seed, secret_in(key.by_id["credentials-text"])]
    scanned = [there.dynamodb.scan(TableName=name)["Items"] for name in ("members", "audit", "console")]
    kept = json.dumps(scanned) + capsys.readouterr().out
    assert f'"{MEMBER}"' in kept
    assert [secret for secret in secrets if len(secret) < 16 or secret in kept] == []
    assert [code for code in TYPED.values() if re.search(rf"(?<!\d){code}(?!\d)", kept)] == []
