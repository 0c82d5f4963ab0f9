"""Checks the portal itself: its answers to a member's API calls, the spent link, and the audit trail."""

from collections.abc import Collection, Iterable
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from chalicelib.audit import Action
from chalicelib.settings.records import Settings
from firstday.foreign_answers import is_of_aws, stranger_words
from firstday.portal.api import PortalAPI
from firstday.portal.errors import PortalError
from firstday.portal.http import HTTPAnswer, SignedHTTP
from firstday.verification.answers import Key
from firstday.verification.browser import Browser
from firstday.verification.patient_browser import find
from firstday.verification.result_lines import Line, failed, passed
from firstday.verification.robot import Robot

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
# The portal answers it with the words that another command has replaced it. Nothing is issued for it.
CONFIG = "/member/config"
REPLACED = 410
DENIED = frozenset({401, 403})


def check_api(robot: Robot, portal_url: str, session: Key | None) -> None:
    """The member's own route needs MFA; the admin API is closed even with MFA."""
    text = "Without MFA, the portal refuses a member's call"
    check_refused(robot, portal_url, robot.key, CONFIG, "own_config_without_mfa", text)
    if session is None:
        return
    text = "With MFA, the admin API refuses the member"
    check_refused(robot, portal_url, session, "/admin/members", "admin_api", text)
    answer = robot.clock.until(
        lambda one: one.status == REPLACED, lambda: asked(robot, portal_url, session, CONFIG)
    )
    if answer.status == REPLACED:
        robot.lines.add(passed("own_config", "With MFA, the portal answers a member's call"))
    else:
        text = "With MFA, the portal does not answer a member's call as it should"
        robot.lines.add(failed("own_config", text, answered=answer_words(answer)))


def check_link(browser: Browser, invitation_url: str) -> Line:
    """The link of a finished journey opens nothing."""
    form = find(browser.get("start"), "start")
    if form is None:
        return failed("link", "The first page of the portal has no form for the link")
    page = browser.submit(form, token=invitation_url.partition("#")[2])
    if page.status == 410:
        return passed("link", "The invitation link is spent: it opens nothing a second time", answered=page.heading)
    return failed("link", "The invitation link is not spent", answered=f"{page.status} {page.heading}")


def check_cookie(portal_url: str, set_cookies: Iterable[str], base: str = "firstday-session") -> Line:
    """The session's cookie, from the headers of the journey, or of another visit."""
    is_loopback = urlsplit(portal_url).hostname in LOOPBACK
    name = base if is_loopback else f"__Host-{base}"
    line = next((one for one in set_cookies if one.startswith(f"{name}=")), None)
    if line is None:
        return failed("cookie", f"The portal sets no cookie {name}")
    lacks = cookie_faults(line, is_loopback=is_loopback)
    attributes = line.partition(";")[2].strip()
    if lacks:
        return failed("cookie", f"The session cookie {name} is wrong: {', '.join(lacks)}", answered=attributes)
    return passed("cookie", f"The session cookie {name} is the browser's alone", answered=attributes)


def cookie_faults(set_cookie: str, *, is_loopback: bool) -> list[str]:
    """The attributes that the cookie should have and lacks; without TLS, on this machine, it cannot be Secure."""
    try:
        (morsel,) = SimpleCookie(set_cookie).values()
    except (CookieError, ValueError):
        return ["unreadable"]
    wrong = {
        "not HttpOnly": not morsel["httponly"],
        "not SameSite=Strict": morsel["samesite"].lower() != "strict",
        "not Path=/": morsel["path"] != "/",
        "not Secure": not is_loopback and not morsel["secure"],
        "for a whole domain": bool(morsel["domain"]),
        "kept when the browser ends": bool(morsel["expires"] or morsel["max-age"]),
    }
    return [name for name, is_wrong in wrong.items() if is_wrong]


def check_audit(
    api: PortalAPI, settings: Settings, user_name: str, later: Collection[Action], *, has_key: bool
) -> Line:
    """Checks that the robot's first day is recorded, and what it did ``later``; raises PortalError."""
    found = [str(event["action"]) for event in api.audit_events(user_name=user_name)]
    recorded = {*found}
    wanted = [Action.USER_CREATED, Action.INVITATION_CREATED, Action.INVITATION_OPENED, Action.GROUPS_GRANTED]
    # A device that was enabled by a request whose answer was lost is proved, and not enabled, by the next one.
    is_proved = found.count(Action.MFA_PROVED) > (Action.MFA_PROVED in later)
    wanted += later if is_proved else [Action.MFA_ENABLED, *later]
    wanted += [Action.ACCESS_KEY_ISSUED] if has_key else []
    wanted += [Action.PASSWORD_CREATED] if settings.console_password else []
    if missing := [action.value for action in wanted if action not in recorded]:
        return failed("audit", f"The audit trail lacks: {', '.join(missing)}", answered=", ".join(sorted(recorded)))
    return passed("audit", "The audit trail has every step of the robot", answered=", ".join(sorted(recorded)))


def check_refused(
    robot: Robot, portal_url: str, key: Key, path: str, check: str, text: str, *, method: str = "GET"
) -> None:
    """Checks that the portal refuses the request; ``text`` says so."""
    answer = robot.clock.until(
        lambda one: one.status in DENIED, lambda: asked(robot, portal_url, key, path, method=method)
    )
    if answer.status in DENIED:
        robot.lines.add(passed(check, text, answered=answer_words(answer)))
    else:
        robot.lines.add(failed(check, text.replace("refuses", "does not refuse"), answered=answer_words(answer)))


def asked(robot: Robot, portal_url: str, key: Key, path: str, *, method: str = "GET") -> HTTPAnswer:
    """The portal's answer; status 0 if the portal cannot be reached, or something else answers in its place."""
    try:
        answer = SignedHTTP(portal_url, robot.aws.session(key)).send(method, path, None)
    except PortalError as error:
        return HTTPAnswer(0, str(error))
    if is_of_aws(answer.headers):
        return answer
    words = stranger_words(portal_url, answer.status, answer.headers, answer.text, instead_of="the portal")
    return HTTPAnswer(0, words)


def answer_words(answer: HTTPAnswer) -> str:
    """The answer for the report, without a config or a list of members."""
    return f"{answer.status}" if answer.status == 200 else f"{answer.status} {answer.text.strip()[:300]}"
