"""``[administrators]`` in ``firstday.toml``: roles of an identity provider's that administer the portal."""

from collections.abc import Iterable

from chalicelib.arns import ADMIN_ROLE_NAME, matches_role, roles_arn
from chalicelib.settings import rules
from chalicelib.settings.quotas import ROLE_POLICY_ROOM, arn_characters, statement_characters
from chalicelib.settings.records import Administrators, Settings, SwitchRoleGroup
from chalicelib.settings.table import Complaint, Table

# A pattern that begins with less would mean roles that nobody thought of.
_LITERAL = 4
# The portal's functions have roles whose names begin so.
_OWN = "firstday"


def read_administrators(top: Table, groups: Iterable[SwitchRoleGroup], identity_account: str) -> Administrators:
    """The table, if there is one; members must not get into any of its roles."""
    if "administrators" not in top.values:
        top.ignore("administrators")
        return Administrators()
    table = top.table("administrators")
    found = Administrators(table.texts("roles", _pattern, ()), table.texts("help_desk", _pattern, ()))
    members = [role.role_name for group in groups for role in group.roles if role.account_id == identity_account]
    for name, patterns in (("roles", found.roles), ("help_desk", found.help_desk)):
        for index, pattern in enumerate(patterns):
            if taken := next((role for role in members if pattern and matches_role(pattern, role)), None):
                message = f"Members switch to {taken}, and would administer the portal with it."
                table.complain(f"{name}[{index}]", message, "Write a pattern that means administrators alone.")
    table.close()
    return found


def check_administrators(top: Table, settings: Settings) -> None:
    """The policies of the identity account's roles name these roles, to keep members from them."""
    partition, account_id = settings.partition, settings.identity_account
    size = arn_characters(roles_arn(partition, account_id, one) for one in settings.administrators.patterns)
    own = (
        statement_characters(role.statements)
        for role in settings.roles
        if role.account_id == account_id and not role.is_existing
    )
    room = ROLE_POLICY_ROOM - max(own, default=0)
    if size > room:
        message = f"The patterns take {size} characters, of {room} in the policy of a role of the identity account."
        top.complain("administrators", message, "Write fewer patterns, with more wildcards, or shorter statements.")


def _pattern(value: str) -> Complaint | None:
    remedy = 'Write a role\'s name, in which * and ? are wildcards: "AWSReservedSSO_Admin_*".'
    if complaint := rules.like(r"[\w+=,.@*?-]{1,64}", value, "is not a role's name.", remedy):
        return complaint
    begins = value.split("*")[0].split("?")[0]
    if len(begins) < _LITERAL:
        return Complaint(f"{rules.quoted(value)} means too many roles.", f"Begin with {_LITERAL} plain characters.")
    if begins.lower().startswith(_OWN):
        message = f"{rules.quoted(value)} means roles of Firstday's own."
        return Complaint(message, f"Leave it out: {ADMIN_ROLE_NAME} administers the portal anyway.")
    return None
