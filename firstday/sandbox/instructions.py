"""The instructions that ``firstday sandbox`` prints: for each person, which page to open and what to type."""

import os
import shlex
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from chalicelib.members.mfa import grouped
from chalicelib.profiles import aws_config
from firstday.account_names import account_name
from firstday.loopback import past_proxies
from firstday.sandbox.people import ADMIN_PROFILE, groups_of_first_member
from firstday.sandbox.running_sandbox import PlantedOrganisation, Portal, Sandbox

_BIN = Path(sys.executable).parent
# The AWS CLI that the tests bring, where they have been run.
_AWS_OF_TESTS = Path(__file__).parents[2] / ".cache" / "clients" / "bin" / "aws"
# Older ones know no aws configure mfa-login.
_AWS_NEEDED = "  This takes the AWS CLI, 2.30.3 or newer: https://aws.amazon.com/cli/"
_ELSEWHERE = """\
  Links to the AWS console, and aws login, lead to the real AWS, which knows nothing of this one: where the pages
  let you choose, choose the access key."""


def instructions(sandbox: Sandbox) -> str:
    """The instructions, line by line."""
    parts = _with_portal(sandbox, sandbox.portal) if sandbox.portal else _empty(sandbox)
    mail = [_mail(sandbox)] if sandbox.settings.mail else []
    planted = [_planted(sandbox.planted)] if sandbox.planted else []
    return "\n\n".join([*parts, *mail, *planted, "Ctrl-C ends the sandbox and removes everything."])


def _with_portal(sandbox: Sandbox, portal: Portal) -> Iterator[str]:
    yield "Firstday is running, with an AWS of its own that checks IAM policies and MFA codes."
    yield f"""\
THE MEMBER. Open the invitation of {sandbox.member} and follow the pages:

  {portal.invitation["invitation_url"]}

  No phone at hand? In a second terminal, give this the secret key that the page shows:

  {_firstday()} code

  At the end, save the two files into {_short(sandbox.directory / "member")}/ as "credentials" and "config".
  Your own ~/.aws stays as it is:

{_member_environment(sandbox)}

{_aws_needed()}  The first command is denied, as it has no MFA; one asks for a code; the last one lists the buckets:

  {_aws()} s3 ls --profile {sandbox.member}
{_with_mfa(sandbox)}

  The last page has a command that opens your own page. Paste it here, too; it needs aws on the PATH.

{_ELSEWHERE}"""
    yield f"""\
THE ADMINISTRATOR. In a third terminal:

{_environment(sandbox)}
{_admin_environment(sandbox)}
  {_invite(sandbox, "another-member")}

{_admin_key(sandbox)}"""
    yield f"""\
THE DEPLOYER. In the same terminal, after a change of {_settings_name(sandbox)}:

{_commands(sandbox, "deploy", "doctor", "verify", "remove")}"""


def _empty(sandbox: Sandbox) -> Iterator[str]:
    accounts = [
        f"  {each.account_id}  {_account_words(sandbox, each.account_id)}, profile {each.profile}"
        for each in sandbox.organisation.deployers
    ]
    yield "An AWS of its own is running, which checks IAM policies and MFA codes. Nothing is deployed in it yet."
    yield "\n".join(accounts)
    yield f"""\
THE DEPLOYER. In a second terminal:

{_environment(sandbox)}
{_commands(sandbox, "deploy")}"""
    yield f"""\
THE ADMINISTRATOR, whose user, permission and profile are there already. In the same terminal, after that:

{_admin_environment(sandbox)}
{_commands(sandbox, "doctor", "verify")}
  {_invite(sandbox, sandbox.member)}

{_admin_key(sandbox)}"""
    yield f"""\
THE MEMBER. Open the link. Save the two files into {_short(sandbox.directory / "member")}/ as "credentials" and
"config". In a third terminal:

{_aws_needed()}{_member_environment(sandbox)}
{_with_mfa(sandbox)}

{_ELSEWHERE}"""


def _mail(sandbox: Sandbox) -> str:
    return f"""\
MAIL. The portal sends it within a minute. It is caught, and shown with its links at

  {sandbox.aws.mail_url}

  and is in {sandbox.aws.mail_directory}/ as files. The administrator has an invitation mailed with

  {_invite(sandbox, "a-third-member")} --email a-third-member@example.org

  What is sent to an address at bounce.example.com comes back as undeliverable."""


