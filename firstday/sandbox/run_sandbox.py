"""``firstday sandbox``: the whole product on this machine, until Ctrl-C.

The embedded AWS and the deployment are started first; what is imported for later steps comes meanwhile.
"""

import json
import shutil
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from chalicelib.settings.reader import load
from chalicelib.settings.records import Settings
from firstday.account_names import account_name
from firstday.sandbox import cli_cache, profiles
from firstday.sandbox.instructions import instructions
from firstday.sandbox.passing_time import let_time_pass
from firstday.sandbox.people import (
    Organisation,
    SessionCredentials,
    groups_of_first_member,
    prepared_sign_in,
    set_up,
)
from firstday.sandbox.planting import planted_files
from firstday.sandbox.planting.contents import AccountContents
from firstday.sandbox.planting.plant_file import load as read_plant_file
from firstday.sandbox.planting.planter import plant
from firstday.sandbox.portal_deployment import own_deployment
from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from firstday.sandbox.process.ses_settings import SESSettings
from firstday.sandbox.running_sandbox import PlantedOrganisation, Portal, Sandbox, as_record
from firstday.sandbox.settings_with_mail import write_with_mail
from firstday.stack.templates import known_accounts

if TYPE_CHECKING:
    from botocore.session import Session

PROJECT = Path(__file__).resolve().parents[2]
# The files for the commands of the instructions: apart from the user's own ~/.aws, and removed afterwards.
DIRECTORIES = PROJECT / ".sandbox"


@contextmanager
def running(
    *,
    port: int,
    portal_port: int,
    member: str,
    settings_file: Path | None = None,
    iam_calls_per_second: float | None = None,
    is_empty: bool = False,
    plant_file: Path | None = None,
    with_mail: bool = False,
    runs_schedules: bool = True,
    tell: Callable[[str], None] = lambda _words: None,
) -> Iterator[Sandbox]:
    """Start everything, and always end everything. No ``settings_file`` means the project's.

    ``tell`` gets words for each part of the start, which takes half a minute in all.

    ``is_empty`` leaves out the portal, the roles and the invitation of ``member``: somebody deploys by hand.

    What ``plant_file`` says is in the accounts before anything is deployed.

    ``with_mail`` adds a ``[mail]`` to settings without one.

    Without ``runs_schedules``, scheduled functions run only when they are invoked.
    """
    settings = load(settings_file or PROJECT / "firstday.toml")
    contents = read_plant_file(plant_file, settings) if plant_file else ()
    aws = EmbeddedAWS(
        accounts=known_accounts(settings),
        region=settings.region,
        port=port,
        portal_port=portal_port,
        iam_calls_per_second=iam_calls_per_second,
        runs_schedules=runs_schedules,
    )
    tell("Starting an AWS of its own ...")
    aws.launch()
    _forget_former()
    directory = DIRECTORIES / str(aws.port)
    try:
        if with_mail and not settings.mail:
            settings_file = write_with_mail(settings, settings_file or PROJECT / "firstday.toml", directory)
            settings = load(settings_file)
        if settings.mail:
            aws.set_ses(SESSettings(verified=(settings.mail.identity_arn,)))
        portal, planted = None, None
        if plant_file:
            aws.wait_until_ready()
            tell(f"Planting {plant_file.name} ...")
            planted = _planted(aws, settings, contents, plant_file, directory / "planted")
        if is_empty:
            aws.wait_until_ready()
            organisation = set_up(aws, settings)
        else:
            tell("Deploying the portal into it (some seconds; half a minute the first time) ...")
            organisation, portal = _with_portal(aws, settings, settings_file, member)
        (directory / "member").mkdir(parents=True, exist_ok=True, mode=0o700)
        environment = profiles.write(
            directory / "admin", organisation, region=settings.region, endpoint_url=aws.endpoint_url
        )
        yield Sandbox(settings, settings_file, aws, organisation, directory, environment, member, portal, planted)
    finally:
        aws.stop()
        _forget_former()


def _planted(
    aws: EmbeddedAWS, settings: Settings, contents: Sequence[AccountContents], file: Path, directory: Path
) -> PlantedOrganisation:
    planted = plant(aws, contents)
    prefixes = {each.account_id: f"{account_name(settings, each.account_id)}:" for each in contents}
    prefixes[settings.identity_account] = ""
    environment = planted_files.write(
        directory, planted, prefixes, region=settings.region, endpoint_url=aws.endpoint_url
    )
    secrets = directory / planted_files.SECRETS
    return PlantedOrganisation(file, len(planted.users), planted.roles, environment, secrets)


def _with_portal(
    aws: EmbeddedAWS, settings: Settings, settings_file: Path | None, member: str
) -> tuple[Organisation, Portal]:
    """Deploy, while the embedded AWS gets ready and the organisation is set up; then invite."""
    with own_deployment(aws, settings, settings_file) as deployment:
        aws.wait_until_ready()
        organisation = set_up(aws, settings)
        sign_in = prepared_sign_in(aws, settings, organisation.admin)
        from firstday.portal.api import PortalAPI

        deployment.finish()
    session = sign_in()
    api = PortalAPI(aws.portal_url, _session(session, settings.region))
    return organisation, Portal(
        session, api.create_invitation(member, groups_of_first_member(settings), passcode=False)
    )


def run(
    *,
    port: int,
    portal_port: int,
    member: str,
    as_json: bool,
    settings_file: Path | None = None,
    iam_calls_per_second: float | None = None,
    is_empty: bool = False,
    plant_file: Path | None = None,
    with_mail: bool = False,
    out: TextIO = sys.stdout,
) -> None:
    """Run the sandbox until it is told to stop: by Ctrl-C, SIGTERM or the end of its terminal."""
    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, _interrupt)
    try:
        with running(
            port=port,
            portal_port=portal_port,
            member=member,
            settings_file=settings_file,
            iam_calls_per_second=iam_calls_per_second,
            is_empty=is_empty,
            plant_file=plant_file,
            with_mail=with_mail,
            tell=lambda words: print(words, file=sys.stderr, flush=True),
        ) as sandbox:
            text = json.dumps(as_record(sandbox)) if as_json else instructions(sandbox)
            print(text, file=out, flush=True)
            if not as_json:
                let_time_pass(sandbox.aws, sys.stdin, out)
            while True:
                signal.pause()
    except KeyboardInterrupt:
        if not as_json:
            print("\nThe sandbox is gone, with all that was in it.", file=out)


def _forget_former() -> None:
    """Remove what earlier sandboxes left, also killed ones: nothing answers at their ports."""
    for left in DIRECTORIES.glob("[0-9]*"):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", int(left.name))) != 0:
                shutil.rmtree(left, ignore_errors=True)
    with suppress(OSError):
        DIRECTORIES.rmdir()  # unless another one is running: its sessions are to stay
    if not DIRECTORIES.exists():
        cli_cache.forget_sessions(Path.home())


def _session(credentials: SessionCredentials, region: str) -> "Session":
    from botocore.session import get_session

    session = get_session()
    session.set_config_variable("region", region)
    session.set_credentials(credentials.access_key_id, credentials.secret_access_key, credentials.session_token)
    return session


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
