"""The command ``template``: the CloudFormation templates, also for deploying roles without Firstday."""

import json
from pathlib import Path

import click

from firstday.cli.options import PROJECT, SETTINGS, STAGE, settings_of
from firstday.cli.terminal import Failure

__all__ = ["template"]


@click.group()
def template() -> None:
    """Print the CloudFormation templates.

    \b
    Example:
      firstday template target --account stg > stg.json
    """


@template.command("portal")
@STAGE
@SETTINGS
def _portal(stage: str, settings_file: Path | None) -> None:
    """Print the portal's template, for reading.

    Only deploy knows where the code is, as it uploads it.

    \b
    Example:
      firstday template portal > portal.json
    """
    from firstday.cli.deploy_steps import packaged

    settings = settings_of(settings_file)
    with packaged(PROJECT, settings, settings_file, stage) as package:
        click.echo(json.dumps(package.template, indent=2))


@template.command("target")
@click.option("--account", metavar="NAME", required=True, help="A name from [accounts], or an account id.")
@SETTINGS
def _target(account: str, settings_file: Path | None) -> None:
    """Print the template of an account's roles, also for StackSets.

    The administrators of that account deploy it as it is; docs/stacksets.md says how.

    \b
    Example:
      firstday template target --account stg > stg.json
    """
    from firstday.aws_sessions import account_id_of
    from firstday.stack.templates import target_accounts, target_template

    settings = settings_of(settings_file)
    account_id = account_id_of(settings, account)
    if account_id not in target_accounts(settings):
        raise Failure(f"No role of the settings is in the account {account}, so there is nothing to deploy there.")
    click.echo(json.dumps(target_template(settings, account_id), indent=2))
