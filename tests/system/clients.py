"""The clients that read a member's files, as ``tests/install-clients`` installs them."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path

from tests.system.running_sandbox import BIN, ROOT, Member

INSTALLED = ROOT / ".cache" / "clients"
JAVASCRIPT = ROOT / "tests" / "system" / "javascript"
V2_PROGRAM = INSTALLED / "bin" / "aws"
DEBIANS_AWS = Path("/usr/bin/aws")


@dataclass(frozen=True)
class Client:
    """``list_buckets`` is the command that does so, but for the profile; ``environment`` is for it alone."""

    name: str
    list_buckets: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)

    def list_as(self, member: Member, profile: str, code: str | None = None) -> tuple[int, str]:
        """List the buckets in a terminal: the exit status and all that it showed."""
        return member.run([*self.list_buckets, profile], code=code, **self.environment)

    def call(self, member: Member, *arguments: str, **environment: str) -> tuple[int, str]:
        """Run its program with other arguments."""
        return member.run([self.list_buckets[0], *arguments], **self.environment, **environment)


def aws_cli(name: str, program: Path) -> Client:
    """The AWS CLI, which profiles with a credential process also find as ``aws``."""
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    return Client(name, (str(program), "s3", "ls", "--profile"), {"PATH": path})


V1 = aws_cli("AWS CLI 1", BIN / "aws")
V2 = aws_cli("AWS CLI 2", V2_PROGRAM)
DEBIANS = aws_cli("AWS CLI 2 of Debian", DEBIANS_AWS)
BOTO3 = Client("boto3", (sys.executable, str(ROOT / "tests" / "system" / "list_buckets.py")))
JAVASCRIPT_SDK = Client(
    "AWS SDK for JavaScript",
    (str(BIN / "node"), str(JAVASCRIPT / "list-buckets.cjs")),
    {"NODE_PATH": str(INSTALLED / "node_modules")},
)


def written_endpoints(directory: Path, url: str) -> str:
    """Models with ``url`` for S3 and STS, for AWS_DATA_PATH: before 2.13, the AWS CLI 2 has no AWS_ENDPOINT_URL.

    https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
    """
    rule = {"type": "endpoint", "conditions": [], "endpoint": {"url": url, "properties": {}, "headers": {}}}
    rules = {"version": "1.0", "parameters": {}, "rules": [rule]}
    for service in ("s3/2006-03-01", "sts/2011-06-15"):
        (directory / service).mkdir(parents=True)
        (directory / service / "endpoint-rule-set-1.json").write_text(json.dumps(rules))
    return str(directory)


@cache
def aws_cli_version(program: Path) -> str:
    """The version that the AWS CLI prints; empty if it is not there."""
    try:
        told = subprocess.run([str(program), "--version"], capture_output=True, text=True, timeout=60).stdout
    except FileNotFoundError:
        return ""
    return told.partition(" ")[0].removeprefix("aws-cli/")


def pinned_versions() -> dict[str, str]:
    """The version of each client that this repository pins; without the AWS CLI 2 where npm's does not run."""
    lock = json.loads((JAVASCRIPT / "package-lock.json").read_text())
    found = {
        V1.name: version("awscli"),
        BOTO3.name: version("boto3"),
        JAVASCRIPT_SDK.name: lock["packages"]["node_modules/@aws-sdk/client-s3"]["version"],
    }
    if V2_PROGRAM.resolve().is_relative_to(INSTALLED.resolve()):
        found[V2.name] = aws_cli_version(V2_PROGRAM)
    return found
