"""``firstday.toml``: read once, checked as a whole, then frozen."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from chalicelib.arns import partition_of
from chalicelib.settings import quotas, rules
from chalicelib.settings.administrators import check_administrators, read_administrators
from chalicelib.settings.records import (
    ALLOWED_WITHOUT_MFA,
    RUNTIMES,
    Credentials,
    Daily,
    Domain,
    Mail,
    Settings,
)
from chalicelib.settings.switch_role_groups import GroupsReader, UniqueNames
from chalicelib.settings.table import FILE, Problem, SettingsError, Table
from chalicelib.settings.time_zones import time_zone

FEWEST_KEY_DAYS = 30


def parse(text: str) -> Settings:
    """The settings written as TOML in ``text``; raises SettingsError with all mistakes."""
    import tomllib  # here, to keep it off the cold start

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
    """The settings in the file at ``path``, in TOML or as packaging writes them; SettingsError has all mistakes."""
    if path.suffix == ".json":
        return read_settings(json.loads(path.read_bytes()))
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
    by_pattern = top.flag("roles_by_pattern", False)
    partition = partition_of(region) if region else ""
    reader = GroupsReader(accounts, identity_account, partition, prefix, roles_by_pattern=by_pattern)
    read_groups = tuple(reader.read(table) for table in top.tables("groups"))
    settings = Settings(
        organisation=organisation,
        contact=top.text("contact", rules.contact),
        region=region,
        languages=top.texts("languages", rules.language),
        identity_account=identity_account,
        accounts=accounts,
        groups=read_groups,
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
        administrators=read_administrators(top, read_groups, identity_account),
        roles_by_pattern=by_pattern,
        mail=_read_mail(top, region),
        access_key_days=_read_access_key_days(top),
    )
    _check_lists(top)
    quotas.check_default_groups(top, settings)
    _check_credentials(top, settings)
    quotas.check_boundary(top, settings)
    check_administrators(top, settings)
    top.close()
    if problems:
        raise SettingsError(problems)
    return settings


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


def _read_access_key_days(top: Table) -> int:
    """0, or long enough that a key is not about to age on the day when it is made."""
    days = top.number("access_key_days", 0, 365, 0)
    if 0 < days < FEWEST_KEY_DAYS:
        top.complain(
            "access_key_days",
            f"{days} is too short: members are told days before.",
            f"Write {FEWEST_KEY_DAYS} to 365, or 0.",
        )
    return days


def _read_domain(top: Table, region: str, account_id: str) -> Domain | None:
    if "domain" not in top.values:
        top.ignore("domain")
        return None
    table = top.table("domain")
    certificate_arn = table.text("certificate_arn", rules.certificate_in(region, account_id))
    domain = Domain(table.text("name", rules.domain_name), certificate_arn)
    table.close()
    return domain


def _read_mail(top: Table, region: str) -> Mail | None:
    """The table, if there is one; without it, no mail is sent."""
    if "mail" not in top.values:
        top.ignore("mail")
        return None
    from chalicelib.settings.mail import read_mail  # here, to keep it off the cold start

    return read_mail(top.table("mail"), region)


def _read_tags(top: Table) -> dict[str, str]:
    if "tags" not in top.values:
        top.ignore("tags")
        return {}
    table = top.table("tags")
    names = UniqueNames("Keep one of the two: IAM tells tags apart by more than capitals.")
    for name in table.values:
        if complaint := rules.tag_key(name):
            table.complain(name, *complaint)
        names.claim(table, name, name)
    if len(table.values) > quotas.TAGS:
        top.complain("tags", f"There are {len(table.values)}, of {quotas.TAGS}.", "Keep the most important ones.")
    return {name: table.text(name, rules.tag_value) for name in table.values}


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
