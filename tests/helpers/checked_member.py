"""A member whom the check finds nothing wrong with."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from chalicelib.arns import INLINE_POLICY_NAME
from chalicelib.wiring import Portal
from firstday.stack import policies
from firstday.verification.browser import Page
from tests.helpers.admin_calls import first_day
from tests.helpers.worlds import World, a_world

ROLE = "dev-SwitchRole-S3FullAccess"


@dataclass
class Checked(World):
    """A world in which the switch-role groups have their policies, and the identity account its role."""

    def deploy(self) -> None:
        settings = self.portal.settings
        for group in settings.groups:
            self.iam.put_group_policy(
                GroupName=group.name,
                PolicyName=INLINE_POLICY_NAME,
                PolicyDocument=json.dumps(policies.switch_role_group(settings, group)),
            )
        self.create_role()

    def create_role(self, path: str = "/", seconds: int = 43200) -> None:
        self.iam.create_role(
            RoleName=ROLE, Path=path, MaxSessionDuration=seconds, AssumeRolePolicyDocument=self.trust()
        )

    def trust(self, **condition: object) -> str:
        """The role's trust policy; ``condition`` replaces operators, or with None takes them away."""
        policy: Any = policies.role_trust(self.portal.settings)
        kept = {**policy["Statement"][0]["Condition"], **condition}
        policy["Statement"][0]["Condition"] = {name: block for name, block in kept.items() if block}
        return json.dumps(policy)

    def change_trust(self, **condition: object) -> None:
        self.iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=self.trust(**condition))

    def later(self) -> None:
        """Ten minutes pass, so IAM shows every change everywhere."""
        self.clock.lead += timedelta(minutes=10)

    def press(self, **fields: str) -> Page:
        form = self.browser.get("done").form("check")
        return self.browser.submit(form, **fields)


def a_checked_world(here: Portal) -> Checked:
    """A member whose first day is over, in an account that has the role and the groups' policies."""
    world = a_world(here)
    checked = Checked(world.portal, world.invitation, world.browser)
    checked.deploy()
    first_day(checked)
    return checked
