"""``firstday.toml``: read once, checked as a whole, then frozen."""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from chalicelib.arns import ADMIN_ROLE_NAME, partition_of
from chalicelib.settings import quotas, rules
from chalicelib.settings.records import (
    ALLOWED_WITHOUT_MFA,
    RUNTIMES,
    Credentials,
    Daily,
    Domain,
    Role,
    Settings,
    SwitchRoleGroup,
)
from chalicelib.settings.statements import read_statement
from chalicelib.settings.table import FILE, Problem, SettingsError, Table
from chalicelib.settings.time_zones import time_zone

HOUR = 3600


def parse(text: str) -> Settings:
    """The settings written as TOML in ``text``; raises SettingsError with all mistakes."""
    try:
        values = tomllib.loads(text)
    except RecursionError:
        raise _unreadable("It is nested too deeply.", "Keep to the form of the example.") from None
    except ValueError as error:
        from chalicelib.settings.toml_mistakes import mistake_in  # only needed once something is wrong

        raise SettingsError([mistake_in(text, error)]) from None
    try:
        return read_settings(values)
    except SettingsError as error:
        from chalicelib.settings.lines import line_of  # only needed once something is wrong

        located = [replace(problem, line=line_of(text, problem.key)) for problem in error.problems]
        raise SettingsError(located) from None


def load(path: Path) -> Settings:
    """The settings in the file at ``path``; raises SettingsError with all mistakes."""
    try:
        # Windows' Notepad puts a byte order mark at the beginning; TOML knows none.
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}."
        raise _unreadable(message, "Run this in the folder that firstday.toml is in.") from None
    except UnicodeDecodeError:
        raise _unreadable(f"{path} is not UTF-8 text.", "Save it as UTF-8.") from None
    try:
        return parse(text)
    except SettingsError as error:
        named = [replace(each, key=path.name) if each.key == FILE else each for each in error.problems]
        raise SettingsError(named) from None


def read_settings(values: Mapping[str, object]) -> Settings:
    """The settings in a parsed file; raises SettingsError with all mistakes at once."""
    problems: list[Problem] = []
    top = Table(values, "", problems)
    organisation = top.text("organisation", rules.organisation)
    region = top.text("region", rules.region)
    identity_account = top.text("identity_account", rules.account_id)
    accounts = _read_accounts(top.table("accounts"))
    prefix = top.text("profile_prefix", rules.profile_prefix, "")
    allowed_without_mfa = top.texts("allowed_without_mfa", rules.action, ALLOWED_WITHOUT_MFA)
    groups = _GroupsReader(accounts, identity_account, partition_of(region) if region else "", prefix)
    settings = Settings(
        organisation=organisation,
        contact=top.text("contact", rules.contact),
        region=region,
        languages=top.texts("languages", rules.language),
        identity_account=identity_account,
        accounts=accounts,
        groups=tuple(groups.read(table) for table in top.tables("groups")),
        default_groups=top.texts("default_groups", rules.group_name, ()),
        invitation_days=top.number("invitation_days", 1, 30, 7),
        profile_prefix=prefix,
        credentials=_read_credentials(top),
        daily=_read_daily(top, allowed_without_mfa),
        console_password=top.flag("console_password", False),
        allowed_without_mfa=allowed_without_mfa,
        alarm_email=top.text("alarm_email", rules.email_address, ""),
        audit_event_bus=top.text("audit_event_bus", rules.event_bus_in(region, identity_account), ""),
        maximum_concurrency=top.optional_number("maximum_concurrency", 0, 1000),
        firewall=top.flag("firewall", False),
        runtime=top.text("runtime", rules.one_of(RUNTIMES), ""),
        domain=_read_domain(top, region, identity_account),
        tags=_read_tags(top),
        time_zone=top.text("time_zone", time_zone, ""),
        issuer=top.text("issuer", rules.organisation, organisation),
    )
    _check_lists(top)
    quotas.check_default_groups(top, settings)
    _check_credentials(top, settings)
    quotas.check_boundary(top, settings)
    top.close()
    if problems:
        raise SettingsError(problems)
    return settings


