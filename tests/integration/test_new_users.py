"""IAM may not know a user everywhere for a minute: the portal waits, and deletes and refuses nothing."""

from datetime import timedelta

import pytest

from firstday.verification.browser import Page
from tests.helpers.admin_calls import call, done, user
from tests.helpers.aws_faults import NotKnownYet, Once, watched
from tests.helpers.member_walk import Walk, enter_codes
from tests.helpers.worlds import MEMBER, World

each_list = pytest.mark.parametrize("is_listed", [True, False], ids=["listed", "not even listed"])
A_MINUTE = timedelta(minutes=1)


def at_the_codes(world: World) -> Page:
    page = world.browser.post("start", {"token": world.invitation.token})
    return world.browser.submit(page.form("register-device"))


@each_list
def test_the_journey_goes_on_by_itself(world: World, is_listed: bool) -> None:
    page = at_the_codes(world)
    with watched(world.portal, NotKnownYet(is_listed=is_listed)):
        busy = enter_codes(world.browser, page)
    assert (busy.status, busy.heading) == (503, "AWS is busy")
    assert any(form.is_automatic for form in busy.forms)
    assert len(world.iam.list_virtual_mfa_devices()["VirtualMFADevices"]) == 1
    walked = Walk(world.browser, world.invitation.token, first="register-device").to_the_end()
    assert walked.pages


def test_after_a_minute_somebody_who_is_in_no_list_is_gone_and_their_device_with_them(world: World) -> None:
    page = at_the_codes(world)
    world.clock.lead += A_MINUTE
    with watched(world.portal, NotKnownYet(is_listed=False)):
        gone = enter_codes(world.browser, page)
    assert (gone.status, gone.heading) == (409, "Your IAM user no longer exists")
    assert world.iam.list_virtual_mfa_devices()["VirtualMFADevices"] == []


def test_after_a_minute_somebody_who_is_listed_is_not_allowed_rather_than_gone(world: World) -> None:
    page = at_the_codes(world)
    world.clock.lead += A_MINUTE
    with watched(world.portal, NotKnownYet(is_listed=True)):
        denied = enter_codes(world.browser, page)
    assert (denied.status, denied.heading) == (500, "AWS does not allow this step")
    assert len(world.iam.list_virtual_mfa_devices()["VirtualMFADevices"]) == 1


@each_list
def test_inviting_is_to_be_tried_again_and_then_goes_on(world: World, is_listed: bool) -> None:
    for _ in range(2):  # the first call creates the user, and the second one finds it
        with watched(world.portal, NotKnownYet(is_listed=is_listed)):
            status, answer = call("POST", "invitations", {"user_name": "another"})
        assert (status, answer["error"]["code"]) == (503, "busy")
    assert done("POST", "invitations", {"user_name": "another"})["token"]


def test_a_user_unknown_to_the_group_only_is_waited_for_too(world: World) -> None:
    with watched(world.portal, Once("AddUserToGroup", "NoSuchEntity", "The user with name x cannot be found.")):
        status, answer = call("POST", "invitations", {"user_name": "another"})
    assert (status, answer["error"]["code"]) == (503, "busy")


@each_list
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/offboarding", None),
        ("DELETE", "", None),
        ("POST", "/mfa-reset", {}),
        ("POST", "/suspension", {}),
        ("PUT", "/groups", {"groups": ["operators"]}),
    ],
)
def test_nothing_is_done_to_somebody_whom_iam_does_not_know_yet(
    world: World, method: str, path: str, body: object, is_listed: bool
) -> None:
    with watched(world.portal, NotKnownYet(is_listed=is_listed)):
        status, answer = call(method, f"members/{MEMBER}{path}", body)
    assert (status, answer["error"]["code"]) == (503, "busy")
    assert user() is not None
    assert done("GET", f"members/{MEMBER}")["member"]["state"] == "invited"


def test_the_page_of_a_new_member_says_that_iam_does_not_show_them_yet(world: World) -> None:
    with watched(world.portal, NotKnownYet(is_listed=False)):
        shown = done("GET", f"members/{MEMBER}")
    assert shown["iam"] is None
    assert shown["differences"] == ["IAM does not show this user yet. Look again in a minute."]
