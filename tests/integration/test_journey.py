"""The member's journey through the portal's pages, and the ways in which people really walk it."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from urllib.parse import unquote, urlsplit

import pytest
from moto.iam.models import iam_backends

from chalicelib.members.mfa import code_at, step_at
from chalicelib.wiring import use
from firstday.verification.browser import Page
from tests.helpers.admin_calls import keys_of
from tests.helpers.aws_faults import Before, Refuse, Wire, watched
from tests.helpers.further_devices import record_of
from tests.helpers.journeys import outcome
from tests.helpers.member_walk import Walk, begin, enter_codes, scan, shown_codes
from tests.helpers.moto_gaps import make_older
from tests.helpers.worlds import MEMBER, World, clients, in_process_browser, invited

DEVICE = f"arn:aws:iam::123456789012:mfa/{MEMBER}"


def test_a_member_goes_from_the_link_to_the_config(world: World) -> None:
    walk = Walk(world.browser, world.invitation.token).to_the_end()
    assert walk.headings == [
        "Welcome to AWS at Example Corp",
        "Register your phone",
        "Scan the QR code, then enter two codes",
        "Get your access key",
        "Save two files",
        f"You are ready, {MEMBER}",
    ]
    assert outcome(world)["keys"] == [walk.credentials]


def test_the_journey_is_in_japanese_for_whoever_prefers_that(world: World) -> None:
    browser = in_process_browser("ja,en;q=0.5")
    page = begin(world, browser)
    assert page.answer.headers["content-language"] == ["ja"]
    assert page.heading == "スマートフォンを登録する"


def test_a_language_chosen_once_stays_and_loses_no_qr_code(world: World) -> None:
    page = scan(world)
    switch = next(form for form in page.forms if "lang" in form.fields)
    again = world.browser.submit(switch, lang="ja")
    assert again.answer.headers["content-language"] == ["ja"]
    assert again.by_id["secret-key"] == page.by_id["secret-key"]
    assert world.browser.get("start").answer.headers["content-language"] == ["ja"]


def test_the_page_before_the_device_asks_aws_nothing(world: World) -> None:
    begin(world)
    with watched(world.portal, Wire()) as wire:
        assert world.browser.get("register-device").heading == "Register your phone"
    assert wire.calls == []


@pytest.mark.parametrize("step", ["register-device", "codes", "access-key", "config", "done", "existing-device"])
def test_without_a_session_every_page_asks_for_the_link(world: World, step: str) -> None:
    assert world.browser.get(step).heading == "Open your invitation link again"


@pytest.mark.parametrize("step", ["access-key", "config", "done"])
def test_what_comes_after_mfa_is_closed_before_it(world: World, step: str) -> None:
    scan(world)
    assert world.browser.get(step).heading == "Open your invitation link again"
    assert world.browser.post("access-key", {}).status == 403
    assert world.iam.list_access_keys(UserName=MEMBER)["AccessKeyMetadata"] == []


def test_reloading_the_qr_code_makes_a_new_one_and_leaves_one_device(world: World) -> None:
    first = scan(world)
    second = world.browser.post("register-device", {})
    assert second.by_id["secret-key"] != first.by_id["secret-key"]
    assert "from an earlier try? Delete it first" in second.text
    assert len(world.iam.list_virtual_mfa_devices()["VirtualMFADevices"]) == 1


def test_a_leftover_device_is_removed_by_itself(world: World) -> None:
    world.iam.create_virtual_mfa_device(VirtualMFADeviceName=MEMBER)
    Walk(world.browser, world.invitation.token).to_the_end()
    assert outcome(world)["devices"] == [DEVICE]


def test_a_device_that_aws_removed_meanwhile_means_a_new_qr_code(world: World) -> None:
    page = scan(world)
    world.iam.delete_virtual_mfa_device(SerialNumber=DEVICE)
    page = enter_codes(world.browser, page)
    assert page.heading == "You need a new QR code"
    page = world.browser.submit(page.form("register-device"))
    assert enter_codes(world.browser, page).heading == "Get your access key"


def test_reloading_after_the_codes_goes_on_instead_of_failing(world: World) -> None:
    page = scan(world)
    enter_codes(world.browser, page)
    assert enter_codes(world.browser, page).heading == "Get your access key"
    assert world.browser.get("register-device").heading == "Register your phone"
    assert world.browser.post("register-device", {}).heading == "Get your access key"


def test_going_back_after_the_key_tells_that_it_exists_and_issues_no_second_one(world: World) -> None:
    page = enter_codes(world.browser, scan(world))
    shown = world.browser.submit(page.form("access-key"))
    again = world.browser.submit(page.form("access-key"))
    assert again.heading == "You already have an access key"
    assert outcome(world)["keys"] == [shown.by_id["credentials-text"]]
    assert "credentials-text" not in world.browser.get("config").by_id


def test_a_lost_page_is_mended_by_replacing_the_key(world: World) -> None:
    page = enter_codes(world.browser, scan(world))
    lost = world.browser.submit(page.form("access-key"))
    replaced = world.browser.submit(world.browser.get("access-key").form("access-key"))
    assert replaced.by_id["credentials-text"] != lost.by_id["credentials-text"]
    assert outcome(world)["keys"] == [replaced.by_id["credentials-text"]]
    former = lost.by_id["credentials-text"].split()[3]
    assert keys_of(world)[former] == "Inactive"


def test_a_page_lost_twice_leaves_one_key_that_works(world: World) -> None:
    shown = world.browser.submit(enter_codes(world.browser, scan(world)).form("access-key"))
    for _ in range(3):
        shown = world.browser.submit(world.browser.get("access-key").form("access-key"))
    assert outcome(world)["keys"] == [shown.by_id["credentials-text"]]
    assert sorted(keys_of(world).values()) == ["Active", "Inactive"]


def test_the_form_that_replaces_a_key_does_so_once(world: World) -> None:
    """Reloading the page, going back to the form, a second tab: what was saved meanwhile stays good."""
    world.browser.submit(enter_codes(world.browser, scan(world)).form("access-key"))
    form = world.browser.get("access-key").form("access-key")
    replaced = world.browser.submit(form)
    again = world.browser.submit(form)
    assert again.heading == "You already have an access key"
    assert outcome(world)["keys"] == [replaced.by_id["credentials-text"]]
    assert list(keys_of(world).values()).count("Inactive") == 1


def test_with_two_active_keys_the_one_that_was_shown_makes_room(world: World) -> None:
    Walk(world.browser, world.invitation.token).to_the_end()
    (issued,) = keys_of(world)
    make_older()
    newer = clients(world.portal)[0].create_access_key(UserName=MEMBER)["AccessKey"]["AccessKeyId"]
    again = Walk(world.another_browser(), invited(world.portal).token).to_the_end()
    (offer,) = [page for page in again.pages if page.heading == "You already have an access key"]
    assert newer in offer.text
    assert newer not in keys_of(world)
    assert keys_of(world)[issued] == "Active"
    assert again.credentials.split()[3] in keys_of(world)


def test_a_key_that_an_administrator_has_deactivated_is_not_the_one_that_is_replaced(world: World) -> None:
    world.browser.submit(enter_codes(world.browser, scan(world)).form("access-key"))
    (issued,) = keys_of(world)
    world.iam.update_access_key(UserName=MEMBER, AccessKeyId=issued, Status="Inactive")
    other = clients(world.portal)[0].create_access_key(UserName=MEMBER)["AccessKey"]["AccessKeyId"]
    page = world.browser.get("access-key")
    assert other in page.text
    world.browser.submit(page.form("access-key"))
    assert keys_of(world)[other] == "Inactive"
    assert issued not in keys_of(world)


def test_a_key_that_is_gone_is_issued_anew(world: World) -> None:
    world.browser.submit(enter_codes(world.browser, scan(world)).form("access-key"))
    (issued,) = keys_of(world)
    world.iam.delete_access_key(UserName=MEMBER, AccessKeyId=issued)
    page = world.browser.get("access-key")
    assert page.heading == "Get your access key"
    shown = world.browser.submit(page.form("access-key"))
    assert outcome(world)["keys"] == [shown.by_id["credentials-text"]]


def test_a_key_is_rotated_through_a_new_invitation(world: World) -> None:
    Walk(world.browser, world.invitation.token).to_the_end()
    (old,) = keys_of(world)
    world.clock.lead += timedelta(days=93, hours=12)
    again = Walk(world.another_browser(), invited(world.portal).token).to_the_end()
    (offer,) = [page for page in again.pages if page.heading == "You already have an access key"]
    assert old in offer.text
    assert "93 days" in offer.text
    assert outcome(world)["keys"] == [again.credentials]
    assert keys_of(world)[old] == "Inactive"


def test_whoever_keeps_the_key_on_a_new_invitation_gets_no_second_one(world: World) -> None:
    Walk(world.browser, world.invitation.token).to_the_end()
    make_older()
    Walk(world.another_browser(), invited(world.portal).token, has_key=True).to_the_end()
    page = world.browser.post("access-key", {})  # not even where the form is sent all the same
    assert list(keys_of(world).values()) == ["Active"], page.heading


def test_an_interrupted_journey_goes_on_in_another_browser(world: World) -> None:
    scan(world)
    Walk(world.another_browser(), world.invitation.token).to_the_end()
    assert outcome(world)["devices"] == [DEVICE]


def test_opening_the_link_again_ends_the_session_before(world: World) -> None:
    page = scan(world)
    other = world.another_browser()
    begin(world, other)
    assert enter_codes(world.browser, page).heading == "Open your invitation link again"
    assert world.iam.list_mfa_devices(UserName=MEMBER)["MFADevices"] == []


def test_of_two_tabs_with_a_qr_code_each_one_device_remains(world: World) -> None:
    first = scan(world)
    second = world.browser.submit(world.browser.get("register-device").form("register-device"))
    assert second.by_id["secret-key"] != first.by_id["secret-key"]
    assert enter_codes(world.browser, second).heading == "Get your access key"
    assert enter_codes(world.browser, first).heading == "Get your access key"
    assert len(world.iam.list_virtual_mfa_devices()["VirtualMFADevices"]) == 1


def test_a_double_click_on_the_qr_code_makes_one_device(world: World) -> None:
    page = begin(world)
    with ThreadPoolExecutor(4) as pool:
        pages = list(pool.map(lambda _: world.browser.submit(page.form("register-device")), range(4)))
    assert {page.status for page in pages} <= {200, 503}
    assert len(world.iam.list_virtual_mfa_devices()["VirtualMFADevices"]) == 1


def test_a_double_click_on_the_access_key_issues_one(world: World) -> None:
    page = enter_codes(world.browser, scan(world))
    with ThreadPoolExecutor(4) as pool:
        pages = list(pool.map(lambda _: world.browser.submit(page.form("access-key")), range(4)))
    issued = [page.by_id["credentials-text"] for page in pages if "credentials-text" in page.by_id]
    assert outcome(world)["keys"] == issued
    others = {page.heading for page in pages if "credentials-text" not in page.by_id}
    assert others <= {"You already have an access key", "This step is already under way"}


def test_a_member_deleted_meanwhile_is_told_so(world: World) -> None:
    page = scan(world)
    world.clock.lead += timedelta(minutes=2)
    world.iam.remove_user_from_group(UserName=MEMBER, GroupName="firstday-members")
    world.iam.delete_user(UserName=MEMBER)
    page = enter_codes(world.browser, page)
    assert page.heading == "Your IAM user no longer exists"
    assert page.status == 409
    assert world.iam.list_virtual_mfa_devices()["VirtualMFADevices"] == []


def test_a_group_deleted_meanwhile_is_named_as_missing_and_the_journey_resumes(world: World) -> None:
    page = scan(world)
    world.iam.delete_group(GroupName="developers")
    refused = enter_codes(world.browser, page)
    assert refused.heading == "A group of your invitation is missing"
    world.iam.create_group(GroupName="developers", Path="/switch-role/")
    assert enter_codes(world.browser, page).heading == "Get your access key"


def test_a_member_with_a_device_of_their_own_is_asked_for_its_codes(world: World) -> None:
    page = scan(world)
    enter_codes(world.browser, page)
    make_older()
    again = invited(world.portal)
    browser = world.another_browser()
    page = browser.submit(browser.get("start").form("start"), token=again.token)
    page = browser.submit(page.form("register-device"))
    assert page.heading == "You already have an MFA device"
    assert DEVICE in page.text
    page = browser.submit(page.form("existing-device"), code1="123456", code2="123456")
    assert page.status == 400
    assert "You entered the same code twice" in page.text


def test_a_device_that_somebody_else_registered_meanwhile_is_no_proof(world: World) -> None:
    page = scan(world)
    serial_number = world.iam.create_virtual_mfa_device(VirtualMFADeviceName="by-hand")["VirtualMFADevice"][
        "SerialNumber"
    ]
    world.iam.enable_mfa_device(
        UserName=MEMBER, SerialNumber=serial_number, AuthenticationCode1="123456", AuthenticationCode2="654321"
    )
    page = world.browser.post("register-device", {})
    assert page.heading == "You already have an MFA device"
    assert serial_number in page.text


def test_a_device_of_the_members_name_that_is_somebody_elses_stays_and_the_member_gets_another(
    world: World,
) -> None:
    world.iam.create_user(UserName="somebody-else")
    world.iam.create_virtual_mfa_device(VirtualMFADeviceName=MEMBER)
    world.iam.enable_mfa_device(
        UserName="somebody-else", SerialNumber=DEVICE, AuthenticationCode1="123456", AuthenticationCode2="654321"
    )
    first = scan(world)
    page = world.browser.post("register-device", {})  # a reload keeps the name, and makes another QR code
    name = name_in(page)
    assert name == name_in(first)
    assert re.fullmatch(rf"{MEMBER}-[a-z2-7]{{10}}", name)
    assert enter_codes(world.browser, page).heading == "Get your access key"
    (own,) = world.iam.list_mfa_devices(UserName=MEMBER)["MFADevices"]
    assert own["SerialNumber"] == f"arn:aws:iam::123456789012:mfa/{name}"
    record = record_of(world.portal)
    assert (record.serial_number, record.registered_serials, record.adding_serial) == (
        own["SerialNumber"],
        (own["SerialNumber"],),
        None,
    )
    (other,) = world.iam.list_mfa_devices(UserName="somebody-else")["MFADevices"]
    assert other["SerialNumber"] == DEVICE


def name_in(page: Page) -> str:
    """What the authenticator app will call the device."""
    (uri,) = [link for link in page.links if link.startswith("otpauth:")]
    return unquote(urlsplit(uri).path).rpartition(":")[2].strip()


def test_right_codes_that_a_lost_first_attempt_used_up_are_no_reason_to_start_again(world: World) -> None:
    page = scan(world)
    seed, step = "".join(page.by_id["secret-key"].split()), step_at(world.clock().timestamp())
    code1, code2 = code_at(seed, step - 1), code_at(seed, step)
    world.iam.enable_mfa_device(
        UserName=MEMBER, SerialNumber=DEVICE, AuthenticationCode1=code1, AuthenticationCode2=code2
    )
    with watched(world.portal, Refuse("EnableMFADevice", "InvalidAuthenticationCode")):
        assert enter_codes(world.browser, page, code1, code2).heading == "Get your access key"


def test_a_group_that_the_organisation_gave_up_costs_no_key(world: World) -> None:
    page = enter_codes(world.browser, scan(world))
    settings = world.portal.settings
    rest = tuple(group for group in settings.groups if group.name != "developers")
    use(replace(world.portal, settings=replace(settings, groups=rest, default_groups=("operators",))))
    page = world.browser.submit(page.form("access-key"))
    assert outcome(world)["keys"] == [page.by_id["credentials-text"]]
    assert f"[profile {MEMBER}]" in page.by_id["config-text"]
    assert world.browser.get("done").status == 200


def test_more_groups_than_iam_allows_are_told_and_the_journey_resumes(world: World) -> None:
    page = scan(world)
    refuse = Refuse("AddUserToGroup", "LimitExceeded")
    with watched(world.portal, refuse):
        assert enter_codes(world.browser, page).heading == "You are in too many groups"
    assert enter_codes(world.browser, page).heading == "Get your access key"


def test_a_passkey_is_no_device_that_shows_codes(world: World) -> None:
    passkey = "arn:aws:iam::123456789012:u2f/user/dev-simple-user/passkey"
    invitation = invited(world.portal)  # the user is known by now, so the devices are looked at
    user = iam_backends["123456789012"]["aws"].users[MEMBER]
    user.enable_mfa_device(passkey, "123456", "654321")
    assert Walk(world.browser, invitation.token).to_the_end().credentials


def test_revoking_while_the_key_is_made_leaves_no_key(world: World) -> None:
    page = enter_codes(world.browser, scan(world))
    before_recording = Before("CreateAccessKey", lambda: invited(world.portal))
    with watched(world.portal, before_recording):
        world.browser.submit(page.form("access-key"))
    assert outcome(world)["keys"] == []


@pytest.mark.parametrize("seed", ["", "garbage", "A" * 6000])
def test_a_made_up_seed_is_no_qr_code(world: World, seed: str) -> None:
    scan(world)
    page = world.browser.post("codes", {"seed": seed, "lang": "en"})
    assert (page.status, page.heading) == (400, "We could not read what was sent")
    assert world.browser.post("codes", {"seed": seed, "code1": "123456", "code2": "654321"}).status == 400


def test_replacing_a_key_leaves_those_of_before_the_journey_alone(world: World) -> None:
    kept = world.iam.create_access_key(UserName=MEMBER)["AccessKey"]["AccessKeyId"]
    make_older()
    page = enter_codes(world.browser, scan(world))
    world.browser.submit(page.form("access-key"))
    world.browser.submit(world.browser.get("access-key").form("access-key"))
    keys = [key["AccessKeyId"] for key in world.iam.list_access_keys(UserName=MEMBER)["AccessKeyMetadata"]]
    assert len(keys) == 2
    assert kept in keys


def test_a_third_access_key_is_refused_in_words(world: World) -> None:
    for _ in range(2):
        clients(world.portal)[0].create_access_key(UserName=MEMBER)
    page = enter_codes(world.browser, scan(world))
    page = world.browser.submit(page.form("access-key"))
    assert page.heading == "You already have two access keys"


@pytest.mark.parametrize(
    ("code1", "code2", "problem"),
    [
        ("123456", "123456", "You entered the same code twice"),
        ("12345", "123456", "A code is six digits"),
        ("", "", "A code is six digits"),
        ("abcdef", "123456", "A code is six digits"),
    ],
)
def test_codes_that_cannot_be_right_are_refused_without_asking_aws(
    world: World, code1: str, code2: str, problem: str
) -> None:
    page = scan(world)
    with watched(world.portal, Wire()) as wire:
        refused = enter_codes(world.browser, page, code1, code2)
    assert problem in refused.text
    assert refused.by_id["secret-key"] == page.by_id["secret-key"]
    assert [call.operation for call in wire.calls] == ["GetItem"]


def test_codes_may_be_typed_with_a_space_or_full_width_digits(world: World) -> None:
    page = scan(world)
    first, second = shown_codes(page).values()
    wide = second.translate({ord(digit): ord(digit) - ord("0") + ord("０") for digit in "0123456789"})
    assert enter_codes(world.browser, page, f"{first[:3]} {first[3:]}", wide).heading == "Get your access key"
