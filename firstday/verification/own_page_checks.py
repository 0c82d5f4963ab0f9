"""The robot comes back: it opens its own page, moves to a new phone there, and removes the old one."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from chalicelib.audit import Action
from chalicelib.settings.records import Role
from firstday.verification import aws_files
from firstday.verification.answers import Key
from firstday.verification.browser import Browser, Page
from firstday.verification.device import Device
from firstday.verification.key_checks import with_a_code
from firstday.verification.patient_browser import JourneyStopped, PatientBrowser, find, needed, where
from firstday.verification.portal_checks import answer_words, asked, check_cookie, check_refused
from firstday.verification.registering_device import Registered, register
from firstday.verification.result_lines import Line, failed, passed
from firstday.verification.robot import Granted, Robot

LINK = "/member/link"
# What a whole visit leaves in the audit trail.
VISITED = (
    Action.OWN_LINK_ISSUED,
    Action.OWN_PAGE_OPENED,
    Action.MFA_PROVED,
    Action.DEVICE_ADDED,
    Action.DEVICE_REMOVED,
    Action.OWN_PAGE_CLOSED,
)
# The portal takes one try a minute.
A_MINUTE = 61.0
_SERIAL_NUMBER = re.compile(r"arn:[\w:-]+:mfa/[\w+=,.@/-]+")


@dataclass(frozen=True, slots=True)
class OwnPageChecks:
    """``new_browser`` gives a browser at the portal without cookies; ``assumed`` are the roles that work."""

    robot: Robot
    portal_url: str
    new_browser: Callable[[], Browser]
    assumed: tuple[Granted, ...]

    def check(self, session: Key | None) -> tuple[Action, ...]:
        """What the audit trail then has to have: nothing if the visit ended early."""
        robot = self.robot
        text = "Without MFA, the portal refuses a link to the member's own page"
        check_refused(robot, self.portal_url, robot.key, LINK, "own_link_without_mfa", text, method="POST")
        token = _token(robot, self.portal_url, session) if session else None
        if token is None:
            return ()
        browser = self.new_browser()
        try:
            _Visit(robot, PatientBrowser(browser, robot.clock), self.assumed).walk(token)
        except JourneyStopped as stopped:
            robot.lines.add(failed("own_page", f"The visit of the own page stopped early. {stopped}"))
            return ()
        robot.lines.add(check_cookie(self.portal_url, browser.set_cookies, "firstday-own"))
        robot.lines.add(_check_spent(self.new_browser(), token))
        return VISITED


def _token(robot: Robot, portal_url: str, session: Key) -> str | None:
    """That of a link; None, after a line about it, if the portal gives none."""
    answer = robot.clock.until(
        lambda one: one.status == 200, lambda: asked(robot, portal_url, session, LINK, method="POST")
    )
    _, mark, token = answer.text.strip().partition("/me#")
    if answer.status == 200 and mark:
        return token
    text = "With MFA, the portal gives no link to the member's own page"
    robot.lines.add(failed("own_page", text, answered=answer_words(answer)))
    return None


def _check_spent(browser: Browser, token: str) -> Line:
    form = find(browser.get("me"), "me")
    page = browser.submit(form, token=token) if form else browser.get("me")
    if page.status == 403:
        text = "The link to the own page is spent: it opens nothing a second time"
        return passed("own_link", text, answered=page.heading)
    return failed("own_link", "The link to the own page is not spent", answered=f"{page.status} {page.heading}")


@dataclass(frozen=True, slots=True)
class _Visit:
    """``pages`` has no cookie yet."""

    robot: Robot
    pages: PatientBrowser
    assumed: tuple[Granted, ...]

    def walk(self, token: str) -> None:
        """From the link to signing out; raises JourneyStopped."""
        overview = self._open(token)
        added = self._move(overview)
        self._check_works(added)
        self._remove(added.page)
        over = self.pages.submit(needed(self.pages.get("me/overview"), "sign-out"))
        if self.pages.get("me/overview").status != 403:
            raise JourneyStopped(where(over, "After signing out, the own page is still open"))

    def _open(self, token: str) -> Page:
        page = self.pages.submit(needed(self.pages.get("me"), "me"), token=token)
        if serials(page) != {self.robot.serial_number}:
            raise JourneyStopped(where(page, "It does not show the robot's MFA device"))
        self._tell("own_page", "With MFA, the portal gives a link that opens the member's own page", page.heading)
        return page

    def _move(self, overview: Page) -> Registered:
        """To a new phone, for two codes of the one there is."""
        href = next((href for href in overview.links if "instead_of=" in href), "me/add-device")
        page, how = proved(self.pages, self.robot.device, self.pages.get(href))
        added = register(self.pages, page)
        text = f"After {how} of the first MFA device, another one is registered"
        self._tell("new_device", text, added.page.heading)
        return added

    def _check_works(self, added: Registered) -> None:
        """The config names the new device, and a role takes its codes."""
        page = self.pages.get("me/config")
        try:
            config = aws_files.profiles(page.by_id.get("config-text", ""))
        except aws_files.Unreadable as error:
            raise JourneyStopped(where(page, f"No AWS tool can read the config on it ({error})")) from None
        robot = replace(self.robot, device=added.device, config=config)
        if robot.serial_number in {"", self.robot.serial_number}:
            raise JourneyStopped(where(page, "The config on it does not name the new MFA device"))
        for granted in self.assumed[:1]:
            self._try_role(robot, granted.role)

    def _try_role(self, robot: Robot, role: Role) -> None:
        check = "new_device_role"
        answer = with_a_code(robot, lambda code: robot.assume(role, robot.key, code=code))
        if answer.is_allowed:
            text = "With a code of the new device, which the config names, the role is assumed"
            robot.lines.add(passed(check, text, role.profile, robot.serial_number))
        else:
            text = "With a code of the new device, which the config names, the role is refused"
            robot.lines.add(failed(check, text, role.profile, answer.words))

    def _remove(self, page: Page) -> None:
        """The new device was proved as it was registered, so this takes no codes."""
        page = self.pages.submit(needed(page, "remove-device"))
        if page.status != 200 or self.robot.serial_number in serials(page) or not serials(page):
            raise JourneyStopped(where(page, "The former MFA device is not removed"))
        self._tell("device_removed", "The former MFA device is removed, and the new one stays", page.heading)

    def _tell(self, check: str, text: str, answered: str) -> None:
        self.robot.lines.add(passed(check, text, answered=answered))


def proved(pages: PatientBrowser, device: Device, page: Page) -> tuple[Page, str]:
    """First with the next codes, which AWS probably takes although they are early; else as they are shown."""
    code1, code2 = device.two_next_codes()
    following = pages.submit(needed(page, "add-device"), code1=code1, code2=code2)
    if "secret-key" in following.by_id:
        return following, "the next two codes, early,"
    pages.clock.pause(A_MINUTE)
    code1, code2 = device.two_fresh_codes()
    shown = pages.submit(needed(following, "add-device"), code1=code1, code2=code2)
    return shown, "two codes as they were shown"


def serials(page: Page) -> set[str]:
    """The serial numbers on the page."""
    return set(_SERIAL_NUMBER.findall(page.text))
