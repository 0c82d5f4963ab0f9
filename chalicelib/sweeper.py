"""The sweeper's Lambda function: no Chalice and no pages, so that it loads no more than it needs."""

import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

from chalicelib.admin.sweeping import Swept, sweep
from chalicelib.audit import SWEEPER
from chalicelib.aws.dynamodb import Database
from chalicelib.aws.iam_administration import IAMAdministration
from chalicelib.aws.members_table import MembersTable
from chalicelib.aws.patience import Patience
from chalicelib.errors import FirstdayError
from chalicelib.logs import log_done, log_failure, log_unforeseen
from chalicelib.settings.reader import load
from chalicelib.wiring import SETTINGS_FILE, client_config

# A step is three calls, each of which gives up after some seconds.
STOPS_BEFORE_END_MS = 40_000


# Nobody waits for it, so it tries a call more often than the portal does.
ATTEMPTS = 4


@dataclass(frozen=True, slots=True)
class Sweeper:
    """The parts that it uses; ``clock`` tells the time in UTC."""

    members: MembersTable
    iam: IAMAdministration
    clock: Callable[[], datetime]


class SweepRefused(FirstdayError):
    """AWS did not let the sweeper do everything; the rest is done. Lambda counts it as an error."""


def handle(_event: object, context: Any) -> dict[str, Any]:
    """What was done, by user name: the fields of ``Swept``."""
    return run(_sweeper(), context.aws_request_id, context.get_remaining_time_in_millis)


def run(sweeper: Sweeper, request_id: str, remaining_ms: Callable[[], int]) -> dict[str, Any]:
    """Sweep once, and say so in the log. SweepRefused if AWS refused something."""
    began = perf_counter()
    try:
        swept = sweep(
            sweeper.members, sweeper.iam, now=sweeper.clock(), has_time=lambda: remaining_ms() > STOPS_BEFORE_END_MS
        )
    except Exception as error:
        if isinstance(error, FirstdayError):
            log_failure(request_id, error)
        else:
            log_unforeseen(error, request_id)
        log_done(request_id, actor=SWEEPER, action="sweep", outcome=type(error).__name__, began=began)
        raise
    counts = {name: len(names) for name, names in asdict(swept).items() if isinstance(names, list)}
    log_done(request_id, actor=SWEEPER, action="sweep", outcome=_outcome(swept), began=began, **counts)
    if swept.refused:
        names = ", ".join(swept.refused)
        raise SweepRefused(f"AWS refused to delete the unassigned devices of: {names}. {swept.reason}")
    return asdict(swept)


def _outcome(swept: Swept) -> str:
    if swept.refused:
        return "refused"
    return "ok" if swept.is_finished else "unfinished"


def _sweeper() -> Sweeper:
    from botocore.session import get_session

    settings, session = load(SETTINGS_FILE), get_session()
    iam, dynamodb = (
        session.create_client(service, settings.region, config=client_config()) for service in ("iam", "dynamodb")
    )
    for client in (iam, dynamodb):
        Patience(ATTEMPTS).guard(client)
    tables = Database(dynamodb, os.environ["MEMBERS_TABLE"], os.environ["AUDIT_TABLE"], console_table="")
    return Sweeper(
        MembersTable(tables),
        IAMAdministration(iam, partition=settings.partition, account_id=settings.identity_account),
        lambda: datetime.now(UTC),
    )
