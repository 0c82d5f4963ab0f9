"""``firstday sandbox``: the whole product on this machine, until Ctrl-C."""

import json
import os
import shlex
import shutil
import signal
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from botocore.session import Session, get_session

from chalicelib.mfa import grouped
from chalicelib.settings import Settings, load
from firstday.portal_api import PortalAPI
from firstday.sandbox import admin_profiles, cli_cache
from firstday.sandbox.aws import EmbeddedAWS
from firstday.sandbox.organisation import Organisation, SessionCredentials, set_up
from firstday.sandbox.own_deployment import own_deployment

PROJECT = Path(__file__).resolve().parents[2]
# What the commands of the instructions read and write: apart from the user's own ~/.aws, and gone afterwards.
DIRECTORIES = PROJECT / ".sandbox"


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running sandbox, with its first invitation (as the admin API answers)."""

    settings: Settings
    aws: EmbeddedAWS
    organisation: Organisation
    invitation: Mapping[str, Any]
    directory: Path
    admin_profile: Mapping[str, str]


@contextmanager
def running(
    *,
    port: int,
    portal_port: int,
    member: str,
    settings_file: Path | None = None,
    iam_calls_per_second: float | None = None,
) -> Iterator[Sandbox]:
    """Start everything, and end everything whatever happens. No ``settings_file``: the project's."""
    settings = load(settings_file or PROJECT / "firstday.toml")
    accounts = dict.fromkeys([settings.identity_account, *(role.account_id for role in settings.roles)])
    aws = EmbeddedAWS(
        accounts=tuple(accounts),
        region=settings.region,
        port=port,
        portal_port=portal_port,
        iam_calls_per_second=iam_calls_per_second,
    )
    aws.launch()
    _forget_former()
    directory = DIRECTORIES / str(aws.port)
    try:
        organisation = _set_up(aws, settings, settings_file)
        (directory / "member").mkdir(parents=True, exist_ok=True, mode=0o700)
        profile = admin_profiles.write(
            directory / "admin", organisation.admin, region=settings.region, endpoint_url=aws.endpoint_url
        )
        api = PortalAPI(aws.portal_url, _session(organisation.session, settings.region))
        invitation = api.create_invitation(member, [], passcode=False)
        yield Sandbox(settings, aws, organisation, invitation, directory, profile)
    finally:
        aws.stop()
        _forget_former()


def _set_up(aws: EmbeddedAWS, settings: Settings, settings_file: Path | None) -> Organisation:
    """Begin to deploy while the embedded AWS gets ready."""
    with own_deployment(aws, settings, settings_file) as deployment:
        aws.wait_until_ready()
        return set_up(aws, settings, deployment.finish)


def run(
    *,
    port: int,
    portal_port: int,
    member: str,
    as_json: bool,
    settings_file: Path | None = None,
    iam_calls_per_second: float | None = None,
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
        ) as sandbox:
            text = json.dumps(as_record(sandbox)) if as_json else instructions(sandbox)
            print(text, file=out, flush=True)
            while True:
                signal.pause()
    except KeyboardInterrupt:
        if not as_json:
            print("\nThe sandbox is gone, with all that was in it.", file=out)


def as_record(sandbox: Sandbox) -> dict[str, Any]:
    """Everything that a program needs to drive the sandbox; with ``admin_environment``, admin commands work."""
    session, admin = sandbox.organisation.session, sandbox.organisation.admin
    return {
        "portal_url": sandbox.aws.portal_url,
        "invitation_url": sandbox.invitation["invitation_url"],
        "aws_endpoint_url": sandbox.aws.endpoint_url,
        "region": sandbox.settings.region,
        "buckets": sandbox.organisation.buckets,
        "admin_environment": {
            "AWS_ENDPOINT_URL": sandbox.aws.endpoint_url,
            "AWS_DEFAULT_REGION": sandbox.settings.region,
            "AWS_ACCESS_KEY_ID": session.access_key_id,
            "AWS_SECRET_ACCESS_KEY": session.secret_access_key,
            "AWS_SESSION_TOKEN": session.session_token,
            "FIRSTDAY_PORTAL_URL": sandbox.aws.portal_url,
        },
        "admin_profile": dict(sandbox.admin_profile) | {"secret_key": admin.seed},
    }


def instructions(sandbox: Sandbox) -> str:
    """What to open and what to type."""
    member, settings = sandbox.invitation["user_name"], sandbox.settings
    profile = settings.roles_of(sandbox.invitation["groups"])[0].profile
    here = _here(sandbox.directory / "member")
    command = _typed(Path(sys.executable).parent / "firstday")
    aws = _typed(Path(sys.executable).parent / "aws")
    admin = "\n  ".join(
        f"export {name}={_here(value) if name.endswith('_FILE') else value}"
        for name, value in sandbox.admin_profile.items()
    )
    return f"""\
Firstday is running, with an AWS of its own that checks IAM policies and MFA codes.

THE MEMBER. Open the invitation of {member} and follow the pages:

  {sandbox.invitation["invitation_url"]}

  No phone at hand? In a second terminal, give this the secret key that the page shows:

  {command} code

  At the end, save the two files into {_short(str(sandbox.directory / "member"))}/ as "credentials" and "config".
  Your own ~/.aws stays as it is:

  export AWS_ENDPOINT_URL={sandbox.aws.endpoint_url}
  export AWS_CONFIG_FILE={here}/config
  export AWS_SHARED_CREDENTIALS_FILE={here}/credentials

  The first command is denied, for want of MFA; the second asks for a code and lists the buckets:

  {aws} s3 ls --profile {member}
  {aws} s3 ls --profile {profile}

THE ADMINISTRATOR. In a third terminal; here, too, MFA is asked for. The secret key for an
authenticator app, or for the code command, is
  {grouped(sandbox.organisation.admin.seed)}

  {admin}
  export FIRSTDAY_PORTAL_URL={sandbox.aws.portal_url}
  {command} invite another-member

Ctrl-C ends the sandbox and removes everything."""


def _forget_former() -> None:
    """Remove what sandboxes left that are no more, also killed ones: nobody answers at their ports."""
    for left in DIRECTORIES.glob("[0-9]*"):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", int(left.name))) != 0:
                shutil.rmtree(left, ignore_errors=True)
    with suppress(OSError):
        DIRECTORIES.rmdir()  # unless another one is running, whose sessions are to stay
    if not DIRECTORIES.exists():
        cli_cache.forget_sessions(Path.home())


def _session(credentials: SessionCredentials, region: str) -> Session:
    session = get_session()
    session.set_config_variable("region", region)
    session.set_credentials(credentials.access_key_id, credentials.secret_access_key, credentials.session_token)
    return session


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _typed(path: Path) -> str:
    return shlex.quote(_short(str(path)))


def _here(path: str | Path) -> str:
    """A path for a variable, which has to hold wherever one goes from here."""
    short = _short(str(path))
    return shlex.quote(short) if short.startswith("/") else f'"$PWD/{short}"'


def _short(path: str) -> str:
    """A path as one would type it here."""
    relative = os.path.relpath(path)
    return path if relative.startswith("..") else relative
