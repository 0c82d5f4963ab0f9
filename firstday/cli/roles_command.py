"""The command ``roles``: other people's roles, written down for ``firstday.toml``."""

from collections.abc import Mapping
from pathlib import Path

import click

from firstday.cli.options import ACCOUNT_PROFILE, JSON, SETTINGS, settings_of
from firstday.cli.terminal import say, surroundings

__all__ = ["roles"]


@click.group()
def roles() -> None:
    """Find roles that others manage.

    \b
    Example:
      firstday roles import --account-profile stg=staging-admin
    """


@roles.command("import")
@ACCOUNT_PROFILE
@SETTINGS
@JSON
def _import(account_profiles: Mapping[str, str], settings_file: Path | None, as_json: bool) -> None:
    """Print the roles of accounts that IAM users may assume, as TOML.

    Changes nothing, and writes no file. Comments before each role tell what its trust policy demands, and what it
    leaves open. Roles that trust no IAM user of the identity account are named in the end. It takes the permission
    iam:ListRoles.

    \b
    Example:
      firstday roles import --account-profile stg=staging-admin
    """
    from firstday.aws_sessions import account_id_of, account_sessions
    from firstday.cli.views.proposed_roles_view import proposals_record
    from firstday.existing_roles.account_roles import roles_of_accounts
    from firstday.existing_roles.proposals import proposals
    from firstday.existing_roles.toml_text import toml_text

    if not account_profiles:
        raise click.UsageError("Name the accounts to look into, such as: --account-profile stg=staging-admin")
    settings = settings_of(settings_file)
    accounts = [account_id_of(settings, name) for name in account_profiles]
    found = roles_of_accounts(settings, accounts, account_sessions(settings, None, account_profiles))
    proposed, left_out = proposals(settings, found, surroundings().now())
    text = toml_text(settings, proposed, left_out)
    say(proposals_record(proposed, left_out, text), text, as_json=as_json)
