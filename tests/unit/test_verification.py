"""The parts of ``firstday verify`` that need no portal: files, answers, codes, cookies, words."""

import signal
from typing import Any
from urllib.parse import parse_qs

import click
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.members import passwords
from chalicelib.members.mfa import code_at
from chalicelib.members.passwords import PasswordPolicy
from chalicelib.settings.reader import load
from chalicelib.wiring import SETTINGS_FILE
from firstday.verification import aws_files, by_hand, robot_removal
from firstday.verification.answers import AWS, ProbeAnswer, answer_of
from firstday.verification.browser import Browser, Page, PageAnswer
from firstday.verification.clock import Clock
from firstday.verification.device import Device
from firstday.verification.interruption import Interruption
from firstday.verification.own_page_checks import proved, serials
from firstday.verification.patient_browser import JourneyStopped, PatientBrowser, find
from firstday.verification.portal_checks import check_cookie, cookie_faults
from firstday.verification.result_lines import Lines, failed, passed, shown, unseen
from firstday.verification.robot import Granted
from firstday.verification.robot_journey import Journey, new_password
from firstday.verification.role_checks import cause
from firstday.verification.verify_portal import Verification
from tests.helpers.fake_portal import BUSY, Script, ok, refused

SETTINGS = load(SETTINGS_FILE)
ROBOT = "firstday-verify-0123abcd"
SEED = "GEZDGNBVGY3TQOJQ"
OPERATIONS = Granted(SETTINGS.groups[1], SETTINGS.groups[1].roles[0], "the account stg (210987654321)")
CONFIG = """\
# firstday:begin 123456789012 Example Corp
[profile dev-simple-user]
region = ap-northeast-1
mfa_serial = arn:aws:iam::123456789012:mfa/dev-simple-user

[profile dev]
role_arn = arn:aws:iam::123456789012:role/dev
role_session_name = dev-simple-user
duration_seconds = 43200
# firstday:end 123456789012 Example Corp
"""


