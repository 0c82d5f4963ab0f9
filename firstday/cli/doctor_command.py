"""``firstday doctor``: what is deployed, compared with the settings."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from firstday.cli.options import ACCOUNT_PROFILE, JSON, PROFILE, SETTINGS, STAGE, settings_of, with_options
from firstday.cli.terminal import say, terminal_width

if TYPE_CHECKING:
    from chalicelib.settings.records import Settings
    from firstday.aws_sessions import SessionOf


@with_options(
    STAGE,
    SETTINGS,
    PROFILE,
    ACCOUNT_PROFILE,
    click.option("--document", metavar="NAME", help="Print a policy as it has to be, and check nothing."),
    JSON,
)
def doctor(
    stage: str,
    settings_file: Path | None,
    profile: str | None,
    account_profiles: Mapping[str, str],
    document: str | None,
    as_json: bool,
) -> None:
    """Compare what is deployed with the settings.

    Changes nothing. Each finding says why it matters, and what to type to correct it; "PROFILE" in there is an AWS
    profile of the account in question. The exit status is 1 if there are errors or warnings. It takes permissions
    to read IAM, which docs/doctor.md lists.

    \b
    Example:
      firstday doctor --account-profile stg=staging-admin
    """
    from firstday.aws_sessions import account_sessions
    from firstday.cli.views.doctor_view import as_run, doctor_record, doctor_text, is_healthy
    from firstday.doctor.diagnosis import diagnose_stage

    settings = settings_of(settings_file)
    session_of = account_sessions(settings, profile, account_profiles)
    if document is not None:
        click.echo(_document(settings, session_of, stage, document))
        return
    found = diagnose_stage(settings, session_of, stage)
    findings = [as_run(finding, profile, _same_options(settings_file, stage)) for finding in found]
    say(doctor_record(findings), doctor_text(findings, terminal_width()), as_json=as_json)
    if not is_healthy(findings):
        raise click.exceptions.Exit(1)


def _same_options(settings_file: Path | None, stage: str) -> list[str]:
    """The options of this run that a remedy with ``firstday`` has to repeat."""
    from firstday.deployment.portal import DEFAULT_STAGE

    settings = ["--settings", str(settings_file)] if settings_file else []
    return [*settings, *(["--stage", stage] if stage != DEFAULT_STAGE else [])]


def _document(settings: "Settings", session_of: "SessionOf", stage: str, name: str) -> str:
    """The policy of that name as compact JSON."""
    import json

    from firstday.aws_sessions import check_account
    from firstday.deployment.portal import deployed_portal
    from firstday.doctor.expected_documents import documents

    session = session_of(settings.identity_account)
    assert session is not None  # noqa: S101  # the identity account's always is
    check_account(session, settings, settings.identity_account)
    found = documents(settings, deployed_portal(session, settings, stage))
    if name not in found:
        raise click.UsageError(f'There is no policy "{name}"; there are: {", ".join(sorted(found))}.')
    return json.dumps(found[name], separators=(",", ":"))
