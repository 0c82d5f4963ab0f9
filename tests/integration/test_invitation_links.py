"""Links that are not valid, passcodes, and what a guesser can learn."""

from datetime import timedelta

import pytest

from chalicelib.members.link_tokens import token_text
from firstday.verification.browser import Page
from tests.helpers.aws_faults import Before, Call, Fault, Wire, watched
from tests.helpers.member_walk import shown_codes
from tests.helpers.worlds import MEMBER, PORTAL_URL, World, in_process_browser, invited


def opened(token: str, **fields: str) -> Page:
    browser = in_process_browser()
    return browser.post("start", {"token": token, **fields})


def spoiled(world: World, kind: str) -> str:
    """A token that is invalid in the given way."""
    token = world.invitation.token
    match kind:
        case "expired":
            world.clock.lead += timedelta(days=8)
        case "revoked":
            invited(world.portal)
        case "spent":
            browser = in_process_browser()
            page = browser.post("start", {"token": token})
            page = browser.submit(page.form("register-device"))
            browser.submit(page.form("codes"), **shown_codes(page))
    wrong = {"wrong": token_text(MEMBER, "x" * 52), "of nobody": token_text("nobody", "x" * 52)}
    return wrong.get(kind, token)


KINDS = {
    "wrong": "This invitation link is not right",
    "of nobody": "This invitation link is not right",
    "expired": "This invitation has expired",
    "revoked": "This invitation is no longer valid",
    "spent": "This invitation has already been used",
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_link_that_is_no_good_says_why_after_one_look(world: World, kind: str) -> None:
    token = spoiled(world, kind)
    with watched(world.portal, Wire()) as wire:
        page = opened(token)
    assert page.heading == KINDS[kind]
    assert page.status in {404, 410}
    # The same work for each of them, so that time tells a guesser nothing.
    assert [call.operation for call in wire.calls] == ["GetItem"]
    assert "set-cookie" not in page.answer.headers


@pytest.mark.parametrize("text", ["x" * 43, ".", "\x00💥'\"<", "y" * 4000, "山田.xxx", f"{MEMBER}"])
@pytest.mark.usefixtures("world")
def test_where_no_link_was_pasted_the_page_says_so_and_what_one_looks_like(text: str) -> None:
    page = opened(text)
    assert page.status == 400
    assert "No invitation link was found" in page.text
    assert f"{PORTAL_URL}/start#0" in page.text
    assert page.form("start").fields["token"] == text


def test_nor_is_one_found_that_was_cut(world: World) -> None:
    assert "No invitation link was found" in opened(world.invitation.token[:-1]).text


def test_of_several_links_none_is_chosen(world: World) -> None:
    other = invited(world.portal, "somebody-else")
    page = opened(f"https://portal.example.com/start#{world.invitation.token}\n> {other.token}")
    assert page.status == 400
    assert "There are several invitation links" in page.text


def test_a_link_of_an_earlier_release_opens_whatever_stands_behind_it(world: World) -> None:
    secret = "Xk-" + "a_b" * 13 + "Z"
    invited(world.portal, "hanako.y@example.com", token=secret)
    token = f"hanako.y@example.com.{secret}"
    for text in (f"https://portal.example.com/start#{token}", f"<{token}>", f"{token}Open it today"):
        assert opened(text).heading == "Register your phone"


def test_a_link_whose_secret_was_chosen_by_a_program_opens(world: World) -> None:
    for secret in ("-" * 43, "Az09_-" * 14, "x" * 86, "a" * 52):
        new = invited(world.portal, "chosen", token=secret)
        assert new.token.isalnum()
        assert opened(f"<{new.token}>").heading == "Register your phone"


def test_the_whole_link_may_be_pasted(world: World) -> None:
    assert opened(f" https://portal.example.com/start#{world.invitation.token}\n").heading == "Register your phone"


@pytest.mark.usefixtures("world")
def test_nothing_pasted_is_asked_for_again() -> None:
    page = opened("   ")
    assert page.status == 400
    assert "Your invitation link is missing" in page.text


@pytest.mark.usefixtures("world")
def test_a_form_that_is_too_long_is_refused() -> None:
    page = opened("y" * 17000)
    assert (page.status, page.heading) == (400, "We could not read what was sent")


def test_a_passcode_is_asked_for_and_opens_the_link(world: World) -> None:
    invitation = invited(world.portal, with_passcode=True)
    page = opened(invitation.token)
    assert "passcode" in page.form("start").fields
    assert invitation.passcode
    for typed in (
        invitation.passcode.lower().replace("-", " "),
        "".join(chr(ord(char) + 0xFEE0) for char in invitation.passcode),
        chr(ord(invitation.passcode[0]) + 0xFEE0) + invitation.passcode[1:],
        f"「{invitation.passcode}」\u200f",
    ):
        assert opened(invitation.token, passcode=typed).heading == "Register your phone"


def test_ten_wrong_passcodes_lock_the_invitation_and_say_whom_to_ask(world: World) -> None:
    invitation = invited(world.portal, with_passcode=True)
    for left in range(9, 0, -1):
        page = opened(invitation.token, passcode="WRONG")
        assert page.status == 403
        assert f"You have {left} tr" in page.text
    assert opened(invitation.token, passcode="WRONG").heading == "This invitation is locked"
    assert invitation.passcode
    page = opened(invitation.token, passcode=invitation.passcode)
    assert page.heading == "This invitation is locked"
    assert "aws-admins@example.com" in page.text
    items = world.dynamodb.scan(TableName="audit")["Items"]
    attempts = [item["detail_attempts"]["S"] for item in items if item["action"]["S"] == "passcode.refused"]
    assert sorted(map(int, attempts)) == list(range(1, 11))


def test_guesses_at_once_do_not_undo_the_lock(world: World) -> None:
    invitation = invited(world.portal, with_passcode=True)
    assert invitation.passcode

    def ten_wrong_ones() -> None:
        for _ in range(10):
            opened(invitation.token, passcode="WRONG")

    # The right one has read the record before the wrong ones were counted.
    with watched(world.portal, Before("TransactWriteItems", ten_wrong_ones)):
        assert opened(invitation.token, passcode=invitation.passcode).heading == "AWS is busy"
    assert opened(invitation.token, passcode=invitation.passcode).heading == "This invitation is locked"


def test_opening_with_the_passcode_gives_the_tries_back(world: World) -> None:
    invitation = invited(world.portal, with_passcode=True)
    assert invitation.passcode
    for _ in range(12):
        assert opened(invitation.token, passcode=invitation.passcode).heading == "Register your phone"


def test_a_busy_aws_costs_no_tries(world: World) -> None:
    invitation = invited(world.portal, with_passcode=True)
    assert invitation.passcode
    for _ in range(12):
        with watched(world.portal, Wire(Call("TransactWriteItems", 1), Fault.THROTTLED)):
            assert opened(invitation.token, passcode=invitation.passcode).heading == "AWS is busy"
    assert opened(invitation.token, passcode=invitation.passcode).heading == "Register your phone"


def test_a_member_is_invited_again_long_after_the_first_invitation(world: World) -> None:
    world.clock.lead += timedelta(days=400)
    assert opened(invited(world.portal).token).heading == "Register your phone"


def test_cookies_of_a_parent_domain_do_no_harm(world: World) -> None:
    browser = in_process_browser()
    page = browser.post("start", {"token": world.invitation.token})
    browser.cookies = {"theme": '{"mode": "dark"}', **browser.cookies}
    assert browser.submit(page.form("register-device")).heading.startswith("Scan the QR code")


def test_a_session_ends_with_the_working_day(world: World) -> None:
    browser = in_process_browser()
    page = browser.post("start", {"token": world.invitation.token})
    world.clock.lead += timedelta(hours=8)
    assert browser.submit(page.form("register-device")).heading == "Open your invitation link again"


def test_inviting_again_ends_the_session_of_the_earlier_link(world: World) -> None:
    browser = in_process_browser()
    page = browser.post("start", {"token": world.invitation.token})
    invited(world.portal)
    assert browser.submit(page.form("register-device")).heading == "Open your invitation link again"


@pytest.mark.parametrize("cookie", ["", "x", ".", "a.b", "x" * 4000, "é.é"])
@pytest.mark.usefixtures("world")
def test_a_made_up_session_is_none(cookie: str) -> None:
    browser = in_process_browser()
    browser.cookies["__Host-firstday-session"] = cookie
    assert browser.post("register-device", {}).heading == "Open your invitation link again"
