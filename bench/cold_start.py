"""A cold start's work before the first request: a fresh process imports the app and makes its clients."""

import os
import statistics
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import botocore

from bench import package, peer

RUNS = 9
LAMBDA = {
    "AWS_LAMBDA_FUNCTION_NAME": "bench",
    "MEMBERS_TABLE": "members",
    "AUDIT_TABLE": "audit",
    "CONSOLE_TABLE": "console",
}


def measure() -> Iterator[str]:
    with TemporaryDirectory() as temporary:
        roots = {
            "Firstday, pages compiled": _unpacked(package.build(Path(temporary, "a")), Path(temporary, "ours")),
            "smallest Chalice app, boto3": _unpacked(
                peer.packaged(peer.write(Path(temporary, "b")), Path(temporary, "c")), Path(temporary, "theirs")
            ),
        }
        seconds: dict[str, list[float]] = {name: [] for name in roots}
        for run in range(RUNS + 1):
            for name, root in roots.items():
                took = _import(root)
                if run:  # the first one warms the machine's own caches
                    seconds[name].append(took)
    yield f"Cold start: a process from nothing to a ready app, {RUNS} runs in turn (min, median, max)"
    for name, taken in seconds.items():
        yield f"  {name:27} {min(taken):5.2f} {statistics.median(taken):5.2f} {max(taken):5.2f} s"


def _unpacked(zip_path: Path, to: Path) -> Path:
    with zipfile.ZipFile(zip_path) as packed:
        packed.extractall(to)
    return to


def _import(root: Path) -> float:
    # Lambda has botocore and boto3 outside the zip; so has this process.
    paths = os.pathsep.join([str(root), str(Path(botocore.__file__).parents[1])])
    environment = peer.ENVIRONMENT | LAMBDA | {"PYTHONPATH": paths, "PATH": os.environ["PATH"]}
    began = time.perf_counter()
    subprocess.run([sys.executable, "-S", "-c", "import app"], cwd=root, env=environment, check=True)
    return time.perf_counter() - began
