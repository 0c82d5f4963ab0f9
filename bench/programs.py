"""The measured programs, unpacked as Lambda has them: Firstday's package, and its peers."""

import os
import shutil
import subprocess
import zipfile
from dataclasses import dataclass
from pathlib import Path

from bench.installing import CACHE, ROOT, BenchError, Installed

PEERS = ROOT / "bench" / "peers"
PAGE = ("jinja2", "qrcode")
OBVIOUS = "Chalice, obvious way"
COMPILED = "the same as bytecode"
FLOOR = "bare handler, no page"
FIRSTDAY = "Firstday"
# The module, and the distributions that it needs besides Lambda's own.
WRITTEN = {
    FLOOR: ("bare", ()),
    OBVIOUS: ("with_chalice", PAGE),
    COMPILED: ("with_chalice", PAGE),
    "Flask + apig-wsgi": ("with_flask", (*PAGE, "flask", "apig-wsgi")),
    "Powertools": ("with_powertools", (*PAGE, "aws-lambda-powertools")),
    "FastAPI + Mangum": ("with_fastapi", (*PAGE, "fastapi", "mangum")),
}
# By names that earlier revisions have too.
_PACKAGE = """\
import sys
from pathlib import Path
from chalicelib.wiring import SETTINGS_FILE, load
from firstday import packaging
packaging.build(Path.cwd(), load(SETTINGS_FILE), Path(sys.argv[1]))
"""


@dataclass(frozen=True)
class Program:
    """``root`` is what Lambda unpacks; ``kilobytes`` are those of the zip."""

    name: str
    root: Path
    handler: str
    kilobytes: float


def firstday(python: Installed, to: Path, revision: str | None = None) -> Program:
    """The package of this checkout, or of a ``revision`` of it, made by the Python that it is for."""
    project = _checked_out(revision) if revision else ROOT
    made = to / "made"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "AWS_"))}
    environment |= {"PYTHONPATH": str(project), "PYTHONDONTWRITEBYTECODE": "1"}
    _run([str(python.python), "-c", _PACKAGE, str(made)], project, environment)
    zip_path = made / "deployment.zip"
    with zipfile.ZipFile(zip_path) as packed:
        packed.extractall(to / "root")
    name = f"{FIRSTDAY} at {revision}" if revision else FIRSTDAY
    return Program(name, to / "root", "app.app", zip_path.stat().st_size / 1000)


def peer(python: Installed, name: str, to: Path) -> Program:
    """As ``chalice package`` and ``sam build`` make it: sources, which a cold start compiles."""
    module, needed = WRITTEN[name]
    root = to / "root"
    root.mkdir(parents=True)
    if needed:
        python.copy(needed, root)
        shutil.copyfile(PEERS / "obvious_page.py", root / "obvious_page.py")
        shutil.copytree(ROOT / "templates", root / "templates")
        shutil.copytree(ROOT / "chalicelib" / "locale", root / "locale")
    if module == "with_chalice":
        (root / "chalice").mkdir()
        for file in ("__init__.py", "app.py"):  # as `chalice package` does
            shutil.copyfile(python.site_packages / "chalice" / file, root / "chalice" / file)
    shutil.copyfile(PEERS / f"{module}.py", root / f"{module}.py")
    if name == COMPILED:
        compile_all(python, root)
    size = Path(shutil.make_archive(str(to / "deployment"), "zip", root)).stat().st_size / 1000
    return Program(name, root, f"{module}.app", size)


def compile_all(python: Installed, root: Path) -> None:
    _run([str(python.python), "-m", "compileall", "-q", str(root)], root, dict(os.environ))


def trust(root: Path, certificate: str) -> None:
    """Add the certificate to each bundle of authorities under ``root``, whose size and place stay."""
    for bundle in root.rglob("*.pem"):
        with bundle.open("a") as file:
            file.write(f"\n{certificate}")


def _checked_out(revision: str) -> Path:
    done = subprocess.run(
        ["git", "rev-parse", "--verify", f"{revision}^{{commit}}"], cwd=ROOT, capture_output=True, text=True
    )
    if done.returncode != 0:
        raise BenchError(f"There is no revision {revision}: git log --oneline lists them.")
    commit = done.stdout.strip()
    folder = CACHE / "revisions" / commit
    if not folder.exists():
        unfinished = folder.with_suffix(".unfinished")
        unfinished.mkdir(parents=True, exist_ok=True)
        archive = unfinished.with_suffix(".tar")
        _run(["git", "archive", "--output", str(archive), commit], ROOT, dict(os.environ))
        shutil.unpack_archive(archive, unfinished, filter="tar")
        archive.unlink()
        unfinished.rename(folder)
    return folder


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BenchError(f"{' '.join(command[:3])} failed:\n{(done.stderr or done.stdout).strip()[-2000:]}")
