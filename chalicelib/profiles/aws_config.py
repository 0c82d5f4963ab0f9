"""The member's ``~/.aws/config``: profiles as plain records, and their text.

The rules behind each key, with their sources:
https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-role.html
https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields

from chalicelib.arns import user_arn
from chalicelib.settings.records import RESERVED_PROFILES, Credentials, Daily, Settings

_ALLOWED_IN_PROFILE = re.compile(r"[^A-Za-z0-9._-]")
# What STS grants to temporary credentials, such as those of aws login; more is an error:
# https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
_CHAINED_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class SourceProfile:
    """The profile of the access key, in the identity account.

    ``mfa_serial`` is there for ``aws configure mfa-login``, else None: it protects nothing, and the AWS SDK
    for .NET refuses every role whose source profile has it. aws-extend-switch-roles reads ``aws_account_id``.
    """

    name: str
    region: str
    mfa_serial: str | None
    aws_account_id: str
    firstday: str


@dataclass(frozen=True, slots=True)
class LoginProfile:
    """The source profile of ``aws login``, which refuses one that has a key or a role.

    It holds nothing else: the region is an option of the command, and MFA is part of signing in.
    https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sign-in.html
    """

    name: str
    login_session: str
    firstday: str

    @property
    def aws_account_id(self) -> str:
        return self.login_session.split(":")[4]


Source = SourceProfile | LoginProfile


@dataclass(frozen=True, slots=True)
class RoleProfile:
    """A profile that assumes a role; the fields after ``name`` are the keys of its section, in order.

    ``duration_seconds`` is the most that STS grants to the source profile's credentials; more
    would be an error rather than be capped, and 900 would ask for a code every time. It is None where the hour
    that AWS tools ask for by themselves is right. ``mfa_serial`` is None where the source profile has used MFA
    already. ``firstday`` is the identity account: by it, a later merge knows the section as its own.
    """

    name: str
    region: str
    role_arn: str
    source_profile: str
    mfa_serial: str | None
    external_id: str | None
    role_session_name: str
    duration_seconds: int | None
    aws_account_id: str
    firstday: str

    @property
    def role_session_arn(self) -> str:
        """Who the member is while in the role, as ``sts get-caller-identity`` tells: without the role's path."""
        partition, role_name = self.role_arn.split(":")[1], self.role_arn.rpartition("/")[2]
        return f"arn:{partition}:sts::{self.aws_account_id}:assumed-role/{role_name}/{self.role_session_name}"


def source_profile_name(user_name: str, taken: Iterable[str]) -> str:
    """A profile name for the member: their user name wherever every tool can read that.

    IAM allows more characters than profiles do, and a member may be named like
    a role's profile; a duplicate section would make the file unreadable.
    """
    # A hyphen at the beginning would make it an option.
    name = _ALLOWED_IN_PROFILE.sub("-", user_name).lstrip("-") or "user"
    occupied = set(taken)
    while name in occupied or name.lower() in RESERVED_PROFILES:
        name += "-user"
    return name


def session_profile_name(source_name: str, taken: Iterable[str]) -> str:
    """The profile that ``aws configure mfa-login`` writes the day's session to, in ``credentials`` only."""
    name, occupied = f"{source_name}-session", set(taken)
    while name in occupied:
        name += "-session"
    return name


def profiles(
    settings: Settings,
    *,
    user_name: str,
    groups: Iterable[str],
    serial_number: str,
    credentials: Credentials = Credentials.ACCESS_KEY,
    daily: Daily = Daily.PROMPT,
) -> tuple[Source, tuple[RoleProfile, ...]]:
    """The member's source profile, and one for each role of ``groups``: see ``Credentials`` and ``Daily``."""
    roles = settings.roles_of(groups)
    names = [role.profile for role in roles]
    is_login = credentials is Credentials.AWS_LOGIN
    is_prompt = not is_login and daily is Daily.PROMPT
    account_id = settings.identity_account
    source: Source
    name = source_profile_name(user_name, names)
    if is_login:
        source = LoginProfile(name, user_arn(settings.partition, account_id, user_name), account_id)
    else:
        source = SourceProfile(name, settings.region, None if is_prompt else serial_number, account_id, account_id)
    assuming = name if is_login or is_prompt else session_profile_name(name, names)
    return source, tuple(
        RoleProfile(
            name=role.profile,
            region=role.region or settings.region,
            role_arn=role.arn(settings.partition),
            source_profile=assuming,
            mfa_serial=serial_number if is_prompt else None,
            external_id=role.external_id or None,
            role_session_name=user_name,  # the trust policies insist on it
            duration_seconds=role.maximum_session_seconds if is_prompt else _CHAINED_SECONDS if is_login else None,
            aws_account_id=role.account_id,
            firstday=account_id,
        )
        for role in roles
    )


def asks_at_roles(roles: tuple[RoleProfile, ...]) -> bool:
    """Whether the AWS CLI asks for an MFA code when a role is used."""
    return any(role.mfa_serial is not None for role in roles)


def morning_command(settings: Settings, source: Source, roles: tuple[RoleProfile, ...]) -> str | None:
    """What begins the member's day; None where each role asks by itself.

    https://docs.aws.amazon.com/cli/latest/reference/configure/mfa-login.html
    """
    if isinstance(source, LoginProfile):  # it would ask for the region, as the profile has none
        return f"aws login --profile {source.name} --region {settings.region}"
    if not roles or asks_at_roles(roles):
        return None
    return f"aws configure mfa-login --profile {source.name} --update-profile {roles[0].source_profile}"


def keys_of(profile: Source | RoleProfile) -> dict[str, str]:
    """The keys of the profile's section with their values, in order."""
    values = {field.name: getattr(profile, field.name) for field in fields(profile) if field.name != "name"}
    return {key: str(value) for key, value in values.items() if value is not None}


def rendered(source: Source, roles: Iterable[RoleProfile]) -> str:
    """The whole file for a fresh machine. LF, no BOM; no comment after a value, which would be part of it."""
    return "\n".join([_section(source), *(_section(role) for role in roles)])


def rendered_credentials(source: Source, access_key_id: str, secret_access_key: str) -> str:
    """The member's section of ``~/.aws/credentials``."""
    return (
        f"[{source.name}]\naws_access_key_id = {access_key_id}\naws_secret_access_key = {secret_access_key}\n"
        f"firstday = {source.firstday}\n"
    )


def _section(profile: Source | RoleProfile) -> str:
    lines = [f"[profile {profile.name}]", *(f"{key} = {value}" for key, value in keys_of(profile).items())]
    return "\n".join(lines) + "\n"
