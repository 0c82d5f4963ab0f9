"""The switch-role groups of ``firstday.toml`` with their roles, and which names in the file are taken."""

from collections.abc import Mapping

from chalicelib.arns import ADMIN_ROLE_NAME
from chalicelib.settings import quotas, rules
from chalicelib.settings.records import Role, SwitchRoleGroup
from chalicelib.settings.statements import read_statement
from chalicelib.settings.table import Complaint, Table

HOUR = 3600


class UniqueNames:
    """Names that have to be unique, whatever their case, and where each was first used."""

    def __init__(self, remedy: str, taken: Mapping[str, str] | None = None) -> None:
        self._remedy = remedy
        self._taken = dict(taken or {})

    def claim(self, table: Table, key: str, name: str, within: str = "") -> None:
        """Report ``name`` at ``key`` if it is taken ``within`` the same account."""
        if not name:
            return
        owner = self._taken.setdefault((within + name).lower(), table.path(key))
        if owner != table.path(key):
            table.complain(key, f'"{name}" is taken by {owner}.', self._remedy)


class GroupsReader:
    """Reads the switch-role groups and remembers the names in them."""

    def __init__(self, accounts: Mapping[str, str], identity_account: str, partition: str, prefix: str) -> None:
        self._accounts = accounts
        self._partition = partition
        self._prefix = prefix
        self._groups = UniqueNames("Choose another name: IAM does not tell them apart, not even by case.")
        self._profiles = UniqueNames("Choose another name: both may meet in one ~/.aws/config.")
        # One role, one profile: a member who needs the roles of two groups is put into both.
        self._roles = UniqueNames(
            "Choose another name, or invite members into both groups: they may be in several.",
            {identity_account + ADMIN_ROLE_NAME: "the role of the portal's administrators"},
        )

    def read(self, table: Table) -> SwitchRoleGroup:
        """The group in ``table``; its mistakes are reported there."""
        name = table.text("name", rules.group_name)
        self._groups.claim(table, "name", name)
        group = SwitchRoleGroup(name, tuple(self._read_role(role) for role in table.tables("roles")))
        quotas.check_group(table, group, self._partition)
        table.close()
        return group

    def _read_role(self, table: Table) -> Role:
        account_id = self._accounts.get(table.text("account", rules.account_in(self._accounts)), "")
        managed_policy = rules.managed_policy_in(self._partition, account_id)
        profile = table.text("profile", rules.profile_after(self._prefix))
        role = Role(
            profile=profile and self._prefix + profile,
            account_id=account_id,
            role_name=table.text("role_name", rules.role_name),
            path=table.text("path", rules.role_path, "/"),
            managed_policies=table.texts("managed_policies", managed_policy, ()),
            statements=tuple(
                read_statement(statement, self._partition)
                for statement in table.tables("statements", required=False)
            ),
            maximum_session_seconds=table.number("maximum_session_seconds", HOUR, 12 * HOUR, HOUR),
            region=table.text("region", rules.region_in(self._partition), "") or None,
            is_existing=table.flag("existing", False),
            external_id=table.text("external_id", external_id_rule, ""),
        )
        self._profiles.claim(table, "profile", role.profile)
        if account_id:
            self._roles.claim(table, "role_name", role.role_name, account_id)
        quotas.check_role(table, role)
        table.close()
        return role


def external_id_rule(value: str) -> Complaint | None:
    """https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html"""
    remedy = "Use letters, digits and + = , . @ : / _ -, from 2 to 1,224 characters."
    return rules.like(r"[\w+=,.@:/-]{2,1224}", value, "is not an external id.", remedy)