class _Names:
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


def _read_credentials(top: Table) -> tuple[Credentials, ...]:
    names = top.texts("credentials", rules.one_of(Credentials), (Credentials.ACCESS_KEY,))
    return tuple(Credentials(name) for name in names if name)


def _read_daily(top: Table, allowed_without_mfa: tuple[str, ...]) -> tuple[Daily, ...]:
    has_session = "sts:getsessiontoken" in map(str.lower, allowed_without_mfa)
    names = top.texts("daily", rules.one_of(Daily), tuple(Daily) if has_session else (Daily.PROMPT,))
    if Daily.SESSION in names and not has_session:
        top.complain(
            "daily",
            '"session" begins with sts:GetSessionToken, which allowed_without_mfa does not have.',
            'Add it there, or write daily = ["prompt"].',
        )
    return tuple(Daily(name) for name in names if name)


def _read_accounts(table: Table) -> dict[str, str]:
    accounts: dict[str, str] = {}
    for name in table.values:
        if complaint := rules.account_name(name):
            table.complain(name, *complaint)
        account_id = table.text(name, rules.account_id)
        if account_id and account_id in accounts.values():
            table.complain(name, f"{account_id} has a name already.", "Keep one name for it.")
        accounts[name] = account_id
    return accounts


def _read_domain(top: Table, region: str, account_id: str) -> Domain | None:
    if "domain" not in top.values:
        top.ignore("domain")
        return None
    table = top.table("domain")
    certificate_arn = table.text("certificate_arn", rules.certificate_in(region, account_id))
    domain = Domain(table.text("name", rules.domain_name), certificate_arn)
    table.close()
    return domain


def _read_tags(top: Table) -> dict[str, str]:
    if "tags" not in top.values:
        top.ignore("tags")
        return {}
    table = top.table("tags")
    names = _Names("Keep one of the two: IAM tells tags apart by more than capitals.")
    for name in table.values:
        if complaint := rules.tag_key(name):
            table.complain(name, *complaint)
        names.claim(table, name, name)
    if len(table.values) > quotas.TAGS:
        top.complain("tags", f"There are {len(table.values)}, of {quotas.TAGS}.", "Keep the most important ones.")
    return {name: table.text(name, rules.tag_value) for name in table.values}


class _GroupsReader:
    """Reads the switch-role groups and remembers the names in them."""

    def __init__(self, accounts: Mapping[str, str], identity_account: str, partition: str, prefix: str) -> None:
        self._accounts = accounts
        self._partition = partition
        self._prefix = prefix
        self._groups = _Names("Choose another name: IAM does not tell them apart, not even by case.")
        self._profiles = _Names("Choose another name: both may meet in one ~/.aws/config.")
        # One role, one profile: a member who needs the roles of two groups is put into both.
        self._roles = _Names(
            "Choose another name, or invite members into both groups: they may be in several.",
            {identity_account + ADMIN_ROLE_NAME: "the role of the portal's administrators"},
        )

    def read(self, table: Table) -> SwitchRoleGroup:
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
        )
        self._profiles.claim(table, "profile", role.profile)
        if account_id:
            self._roles.claim(table, "role_name", role.role_name, account_id)
        quotas.check_role(table, role)
        table.close()
        return role


def _check_lists(top: Table) -> None:
    for name in ("languages", "allowed_without_mfa", "groups", "credentials", "daily"):
        if top.values.get(name) == []:
            top.complain(name, "The list is empty.", "List at least one.")


def _check_credentials(top: Table, settings: Settings) -> None:
    if Credentials.AWS_LOGIN in settings.credentials and not settings.console_password:
        message = "aws login signs in with a console password, and the portal sets none."
        top.complain("credentials", message, "Write console_password = true, or leave out aws-login.")


def _unreadable(message: str, remedy: str) -> SettingsError:
    return SettingsError([Problem(FILE, message, remedy)])
