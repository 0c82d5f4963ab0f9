"""``firstday deploy`` into the embedded AWS: the very command, in a process of its own, as root of each account."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from chalicelib.settings.records import Settings
from firstday.loopback import past_proxies
from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from firstday.stack.templates import known_accounts, target_accounts

PROJECT = Path(__file__).resolve().parents[2]


class OwnDeployment:
    """A running ``firstday deploy``; it may begin before the embedded AWS is ready, whose port is open already."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def finish(self) -> None:
        """Wait for it; raises DeploymentError with what it said."""
        _, said = self._process.communicate()
        if self._process.returncode != 0:
            from firstday.aws_calls import DeploymentError

            raise DeploymentError(
                said.strip().removeprefix("firstday: ") or "firstday deploy ended without a word."
            )


@contextmanager
def own_deployment(aws: EmbeddedAWS, settings: Settings, settings_file: Path | None) -> Iterator[OwnDeployment]:
    """Begin to deploy; when the block ends, nothing of it runs any more."""
    with TemporaryDirectory(prefix="firstday-deploy-") as directory:
        process = subprocess.Popen(
            _command(settings, settings_file),
            cwd=PROJECT,
            env=environment(aws, settings, Path(directory)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            with process:
                yield OwnDeployment(process)
        finally:
            process.kill()


def _command(settings: Settings, settings_file: Path | None) -> list[str]:
    command = [sys.executable, "-m", "firstday.cli.main", "deploy", "--yes", "--json"]
    command += ["--profile", settings.identity_account]
    for account_id in target_accounts(settings):
        command += ["--account-profile", f"{account_id}={account_id}"]
    return command + (["--settings", str(settings_file.resolve())] if settings_file else [])


def environment(aws: EmbeddedAWS, settings: Settings, directory: Path) -> dict[str, str]:
    """This process's environment without the user's AWS settings. Profiles are named after the accounts' ids."""
    credentials = directory / "credentials"
    accounts = known_accounts(settings)
    credentials.touch(mode=0o600)
    credentials.write_text("".join(map(_profile, map(aws.root_credentials, accounts), accounts)))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return (
        kept
        | past_proxies(kept)
        | {
            "AWS_ENDPOINT_URL": aws.endpoint_url,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": str(credentials),
            "AWS_EC2_METADATA_DISABLED": "true",
        }
    )


def _profile(root: Any, account_id: str) -> str:
    keys = f"aws_access_key_id = {root.access_key_id}\naws_secret_access_key = {root.secret_access_key}\n"
    return f"[{account_id}]\n{keys}"
