"""The credentials that the settings offer to members: an access key, ``aws login``, or nothing."""

import configparser
import re
from collections.abc import Callable

import pytest

from chalicelib.settings.records import Credentials
from firstday.verification.browser import Page
from tests.helpers.member_walk import shown_codes
from tests.helpers.worlds import MEMBER, World, in_process_browser, with_settings

Offering = Callable[..., World]


@pytest.fixture
def offering(world: World) -> Offering:
    """The world of an organisation that offers these kinds of credentials."""

    def offer(*kinds: Credentials, console_password: bool = False) -> World:
        return with_settings(world, credentials=kinds, console_password=console_password)

    return offer


def proved(world: World) -> Page:
    """The page that comes after the codes."""
    page = world.browser.submit(world.browser.get("start").form("start"), token=world.invitation.token)
    page = world.browser.submit(page.form("register-device"))
    return world.browser.submit(page.form("codes"), **shown_codes(page))


def plan(page: Page) -> list[str]:
    """The steps that the first page announces."""
    (steps,) = re.findall(r'<ol class="plan">(.*?)</ol>', page.answer.body, re.DOTALL)
    return re.findall(r"<li>(.*?)</li>", steps)


def config(page: Page) -> configparser.ConfigParser:
    found = configparser.ConfigParser()
    found.read_string(page.by_id["config-text"])
    return found


def test_the_kinds_are_offered_in_the_order_of_the_settings(offering: Offering) -> None:
    page = proved(offering(Credentials.AWS_LOGIN, Credentials.ACCESS_KEY, Credentials.NONE))
    assert page.heading == "Choose how your computer signs in"
    places = [page.text.index(words) for words in ("With your console password", "With an access key", "Neither")]
    assert places == sorted(places)
    assert [link for link in page.links if "credentials=" in link] == [
        "/api/config?credentials=aws-login",
        "/api/config?credentials=access-key",
        "/api/config?credentials=none",
    ]


def test_aws_login_has_a_source_profile_of_its_session_alone_and_no_mfa_serial(offering: Offering) -> None:
    world = offering(Credentials.AWS_LOGIN)
    page = proved(world)
    assert page.heading == "Save your config file"
    sections = config(page)
    arn = f"arn:aws:iam::123456789012:user/members/{MEMBER}"
    assert dict(sections[f"profile {MEMBER}"]) == {"login_session": arn, "firstday": "123456789012"}
    assert "mfa_serial" not in sections["profile dev"]
    assert sections["profile dev"]["source_profile"] == MEMBER
    assert sections["profile dev"]["duration_seconds"] == "3600"  # whatever the role's maximum is
    assert f"aws login --profile {MEMBER} --region ap-northeast-1" in page.text
    last = world.browser.get("done")
    assert f"aws login --profile {MEMBER} --region ap-northeast-1" in last.text
    assert "Enter MFA code" not in last.text


def test_what_was_chosen_stays_chosen_on_the_last_page_and_in_another_language(offering: Offering) -> None:
    world = offering(Credentials.ACCESS_KEY, Credentials.AWS_LOGIN)
    proved(world)
    page = world.browser.get("config?credentials=aws-login")
    assert "login_session" in page.by_id["config-text"]
    assert "/api/done?credentials=aws-login" in page.links
    assert any("lang=ja" in link and "credentials=aws-login" in link for link in page.links)


def test_who_comes_back_to_the_config_after_issuing_a_key_is_not_asked_whether_there_is_none(
    offering: Offering,
) -> None:
    world = offering(Credentials.ACCESS_KEY)
    page = proved(world)
    assert "I do not have an access key yet" in world.browser.get("config").text
    world.browser.submit(page.form("access-key"))
    again = world.browser.get("config")
    assert "I do not have an access key yet" not in again.text
    link = next(link for link, text in again.links.items() if text == "Replace my access key")
    assert world.browser.get(link).heading == "You already have an access key"


def test_where_no_key_is_offered_none_is_issued(offering: Offering) -> None:
    world = offering(Credentials.NONE)
    page = proved(world)
    assert page.heading == "Save your config file"
    assert "mfa_serial" in page.by_id["config-text"]
    assert "I do not have an access key yet" not in page.text
    assert world.browser.get("access-key").heading == "Save your config file"
    refused = world.browser.post("access-key", {})
    assert refused.status == 404
    assert world.iam.list_access_keys(UserName=MEMBER)["AccessKeyMetadata"] == []


@pytest.mark.parametrize("asked", ["aws-login", "root", "<b>", ""])
def test_an_address_cannot_choose_what_is_not_offered(offering: Offering, asked: str) -> None:
    world = offering(Credentials.ACCESS_KEY)
    proved(world)
    assert "login_session" not in world.browser.get(f"config?credentials={asked}").by_id["config-text"]


@pytest.mark.parametrize(
    ("kinds", "count"),
    [
        ((Credentials.NONE,), "Step 4 of 5"),
        ((Credentials.AWS_LOGIN,), "Step 4 of 5"),
        ((Credentials.AWS_LOGIN, Credentials.NONE), "Step 4 of 6"),
    ],
)
def test_choosing_is_a_step_where_there_is_a_choice(
    offering: Offering, kinds: tuple[Credentials, ...], count: str
) -> None:
    assert count in " ".join(proved(offering(*kinds)).text.split())


REGISTER = "Register your phone: scan a QR code and enter two codes."
PASSWORD = "Choose a password for the AWS console, if you do not have one yet."
KEY = "Get an access key, if you do not have one yet."
SIGN_IN = "Choose how your computer signs in."
TRY = "Save your config for the AWS CLI, and try your first command."


@pytest.mark.parametrize(
    ("kinds", "console_password", "steps"),
    [
        ((Credentials.ACCESS_KEY,), False, [REGISTER, KEY, TRY]),
        ((Credentials.ACCESS_KEY,), True, [REGISTER, PASSWORD, KEY, TRY]),
        ((Credentials.ACCESS_KEY, Credentials.AWS_LOGIN), True, [REGISTER, PASSWORD, SIGN_IN, TRY]),
        ((Credentials.AWS_LOGIN,), True, [REGISTER, PASSWORD, TRY]),
        ((Credentials.ACCESS_KEY, Credentials.NONE), False, [REGISTER, SIGN_IN, TRY]),
        ((Credentials.NONE,), False, [REGISTER, TRY]),
    ],
)
def test_the_first_page_tells_what_the_member_will_do_and_nothing_else(
    offering: Offering, kinds: tuple[Credentials, ...], console_password: bool, steps: list[str]
) -> None:
    world = offering(*kinds, console_password=console_password)
    assert plan(world.browser.get("start")) == steps


def test_the_plan_is_told_in_japanese_too(offering: Offering) -> None:
    offering(Credentials.ACCESS_KEY, Credentials.AWS_LOGIN, console_password=True)
    assert plan(in_process_browser("ja").get("start")) == [
        "スマートフォンを登録します。QR コードを読み取り、コードを 2 つ入力します。",
        "AWS コンソールのパスワードがまだなければ、設定します。",
        "パソコンからのサインイン方法を選びます。",
        "AWS CLI の設定ファイルを保存して、最初のコマンドを試します。",
    ]
