"""The command ``verify``: its options, and what it prints."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from firstday.cli.options import ACCOUNT_PROFILE, settings_of
from firstday.cli.terminal import Interrupted, portal_command, say

if TYPE_CHECKING:
    from firstday.portal.api import PortalAPI


@portal_command
@click.option(
    "--settings",
    "settings_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Another firstday.toml than the project's: the one that the portal was deployed with.",
)
@click.option(
    "--patience",
    type=click.FloatRange(min=0, max=600),
    default=60,
    show_default=True,
    metavar="SECONDS",
    help="How long IAM may take to show what was set up.",
)
@ACCOUNT_PROFILE
def verify(
    api: "PortalAPI",
    settings_file: Path | None,
    patience: float,
    account_profiles: Mapping[str, str],
    as_json: bool,
) -> None:
    """Try the deployed portal with a robot member.

    The robot is invited, walks through the pages, registers an MFA device and gets an access key. Then each check
    is printed with what AWS answered: nothing works without MFA, every role works with it, and no more than that.
    A "?" is what cannot be seen from here, such as trust policies of accounts without --account-profile. In the end
    the robot is removed with all that is its own, also after Ctrl-C; one that a killed run left is removed by the
    next. The exit status is 1 if something is wrong, and 0 also where something was not seen.

    \b
    Example:
      firstday verify --profile firstday-admin
    """
    from firstday.aws_sessions import account_sessions
    from firstday.portal.http import admin_session
    from firstday.verification import by_hand
    from firstday.verification.answers import AWS
    from firstday.verification.clock import Clock
    from firstday.verification.interruption import Interruption
    from firstday.verification.network import network_browser
    from firstday.verification.result_lines import Lines, shown
    from firstday.verification.verify_portal import Verification

    settings = settings_of(settings_file)
    lines = Lines(lambda line: None if as_json else click.echo(shown(line)))
    language = "en" if "en" in settings.languages else settings.languages[0]
    run = Verification(
        api=api,
        settings=settings,
        aws=AWS(settings.region, _profile()),
        clock=Clock(patience),
        lines=lines,
        new_browser=lambda: network_browser(api.url, admin_session(_profile()), language),
        session_of=account_sessions(settings, _profile(), account_profiles),
    )
    is_interrupted, interruption = False, Interruption()
    with interruption.heeded():
        try:
            run.run(interruption)
        except KeyboardInterrupt:
            is_interrupted = True
    answer: dict[str, Any] = {
        "portal_url": api.url,
        "user_name": run.user_name,
        "is_right": lines.is_right and not is_interrupted,
        "is_interrupted": is_interrupted,
        "checks": lines.as_json(),
        "by_hand": by_hand.steps(settings),
    }
    say(answer, "\n".join(["", *_by_hand(answer["by_hand"]), lines.verdict]), as_json=as_json)
    if is_interrupted:
        raise Interrupted("Stopped before the end.")
    if not lines.is_right:
        raise click.exceptions.Exit(1)


def _profile() -> str | None:
    """The session that ``portal_command`` connects with: its profile may also name the endpoint of AWS."""
    name = click.get_current_context().params.get("profile")
    return str(name) if name else None


def _by_hand(steps: list[str]) -> list[str]:
    return ["Not tried, as it takes a browser:", *steps, ""] if steps else []
