"""The first day of a member who was an IAM user before: what they had stays, and the config goes with it."""

import re
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest

from chalicelib.wiring import Portal
from firstday.verification.browser import Page
from tests.helpers.admin_calls import call, done, user
from tests.helpers.adopted_members import FORMER_PATH, HARDWARE, PASSKEY, OnlyCodesOf, Owned, adopted, kept
from tests.helpers.aws_faults import Call, Fault, watched
from tests.helpers.checked_member import Checked
from tests.helpers.console_administrator import signed_in
from tests.helpers.console_password import CHOOSE
from tests.helpers.further_devices import all_devices
from tests.helpers.journeys import journey, walk_with
from tests.helpers.member_walk import Walk, begin
from tests.helpers.own_page import CODES, opened
from tests.helpers.returning_member import named_device
from tests.helpers.terminal_in_process import Terminal
from tests.helpers.worlds import MEMBER, World, in_process_browser, invited, with_settings, within

OWN = f"/{MEMBER}"
HAS_KEY, HAS_DEVICE = "You already have an access key", "You already have an MFA device"
DEVICES: tuple[tuple[str, ...], ...] = (
    (),
    ("/Pixel-7_of.Tokyo",),
    ("/phones/Old/iPhone",),
    (OWN,),
    ("/first@example.com", "/phones/Second"),
    (PASSKEY,),
    (PASSKEY, "/phone"),
    (HARDWARE,),
)


# Each device with each number of keys; with a password and groups by turns.
OWNERS = [
    Owned(devices, keys, has_password=number % 2 == 1, groups=("Legacy-Team",) if number % 4 < 2 else ())
    for number, (devices, keys) in enumerate(product(DEVICES, (0, 1, 2)))
]


def with_password_step(here: Portal, owned: Owned) -> World:
    return with_settings(adopted(here, owned), console_password=True)


def walked(world: World, *, has_key: bool = False) -> Walk:
    return Walk(world.browser, world.invitation.token, has_key=has_key).to_the_end()


def config_of(walk: Walk) -> Page:
    (page,) = [page for page in walk.pages if "config-text" in page.by_id]
    return page


def with_key(here: Portal) -> World:
    """A user with two devices and a key, who takes a second key."""
    return adopted(here, Owned(("/phones/first", OWN), keys=1))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "call" in metafunc.fixturenames:
        metafunc.parametrize("call", journey(with_key).calls, ids=str)


@pytest.mark.parametrize("owned", OWNERS, ids=lambda owned: f"{owned.devices} {owned.keys}")
def test_whatever_the_user_had_stays_and_the_config_names_a_device_of_theirs(aws: Portal, owned: Owned) -> None:
    world = with_password_step(aws, owned)
    before = kept(world)
    walk = walked(world, has_key=True)
    after = kept(world)
    assert before["devices"] <= after["devices"]
    assert after["keys"] == before["keys"] or owned.keys == 0
    assert after["groups"] == {*owned.groups, "firstday-members", "developers"}
    assert after["password"] == before["password"] or not owned.has_password
    assert (CHOOSE in walk.headings) == (not owned.has_password)
    with_codes = [serial for serial in owned.serial_numbers if serial != PASSKEY]
    named = named_device(config_of(walk).by_id["config-text"])
    assert named in (with_codes or [f"arn:aws:iam::123456789012:mfa{OWN}"])
    assert (HAS_DEVICE in walk.headings) == bool(with_codes)


def key_ids(world: World) -> list[str]:
    return sorted(key for key, status in kept(world)["keys"] if status == "Active")


def at_the_codes(world: World) -> Page:
    page = begin(world)
    return world.browser.submit(page.form("register-device"))


def at_the_key(world: World) -> Page:
    """The page of the access key, after two codes."""
    walk = walked(world, has_key=True)
    return next(page for page in walk.pages if page.heading in (HAS_KEY, "Get your access key"))


def test_who_keeps_the_key_is_told_under_which_section_the_config_looks_for_it(aws: Portal) -> None:
    world = adopted(aws, Owned(("/phone",), keys=1))
    walk = walked(world, has_key=True)
    (key,) = key_ids(world)
    page = walk.pages[walk.headings.index(HAS_KEY)]
    assert key in page.text
    assert "It stays as it is, wherever you use it" in page.text
    config = config_of(walk)
    assert f"looks for it in the section [{MEMBER}]" in config.text
    assert f"[profile {MEMBER}]\n" in config.by_id["config-text"]
    copied = "aws configure set aws_secret_access_key $(aws configure get aws_secret_access_key --profile default)"
    assert f"{copied} --profile {MEMBER}\n" in config.text