def _planted(planted: PlantedOrganisation) -> str:
    return f"""\
THE ORGANISATION of {_short(planted.file)} was there before: {planted.users} users, {planted.roles} roles. To be
one of the users, by the profile of that name (NAME:2 for a second key, ACCOUNT:NAME outside the identity account):

{_exports(planted.environment)}

  The secret keys of their devices, and their passwords, are in {_short(planted.secrets)}."""


def _admin_environment(sandbox: Sandbox) -> str:
    return f"""\
  export AWS_PROFILE={ADMIN_PROFILE}
  export FIRSTDAY_PORTAL_URL={sandbox.aws.portal_url}"""


def _admin_key(sandbox: Sandbox) -> str:
    return f"""\
  Here, too, an MFA code is asked for. The secret key for an authenticator app, or for the command
  {_firstday()} code, is

  {grouped(sandbox.organisation.admin.seed)}"""


def _member_environment(sandbox: Sandbox) -> str:
    here = _here(sandbox.directory / "member")
    # The SDK for Go assumes the roles of profiles at the address for STS only.
    return f"""\
  export AWS_ENDPOINT_URL={sandbox.aws.endpoint_url}
  export AWS_ENDPOINT_URL_STS={sandbox.aws.endpoint_url}
  export AWS_CONFIG_FILE={here}/config
  export AWS_SHARED_CREDENTIALS_FILE={here}/credentials{_past_proxies()}"""


def _environment(sandbox: Sandbox) -> str:
    return _exports(sandbox.environment)


def _exports(environment: Mapping[str, str]) -> str:
    return "\n".join(f"  export {name}={_here(value)}" for name, value in environment.items()) + _past_proxies()


def _past_proxies() -> str:
    """Where there is a proxy, other tools than ``firstday`` have to be told what it cannot reach."""
    return "".join(f"\n  export {name}={shlex.quote(value)}" for name, value in past_proxies(os.environ).items())


def _commands(sandbox: Sandbox, *commands: str) -> str:
    identity, *others = sandbox.organisation.deployers
    options = [
        *(["--settings", _typed(sandbox.settings_file)] if sandbox.settings_file else []),
        *(f"--account-profile {account_name(sandbox.settings, each.account_id)}={each.profile}" for each in others),
    ]
    profile = {"verify": ADMIN_PROFILE}
    return "\n".join(
        " ".join([f"  {_firstday()} {command} --profile {profile.get(command, identity.profile)}", *options])
        for command in commands
    )


def _invite(sandbox: Sandbox, user_name: str) -> str:
    settings = sandbox.settings
    group = "" if settings.default_groups else f" --group {groups_of_first_member(settings)[0]}"
    return f"{_firstday()} invite {user_name}{group}"


def _with_mfa(sandbox: Sandbox) -> str:
    """The commands with which the member begins the day and uses the first role."""
    settings = sandbox.settings
    source, roles = aws_config.profiles(
        settings,
        user_name=sandbox.member,
        groups=groups_of_first_member(settings),
        serial_number="",
        daily=settings.daily[0],
    )
    commands = [f"  {_aws()} s3 ls --profile {roles[0].name}"]
    if begin := aws_config.morning_command(settings, source, roles):
        commands.insert(0, f"  {_aws()}{begin.removeprefix('aws')}")
    return "\n".join(commands)


def _account_words(sandbox: Sandbox, account_id: str) -> str:
    if account_id == sandbox.settings.identity_account:
        return "the identity account"
    return account_name(sandbox.settings, account_id)


def _settings_name(sandbox: Sandbox) -> str:
    return _short(sandbox.settings_file) if sandbox.settings_file else "firstday.toml"


def _firstday() -> str:
    return _typed(_BIN / "firstday")


def _aws() -> str:
    return _typed(_AWS_OF_TESTS) if _AWS_OF_TESTS.exists() else "aws"


def _aws_needed() -> str:
    return "" if _AWS_OF_TESTS.exists() else f"{_AWS_NEEDED}\n\n"


def _typed(path: Path) -> str:
    return shlex.quote(_short(path))


def _here(path: str | Path) -> str:
    """A path for a variable, which has to be valid in every folder."""
    short = _short(path)
    return shlex.quote(short) if short.startswith("/") else f'"$PWD/{short}"'


def _short(path: str | Path) -> str:
    """A path as people would type it in this folder."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative
