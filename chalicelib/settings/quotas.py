"""Limits on number and length: whether IAM's quotas allow values that are each valid by themselves.

Quotas: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

from collections.abc import Iterable

from chalicelib.settings.records import Role, Settings, SwitchRoleGroup
from chalicelib.settings.role_patterns import MFA_AND_OWN_NAME, Conditions, assume_statements, characters
from chalicelib.settings.table import Table

# How much of a policy's longest form is left, in characters, for what the settings put into
# it. IAM takes 10,240 in a role's inline policies, 5,120 in a group's, 6,144 in a managed one.
ROLE_POLICY_ROOM = 10_240 - 2_400
GROUP_POLICY_ROOM = 5_120 - 50
BOUNDARY_ROOM = 6_144 - 970

# The most that the quota "managed policies per role" can be raised to.
MANAGED_POLICIES_A_ROLE = 25
# A user may be in ten groups. The baseline group is one of them, and the group for held members another.
GROUPS_A_MEMBER = 8
# AWS takes 50 on a resource, and adds some of its own.
TAGS = 40
# Path and name together: the console cannot switch to a role if they are longer.
ROLE_PATH_AND_NAME = 64


def check_role(table: Table, role: Role) -> None:
    length = len(role.path + role.role_name)
    if length > ROLE_PATH_AND_NAME:
        message = f"Path and name together have {length} characters, of {ROLE_PATH_AND_NAME}."
        table.complain("role_name", message, "Shorten one: the console could not switch to it.")
    own = [name for name in ("managed_policies", "statements") if table.values.get(name)]
    if role.is_existing:
        for name in own:
            table.complain(name, "An existing role keeps its permissions.", "Remove this, or existing = true.")
    elif role.external_id:
        message = "Firstday makes this role, and its trust policy asks for no external id."
        table.complain("external_id", message, "Remove it, or write existing = true if others make the role.")
    if not own and not role.is_existing:
        message = "The role has no permissions."
        table.complain("managed_policies", message, "List managed policies, or add statements.")
    if len(role.managed_policies) > MANAGED_POLICIES_A_ROLE:
        message = f"There are {len(role.managed_policies)}; a role takes {MANAGED_POLICIES_A_ROLE}."
        table.complain("managed_policies", message, "Write the rest as statements.")
    size = characters(role.statements)
    if size > ROLE_POLICY_ROOM:
        message = f"They take {size} characters, of {ROLE_POLICY_ROOM}."
        table.complain("statements", message, "Make a managed policy of them and list its ARN.")


def check_group(table: Table, group: SwitchRoleGroup, partition: str, *, by_pattern: bool) -> None:
    if table.values.get("roles") == []:
        table.complain("roles", "The group has no role.", "Add [[groups.roles]], or remove the group.")
    granted = _Granted(partition, group.roles, by_pattern, MFA_AND_OWN_NAME)
    if granted.size > GROUP_POLICY_ROOM:
        message = f"The roles take {granted.size} characters, of {GROUP_POLICY_ROOM} in its policy."
        table.complain("roles", message, granted.remedy(GROUP_POLICY_ROOM) or "Make two groups of it.")


def check_default_groups(top: Table, settings: Settings) -> None:
    names = [group.name for group in settings.groups if group.name]
    for index, name in enumerate(settings.default_groups):
        if name and name not in names:
            message = f'There is no group "{name}".'
            top.complain(f"default_groups[{index}]", message, f"There are: {', '.join(names)}.")
    count = len(settings.default_groups)
    if count > GROUPS_A_MEMBER:
        message = f"There are {count}; a member can be in {GROUPS_A_MEMBER}."
        top.complain("default_groups", message, "Put roles that belong together into one group.")


def check_boundary(top: Table, settings: Settings) -> None:
    granted = _Granted(settings.partition, settings.roles, settings.roles_by_pattern)
    if granted.size > BOUNDARY_ROOM:
        message = f"The roles take {granted.size} characters, of {BOUNDARY_ROOM} in the boundary."
        fewer = "Give roles the same path and name in every account, or have fewer roles."
        top.complain("groups", message, granted.remedy(BOUNDARY_ROOM) or fewer)


def arn_characters(arns: Iterable[str]) -> int:
    """How many characters ARNs take as a list in a policy: each has its quotes and its comma."""
    return sum(len(arn) + 3 for arn in arns)


class _Granted:
    """Roles in a policy that allows them to be assumed."""

    def __init__(
        self, partition: str, roles: Iterable[Role], by_pattern: bool, conditions: Conditions | None = None
    ) -> None:
        self._partition, self._roles, self._by_pattern = partition, tuple(roles), by_pattern
        self._conditions = conditions
        self.size = self._characters(by_pattern)

    def remedy(self, room: int) -> str:
        """To name the roles by pattern, if they are not yet and fit then; else nothing."""
        fits = not self._by_pattern and self._characters(True) <= room
        return "Write roles_by_pattern = true at the top of the file." if fits else ""

    def _characters(self, by_pattern: bool) -> int:
        conditions = self._conditions
        return characters(
            assume_statements(self._partition, self._roles, by_pattern=by_pattern, conditions=conditions)
        )
