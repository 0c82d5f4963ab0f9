"""The peer: the smallest Chalice app that could do such work, as Chalice itself packages it."""

import json
import os
import subprocess
import sys
from pathlib import Path

APP = """\
import boto3
from chalice import Chalice

app = Chalice(app_name="peer")
iam = boto3.client("iam")
dynamodb = boto3.client("dynamodb")


@app.route("/")
def index():
    return {"hello": "world"}
"""
CONFIG = {"version": "2.0", "app_name": "peer", "stages": {"prod": {"autogen_policy": False}}}
ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "ap-northeast-1",
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "of-no-use",
    "AWS_CONFIG_FILE": os.devnull,
}


def write(directory: Path) -> Path:
    """The peer's project in ``directory``; boto3 is left to Lambda, as with Firstday."""
    (directory / ".chalice").mkdir(parents=True)
    (directory / "app.py").write_text(APP)
    (directory / "requirements.txt").write_text("")
    (directory / ".chalice" / "config.json").write_text(json.dumps(CONFIG))
    (directory / ".chalice" / "policy-prod.json").write_text('{"Version": "2012-10-17", "Statement": []}')
    return directory


def packaged(project: Path, to: Path) -> Path:
    """Its zip, made by ``chalice package``."""
    program = "import sys; from chalice.cli import main; sys.exit(main())"
    subprocess.run(
        [sys.executable, "-c", program, "package", "--stage", "prod", str(to)],
        cwd=project,
        env=os.environ | ENVIRONMENT,
        check=True,
        capture_output=True,
    )
    return to / "deployment.zip"
