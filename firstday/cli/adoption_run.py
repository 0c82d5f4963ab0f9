"""What ``firstday adopt`` and ``firstday release`` have in common: what they need, the run, and its end."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from firstday.cli.terminal import Interrupted, say, surroundings

if TYPE_CHECKING:
    from chalicelib.settings.records import Settings
    from firstday.adoption.adopting import Outcome, Workbench
    from firstday.adoption.planning import Planner

USERS = click.argument("user_names", metavar="[USER]...", nargs=-1)


def opened(settings: "Settings", profile: str | None, stage: str) -> "tuple[Planner, Workbench]":
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


def done_by(label: str, user_names: Sequence[str], outcomes: "Iterator[Outcome]") -> "dict[str, Outcome]":
    """The outcomes by name, while the progress is shown."""
    done: dict[str, Outcome] = {}
    if not user_names:
        return done
    try:
        with progress_of(label, len(user_names)) as step:
            for outcome in outcomes:
                done[outcome.user_name] = outcome
                step(outcome.user_name)
    except KeyboardInterrupt:
        raise Interrupted(
            f"Interrupted. Done so far: {len(done)} of {len(user_names)}. To go on, run the same command again."
        ) from None
    return done


def end(outcomes: "Sequence[Outcome]", following: str = "", *, as_json: bool) -> None:
    """Tell what became of everybody; ``following`` is said if all went well. The exit status is 1 if not."""
    from firstday.cli.views.adoption_view import outcome_record, outcome_text

    say(outcome_record(outcomes), outcome_text(outcomes, following), as_json=as_json)
    if not all(outcome.is_right for outcome in outcomes):
        raise click.exceptions.Exit(1)


@contextmanager
def progress_of(label: str, total: int) -> Iterator[Callable[[str], None]]:
    """Tells on standard error how far it is; call what it gives with each name."""
    from firstday.cli.streams import work_progress

    with work_progress(label, total) as progress:
        yield progress.step


def counted(plans: Sequence[object]) -> str:
    """How many users."""
    return f"{len(plans)} user{'' if len(plans) == 1 else 's'}"
