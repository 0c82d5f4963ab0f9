"""The AWS CLI's cached role sessions of former sandboxes.

The CLI keeps a role session for its whole life in ~/.aws/cli/cache, under a name made of the
role and the device. Those are the same in every sandbox, so the CLI would call a new one
with the dead sessions of the last, which it refuses.
"""

import json
from pathlib import Path

from firstday.sandbox.aws_keys import is_of_the_sandbox


def forget_sessions(home: Path) -> int:
    """Delete the cached sessions that a sandbox issued, and no others; returns how many there were."""
    stale = [path for path in (home / ".aws" / "cli" / "cache").glob("*.json") if _is_stale(path)]
    for path in stale:
        path.unlink(missing_ok=True)
    return len(stale)


def _is_stale(path: Path) -> bool:
    try:
        cached = json.loads(path.read_text())
        return is_of_the_sandbox(cached["Credentials"]["AccessKeyId"])
    except (OSError, ValueError, KeyError, TypeError):
        return False
