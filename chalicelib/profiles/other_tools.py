"""The member's profiles for other tools than the AWS CLI.

https://github.com/tilfinltd/aws-extend-switch-roles#configuration
https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
"""

from collections.abc import Iterable

from chalicelib.profiles.aws_config import RoleProfile, Source


def switch_roles(source: Source, roles: Iterable[RoleProfile]) -> str:
    """The configuration of aws-extend-switch-roles, which switches roles in the console.

    It shows a role only to somebody who is signed in to the account of the role's source profile. The console
    cannot switch to roles that demand an external id.
    """
    sections = [
        f"[{source.name}]\naws_account_id = {source.aws_account_id}\n",
        *(
            f"[{role.name}]\nrole_arn = {role.role_arn}\nregion = {role.region}\n"
            f"source_profile = {role.source_profile}\n"
            for role in roles
            if not role.external_id
        ),
    ]
    return "\n".join(sections)


def process_names(source: Source, roles: Iterable[RoleProfile]) -> tuple[str, ...]:
    """For each role, the name of the profile that has its credentials without asking for a code."""
    names = [source.name, *(role.name for role in roles)]
    found = tuple(f"{name}-process" for name in names[1:])
    while set(found) & set(names):
        found = tuple(f"{name}-process" for name in found)
    return found


def with_process(source: Source, roles: tuple[RoleProfile, ...]) -> str:
    """A second profile for each role, for tools that cannot ask for an MFA code: the AWS CLI gives the credentials.

    It takes them from its cache, so the tool sees no question once the CLI has asked one; with a session of the
    morning, none at all. Version 1 of the CLI has no ``export-credentials``. With ``AWS_CLI_AUTO_PROMPT=on``, it
    would wait for a key press.
    """
    return "\n".join(
        f"[profile {name}]\nregion = {role.region}\n"
        f"credential_process = aws configure export-credentials --profile {role.name} --format process"
        " --no-cli-auto-prompt\n"
        for name, role in zip(process_names(source, roles), roles, strict=True)
    )
