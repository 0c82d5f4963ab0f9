"""The commands ``deploy`` and ``remove``."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from firstday.cli.options import (
    ACCOUNT_PROFILE,
    JSON,
    PROFILE,
    PROJECT,
    SETTINGS,
    STAGE,
    YES,
    progress,
    settings_of,
    with_options,
)
from firstday.cli.terminal import Failure, Interrupted, confirm, say

if TYPE_CHECKING:
    from chalicelib.settings.records import Settings
    from firstday.aws_sessions import SessionOf
    from firstday.deployment.portal import DeployedPortal


@with_options(
    STAGE,
    SETTINGS,
    PROFILE,
    ACCOUNT_PROFILE,
    YES,
    click.option("--allow-data-loss", is_flag=True, help="Go on although something would be lost."),
    JSON,
)
def deploy(
    stage: str,
    settings_file: Path | None,
    profile: str | None,
    account_profiles: Mapping[str, str],
    yes: bool,
    allow_data_loss: bool,
    as_json: bool,
) -> None:
    """Set up the portal in AWS, or bring it up to date.

    Shows what would be created, changed, replaced and removed, and asks. What would lose data is refused. The
    roles of the identity account are deployed with the portal; those of other accounts where a profile is given.

    \b
    Example:
      firstday deploy --profile identity-admin --account-profile stg=staging-admin
    """
    from firstday.aws_sessions import account_sessions
    from firstday.cli.deploy_steps import carried_out, packaged, planned
    from firstday.cli.views.deploy_view import all_losses, deploy_record, left_text, loss_text, next_text, plan_text
    from firstday.deployment.portal import portal_from
    from firstday.stack.templates import target_accounts

    settings = settings_of(settings_file)
    session_of = account_sessions(settings, profile, account_profiles)
    _look_before(settings, session_of)
    left = [account for account in target_accounts(settings) if session_of(account) is None]
    if not as_json:
        click.echo("Packaging, and comparing with what is deployed ...", err=True)
    with (
        packaged(PROJECT, settings, settings_file, stage) as package,
        planned(package, settings, session_of, stage) as plans,
    ):
        if not (as_json and yes):  # a question needs the plan, also beside JSON
            click.echo(f"{plan_text(plans, settings)}\n", err=as_json)
            click.echo(f"What is in the package is listed in {package.sbom_path}", err=True)
        if lost := all_losses(plans):
            if not allow_data_loss:
                raise Failure(f"{loss_text(lost)}\nNothing was changed. If it is meant, add --allow-data-loss.")
            click.echo(f"{loss_text(lost)}\n", err=True)
        is_changed = any(not plan.is_empty for plan in plans)
        if is_changed:
            confirm("Do this?", yes=yes)
        with _going_on():
            outputs = carried_out(
                plans,
                lambda plan: progress(plan.stack.name, plan.template, plan.announced),
                lambda words: click.echo(words, err=True),
            )
        if is_changed:
            click.echo(err=True)
    portal = portal_from(outputs, plans[0].stack.name)
    following = next_text(settings, portal, outputs, is_changed=is_changed)
    text = "" if as_json else "\n".join([*left_text(settings, left), *following])
    record = {**deploy_record(settings, portal, outputs, plans, left), "sbom": str(package.sbom_path)}
    say(record, text, as_json=as_json)
    if not as_json:
        _look_after(settings, session_of, portal)


@with_options(
    STAGE,
    SETTINGS,
    PROFILE,
    ACCOUNT_PROFILE,
    YES,
    click.option("--delete-data", is_flag=True, help="Delete the tables, the audit trail and the logs as well."),
    JSON,
)
def remove(
    stage: str,
    settings_file: Path | None,
    profile: str | None,
    account_profiles: Mapping[str, str],
    yes: bool,
    delete_data: bool,
    as_json: bool,
) -> None:
    """Remove the portal and the roles from AWS.

    Only once there are no members any more. The tables, the audit trail and the logs are kept, and named, unless
    you say --delete-data; then the name of the stack has to be typed, whatever --yes says. Can be repeated.

    \b
    Example:
      firstday remove --profile identity-admin --account-profile stg=staging-admin
    """
    from firstday.aws_sessions import account_sessions
    from firstday.cli.views.removal_view import plan_text, removal_record, removed_text
    from firstday.deployment.removal import Removal

    settings = settings_of(settings_file)
    removal = Removal(settings, account_sessions(settings, profile, account_profiles), stage)
    plan = removal.plan(delete_data=delete_data)
    # Also beside JSON: the names of deleted resources are nowhere else afterwards.
    click.echo(f"{plan_text(plan, settings)}\n", err=as_json)
    if not plan.is_empty:
        if plan.deleted_data:
            _have_typed(plan.stack_name)
        else:
            confirm("Do this?", yes=yes)
        with _going_on():
            removal.carry_out(plan, progress)
        click.echo(err=True)
    say(removal_record(plan, settings), removed_text(plan, settings), as_json=as_json)


def _look_before(settings: "Settings", session_of: "SessionOf") -> None:
    from firstday.cli.deploy_steps import found_before
    from firstday.cli.views.doctor_view import doctor_text

    if found := found_before(settings, session_of):
        raise Failure(f"Nothing was changed.\n\n{doctor_text(found, None)}")


def _look_after(settings: "Settings", session_of: "SessionOf", portal: "DeployedPortal") -> None:
    from firstday.aws_calls import DeploymentError
    from firstday.cli.deploy_steps import found_after
    from firstday.cli.views.doctor_view import doctor_text

    try:
        found = found_after(settings, session_of, portal)
    except DeploymentError as error:
        click.echo(f"\nThe deployed portal could not be checked: {error}", err=True)
        return
    if found:
        click.echo(f"\nWhat firstday doctor finds:\n\n{doctor_text(found, None)}", err=True)


@contextmanager
def _going_on() -> Iterator[None]:
    """Ctrl-C ends the waiting; CloudFormation goes on with what was begun."""
    try:
        yield
    except KeyboardInterrupt:
        words = "Stopped waiting. CloudFormation finishes by itself what has begun; then run this again."
        raise Interrupted(words) from None


def _have_typed(stack_name: str) -> None:
    """Deleting data is never confirmed beforehand."""
    import sys

    click.echo(f"Deleted data cannot be restored. Type {stack_name} to go on: ", nl=False, err=True)
    if sys.stdin.readline().strip() != stack_name:
        click.echo("Nothing was changed.", err=True)
        raise click.exceptions.Exit(1)
