"""An ``aws`` that answers as the AWS CLI does, from botocore in this process: the CLI itself takes half a second.

``tests/unit/test_merge_and_aws_cli.py`` shows that the real ones agree.
"""

import os
import tempfile
from functools import cache
from pathlib import Path
from threading import Thread

from botocore.exceptions import BotoCoreError
from botocore.session import Session

_AWS = """#!/bin/sh
[ "$1 $2 $4" = "configure get --profile" ] || exit 252
printf '%s\\n' "$AWS_CONFIG_FILE" "$AWS_SHARED_CREDENTIALS_FILE" "$3" "$5" >{folder}/asked
read -r status value <{folder}/answered
[ -z "$value" ] || printf '%s\\n' "$value"
exit "$status"
"""


@cache
def aws() -> str:
    """The program. It stands for this process alone, and answers one at a time."""
    folder = Path(tempfile.mkdtemp(prefix="firstday-reader-"))
    folder.chmod(0o755)
    for name in ("asked", "answered"):
        os.mkfifo(folder / name)
        (folder / name).chmod(0o666)
    program = folder / "aws"
    program.write_text(_AWS.format(folder=folder))
    program.chmod(0o755)
    Thread(target=_answer, args=(folder,), daemon=True).start()
    return str(program)


def _answer(folder: Path) -> None:
    while True:
        config, credentials, key, profile = (folder / "asked").read_text().splitlines()
        status, value = _value(config, credentials, key, profile)
        (folder / "answered").write_text(f"{status} {value}\n")


def _value(config: str, credentials: str, key: str, profile: str) -> tuple[int, str]:
    session = Session(profile=profile)
    session.set_config_variable("config_file", config)
    session.set_config_variable("credentials_file", credentials)
    try:
        value = session.get_scoped_config().get(key)
    except BotoCoreError:
        return 255, ""
    return (0, value) if isinstance(value, str) else (1, "")
