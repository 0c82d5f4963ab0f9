"""Files that nobody else on this machine can read."""

import os
from pathlib import Path


def write_private(path: Path, *sections: str) -> None:
    """A file that has mode 0600 from the beginning, its sections an empty line apart."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write("\n".join(sections))
