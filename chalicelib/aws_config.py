"""The member's ``~/.aws/config``: profiles as plain records, and their text.

The rules behind each key, with their sources:
https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-role.html
https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields

from chalicelib.settings import Settings

_ALLOWED_IN_PROFILE = re.compile(r"[^A-Za-z0-9._-]")


@dataclass(frozen=True, slots=True)
class SourceProfile:
    """The profile of the access key, in the identity account.

    The AWS CLI reads ``mfa_serial`` from the profile with ``role_arn`` only; aws-vault
    and awsume look here, and aws-extend-switch-roles for ``aws_account_id``.
    """

    name: str
    region: str
    mfa_serial: str
    aws_account_id: str


@dataclass(frozen=True, slots=True)
class RoleProfile:
    """A profile that assumes a role; the fields after ``name`` are the keys of its section, in order.

    ``duration_seconds`` is the role's maximum, which STS grants to long-term keys with MFA;
    more would be an error rather than be capped, and 900 would ask for a code every time.
    """

    name: str
    region: str
    role_arn: str
    source_profile: str
    mfa_serial: str
    role_session_name: str
    duration_seconds: int
    aws_account_id: str


def source_profile_name(user_name: str, taken: Iterable[str]) -> str:
    """A profile name for the member: their user name wherever every tool can read that.

    IAM allows more characters than profiles do, and a member may be named like
    a role's profile; a duplicate section would make the file unreadable.
    """
    name = _ALLOWED_IN_PROFILE.sub("-", user_name)
    occupied = {"default", *taken}
    while name in occupied:
        name += "-user"
    return name


def profiles(
    settings: Settings, *, user_name: str, groups: Iterable[str], serial_number: str
) -> tuple[SourceProfile, tuple[RoleProfile, ...]]:
    """The member's source profile and one profile for each role of ``groups``."""
    roles = settings.roles_of(groups)
    source = source_profile_name(user_name, (role.profile for role in roles))
    return SourceProfile(source, settings.region, serial_number, settings.identity_account), tuple(
        RoleProfile(
            name=role.profile,
            region=role.region or settings.region,
            role_arn=role.arn(settings.partition),
            source_profile=source,
            mfa_serial=serial_number,
            role_session_name=user_name,  # the trust policies insist on it
            duration_seconds=role.maximum_session_seconds,
            aws_account_id=role.account_id,
        )
        for role in roles
    )


def rendered(source: SourceProfile, roles: Iterable[RoleProfile]) -> str:
    """The whole file for a fresh machine. LF, no BOM; no comment after a value, which would be part of it."""
    return "\n".join([_section(source), *(_section(role) for role in roles)])


def rendered_credentials(profile_name: str, access_key_id: str, secret_access_key: str) -> str:
    """The member's section of ``~/.aws/credentials``."""
    return f"[{profile_name}]\naws_access_key_id = {access_key_id}\naws_secret_access_key = {secret_access_key}\n"


def _section(profile: SourceProfile | RoleProfile) -> str:
    keys = [field.name for field in fields(profile) if field.name != "name"]
    lines = [f"[profile {profile.name}]", *(f"{key} = {getattr(profile, key)}" for key in keys)]
    return "\n".join(lines) + "\n"
