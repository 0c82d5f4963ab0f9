"""The deployment package where Lambda has it: unpacked, beside botocore and nothing else."""

import json
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import botocore

# What is in Lambda besides Python itself, as far as the package needs it.
RUNTIME = ("botocore", "dateutil", "jmespath", "six.py", "urllib3")
PROJECT = Path(__file__).parents[2]
LAMBDA = {
    "AWS_ACCESS_KEY_ID": "ASIAIOSFODNN7EXAMPLE",
    "AWS_DEFAULT_REGION": "ap-northeast-1",
    "AWS_LAMBDA_FUNCTION_NAME": "portal",
    "AWS_REGION": "ap-northeast-1",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AUDIT_TABLE": "audit",
    "CONSOLE_TABLE": "console",
    "MEMBERS_TABLE": "members",
    # Nobody listens there, so that nothing leaves this computer.
    "AWS_ENDPOINT_URL_DYNAMODB": "https://127.0.0.1:9",
    "AWS_ENDPOINT_URL_IAM": "https://127.0.0.1:9",
}
_FRAME = """
import sys
package = {package!r}
sys.path[:0] = [package, {runtime!r}]
{program}
import json
print(json.dumps(answer))
"""


@dataclass(frozen=True, slots=True)
class DeployedPackage:
    """``folder`` has the contents of the zip, ``runtime`` what Lambda has besides."""

    folder: Path
    runtime: Path

    def run(self, program: str, *, in_lambda: bool = False) -> Any:
        """What ``program`` leaves in ``answer``, as JSON; it has the folder's name in ``package``.

        Isolated, without site-packages, and without keeping what is compiled only now. It may not print anything.
        """
        text = _FRAME.format(package=str(self.folder), runtime=str(self.runtime), program=program)
        command = [sys.executable, "-I", "-S", "-B", "-c", text]
        environment = LAMBDA if in_lambda else {}
        ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert ran.stderr == ""
        return json.loads(ran.stdout)


def deployed_package(zip_path: Path, to: Path) -> DeployedPackage:
    """The package unpacked in ``to``."""
    found = DeployedPackage(to / "package", to / "runtime")
    found.runtime.mkdir()
    with zipfile.ZipFile(zip_path) as packed:
        packed.extractall(found.folder)
    for name in RUNTIME:
        (found.runtime / name).symlink_to(Path(botocore.__file__).parents[1] / name)
    return found
