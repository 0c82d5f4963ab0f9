"""The locked sets of packages, as the requirements files have them."""

import re
from pathlib import Path

PROJECT = Path(__file__).parents[2]
SHIPPED, SANDBOX, TESTS = (f"requirements{which}" for which in ("", "-sandbox", "-dev"))


def locked(name: str) -> dict[str, tuple[str, frozenset[str]]]:
    """The version and the hashes of each package in a set."""
    text = (PROJECT / f"{name}.txt").read_text()
    entries = re.findall(r"^([a-z0-9-]+)==(\S+).*\n((?: {4}--hash=.*\n)+)", text, re.MULTILINE)
    return {
        package: (version, frozenset(re.findall("sha256:[0-9a-f]{64}", hashes)))
        for package, version, hashes in entries
    }
