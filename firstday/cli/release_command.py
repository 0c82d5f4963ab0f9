"""``firstday release``: what an adoption has changed is put back."""

from pathlib import Path

import click

from firstday.cli.adoption_run import USERS, counted, done_by, end, opened
from firstday.cli.options import JSON, PROFILE, SETTINGS, STAGE, YES, settings_of, with_options
from firstday.cli.terminal import agrees


@with_options(USERS, STAGE, SETTINGS, PROFILE, YES, JSON)
def release(
    user_names: tuple[str, ...],
    stage: str,
    settings_file: Path | None,
    profile: str | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Undo the adoption of USER.

    The IAM user gets back the path and the permissions boundary of before, leaves Firstday's groups, and is no
    member any more. Devices, keys and password stay as they are now. Members who were not adopted are refused:
    offboard is for them. After an interruption, run the same command again.

    \b
    Example:
      firstday release dev-simple-user --profile identity-admin
    """
    from firstday.adoption.adopting import Outcome, Status
    from firstday.adoption.releasing import each_released
    from firstday.cli.views import release_view as view

    if not user_names:
        raise click.UsageError("Name at least one USER.")
    planner, bench = opened(settings_of(settings_file), profile, stage)
    plans = planner.releases(tuple(dict.fromkeys(user_names)))
    click.echo("\n\n".join(map(view.plan_text, plans)), err=as_json)
    chosen = [plan for plan in plans if not plan.refusals]
    if chosen and not agrees(f"\nRelease {counted(chosen)}?", yes=yes):
        click.echo("Nothing was changed.", err=True)
        raise click.exceptions.Exit(1)
    done = done_by("Releasing", [plan.user_name for plan in chosen], each_released(bench, chosen))
    refused = {plan.user_name: Outcome(plan.user_name, Status.REFUSED, " ".join(plan.refusals)) for plan in plans}
    end([done.get(plan.user_name) or refused[plan.user_name] for plan in plans], as_json=as_json)
