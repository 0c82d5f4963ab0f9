"""``firstday adopt``: IAM users who are there already become members."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from firstday.cli.adoption_run import USERS, counted, done_by, end, opened, progress_of
from firstday.cli.options import JSON, PROFILE, SETTINGS, STAGE, YES, settings_of, with_options
from firstday.cli.terminal import Failure, agrees, say

if TYPE_CHECKING:
    from chalicelib.settings.records import Settings
    from firstday.adoption.adopting import Outcome
    from firstday.adoption.adoption_plan import AdoptionPlan, Wanted


@with_options(
    USERS,
    click.option(
        "--file",
        metavar="FILE.csv",
        type=click.Path(path_type=Path),
        help="A list as firstday import takes it: user_name, and where wanted groups.",
    ),
    click.option("--group", "--iam-group", "iam_group", metavar="GROUP", help="All users of this IAM group."),
    click.option(
        "--into",
        multiple=True,
        metavar="GROUP",
        help="A switch-role group that they get with the proof of MFA; may be repeated. Else the default ones.",
    ),
    click.option("--with-administrators", is_flag=True, help="Also users who may administer the portal so far."),
    click.option("--dry-run", is_flag=True, help="Show the plan, and stop."),
    click.option("--policy", is_flag=True, help="Print the IAM policy that adopt and release take, and stop."),
    STAGE,
    SETTINGS,
    PROFILE,
    YES,
    JSON,
)
def adopt(
    user_names: tuple[str, ...],
    file: Path | None,
    iam_group: str | None,
    into: tuple[str, ...],
    with_administrators: bool,
    dry_run: bool,
    policy: bool,
    stage: str,
    settings_file: Path | None,
    profile: str | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Make members of IAM users who are there already.

    They keep name, devices, keys, password and groups. They get the members' path, baseline group and permissions
    boundary, so that what they may do without a role stops: the plan says what that is for each, and what of it
    was used lately. Users for whom something stops are asked about one by one. It takes a deployer's credentials
    (docs/adopting.md). After an interruption, run the same command again.

    \b
    Example:
      firstday adopt --group developers-old --into developers --profile identity-admin --dry-run
    """
    from firstday.adoption.adopting import each_adopted
    from firstday.adoption.wanted_users import of_group
    from firstday.cli.views import adoption_view as view

    settings = settings_of(settings_file)
    if policy:
        click.echo(_policy(settings, stage))
        return
    wanted = _wanted(settings, user_names, file, iam_group, into)
    planner, bench = opened(settings, profile, stage)
    if iam_group:
        wanted = of_group(settings, planner.account, iam_group, into)
    with progress_of("Looking at", len(wanted)) as step:
        plans = replace(planner, on_planned=step).adoptions(wanted, with_administrators=with_administrators)
    not_permitted = planner.reader.not_permitted
    if dry_run:
        texts = [*map(view.plan_text, plans), view.limits_text(not_permitted), view.counts_text(plans)]
        say(view.plan_record(plans, not_permitted), "\n\n".join(texts), as_json=as_json)
        return
    click.echo(f"{view.limits_text(not_permitted)}\n\n{view.counts_text(plans)}\n", err=as_json)
    chosen = _agreed(plans, view.plan_text, yes=yes, as_json=as_json)
    done = done_by("Adopting", [plan.user_name for plan in chosen], each_adopted(bench, chosen))
    outcomes = [done.get(plan.user_name) or _untouched(plan) for plan in plans]
    end(outcomes, view.next_text([plan.user_name for plan in chosen]), as_json=as_json)


def _policy(settings: "Settings", stage: str) -> str:
    import json

    from firstday.adoption.adopter_policy import adopter_permissions

    return json.dumps(adopter_permissions(settings, stage), indent=1)


def _wanted(
    settings: "Settings",
    user_names: tuple[str, ...],
    file: Path | None,
    iam_group: str | None,
    into: tuple[str, ...],
) -> "tuple[Wanted, ...]":
    """Who is meant, before AWS is asked; of an IAM group, nobody yet."""
    from firstday.adoption.wanted_users import named

    if sum(map(bool, (user_names, file, iam_group))) != 1:
        raise click.UsageError("Say who: USER..., --group GROUP or --file FILE.csv, and only one of them.")
    return _listed(settings, file, into) if file else named(settings, user_names, into)


def _listed(settings: "Settings", file: Path, into: tuple[str, ...]) -> "tuple[Wanted, ...]":
    from firstday.adoption import wanted_users
    from firstday.cli.import_command import text_of
    from firstday.cli.views.import_views import problems_text, unknown_text

    wanted, found = wanted_users.listed(settings, text_of(file), into)
    if found.unknown_columns:
        click.echo(unknown_text(file, found.unknown_columns), err=True)
    if found.problems:
        problems: Any = [{"line": one.line, "message": str(one.words)} for one in found.problems]
        raise Failure(f"Nothing was done. Problems in {file}:\n{problems_text(file, problems)}")
    if any(row.email or row.until for row in found.rows):
        click.echo(f"{file}: email and until are not taken over here: firstday edit sets them later.", err=True)
    return wanted


def _agreed(
    plans: "Sequence[AdoptionPlan]", text: "Callable[[AdoptionPlan], str]", *, yes: bool, as_json: bool
) -> "list[AdoptionPlan]":
    """Those who are to be adopted: one question for all of whom nothing stops, one for each of the others."""
    quiet = [plan for plan in plans if plan.is_open and not plan.stops]
    for plan in plans:
        if not plan.is_open or not plan.stops:
            click.echo(f"{text(plan)}\n", err=as_json)
    chosen = quiet if quiet and agrees(f"Adopt {counted(quiet)}, for whom nothing stops?", yes=yes) else []
    for plan in plans:
        if plan.is_open and plan.stops:
            click.echo(f"\n{text(plan)}\n", err=as_json)
            if agrees(f"Adopt {plan.user_name}, for whom this stops?", yes=yes):
                chosen = [*chosen, plan]
    return chosen


def _untouched(plan: "AdoptionPlan") -> "Outcome":
    from firstday.adoption.adopting import Outcome, Status
    from firstday.adoption.adoption_plan import Stage

    of_stage = {Stage.DONE: Status.ALREADY, Stage.REFUSED: Status.REFUSED}
    return Outcome(plan.user_name, of_stage.get(plan.stage, Status.LEFT_ALONE), " ".join(plan.refusals))
