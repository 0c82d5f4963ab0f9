"""The commands ``adopt`` and ``release``: IAM users who are there already become members, and back."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from firstday.cli.options import JSON, PROFILE, SETTINGS, STAGE, YES, settings_of, with_options
from firstday.cli.terminal import Failure, Interrupted, agrees, say, surroundings

if TYPE_CHECKING:
    from chalicelib.settings.records import Settings
    from firstday.adoption.adopting import Outcome, Workbench
    from firstday.adoption.adoption_plan import AdoptionPlan, Wanted
    from firstday.adoption.planning import Planner

_USERS = click.argument("user_names", metavar="[USER]...", nargs=-1)


@with_options(
    _USERS,
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
    from firstday.cli.views import adoption_view as view

    settings = settings_of(settings_file)
    planner, bench = _opened(settings, profile, stage)
    wanted = _wanted(settings, planner, user_names, file, iam_group, into)
    with _progress("Looking at", len(wanted)) as step:
        plans = replace(planner, on_planned=step).adoptions(wanted, with_administrators=with_administrators)
    not_permitted = planner.reader.not_permitted
    if dry_run:
        texts = [*map(view.plan_text, plans), view.limits_text(not_permitted), view.counts_text(plans)]
        say(view.plan_record(plans, not_permitted), "\n\n".join(texts), as_json=as_json)
        return
    click.echo(f"{view.limits_text(not_permitted)}\n\n{view.counts_text(plans)}\n", err=as_json)
    chosen = _agreed(plans, view.plan_text, yes=yes, as_json=as_json)
    done = _done("Adopting", [plan.user_name for plan in chosen], each_adopted(bench, chosen))
    outcomes = [done.get(plan.user_name) or _untouched(plan) for plan in plans]
    following = f"What comes next: firstday invite {' '.join(plan.user_name for plan in chosen)}" if chosen else ""
    _end(outcomes, following, as_json=as_json)


@with_options(_USERS, STAGE, SETTINGS, PROFILE, YES, JSON)
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
    planner, bench = _opened(settings_of(settings_file), profile, stage)
    plans = planner.releases(tuple(dict.fromkeys(user_names)))
    click.echo("\n\n".join(map(view.plan_text, plans)), err=as_json)
    chosen = [plan for plan in plans if not plan.refusals]
    if chosen and not agrees(f"\nRelease {_counted(chosen)}?", yes=yes):
        click.echo("Nothing was changed.", err=True)
        raise click.exceptions.Exit(1)
    done = _done("Releasing", [plan.user_name for plan in chosen], each_released(bench, chosen))
    refused = {plan.user_name: Outcome(plan.user_name, Status.REFUSED, " ".join(plan.refusals)) for plan in plans}
    _end([done.get(plan.user_name) or refused[plan.user_name] for plan in plans], as_json=as_json)


def _opened(settings: "Settings", profile: str | None, stage: str) -> "tuple[Planner, Workbench]":
    """What plans and steps need: the account as it is, the portal's tables, and whose credentials these are."""
    from firstday.adoption.account_reading import found_account
    from firstday.adoption.adopting import Workbench
    from firstday.adoption.adoption_records import records_of
    from firstday.adoption.iam_steps import IAMSteps
    from firstday.adoption.patient_reading import PatientReader
    from firstday.adoption.planning import Planner
    from firstday.aws_calls import explained
    from firstday.aws_sessions import check_account, identity_session
    from firstday.deployment.portal import deployed_portal

    session, around = identity_session(profile), surroundings()
    check_account(session, settings, settings.identity_account)
    records = records_of(session, settings.region, deployed_portal(session, settings, stage))
    with explained("Asking AWS whose credentials these are"):
        actor = str(session.client("sts", settings.region).get_caller_identity()["Arn"])
    reader = PatientReader(session, settings.region, around.pause)
    planner = Planner(settings, reader, records, found_account(reader), actor, around.now())
    return planner, Workbench(IAMSteps(reader.iam, settings), records, actor, around.now)


def _wanted(
    settings: "Settings",
    planner: "Planner",
    user_names: tuple[str, ...],
    file: Path | None,
    iam_group: str | None,
    into: tuple[str, ...],
) -> "tuple[Wanted, ...]":
    from firstday.adoption import wanted_users

    if sum(map(bool, (user_names, file, iam_group))) != 1:
        raise click.UsageError("Say who: USER..., --group GROUP or --file FILE.csv, and only one of them.")
    if user_names:
        return wanted_users.named(settings, user_names, into)
    if iam_group:
        return wanted_users.of_group(settings, planner.account, iam_group, into)
    assert file is not None  # noqa: S101  # one of the three is there
    return _listed(settings, file, into)


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
    return wanted


def _agreed(
    plans: "Sequence[AdoptionPlan]", text: "Callable[[AdoptionPlan], str]", *, yes: bool, as_json: bool
) -> "list[AdoptionPlan]":
    """Those who are to be adopted: one question for all of whom nothing stops, one for each of the others."""
    quiet = [plan for plan in plans if plan.is_open and not plan.stops]
    for plan in plans:
        if not plan.is_open or not plan.stops:
            click.echo(f"{text(plan)}\n", err=as_json)
    chosen = quiet if quiet and agrees(f"Adopt {_counted(quiet)}, for whom nothing stops?", yes=yes) else []
    for plan in plans:
        if plan.is_open and plan.stops:
            click.echo(f"\n{text(plan)}\n", err=as_json)
            if agrees(f"Adopt {plan.user_name}, for whom this stops?", yes=yes):
                chosen = [*chosen, plan]
    return chosen


def _done(label: str, user_names: Sequence[str], outcomes: "Iterator[Outcome]") -> "dict[str, Outcome]":
    """The outcomes by name, while the progress is shown."""
    done: dict[str, Outcome] = {}
    if not user_names:
        return done
    try:
        with _progress(label, len(user_names)) as step:
            for outcome in outcomes:
                done[outcome.user_name] = outcome
                step(outcome.user_name)
    except KeyboardInterrupt:
        raise Interrupted(
            f"Interrupted. Done so far: {len(done)} of {len(user_names)}. To go on, run the same command again."
        ) from None
    return done


def _untouched(plan: "AdoptionPlan") -> "Outcome":
    from firstday.adoption.adopting import Outcome, Status
    from firstday.adoption.adoption_plan import Stage

    of_stage = {Stage.DONE: Status.ALREADY, Stage.REFUSED: Status.REFUSED}
    return Outcome(plan.user_name, of_stage.get(plan.stage, Status.LEFT_ALONE), " ".join(plan.refusals))


def _end(outcomes: "Sequence[Outcome]", following: str = "", *, as_json: bool) -> None:
    from firstday.cli.views.adoption_view import outcome_record, outcome_text

    say(outcome_record(outcomes), outcome_text(outcomes, following), as_json=as_json)
    if not all(outcome.is_right for outcome in outcomes):
        raise click.exceptions.Exit(1)


@contextmanager
def _progress(label: str, total: int) -> Iterator[Callable[[str], None]]:
    from firstday.cli.streams import work_progress

    with work_progress(label, total) as progress:
        yield progress.step


def _counted(plans: Sequence[object]) -> str:
    return f"{len(plans)} user{'' if len(plans) == 1 else 's'}"
