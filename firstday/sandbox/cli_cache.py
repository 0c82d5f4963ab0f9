"""The AWS CLI's cached role sessions of former sandboxes.

The CLI keeps a role session for its whole life in ~/.aws/cli/cache, under a name made of the
role and the device. Those are the same in every sandbox, so the CLI would call a new one
with the dead sessions of the last, which it refuses.
"""

import json
from datetime import UTC, datetime
from pathlib import Path

from firstday.sandbox.aws_keys import is_of_the_sandbox

END_OF_TIME = datetime.max.replace(tzinfo=UTC)


def forget_sessions(home: Path, ended_by: datetime = END_OF_TIME) -> int:
    """Delete the cached sessions that a sandbox issued and that end by that time; returns how many there were."""
    stale = [path for path in (home / ".aws" / "cli" / "cache").glob("*.json") if _is_stale(path, ended_by)]
    for path in stale:
        path.unlink(missing_ok=True)
    return len(stale)


def _is_stale(path: Path, ended_by: datetime) -> bool:
    try:
        session = json.loads(path.read_text())["Credentials"]
        # The end is in UTC, which versions of the AWS CLI spell in different ways.
        ends_at = datetime.fromisoformat(session["Expiration"][:19]).replace(tzinfo=UTC)
        return is_of_the_sandbox(session["AccessKeyId"]) and ends_at <= ended_by
    except (OSError, ValueError, KeyError, TypeError):
        return False
