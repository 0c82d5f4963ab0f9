"""The step of the console password, in an organisation that has it."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import islice

import pytest

from chalicelib.admin.resetting import reset_mfa
from chalicelib.aws.patience import Patience
from chalicelib.settings.records import Credentials
from chalicelib.wiring import use
from firstday.verification.browser import Page
from tests.helpers.admin_calls import basis, user
from tests.helpers.aws_faults import Before, Call, Fault, NotKnownYet, Refuse, Wire, watched
from tests.helpers.console_password import BUSY, CHOOSE, GOOD, SET, at_the_password, choose
from tests.helpers.worlds import MEMBER, World, a_world, deployed, of_admin

HAS_ONE = "You already have a console password"
SIGN_IN = "https://123456789012.signin.aws.amazon.com/console"


@pytest.fixture
def world() -> Iterator[World]:
    with at_the_password() as world:
        yield world


def way_on(page: Page) -> str:
    """The page that follows, without the parameters of its address."""
    return next(link for link, text in page.links.items() if text == "Go on").partition("?")[0]


def told(world: World) -> int:
    """How many events of the audit trail are about a password."""
    items = world.dynamodb.scan(TableName="audit")["Items"]
    return Counter(item["action"]["S"] for item in items)["password.created"]


def test_the_step_follows_the_proof_of_mfa_and_leads_to_the_access_key(world: World) -> None:
    page = world.browser.get("codes")
    assert page.heading == CHOOSE
    assert page.links["/api/access-key"] == "Go on without a console password"
    page = choose(world)
    assert (page.status, page.heading) == (200, SET)
    assert user().password == GOOD
    assert user().password_reset_required is False
    assert way_on(page) == "/api/access-key"
    assert told(world) == 1


def test_the_links_lead_to_the_console_of_the_account_and_to_each_role(world: World) -> None:
    page = choose(world)
    assert SIGN_IN in page.links
    switch = [link for link in page.links if "switchrole" in link]
    assert switch == [
        "https://signin.aws.amazon.com/switchrole"
        "?account=123456789012&roleName=dev-SwitchRole-S3FullAccess&displayName=dev",
        "https://signin.aws.amazon.com/switchrole"
        "?account=210987654321&roleName=stg-SwitchRole-S3ReadOnly&displayName=stg",
    ]


def test_the_rules_are_shown_before_anything_is_chosen(world: World) -> None:
    assert "8 to 128 characters" in world.browser.get("password").by_id["rules"]
    world.iam.update_account_password_policy(MinimumPasswordLength=20, RequireSymbols=True, MaxPasswordAge=90)
    rules = world.browser.get("password").by_id["rules"]
    for words in ("20 to 128 characters", "at least one of these symbols", "within 90 days"):
        assert words in rules
    assert "of these four" not in rules


@pytest.mark.parametrize(
    ("password", "repeated", "heading", "words"),
    [
        ("Tiny-7", None, "This password does not keep to these rules", "8 to 128 characters"),
        ("", None, "This password does not keep to these rules", "8 to 128 characters"),
        ("パスワード-Abc123", None, "This password does not keep to these rules", "no kanji"),
        (GOOD, "another", "The two passwords are not the same", "Type the same one into both fields."),
        (GOOD, "", "The two passwords are not the same", "No password has been set."),
    ],
)
def test_a_password_that_will_not_do_is_refused_and_not_repeated(
    world: World, password: str, repeated: str | None, heading: str, words: str
) -> None:
    page = choose(world, password, repeated)
    assert (page.status, page.heading) == (400, CHOOSE)
    assert heading in page.text
    assert words in page.by_id["problem"]
    assert not password or password not in page.answer.body
    assert user().password is None
    assert told(world) == 0
    assert choose(world).heading == SET


def test_what_iam_refuses_by_a_rule_of_its_own_is_said(world: World) -> None:
    with watched(world.portal, Refuse("CreateLoginProfile", "PasswordPolicyViolation")):
        page = choose(world)
    assert (page.status, page.heading) == (400, CHOOSE)
    assert "AWS did not accept this password" in page.text
    assert GOOD not in page.answer.body


def test_who_has_a_password_keeps_it(world: World) -> None:
    form = world.browser.get("password").form("password")
    world.iam.create_login_profile(UserName=MEMBER, Password="an-Earlier-one-1")
    user().create_date -= timedelta(days=1)  # moto uses it as the date of the password
    for page in (world.browser.get("password"), world.browser.submit(form, password=GOOD, repeated=GOOD)):
        assert (page.status, page.heading) == (200, HAS_ONE)
        assert "Forgotten it? Ask" in page.text
        assert SIGN_IN in page.links
    assert user().password == "an-Earlier-one-1"
    assert told(world) == 0


def test_of_two_passwords_sent_at_once_the_first_counts(world: World) -> None:
    form = world.browser.get("password").form("password")
    pages = [world.browser.submit(form, password=each, repeated=each) for each in (GOOD, "another-One-2")]
    assert [page.heading for page in pages] == [SET, SET]
    assert user().password == GOOD


def test_a_password_is_chosen_in_the_same_moment_by_two_tabs(world: World) -> None:
    form = world.browser.get("password").form("password")
    other = Before(
        "CreateLoginProfile", lambda: world.iam.create_login_profile(UserName=MEMBER, Password="the-Other-tab-1")
    )
    with watched(world.portal, other):
        assert world.browser.submit(form, password=GOOD, repeated=GOOD).heading == SET
    assert user().password == "the-Other-tab-1"


def test_the_language_can_be_changed_on_every_page_of_the_step(world: World) -> None:
    pages = [world.browser.get("password"), choose(world, "Tiny-7"), choose(world)]
    assert [[link for link in page.links if "lang=ja" in link] for page in pages] == [["/api/password?lang=ja"]] * 3


def test_without_the_setting_there_is_no_such_page() -> None:
    with at_the_password(console_password=False) as world:
        fields = {"password": GOOD, "repeated": GOOD}
        for page in (world.browser.get("password"), world.browser.post("password", fields)):
            assert (page.status, page.heading) == (404, "This page does not exist")
            assert GOOD not in page.answer.body
        assert user().password is None


@pytest.mark.parametrize(
    ("credentials", "following"),
    [
        ((Credentials.NONE,), "/api/config"),
        ((Credentials.AWS_LOGIN,), "/api/config"),
        ((Credentials.AWS_LOGIN, Credentials.ACCESS_KEY), "/api/access-key"),
    ],
)
def test_the_way_on_is_that_of_the_credentials(credentials: tuple[Credentials, ...], following: str) -> None:
    with at_the_password(credentials=credentials) as world:
        may_skip = credentials != (Credentials.AWS_LOGIN,)
        assert ("Go on without" in world.browser.get("password").text) is may_skip
        assert way_on(choose(world)) == following


def test_before_mfa_is_proved_there_is_no_password_to_choose() -> None:
    with deployed() as here:
        world = a_world(replace(here, settings=replace(here.settings, console_password=True)))
        use(world.portal)
        stranger = world.another_browser()
        world.browser.post("start", {"token": world.invitation.token})
        for browser in (world.browser, stranger):
            fields = {"password": GOOD, "repeated": GOOD}
            for page in (browser.get("password"), browser.post("password", fields), browser.post("password", {})):
                assert (page.status, page.heading) == (403, "Open your invitation link again")
        assert user().password is None


def test_after_a_reset_the_old_session_chooses_none_and_a_password_stays(world: World) -> None:
    form = world.browser.get("password").form("password")
    world.iam.create_login_profile(UserName=MEMBER, Password=GOOD)
    reset_mfa(of_admin(world.portal), user_name=MEMBER, with_passcode=False, basis=basis())
    page = world.browser.submit(form, password="another-One-2", repeated="another-One-2")
    assert (page.status, page.heading) == (403, "Open your invitation link again")
    assert user().password == GOOD


# A member who has a password is not asked whether they have none.
NONE_YET = "I have no console password yet"
BOTH = (Credentials.ACCESS_KEY, Credentials.AWS_LOGIN)


def ways_on(world: World, page: Page) -> Iterator[Page]:
    """The pages that a member comes to from that of the password, by the links and forms on them."""
    link = next(link for link, text in page.links.items() if text.startswith("Go on"))
    choice = world.browser.get(link)
    yield choice
    if "config" in link:  # where there is nothing to choose
        return
    login = world.browser.get(next(link for link in choice.links if "credentials=aws-login" in link))
    yield login
    yield world.browser.get(next(link for link in login.links if "lang=ja" in link))
    yield world.browser.get(next(link for link in choice.links if "lang=ja" in link))
    world.browser.get("start?lang=en")
    yield from with_a_key(world, choice)


def with_a_key(world: World, choice: Page) -> Iterator[Page]:
    """The choice again, as a member gets it who has issued a key and sends the form once more."""
    with_key = world.browser.get(next(link for link in choice.links if "credentials=access-key" in link))
    back = next(link for link, text in with_key.links.items() if text == "I do not have an access key yet")
    yield world.browser.get(back)
    form = choice.form("access-key")
    world.browser.submit(form)
    again = world.browser.submit(form)
    assert again.heading == "You already have an access key"
    yield again
    yield world.browser.get(next(link for link in again.links if "lang=ja" in link))
    world.browser.get("start?lang=en")


@pytest.mark.parametrize("credentials", [BOTH, (Credentials.AWS_LOGIN,)])
def test_who_has_just_chosen_a_password_is_not_asked_whether_they_have_none(
    credentials: tuple[Credentials, ...],
) -> None:
    with at_the_password(credentials=credentials) as world:
        for page in ways_on(world, choose(world)):
            assert page.status == 200
            assert all(text not in page.text for text in (NONE_YET, "コンソールのパスワードがまだありません"))


def test_who_had_a_password_before_is_not_asked_either() -> None:
    with at_the_password(credentials=BOTH) as world:
        world.iam.create_login_profile(UserName=MEMBER, Password=GOOD)
        user().create_date -= timedelta(days=1)
        page = world.browser.get("password")
        assert page.heading == HAS_ONE
        assert [NONE_YET in each.text for each in ways_on(world, page)] == [False] * 7


def test_who_went_on_without_one_may_still_choose() -> None:
    with at_the_password(credentials=BOTH) as world:
        choice, login = islice(ways_on(world, world.browser.get("password")), 2)
        last = world.browser.get(next(link for link in login.links if "done?credentials=aws-login" in link))
        for page in (choice, last):
            assert page.links["/api/password"] == NONE_YET
        assert world.browser.get("password").heading == CHOOSE


def test_the_pages_after_the_password_ask_iam_nothing_about_it() -> None:
    with at_the_password(credentials=BOTH) as world:
        page = choose(world)
        with watched(world.portal, Wire()) as wire:
            list(islice(ways_on(world, page), 2))
        assert [call.operation for call in wire.calls] == ["GetItem", "GetItem"]


# Faults.
def patiently(world: World) -> list[Page]:
    """The pages for a member who chooses, tries again when told to, and types the password again when asked to."""
    page, seen = world.browser.get("password"), []
    for _ in range(10):
        seen.append(page)
        if page.heading == SET:
            return seen
        again = [form for form in page.forms if "tries" in form.fields and "lang" not in form.fields]
        if again:
            form = again[0]
            page = world.browser.submit(form) if form.method == "post" else world.browser.get(form.action)
        else:
            page = world.browser.submit(page.form("password"), password=GOOD, repeated=GOOD)
    raise AssertionError([page.heading for page in seen])


def calls() -> list[Call]:
    with at_the_password() as world, watched(world.portal, Wire()) as wire:
        patiently(world)
    return wire.calls


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "call" in metafunc.fixturenames:
        metafunc.parametrize("call", calls(), ids=str)


@pytest.mark.parametrize("fault", Fault, ids=str)
def test_a_call_that_fails_once_changes_nothing_in_the_end(
    world: World, call: Call, fault: Fault, capsys: pytest.CaptureFixture[str]
) -> None:
    check_end(world, call, fault, capsys)


def test_a_lost_reply_changes_nothing_where_botocore_tries_again(
    call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    with at_the_password(Patience(seconds=60, pause=lambda _: None)) as world:
        check_end(world, call, Fault.CUT_AFTER, capsys)


def check_end(world: World, call: Call, fault: Fault, capsys: pytest.CaptureFixture[str]) -> None:
    """The password is set and recorded, and appears nowhere."""
    with watched(world.portal, Wire(call, fault)):
        seen = patiently(world)
    assert user().password == GOOD
    assert told(world) in {1, 2}  # recorded again if it is not known whether it was recorded
    assert {page.status for page in seen if page.heading == BUSY} <= {503}
    assert not [page.heading for page in seen if "Horse" in page.answer.body]
    no_trace(world, capsys)


def test_the_step_makes_seven_calls() -> None:
    assert [call.operation for call in calls()] == [
        *("GetItem", "GetLoginProfile", "GetAccountPasswordPolicy"),
        *("GetItem", "GetAccountPasswordPolicy", "CreateLoginProfile", "TransactWriteItems"),
    ]


def test_a_lost_try_is_told_as_one_and_asks_for_the_password_again(world: World) -> None:
    form = world.browser.get("password").form("password")
    with watched(world.portal, Wire(Call("CreateLoginProfile", 1), Fault.THROTTLED)):
        busy = world.browser.submit(form, password=GOOD, repeated=GOOD)
    assert (busy.status, busy.heading) == (503, BUSY)
    again = busy.form("password")
    assert again.fields.keys() == {"tries", "since"}
    page = world.browser.submit(again)
    assert (page.status, page.heading) == (200, CHOOSE)
    assert "No password has been set yet" in page.text


def test_a_member_who_is_gone_from_iam_is_told(world: World) -> None:
    form = world.browser.get("password").form("password")
    world.clock.lead += timedelta(minutes=2)
    with watched(world.portal, NotKnownYet(is_listed=False)):
        page = world.browser.submit(form, password=GOOD, repeated=GOOD)
    assert (page.status, page.heading) == (409, "Your IAM user no longer exists")
    assert GOOD not in page.answer.body


@pytest.mark.parametrize("code", ["ValidationError", "LimitExceeded", "EntityTemporarilyUnmodifiable"])
def test_nothing_that_goes_wrong_tells_the_password(
    world: World, code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    form = world.browser.get("password").form("password")
    with watched(world.portal, Refuse("CreateLoginProfile", code)):
        page = world.browser.submit(form, password=GOOD, repeated=GOOD)
    assert page.status in {500, 503}
    assert "Horse" not in page.answer.body
    no_trace(world, capsys)


def test_an_unforeseen_error_does_not_tell_the_password_either(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    form = world.browser.get("password").form("password")

    def fail() -> None:
        raise RuntimeError(GOOD)

    with watched(world.portal, Before("CreateLoginProfile", fail)):
        page = world.browser.submit(form, password=GOOD, repeated=GOOD)
    assert (page.status, page.heading) == (500, "Something went wrong on our side")
    assert "Horse" not in page.answer.body
    no_trace(world, capsys)


def test_a_chosen_password_leaves_no_trace(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    pages = [choose(world, "Horse"), choose(world, GOOD, "another"), choose(world), world.browser.get("config")]
    assert not [page.heading for page in pages if "Horse" in page.answer.body]
    no_trace(world, capsys)


def no_trace(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """The password is in no line of the log and in no table."""
    output = capsys.readouterr()
    stored = json.dumps(
        [world.dynamodb.scan(TableName=table)["Items"] for table in ("members", "audit", "console")]
    )
    assert '"action": "GET /password"' in output.out
    for text in (output.out, output.err, stored):
        assert GOOD not in text
        assert "Horse" not in text
