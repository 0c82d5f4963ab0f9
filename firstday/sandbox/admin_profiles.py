"""The administrator's AWS files for the sandbox, apart from the user's own.

`AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE` lead the AWS CLI and ``firstday`` to them.
"""

import os
from pathlib import Path

from .organisation import Admin

SOURCE_PROFILE = "admin"
ADMIN_PROFILE = "firstday-admin"


def write(directory: Path, admin: Admin, *, region: str, endpoint_url: str) -> dict[str, str]:
    """Write ``config`` and ``credentials`` and return the environment that makes them used."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    config, credentials = directory / "config", directory / "credentials"
    _write_private(config, _config(admin, region, endpoint_url))
    _write_private(credentials, _credentials(admin))
    return {
        "AWS_CONFIG_FILE": str(config),
        "AWS_SHARED_CREDENTIALS_FILE": str(credentials),
        "AWS_PROFILE": ADMIN_PROFILE,
    }


def _config(admin: Admin, region: str, endpoint_url: str) -> str:
    return f"""\
[profile {SOURCE_PROFILE}]
region = {region}
endpoint_url = {endpoint_url}
mfa_serial = {admin.serial_number}

[profile {ADMIN_PROFILE}]
region = {region}
endpoint_url = {endpoint_url}
role_arn = {admin.role_arn}
role_session_name = {admin.user_name}
source_profile = {SOURCE_PROFILE}
mfa_serial = {admin.serial_number}
"""


def _credentials(admin: Admin) -> str:
    return f"""\
[{SOURCE_PROFILE}]
aws_access_key_id = {admin.access_key_id}
aws_secret_access_key = {admin.secret_access_key}
"""


def _write_private(path: Path, text: str) -> None:
    """A file of mode 0600 from its first moment on."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
