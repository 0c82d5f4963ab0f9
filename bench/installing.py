"""What is measured, installed for the Python that is measured: into .cache/bench/, once per set of requirements."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
REQUIREMENTS = ROOT / "bench" / "requirements.txt"
CACHE = ROOT / ".cache" / "bench"
# Lambda's newest that every peer has wheels for.
WANTED = "python3.13"
# What Lambda's own folder has besides the standard library.
LAMBDAS = ("awslambdaric", "boto3")
REMEDY = "Name a Python 3.11, 3.12 or 3.13 that has venv: make bench BENCH_PYTHON=/path/to/python3.13"


class BenchError(Exception):
    """The bench cannot run; the message says what helps."""


@dataclass(frozen=True)
class Installed:
    """``python`` is of a virtual environment with everything; ``base`` is the Python that it was made with."""

    base: str
    version: str
    python: Path
    site_packages: Path

    def copy(self, names: Iterable[str], to: Path) -> None:
        """Copy these distributions and what they need, as sources, into the folder ``to``."""
        found: dict[str, Distribution] = {
            canonicalize_name(one.name): one for one in distributions(path=[str(self.site_packages)])
        }
        for distribution in _with_needed(found, names):
            for file in distribution.files or ():
                # Not the commands, which are beside the site-packages, and nothing compiled.
                if ".." not in file.parts and "__pycache__" not in file.parts:
                    target = to / file
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(str(file.locate()), target)


def _chosen_python() -> str:
    """``BENCH_PYTHON``, else Python 3.13 if there is one, else the Python that runs this."""
    if named := os.environ.get("BENCH_PYTHON"):
        return named
    found = shutil.which(WANTED)
    # A shim may be there without a Python behind it.
    return found if found and _facts(found) else sys.executable


def installed() -> Installed:
    base = _chosen_python()
    facts = _facts(base)
    if facts is None:
        raise BenchError(f"{base} does not run. {REMEDY}")
    digest = hashlib.sha256(REQUIREMENTS.read_bytes() + json.dumps(facts).encode()).hexdigest()[:16]
    folder = CACHE / f"python{facts['version']}-{digest}"
    if not (folder / "finished").exists():
        _install(base, folder)
    (site_packages,) = folder.glob("lib/python*/site-packages")
    return Installed(facts["executable"], facts["version"], folder / "bin" / "python", site_packages)


def _facts(python: str) -> dict[str, str] | None:
    # Of the Python behind a virtual environment: what is measured must not find the environment's packages.
    program = (
        "import json, platform, sys; "
        "print(json.dumps({'version': platform.python_version(), 'executable': sys._base_executable}))"
    )
    with suppress(OSError):
        done = subprocess.run([python, "-c", program], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            facts: dict[str, str] = json.loads(done.stdout)
            return facts
    return None


def _install(base: str, folder: Path) -> None:
    print(f"Installing what the bench needs into {folder.relative_to(ROOT)} (a minute, once) ...", file=sys.stderr)
    shutil.rmtree(folder, ignore_errors=True)
    python = str(folder / "bin" / "python")
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    wheels = ["--require-hashes", "--only-binary", ":all:", "--requirement", str(REQUIREMENTS)]
    # The package's list of components reads the project's own version.
    project = ["--no-build-isolation", "--editable", str(ROOT)]
    for command in ([base, "-m", "venv", str(folder)], [*pip, *wheels], [*pip, *project]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            said = (done.stderr or done.stdout).strip()[-2000:]
            raise BenchError(f"{' '.join(command[:4])} failed:\n{said}\n{REMEDY}")
    (folder / "finished").touch()


def _with_needed(found: Mapping[str, Distribution], names: Iterable[str]) -> Iterable[Distribution]:
    wanted, known = list(names), set[str]()
    while wanted:
        name = canonicalize_name(wanted.pop())
        if name not in known:
            known.add(name)
            needed = [Requirement(text) for text in found[name].requires or ()]
            wanted += [one.name for one in needed if one.marker is None or one.marker.evaluate({"extra": ""})]
    return [found[name] for name in sorted(known)]
