"""What SDKs read from a member's files: botocore, and the one for JavaScript in a process of its own."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.helpers.aws_clients import INSTALLED, JAVASCRIPT
from tests.helpers.aws_configs import parsed
from tests.helpers.running_sandbox import BIN

Profiles = dict[str, dict[str, str]]


def read_by_botocore(config: str, credentials: str) -> tuple[Profiles, Profiles]:
    return parsed(config), parsed(credentials, "credentials")


class JavaScriptReader:
    """The SDK for JavaScript: one process for all files."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def read(self, config: str, credentials: str) -> tuple[Profiles, Profiles]:
        assert self._process.stdin
        assert self._process.stdout
        with TemporaryDirectory() as folder:
            for name, text in (("config", config), ("credentials", credentials)):
                Path(folder, name).write_text(text, "utf-8", newline="")
            self._process.stdin.write(f"{folder}\n")
            self._process.stdin.flush()
            read: Mapping[str, Any] = json.loads(self._process.stdout.readline())
        return read["configFile"], read["credentialsFile"]


@contextmanager
def javascript_reader() -> Iterator[JavaScriptReader]:
    command = [str(BIN / "node"), str(JAVASCRIPT / "read-profiles.cjs")]
    environment = {"NODE_PATH": str(INSTALLED / "node_modules")}
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield JavaScriptReader(process)
