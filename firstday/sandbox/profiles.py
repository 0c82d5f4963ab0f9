"""AWS files of the administrator and the deployers for the sandbox, apart from the user's own.

`AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE` lead the AWS CLI and ``firstday`` to them.
"""

from pathlib import Path

from firstday.sandbox.people import ADMIN_PROFILE, Admin, Deployer, Organisation
from firstday.sandbox.private_files import write_private

SOURCE_PROFILE = "admin"


def write(directory: Path, organisation: Organisation, *, region: str, endpoint_url: str) -> dict[str, str]:
    """Write ``config`` and ``credentials`` and return the environment that makes them used."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    where = f"region = {region}\nendpoint_url = {endpoint_url}\n"
    admin, deployers = organisation.admin, organisation.deployers
    config, credentials = directory / "config", directory / "credentials"
    write_private(config, _admin_profiles(admin, where), *(_profile(each, where) for each in deployers))
    write_private(credentials, _keys(SOURCE_PROFILE, admin), *(_keys(each.profile, each) for each in deployers))
    return {"AWS_CONFIG_FILE": str(config), "AWS_SHARED_CREDENTIALS_FILE": str(credentials)}


def _admin_profiles(admin: Admin, where: str) -> str:
    return f"""\
[profile {SOURCE_PROFILE}]
{where}mfa_serial = {admin.serial_number}

[profile {ADMIN_PROFILE}]
{where}role_arn = {admin.role_arn}
role_session_name = {admin.user_name}
source_profile = {SOURCE_PROFILE}
mfa_serial = {admin.serial_number}
"""


def _profile(deployer: Deployer, where: str) -> str:
    return f"[profile {deployer.profile}]\n{where}"


def _keys(profile: str, user: Admin | Deployer) -> str:
    return f"""\
[{profile}]
aws_access_key_id = {user.access_key_id}
aws_secret_access_key = {user.secret_access_key}
"""
