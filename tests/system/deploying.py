"""An administrator who deploys into an embedded AWS with the real command, in this process."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from chalicelib.settings.reader import load
from chalicelib.settings.records import Settings
from firstday.cli.main import cli
from firstday.sandbox.portal_deployment import environment
from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from tests.system.embedded_aws import IDENTITY, REGION, TARGET

EXAMPLE = Path(__file__).resolve().parents[2] / "firstday.toml"
BOTH = ("--profile", IDENTITY, "--account-profile", f"stg={TARGET}")


@dataclass
class Deployer:
    """A deployer with root credentials of both accounts, as profiles that are named after the accounts' ids."""

    aws: EmbeddedAWS
    folder: Path
    settings_file: Path = EXAMPLE

    @property
    def settings(self) -> Settings:
        return load(self.settings_file)

    def run(self, *arguments: str, typed: str | None = None, status: int = 0) -> Result:
        """``firstday`` with these arguments and the settings of this deployer; it has to end with ``status``."""
        variables: Mapping[str, str | None] = environment(self.aws, load(EXAMPLE), self.folder)
        options = ("--settings", str(self.settings_file))
        result = CliRunner().invoke(cli, [*arguments, *options], input=typed, env=variables)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.output
        assert result.exit_code == status, result.output
        return result

    def deploy(self, *options: str, status: int = 0, typed: str | None = None) -> Result:
        """``firstday deploy`` with both profiles; without a question, unless something is ``typed``."""
        return self.run("deploy", *BOTH, *(() if typed else ("--yes",)), *options, status=status, typed=typed)

    def deployed(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.deploy("--json").stdout)
        return answer

    def remove(self, *options: str, status: int = 0, typed: str | None = None) -> Result:
        return self.run("remove", *BOTH, *(() if typed else ("--yes",)), *options, status=status, typed=typed)

    def with_settings(self, *changes: tuple[str, str]) -> "Deployer":
        """A deployer whose ``firstday.toml`` differs from the example: pairs of a text and its replacement."""
        text = EXAMPLE.read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path = self.folder / "changed.toml"
        path.write_text(text, encoding="utf-8")
        return Deployer(self.aws, self.folder, path)

    def client(self, service: str, account_id: str = IDENTITY) -> Any:
        return self.aws.session(account_id).client(service)


@contextmanager
def deploying(folder: Path, *, refused_log_roles: int = 0) -> Iterator[Deployer]:
    """Two empty accounts, and a deployer who may do everything in them."""
    with EmbeddedAWS(
        accounts=(IDENTITY, TARGET), region=REGION, port=0, portal_port=0, refused_log_roles=refused_log_roles
    ) as aws:
        yield Deployer(aws, folder)