class Time:
    """A clock that moves only while somebody waits."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def now(self) -> float:
        return self.seconds

    def pause(self, seconds: float) -> None:
        self.seconds += seconds


def device(at: float) -> tuple[Device, Time]:
    time = Time(at)
    return Device(SEED, now=time.now, pause=time.pause), time


def test_the_config_is_read_as_aws_tools_read_it() -> None:
    found = aws_files.profiles(CONFIG)
    assert list(found) == ["dev-simple-user", "dev"]
    assert (found["dev"].duration_seconds, found["dev"].role_session_name) == (43200, "dev-simple-user")
    assert found["dev-simple-user"].mfa_serial == "arn:aws:iam::123456789012:mfa/dev-simple-user"
    assert found["dev-simple-user"].role_arn is None


def test_the_key_is_read_from_the_credentials() -> None:
    key = aws_files.access_key("[me]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = a/b+c%d\n")
    assert (key.access_key_id, key.secret_access_key) == ("AKIAEXAMPLE", "a/b+c%d")
    assert "a/b+c%d" not in repr(key)


@pytest.mark.parametrize("text", ["", "no section", "[one]\n[two]\n", "[one]\nregion = x\n"])
def test_a_file_without_one_key_is_unreadable(text: str) -> None:
    with pytest.raises(aws_files.Unreadable):
        aws_files.access_key(text)


def test_what_is_said_of_an_unreadable_file_quotes_nothing_of_it() -> None:
    with pytest.raises(aws_files.Unreadable) as caught:
        aws_files.access_key("[one]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key\nSECRETSECRET\n")
    assert "SECRET" not in str(caught.value)


@given(st.text())
def test_any_text_is_a_config_or_unreadable(text: str) -> None:
    try:
        aws_files.profiles(text)
    except aws_files.Unreadable:
        return


def client_error(code: str, message: str) -> Any:
    def call() -> Any:
        raise ClientError({"Error": {"Code": code, "Message": message}}, "ListUsers")

    return call


def test_a_refusal_says_whether_a_deny_was_it() -> None:
    by_deny = answer_of(
        client_error("AccessDenied", "not authorized, with an\n explicit deny in an identity-based policy")
    )
    by_default = answer_of(client_error("AccessDenied", "because no identity-based policy allows the action"))
    by_organisation = answer_of(client_error("AccessDenied", "with an explicit deny in a service control policy"))
    assert [one.is_denied for one in (by_deny, by_default, by_organisation)] == [True] * 3
    assert [one.is_explicit for one in (by_deny, by_default, by_organisation)] == [True, False, False]
    assert by_organisation.is_elsewhere
    assert by_deny.words.startswith("AccessDenied: not authorized, with an explicit deny")


def test_a_refusal_may_say_nothing_of_who_refused() -> None:
    silent = answer_of(client_error("AccessDenied", "Access Denied"))
    named = answer_of(client_error("AccessDenied", "because no identity-based policy allows the action"))
    assert [one.is_silent for one in (silent, named, ProbeAnswer(None))] == [True, False, False]


def test_what_is_no_refusal_is_neither_allowed_nor_denied() -> None:
    def unreachable() -> Any:
        raise EndpointConnectionError(endpoint_url="https://iam.amazonaws.com/")

    for call in (unreachable, client_error("InvalidClientTokenId", "The security token is invalid.")):
        answer = answer_of(call)
        assert not answer.is_allowed
        assert not answer.is_denied


def test_an_answer_is_asked_for_until_it_is_wanted_or_time_is_up() -> None:
    time, answers = Time(0), iter(range(100))
    clock = Clock(10, time.now, time.pause)
    assert clock.until(lambda one: one == 3, lambda: next(answers)) == 3
    assert time.seconds == 6
    assert clock.until(lambda one: one == -1, lambda: next(answers)) < 10
    assert time.seconds == 16


def test_a_question_that_waits_in_vain_leaves_the_next_one_all_its_patience() -> None:
    time = Time(0)
    clock = Clock(10, time.now, time.pause)
    clock.until(bool, lambda: False)
    assert clock.until(bool, lambda: time.seconds >= 18)


def test_registering_leaves_the_present_code_unused() -> None:
    app, time = device(3000.0)
    assert app.two_codes() == (code_at(SEED, 98), code_at(SEED, 99))
    assert app.code() == code_at(SEED, 100)
    assert app.code() == code_at(SEED, 101)
    assert time.seconds == 3000.0
    assert app.code() == code_at(SEED, 102)
    assert 3030 <= time.seconds < 3031
    assert app.code(ahead=0) == code_at(SEED, 103)
    assert 3090 <= time.seconds < 3091


def test_codes_that_would_grow_too_old_on_their_way_are_not_taken() -> None:
    app, time = device(3027.0)
    assert app.two_codes()[1] == code_at(SEED, 100)
    assert time.seconds == 3030.0


def test_fresh_codes_are_those_that_a_member_types() -> None:
    app, time = device(3000.0)
    app.two_codes()
    assert app.two_fresh_codes() == (code_at(SEED, 100), code_at(SEED, 101))
    assert 3030 <= time.seconds < 3031


def test_the_next_codes_are_there_at_once_and_not_shown_again() -> None:
    app, time = device(3000.0)
    app.two_codes()
    app.code()
    assert app.two_next_codes() == (code_at(SEED, 101), code_at(SEED, 102))
    assert time.seconds == 3000.0
    assert app.two_fresh_codes() == (code_at(SEED, 103), code_at(SEED, 104))
    assert 3120 <= time.seconds < 3121


def test_a_cookie_of_the_browsers_alone_is_fine() -> None:
    assert cookie_faults("__Host-s=x; Path=/; HttpOnly; SameSite=Strict; Secure", is_loopback=False) == []
    assert cookie_faults("s=x; Path=/; HttpOnly; SameSite=Strict", is_loopback=True) == []


@pytest.mark.parametrize(
    ("cookie", "fault"),
    [
        ("s=x; Path=/; SameSite=Strict; Secure", "not HttpOnly"),
        ("s=x; Path=/; HttpOnly; SameSite=Lax; Secure", "not SameSite=Strict"),
        ("s=x; Path=/; HttpOnly; SameSite=Strict", "not Secure"),
        ("s=x; HttpOnly; SameSite=Strict; Secure", "not Path=/"),
        ("s=x; Path=/; HttpOnly; SameSite=Strict; Secure; Domain=example.com", "for a whole domain"),
        ("s=x; Path=/; HttpOnly; SameSite=Strict; Secure; Max-Age=9", "kept when the browser ends"),
        ("", "unreadable"),
    ],
)
def test_what_is_wrong_with_a_cookie_is_named(cookie: str, fault: str) -> None:
    assert cookie_faults(cookie, is_loopback=False) == [fault]


def test_with_tls_the_cookie_has_to_be_bound_to_the_host() -> None:
    line = check_cookie("https://portal.example.com", ["firstday-session=x; Path=/; HttpOnly; SameSite=Strict"])
    assert "sets no cookie __Host-firstday-session" in line.text


def test_no_line_shows_the_cookies_value() -> None:
    cookie = "__Host-firstday-session=secret; Path=/; HttpOnly; SameSite=Strict; Secure"
    assert "secret" not in shown(check_cookie("https://portal.example.com", [cookie]))


@pytest.mark.parametrize(
    ("answered", "seen", "words"),
    [
        (
            "no identity-based policy allows it",
            {"in_place": True},
            "The policy of the group operators does not have",
        ),
        (
            "not authorized",
            {"in_place": None, "may_assume": False},
            "The policy of the group operators does not have",
        ),
        (
            "not authorized",
            {"in_place": False, "may_assume": False},
            "There is no such role in the account stg (210987654321).",
        ),
        (
            "not authorized",
            {"in_place": True, "may_assume": False, "note": "The role’s trust policy does not let this member in."},
            "The role’s trust policy does not let this member in.",
        ),
        ("not authorized", {}, "Either the policy of the group operators does not have the role"),
    ],
)
def test_why_a_role_is_refused_is_told_as_far_as_it_is_known(answered: str, seen: Any, words: str) -> None:
    assert cause(ProbeAnswer("AccessDenied", answered), seen, OPERATIONS).startswith(words)


def test_what_was_changed_by_hand_is_mended_by_what_the_doctor_says() -> None:
    why = cause(ProbeAnswer("AccessDenied", "no identity-based policy allows it"), {}, OPERATIONS)
    assert why == (
        "The policy of the group operators does not have the role stg-SwitchRole-Operations. "
        "firstday doctor says what mends it."
    )


def test_a_password_keeps_to_every_policy() -> None:
    policy = PasswordPolicy(24, True, True, True, True, 3, None)
    assert passwords.broken(policy, new_password()) == ()
    assert new_password() != new_password()


def test_a_name_is_a_robots_only_if_it_is_made_like_one() -> None:
    assert robot_removal.is_robot(robot_removal.new_name())
    for name in ("firstday-verify-", "firstday-verify-jane", "firstday-verify-0123abcde", "dev-simple-user"):
        assert not robot_removal.is_robot(name)


def test_the_robots_of_earlier_runs_are_found_by_their_names() -> None:
    members = [{"user_name": ROBOT}, {"user_name": "firstday-verify-jane"}, {"user_name": f"x-{ROBOT}"}]
    script = Script([ok(members=members, next_cursor=None)])
    assert robot_removal.earlier_robots(script.api) == [ROBOT]


def test_removing_goes_on_until_it_is_done() -> None:
    script = Script([BUSY, PLAN, refused(500, "internal"), PLAN, ok(removed=[{"kind": "iam_user", "name": ROBOT}])])
    line = robot_removal.removed(script.api, ROBOT, script.pauses.append)
    assert (line.outcome, line.answered) == ("passed", "iam user")
    assert [method for method, _, _ in script.asked][-1] == "DELETE"


def test_a_robot_that_is_not_there_is_removed() -> None:
    line = robot_removal.removed(Script([refused(404, "member_unknown")]).api, ROBOT, lambda _: None)
    assert line.outcome == "passed"


def test_what_cannot_be_removed_is_listed_with_the_command_that_removes_it() -> None:
    plan = ok(belongings=[{"kind": "access_key", "name": "AKIAEXAMPLE"}], obstacles=[], basis="b.c.")
    script = Script([*[plan, refused(409, "obstacle", "It is in the group other.")] * robot_removal.TRIES, plan])
    line = robot_removal.removed(script.api, ROBOT, lambda _: None)
    assert line.outcome == "failed"
    assert "Left: access key AKIAEXAMPLE." in line.text
    assert line.answered == "It is in the group other."
    assert f"firstday offboard {ROBOT} --yes" in line.remedy


def test_a_portal_that_answers_nothing_is_told_with_what_there_may_be() -> None:
    script = Script([refused(500, "internal")] * robot_removal.TRIES + [refused(401, "refused")])
    line = robot_removal.removed(script.api, ROBOT, lambda _: None)
    assert f"Left: the member {ROBOT}." in line.text


def test_a_line_shows_its_mark_and_what_was_answered() -> None:
    line = failed("role", "It is refused", "dev", "AccessDenied:\n no\x1b[31m", "Deploy again.")
    assert click.unstyle(shown(line)).splitlines() == [
        "✗ dev: It is refused",
        "    answered: AccessDenied: no\N{REPLACEMENT CHARACTER}[31m",
        "    Deploy again.",
    ]


def test_what_was_not_seen_is_not_counted_as_passed() -> None:
    lines = Lines(lambda _: None)
    assert not lines.is_right
    lines.add(unseen("role", "It cannot be seen"))
    assert not lines.is_right
    lines.add(passed("role", "It is right"))
    assert (lines.is_right, lines.verdict) == (
        True,
        "Everything that was tried is right. 1 passed, 0 failed, 1 not seen (each ? says why).",
    )
    lines.add(failed("role", "It is wrong"))
    assert lines.verdict == "Something is wrong. 1 passed, 1 failed, 1 not seen (each ? says why)."


def test_the_verdict_says_what_would_show_more() -> None:
    lines = Lines(lambda _: None)
    lines.add(passed("role", "It is right"))
    assert lines.verdict.endswith("1 passed, 0 failed, 0 not seen.")
    for account in ("stg", "stg", "prod"):
        lines.add(unseen("role", "It cannot be seen", seen_with=f"--account-profile {account}=PROFILE"))
    lines.add(unseen("groups", "These were not tried"))
    assert lines.verdict.endswith(
        "1 passed, 0 failed, 4 not seen (each ? says why; "
        "--account-profile stg=PROFILE --account-profile prod=PROFILE would show 3)."
    )


def test_steps_for_a_browser_are_told_only_where_there_is_something_to_try() -> None:
    assert by_hand.steps(SETTINGS) == []


def test_a_form_is_found_by_where_it_leads_and_never_the_language_switch() -> None:
    body = (
        '<form method="post" action="/prod/codes"><button name="lang" value="ja">日本語</button></form>'
        '<form method="post" action="/prod/codes"><input name="code1"></form>'
        '<form method="post" action="/prod/codes" data-automatic="3"></form>'
    )
    page = Page(PageAnswer(200, {}, body))
    form = find(page, "codes")
    assert form is not None
    assert form.fields == {"code1": ""}
    assert [one.is_automatic for one in page.forms] == [False, False, True]
    assert find(page, "password") is None


def pages(*answers: PageAnswer) -> tuple[Journey, list[tuple[str, str, str]], Time]:
    """A journey through a portal that gives these answers, what it asks for, and its clock."""
    asked, time, left = [], Time(3000.0), iter(answers)

    def send(method: str, path: str, _headers: dict[str, str], body: str) -> PageAnswer:
        asked.append((method, path, body))
        return next(left)

    browser = Browser(send, "https://portal.example.com/prod")
    return Journey(browser, SETTINGS, Clock(0, time.now, time.pause), lambda _: None), asked, time


START = PageAnswer(200, {}, '<h1>Welcome</h1><form method="post" action="/prod/start"><input name="token"></form>')


def test_where_aws_is_busy_the_page_is_sent_again_as_its_script_does() -> None:
    again = (
        '<h1>AWS is busy</h1><form method="post" action="/prod/start" data-automatic="3">'
        '<input type="hidden" name="token" value="t"><input type="hidden" name="tries" value="1"></form>'
    )
    nothing = PageAnswer(200, {}, "<h1>Nothing here</h1>")
    journey, asked, time = pages(PageAnswer(504, {}, ""), START, PageAnswer(503, {}, again), nothing)
    with pytest.raises(JourneyStopped, match="does not lead to register-device: the page “Nothing here”"):
        journey.walk("https://portal.example.com/prod/start#t")
    assert asked == [
        ("GET", "/prod/start", ""),
        ("GET", "/prod/start", ""),
        ("POST", "/prod/start", "token=t&script=yes"),
        ("POST", "/prod/start", "token=t&tries=1&script=yes"),
    ]
    assert time.seconds == 3006.0


def test_where_aws_takes_no_early_codes_the_robot_waits_a_minute_and_shows_them_in_their_time() -> None:
    form = '<form method="post" action="/prod/me/add-device"><input name="code1"><input name="code2"></form>'
    asks = PageAnswer(400, {}, f"<h1>Move to a new phone</h1>{form}")
    shows = PageAnswer(200, {}, '<h1>Scan the QR code</h1><code id="secret-key">GEZD GNBV</code>')
    journey, asked, time = pages(asks, shows)
    app = Device(SEED, now=time.now, pause=time.pause)
    app.two_codes()
    page, how = proved(PatientBrowser(journey.browser, journey.clock), app, Page(asks))
    assert (page.heading, how) == ("Scan the QR code", "two codes as they were shown")
    codes = [parse_qs(body) for _, _, body in asked]
    assert [one["code2"] for one in codes] == [[code_at(SEED, 101)], [code_at(SEED, 103)]]
    assert 3090 <= time.seconds < 3092


def test_the_serial_numbers_on_a_page_are_read_whole() -> None:
    first = "arn:aws:iam::123456789012:mfa/dev-simple-user"
    page = Page(PageAnswer(200, {}, f"<p>Registered 1 day ago<br><code>{first}-abc</code></p>\n<p>{first}</p>"))
    assert serials(page) == {first, f"{first}-abc"}


def verification(script: Script, browser: Browser) -> Verification:
    time = Time(3000.0)
    return Verification(
        api=script.api,
        settings=SETTINGS,
        aws=AWS("ap-northeast-1"),
        clock=Clock(0, time.now, time.pause),
        lines=Lines(lambda _: None),
        new_browser=lambda: browser,
        session_of=lambda _: None,
        user_name=ROBOT,
    )


INVITED = ok(user_name=ROBOT, token=f"{ROBOT}.t")
PLAN = ok(belongings=[], obstacles=[], basis="b.c.")
REMOVED = ok(removed=[{"kind": "iam_user", "name": ROBOT}])
NO_MEMBERS = ok(members=[], next_cursor=None)


def test_a_journey_that_ends_early_is_a_failure_and_the_robot_is_removed() -> None:
    journey, _, _ = pages(START, PageAnswer(500, {}, "<h1>Something went wrong on our side</h1>"))
    run = verification(Script([NO_MEMBERS, INVITED, PLAN, REMOVED]), journey.browser)
    run.run(Interruption())
    assert [(line.check, line.outcome.value) for line in run.lines.all] == [
        ("invitation", "passed"),
        ("journey", "failed"),
        ("removed", "passed"),
    ]
    assert "the page “Something went wrong on our side” (500)" in run.lines.all[1].text


def test_an_invitation_that_fails_is_removed_as_well_for_it_may_have_taken_effect() -> None:
    journey, _, _ = pages()
    script = Script([NO_MEMBERS, refused(500, "internal", "The portal failed."), PLAN, REMOVED])
    run = verification(script, journey.browser)
    run.run(Interruption())
    assert [(line.check, line.outcome.value) for line in run.lines.all] == [
        ("portal", "failed"),
        ("removed", "passed"),
    ]
    assert [method for method, _, _ in script.asked] == ["GET", "POST", "GET", "DELETE"]


def test_the_robot_is_removed_also_where_the_command_itself_is_wrong() -> None:
    def broken(*_: object) -> PageAnswer:
        raise ZeroDivisionError

    run = verification(Script([NO_MEMBERS, INVITED, PLAN, REMOVED]), Browser(broken, "https://portal.example.com"))
    with pytest.raises(ZeroDivisionError):
        run.run(Interruption())
    assert run.lines.all[-1].check == "removed"


def test_a_robot_of_a_killed_run_is_removed_first() -> None:
    earlier = ok(members=[{"user_name": "firstday-verify-ffffffff"}], next_cursor=None)
    journey, _, _ = pages()
    script = Script([earlier, PLAN, REMOVED, refused(500, "internal"), PLAN, REMOVED])
    run = verification(script, journey.browser)
    run.run(Interruption())
    assert "The robot of an earlier run firstday-verify-ffffffff is removed" in run.lines.all[0].text


def test_the_first_signal_ends_the_work_and_none_ends_the_removal() -> None:
    done: list[str] = []
    interruption = Interruption()

    def body() -> None:
        signal.raise_signal(signal.SIGTERM)
        done.append("went on")

    def remove() -> None:
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)
        done.append("removed")

    former = signal.getsignal(signal.SIGTERM)
    with interruption.heeded(), pytest.raises(KeyboardInterrupt):
        interruption.finally_do(body, remove)
    assert done == ["removed"]
    assert signal.getsignal(signal.SIGTERM) is former
