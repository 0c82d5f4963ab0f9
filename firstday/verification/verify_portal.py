"""``firstday verify``: a robot member's first day in the deployed portal, and what it then may and may not do."""

from collections.abc import Callable
from dataclasses import dataclass, field

from chalicelib.audit import Action
from chalicelib.settings.quotas import GROUPS_A_MEMBER
from chalicelib.settings.records import Settings, SwitchRoleGroup
from firstday.account_names import account_words
from firstday.portal.api import PortalAPI
from firstday.portal.errors import PortalError
from firstday.verification import (
    key_checks,
    own_page_checks,
    portal_checks,
    robot_removal,
    role_checks,
    trust_checks,
)
from firstday.verification.answers import AWS
from firstday.verification.browser import Browser
from firstday.verification.clock import Clock
from firstday.verification.interruption import Interruption
from firstday.verification.patient_browser import JourneyStopped
from firstday.verification.result_lines import Lines, failed, passed, unseen
from firstday.verification.robot import Granted, Robot
from firstday.verification.robot_journey import Baggage, Journey
from firstday.verification.trust_checks import SessionOf


@dataclass(frozen=True, slots=True)
class Verification:
    """One run. ``new_browser`` gives a browser at the portal that has no cookies yet.

    ``session_of`` leads from an account to a session that may look at its roles, or to None.
    """

    api: PortalAPI
    settings: Settings
    aws: AWS
    clock: Clock
    lines: Lines
    new_browser: Callable[[], Browser]
    session_of: SessionOf
    user_name: str = field(default_factory=robot_removal.new_name)

    @property
    def groups(self) -> tuple[SwitchRoleGroup, ...]:
        """As many groups of the settings as one member can be in."""
        return self.settings.groups[:GROUPS_A_MEMBER]

    def run(self, interruption: Interruption) -> None:
        """Try everything, and always remove the robot; KeyboardInterrupt if somebody stops the run."""
        self._remove_earlier()
        interruption.finally_do(self._walk, self._remove)

    def _walk(self) -> None:
        try:
            self._try_everything()
        except JourneyStopped as stopped:
            self.lines.add(failed("journey", f"The journey stopped early. {stopped}"))
        except PortalError as error:
            self.lines.add(failed("portal", "It cannot go on", answered=str(error)))

    def _try_everything(self) -> None:
        names = [group.name for group in self.groups]
        link = str(self.api.create_invitation(self.user_name, names, passcode=False)["invitation_url"])
        self.lines.add(passed("invitation", f"The robot {self.user_name} is invited", answered=", ".join(names)))
        browser = self.new_browser()
        baggage = Journey(browser, self.settings, self.clock, self.lines.add).walk(link)
        self.lines.add(portal_checks.check_cookie(self.api.url, browser.set_cookies))
        self.lines.add(portal_checks.check_link(self.new_browser(), link))
        later, has_key = self._try_credentials(baggage), baggage.key is not None
        self.lines.add(portal_checks.check_audit(self.api, self.settings, self.user_name, later, has_key=has_key))
        self._tell_untried()

    def _try_credentials(self, baggage: Baggage) -> tuple[Action, ...]:
        """What the audit trail then has to have."""
        if baggage.key is None:
            text = "Without an access key, nothing can be tried in AWS: the settings offer members none"
            self.lines.add(unseen("key_without_mfa", text))
            return ()
        granted = tuple(
            Granted(group, role, account_words(self.settings, role.account_id))
            for group in self.groups
            for role in group.roles
        )
        check = self.clock.until(lambda one: not one["may_be_propagating"], lambda: self.api.check(self.user_name))
        robot = Robot(
            user_name=self.user_name,
            settings=self.settings,
            aws=self.aws,
            key=baggage.key,
            device=baggage.device,
            config=baggage.config,
            granted=granted,
            portal_check=check,
            clock=self.clock,
            lines=self.lines,
        )
        key_checks.check_key(robot)
        key_checks.check_session_without_mfa(robot)
        session = key_checks.session_with_mfa(robot)
        assumed = role_checks.check_roles(robot, session) if session else ()
        trust_checks.check_trust(robot, self.session_of)
        portal_checks.check_api(robot, self.api.url, session)
        visit = own_page_checks.OwnPageChecks(robot, self.api.url, self.new_browser, assumed)
        return visit.check(session)

    def _tell_untried(self) -> None:
        if untried := [group.name for group in self.settings.groups[GROUPS_A_MEMBER:]]:
            text = f"A member can be in {GROUPS_A_MEMBER} groups: these were not tried: {', '.join(untried)}"
            self.lines.add(unseen("groups", text))

    def _remove_earlier(self) -> None:
        for name in robot_removal.earlier_robots(self.api):
            line = robot_removal.removed(self.api, name, self.clock.pause, whose="The robot of an earlier run")
            self.lines.add(line)

    def _remove(self) -> None:
        self.lines.add(robot_removal.removed(self.api, self.user_name, self.clock.pause))
