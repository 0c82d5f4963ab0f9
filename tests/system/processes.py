"""The processes of this machine, to see that none is left behind."""

import subprocess
import time
from pathlib import Path


def processes() -> dict[int, tuple[int, str]]:
    """Every process that is not a zombie: its parent and its state."""
    if Path("/proc/self/stat").exists():  # small Linux systems lack ps
        rows = [row for path in Path("/proc").glob("[0-9]*/stat") if (row := stat(path))]
    else:
        shown = subprocess.run(["ps", "-eo", "pid=,ppid=,stat="], capture_output=True, text=True, check=True)
        rows = [(pid, parent, state) for pid, parent, state in map(str.split, shown.stdout.splitlines())]
    return {int(pid): (int(parent), state) for pid, parent, state in rows if not state.startswith("Z")}


def stat(path: Path) -> tuple[str, str, str] | None:
    try:
        state, parent = path.read_text().rpartition(")")[2].split()[:2]
    except OSError:  # it has just ended
        return None
    return path.parent.name, parent, state


def descendants(pid: int) -> set[int]:
    every, found = processes(), {pid}
    while more := {child for child, (parent, _) in every.items() if parent in found} - found:
        found |= more
    return found - {pid}


def ends(pid: int, seconds: float = 10) -> bool:
    """Whether the process is gone, or only a zombie, within ``seconds``."""
    deadline = time.monotonic() + seconds
    while pid in processes():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
