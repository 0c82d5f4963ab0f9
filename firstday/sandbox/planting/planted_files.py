"""The files with which the planted users can be played: AWS files, and the secrets of devices and passwords."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from firstday.sandbox.planting.planted import Planted, PlantedUser
from firstday.sandbox.private_files import write_private

SECRETS = "secrets.json"


def write(
    directory: Path, planted: Planted, account_names: dict[str, str], *, region: str, endpoint_url: str
) -> dict[str, str]:
    """Write ``config``, ``credentials`` and the secrets; returns the environment that makes the first two used.

    ``account_names`` has the prefix of each account's profiles, which is empty for the identity account.
    """
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    profiles = [found for user in planted.users for found in _profiles(user, account_names[user.account_id])]
    where = f"region = {region}\nendpoint_url = {endpoint_url}\n"
    config, credentials = directory / "config", directory / "credentials"
    write_private(config, *(f"[profile {name}]\n{where}" for name, _ in profiles))
    write_private(credentials, *(f"[{name}]\n{keys}" for name, keys in profiles))
    write_private(directory / SECRETS, json.dumps(_secrets(planted.users, account_names), indent=2) + "\n")
    return {"AWS_CONFIG_FILE": str(config), "AWS_SHARED_CREDENTIALS_FILE": str(credentials)}


def _profiles(user: PlantedUser, prefix: str) -> Iterator[tuple[str, str]]:
    """``NAME`` has the user's first key, ``NAME:2`` the second: no user's name has a colon."""
    for number, key in enumerate(user.keys, 1):
        name = prefix + user.user_name + (f":{number}" if number > 1 else "")
        yield (
            name,
            f"aws_access_key_id = {key.access_key_id}\naws_secret_access_key = {key.secret_access_key}\n",
        )


def _secrets(users: Sequence[PlantedUser], account_names: dict[str, str]) -> dict[str, Any]:
    """By user, as their profile is called: the password, and the secret key of each device."""
    return {
        account_names[user.account_id] + user.user_name: {
            "password": user.password or None,
            "devices": [{"serial_number": one.serial_number, "secret_key": one.seed} for one in user.devices],
        }
        for user in users
    }
