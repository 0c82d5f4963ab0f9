"""What the Lambda functions that run on a schedule have in common: no Chalice and no pages, to load little."""

import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from time import perf_counter
from typing import Any, Protocol

from chalicelib.admin.runs import Run
from chalicelib.aws.clients import client_config
from chalicelib.aws.dynamodb import Database
from chalicelib.aws.iam_administration import IAMAdministration
from chalicelib.aws.members_table import MembersTable
from chalicelib.aws.patience import Patience
from chalicelib.errors import FirstdayError
from chalicelib.logs import log_done, log_failure, log_unforeseen
from chalicelib.settings.reader import load
from chalicelib.wiring import SETTINGS_FILE

# A step is a few calls, each of which gives up after some seconds.
STOPS_BEFORE_END_MS = 40_000
# Nobody waits for it, so it tries a call more often than the portal does.
ATTEMPTS = 4


@dataclass(frozen=True, slots=True)
class Parts:
    """What a job uses; ``clock`` tells the time in UTC."""

    members: MembersTable
    iam: IAMAdministration
    clock: Callable[[], datetime]


class Work(Protocol):
    """A use case that may be repeated at any point."""

    def __call__(
        self, members: MembersTable, iam: IAMAdministration, *, now: datetime, has_time: Callable[[], bool]
    ) -> Run: ...


@dataclass(frozen=True, slots=True)
class Job:
    """``actor`` and ``action`` are for the log; ``refused`` is what AWS did not let it do, before names."""

    actor: str
    action: str
    work: Work
    refused: str


class RunRefused(FirstdayError):
    """AWS did not let the job do everything; the rest is done. Lambda counts it as an error."""


def handle(job: Job, context: Any) -> dict[str, Any]:
    """One run, as Lambda starts it: the fields of its ``Run``."""
    return run(job, _parts(), context.aws_request_id, context.get_remaining_time_in_millis)


def run(job: Job, parts: Parts, request_id: str, remaining_ms: Callable[[], int]) -> dict[str, Any]:
    """Do the work once, and say so in the log. RunRefused if AWS refused something."""
    began = perf_counter()
    try:
        done = job.work(
            parts.members, parts.iam, now=parts.clock(), has_time=lambda: remaining_ms() > STOPS_BEFORE_END_MS
        )
    except Exception as error:
        if isinstance(error, FirstdayError):
            log_failure(request_id, error)
        else:
            log_unforeseen(error, request_id)
        log_done(request_id, actor=job.actor, action=job.action, outcome=type(error).__name__, began=began)
        raise
    counts = {name: len(names) for name, names in asdict(done).items() if isinstance(names, list)}
    log_done(request_id, actor=job.actor, action=job.action, outcome=_outcome(done), began=began, **counts)
    if done.refused:
        raise RunRefused(f"AWS refused {job.refused}: {', '.join(done.refused)}. {done.reason}")
    return asdict(done)


def _outcome(done: Run) -> str:
    if done.refused:
        return "refused"
    return "ok" if done.is_finished else "unfinished"


def _parts() -> Parts:
    from botocore.session import get_session

    settings, session = load(SETTINGS_FILE), get_session()
    iam, dynamodb = (
        session.create_client(service, settings.region, config=client_config()) for service in ("iam", "dynamodb")
    )
    for client in (iam, dynamodb):
        Patience(ATTEMPTS).guard(client)
    tables = Database(
        dynamodb,
        os.environ["MEMBERS_TABLE"],
        os.environ.get("AUDIT_TABLE", ""),
        os.environ.get("CONSOLE_TABLE", ""),
        mail_table=os.environ.get("MAIL_TABLE", ""),
    )
    return Parts(
        MembersTable(tables),
        IAMAdministration(iam, partition=settings.partition, account_id=settings.identity_account),
        lambda: datetime.now(UTC),
    )
