"""A browser that keeps no cookies is told so, and not that its session is over."""

from datetime import timedelta

import pytest

from firstday.verification.browser import Browser, Page
from tests.helpers.console_administrator import sign_in_token
from tests.helpers.worlds import PORTAL_URL, World, in_process, in_process_browser


class Forgetful(Browser):
    """It keeps no cookie that it is sent."""

    def _load(self, method: str, address: str, body: str) -> Page:
        self.cookies.clear()
        return super()._load(method, address, body)


def forgetful(language: str = "en") -> Browser:
    return Forgetful(in_process, PORTAL_URL, language=language)


@pytest.mark.parametrize(("language", "cookies"), [("en", "cookies"), ("ja", "Cookie")])
def test_a_member_reads_that_cookies_are_the_cause_and_that_the_link_still_works(
    world: World, language: str, cookies: str
) -> None:
    browser = forgetful(language)
    for _ in range(2):
        page = browser.submit(browser.get("start").form("start"), token=world.invitation.token)
        assert page.status == 403
        assert cookies in page.heading
    page = world.browser.submit(world.browser.get("start").form("start"), token=world.invitation.token)
    assert page.heading == "Register your phone"


def test_an_administrator_reads_it_too_and_what_to_run(world: World) -> None:
    browser = forgetful()
    form = browser.get("console/sign-in").form("sign-in")
    page = browser.submit(form, token=sign_in_token(world.portal))
    assert (page.status, page.heading) == (403, "Your browser keeps no cookies")
    assert "The sign-in link is used up." in page.text
    assert "firstday console" in page.text


@pytest.mark.parametrize("began", [None, "", "x", "٢" * 10, "0", "9" * 30])
def test_without_a_session_that_began_just_now_cookies_are_not_blamed(world: World, began: str | None) -> None:
    address = "register-device" if began is None else f"register-device?began={began}"
    assert world.browser.get(address).heading == "Open your invitation link again"


def test_a_page_that_was_left_open_does_not_blame_cookies(world: World) -> None:
    answer = world.browser.submit(world.browser.get("start").form("start"), token=world.invitation.token)
    assert answer.heading == "Register your phone"
    began = int(world.portal.now().timestamp())
    world.clock.lead += timedelta(minutes=2)
    page = in_process_browser().get(f"register-device?began={began}")
    assert page.heading == "Open your invitation link again"