def test_a_new_key_is_made_beside_the_one_that_stays(aws: Portal) -> None:
    world = adopted(aws, Owned(("/phone",), keys=1))
    (before,) = key_ids(world)
    form = at_the_key(world).form("access-key")
    page = world.browser.submit(form)
    new = page.by_id["credentials-text"].split()[3]
    assert key_ids(world) == sorted([before, new])
    assert "you already had" not in page.text
    again = world.browser.submit(form)  # sent twice
    assert again.heading == HAS_KEY
    assert new in again.text
    assert key_ids(world) == sorted([before, new])


def test_a_new_key_whose_page_was_lost_is_replaced_and_the_one_from_before_is_not(aws: Portal) -> None:
    world = adopted(aws, Owned(("/phone",), keys=1))
    (before,) = key_ids(world)
    world.browser.submit(at_the_key(world).form("access-key"))
    page = world.browser.submit(world.browser.get("access-key").form("access-key"))
    new = page.by_id["credentials-text"].split()[3]
    assert key_ids(world) == sorted([before, new])
    assert len(kept(world)["keys"]) == 2


@pytest.mark.parametrize("inactive", [0, 1, 2])
def test_with_two_keys_the_member_keeps_both_and_is_offered_no_third(aws: Portal, inactive: int) -> None:
    world = adopted(aws, Owned(("/phone",), keys=2))
    for key in key_ids(world)[:inactive]:
        world.iam.update_access_key(UserName=MEMBER, AccessKeyId=key, Status="Inactive")
    before = kept(world)["keys"]
    page = at_the_key(world)
    assert page.heading == HAS_KEY
    assert all(key in page.text for key, _ in before)
    assert page.text.count("(inactive)") == inactive
    assert not any(form.is_for("access-key") and "lang" not in form.fields for form in page.forms)
    assert "AWS allows two access keys, and you have them" in page.text
    assert ("/api/config" in page.links) == (inactive < 2)
    assert world.browser.post("access-key", {}).heading == HAS_KEY  # not even where the form is sent all the same
    assert kept(world)["keys"] == before


def test_not_even_a_made_up_form_replaces_a_key_from_before(aws: Portal) -> None:
    world = adopted(aws, Owned(("/phone",), keys=1))
    (before,) = key_ids(world)
    at_the_key(world)
    world.browser.post("access-key", {"replace": before})
    world.browser.post("access-key", {"replace": before})
    assert before in key_ids(world)
    assert len(key_ids(world)) == 2


def test_an_inactive_key_from_before_stays_beside_the_new_one(aws: Portal) -> None:
    world = adopted(aws, Owned(keys=1))
    (before,) = key_ids(world)
    world.iam.update_access_key(UserName=MEMBER, AccessKeyId=before, Status="Inactive")
    walk = walked(world)
    assert (before, "Inactive") in kept(world)["keys"]
    assert [walk.credentials.split()[3]] == key_ids(world)


def test_the_codes_of_any_device_do_and_the_config_names_that_one() -> None:
    owned = Owned(("/first@example.com", "/phones/Second", HARDWARE))
    for at_hand in owned.serial_numbers:
        with within(lambda here: adopted(here, owned)) as world:
            page = at_the_codes(world)
            assert "Several MFA devices are registered" in page.text
            assert all(serial in page.text for serial in owned.serial_numbers)
            with watched(world.portal, OnlyCodesOf(at_hand)):
                assert world.browser.submit(page.form("existing-device"), **CODES).heading == "Get your access key"
            assert named_device(world.browser.get("config").by_id["config-text"]) == at_hand


def test_codes_of_none_of_the_devices_are_refused_with_the_names_of_all(aws: Portal) -> None:
    world = adopted(aws, Owned(("/first", "/second")))
    page = at_the_codes(world)
    with watched(aws, OnlyCodesOf("of nobody")):
        page = world.browser.submit(page.form("existing-device"), **CODES)
    assert (page.status, page.heading) == (400, HAS_DEVICE)
    assert "they come from the entry for first, second" in page.text
    assert not kept(world)["groups"] & {"developers"}


@pytest.mark.parametrize("fault", Fault, ids=str)
def test_a_call_that_fails_once_takes_nothing_from_before_and_leaves_one_new_key(
    call: Call, fault: Fault, aws: Portal
) -> None:
    world, walk = walk_with(fault, call, with_key, aws)
    after = kept(world)
    new = walk.credentials.split()[3]
    (before,) = [key for key, status in after["keys"] if key != new and status == "Active"]
    assert after["keys"] == {(before, "Active"), (new, "Active")}
    assert before in " ".join(page.text for page in walk.pages if page.heading == HAS_KEY)
    assert after["devices"] == set(Owned(("/phones/first", OWN)).serial_numbers)
    assert after["groups"] == {"firstday-members", "developers"}


def test_administrators_see_that_a_member_was_adopted_and_from_where(aws: Portal, tmp_path: Path) -> None:
    world = adopted(aws, Owned(("/phone",), keys=1, groups=("Legacy-Team",)))
    member = done("GET", f"members/{MEMBER}")["member"]
    assert member["former_path"] == FORMER_PATH
    assert member["adopted_at"] == member["created_at"]
    assert re.search(
        r"  adopted +\S+ \S+ from /people/tokyo/\n", Terminal(world, tmp_path).run("member", MEMBER).stdout
    )
    page = signed_in(aws).get(f"console/member?user_name={MEMBER}")
    assert "Adopted on" in page.text
    assert FORMER_PATH in page.text
    assert f"firstday release {MEMBER}" in page.text


def test_neither_refresh_nor_check_takes_what_the_member_kept_for_a_fault(aws: Portal) -> None:
    world = adopted(aws, Owned(("/phone", "/second"), keys=2, groups=("Legacy-Team",)))
    for _ in range(2):
        world.clock.lead += timedelta(minutes=20)
        assert done("POST", "refresh", {})["differences"] == []
        assert done("GET", f"members/{MEMBER}")["differences"] == []
        Walk(in_process_browser(), invited(aws).token, has_key=True).to_the_end()
    checked = Checked(world.portal, world.invitation, world.browser)
    checked.deploy()
    found = done("GET", f"members/{MEMBER}/check")
    assert found["is_right"]
    # A policy from before may deny it.
    assert [role["may_assume"] for role in found["roles"]] == [None, None]
    assert "policies from before the adoption" in found["roles"][0]["note"]


def test_a_lost_phone_removes_devices_of_any_name_and_the_next_proof_gives_the_keys_back(aws: Portal) -> None:
    owned = Owned(("/Pixel-7_of.Tokyo", "/phones/Old/iPhone", PASSKEY, HARDWARE), keys=2, groups=("Legacy-Team",))
    world = adopted(aws, owned)
    keys = kept(world)["keys"]
    walked(world, has_key=True)
    reset = done("POST", f"members/{MEMBER}/mfa-reset", {})
    assert {one["name"] for one in reset["removed"] if one["kind"] == "mfa_device"} == set(owned.serial_numbers)
    assert kept(world)["devices"] == set()
    assert {status for _, status in kept(world)["keys"]} == {"Inactive"}
    assert kept(world)["groups"] == {"firstday-members", "Legacy-Team"}
    walk = Walk(in_process_browser(), reset["token"], has_key=True).to_the_end()
    assert kept(world)["keys"] == keys
    assert f"looks for it in the section [{MEMBER}]" in config_of(walk).text


def test_after_a_reset_the_key_of_the_portal_is_the_one_to_go_on_with(aws: Portal) -> None:
    world = adopted(aws, Owned(("/phone",), keys=1))
    (before,) = key_ids(world)
    new = walked(world).credentials.split()[3]
    reset = done("POST", f"members/{MEMBER}/mfa-reset", {})
    walk = Walk(in_process_browser(), reset["token"]).to_the_end()
    (page,) = [page for page in walk.pages if page.heading == HAS_KEY]
    assert new in page.text
    assert before not in page.text
    assert key_ids(world) == sorted([before, walk.credentials.split()[3]])


def test_who_is_in_a_group_from_before_is_not_offboarded_and_the_way_back_is_named(aws: Portal) -> None:
    adopted(aws, Owned(("/phone",), keys=1, groups=("Legacy-Team",)))
    first, way_back = done("GET", f"members/{MEMBER}/offboarding")["obstacles"]
    assert f"remove-user-from-group --user-name {MEMBER} --group-name Legacy-Team" in first
    assert way_back.endswith(f"firstday release {MEMBER}")
    status, answer = call("DELETE", f"members/{MEMBER}")
    assert (status, answer["error"]["message"]) == (409, first)


def test_who_is_in_no_group_from_before_is_offboarded_with_devices_of_any_name(aws: Portal) -> None:
    adopted(aws, Owned(("/phones/Old/iPhone", HARDWARE, PASSKEY), keys=2, has_password=True))
    assert done("GET", f"members/{MEMBER}/offboarding")["obstacles"] == []
    done("DELETE", f"members/{MEMBER}")
    assert user() is None
    assert all_devices(aws) == []


def test_the_own_page_shows_devices_and_keys_from_before_and_adds_a_phone(aws: Portal) -> None:
    world = adopted(aws, Owned(("/phones/Old/iPhone",), keys=2))
    keys = key_ids(world)
    walked(world, has_key=True)
    page = opened(world.browser)
    assert "iPhone" in page.text
    assert "not on this portal" in page.text
    assert all(key in page.text for key in keys)
    assert f"looks for it in the section [{MEMBER}]" in world.browser.get("me/config").text
    form = world.browser.get("me/add-device").form("me/add-device")
    assert world.browser.submit(form, **CODES).heading == "Scan the QR code, then enter two codes"
