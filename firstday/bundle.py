"""The tools that packaging uses: Chalice, pip, Python's compiler, zip."""

import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from chalicelib.errors import FirstdayError
from firstday import template_compiler

# Tests and programs of dependencies, sources of translations and C modules, type stubs.
LEFT_OUT_FOLDERS = frozenset({"__pycache__", "bin", "tests"})
# Types for mypy and for docs/openapi.json; Lambda never imports them.
TYPES_ONLY = PurePosixPath("chalicelib/web/api/contract")
LEFT_OUT_SUFFIXES = frozenset({".c", ".po", ".pot", ".pyc", ".pyi"})
# They say where mistakes in the settings are: what is packaged has none.
OF_MISTAKES = frozenset({"chalicelib/settings/lines.py", "chalicelib/settings/toml_mistakes.py"})
# What the project itself is written in; the rest of a folder is somebody else's.
SOURCE_SUFFIXES = frozenset({".css", ".html", ".js", ".json", ".mo", ".ps1", ".py", ".sh", ".toml", ".txt"})
# Modules that the portal never imports, and what installers note about a dependency besides its licence.
LEFT_OUT_FILES = frozenset(
    {
        "jinja2/constants.py",
        "jinja2/meta.py",
        "jinja2/nativetypes.py",
        "jinja2/sandbox.py",
        "qrcode/compat/etree.py",
        "qrcode/console_scripts.py",
        "qrcode/image/pil.py",
        "qrcode/image/styledpil.py",
        "qrcode/image/styles/colormasks.py",
        "qrcode/image/styles/moduledrawers/pil.py",
        "qrcode/image/styles/moduledrawers/svg.py",
        "qrcode/image/svg.py",
        "qrcode/release.py",
    }
)
NOTES = frozenset({"INSTALLER", "METADATA", "RECORD", "REQUESTED", "WHEEL", "entry_points.txt", "top_level.txt"})
# The Linux and processor of Lambda, which may differ from those of the computer that packages.
PLATFORM = "manylinux2014_x86_64"
# Where Lambda unpacks the zip, so that tracebacks name files there.
LAMBDA_ROOT = "/var/task"
# The folder that holds the packages ``firstday`` and ``chalicelib``.
CHECKOUT = Path(__file__).parents[1]


class PackagingError(FirstdayError):
    """The package could not be made; the message ends with what the tool said."""

    code = "packaging"


def ships(name: str) -> bool:
    """Whether a file of that name, folders included, is of any use in Lambda."""
    path = PurePosixPath(name)
    if name in LEFT_OUT_FILES or (path.name in NOTES and path.parent.suffix == ".dist-info"):
        return False
    if TYPES_ONLY in path.parents:
        return False
    return not LEFT_OUT_FOLDERS & set(path.parts[:-1]) and path.suffix not in LEFT_OUT_SUFFIXES


def is_source(name: str) -> bool:
    """Whether a file of the project's folders is one of its own that Lambda runs.

    What editors, file managers and merges leave beside them is not.
    """
    path = PurePosixPath(name)
    *folders, file = path.parts
    # Copies and locks have a blank, a bracket, a "~" or a second dot in their names; Emacs marks files with "#".
    is_own = re.fullmatch(r"[\w-]+\.\w+", file, re.ASCII) and not any(part.startswith(".") for part in folders[1:])
    return bool(is_own) and path.suffix in SOURCE_SUFFIXES and name not in OF_MISTAKES


def run_chalice(project: Path, stage: str, to: Path) -> None:
    """``chalice package`` of ``project``: puts deployment.zip and sam.json into ``to``.

    A process of its own, because it imports the project's app.
    """
    # It needs a region and nothing else of AWS; a broken profile or file would stop it.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    files = dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), os.devnull)
    environment |= {**files, "AWS_DEFAULT_REGION": "us-east-1", "PYTHONDONTWRITEBYTECODE": "1"}
    program = "import sys; from chalice.cli import main; sys.exit(main())"
    _run("Chalice", ["-c", program, "package", "--stage", stage, str(to)], project, environment)


def install(requirements: Path, to: Path, report: Path, runtime: str, *, is_compiled: bool) -> None:
    """Install what ``requirements`` pins, as wheels for Lambda's ``runtime``, without files that it does not need.

    pip takes no file whose SHA-256 is not among those in ``requirements``, wherever it comes from, and writes into
    ``report`` what it took. Index, proxy and certificates are those of the user's own settings.
    """
    version = runtime.removeprefix("python")
    python = ["--python-version", version, "--implementation", "cp", "--abi", f"cp{version.replace('.', '')}"]
    for_lambda = ["--platform", PLATFORM, *python, "--only-binary", ":all:"]
    quietly = ["--quiet", "--disable-pip-version-check", "--no-compile"]
    pinned = ["--require-hashes", "--no-deps", "--requirement", str(requirements)]
    arguments = [*for_lambda, *pinned, "--target", str(to), "--report", str(report)]
    _run("pip", ["-m", "pip", "install", *quietly, *arguments], to, dict(os.environ))
    for path in [path for path in to.rglob("*") if path.is_file()]:
        if not ships(path.relative_to(to).as_posix()):
            path.unlink()
    if is_compiled:
        compile_away(to, to)


def compile_all(root: Path) -> None:
    """Compile every module under ``root`` beforehand: Lambda cannot store what it compiles.

    The compiled files are taken as they are, whatever the time of the source, for those
    times are not kept in the zip.
    """
    _compile(root, root, in_place=False)
    for path in list(root.rglob("*.opt-2.pyc")):
        path.rename(path.with_name(path.name.replace(".opt-2", "")))


def compile_away(folder: Path, root: Path) -> None:
    """Put compiled modules in place of their sources, which people can read where they come from.

    Sources are a third of the package, docstrings a tenth.
    https://peps.python.org/pep-3147/#case-4-legacy-pyc-files-and-source-less-imports
    """
    _compile(folder, root, in_place=True)
    for path in list(folder.rglob("*.py")):
        path.unlink()


def _compile(folder: Path, root: Path, *, in_place: bool) -> None:
    """Without docstrings, and without columns: a traceback names file and line all the same."""
    options = ["-q", "-o", "2", "--invalidation-mode", "unchecked-hash", "-s", str(root), "-p", LAMBDA_ROOT]
    compiling = [
        "-I",
        "-X",
        "no_debug_ranges",
        "-m",
        "compileall",
        *options,
        *(["-b"] if in_place else []),
        str(folder),
    ]
    _run("Python's compiler", compiling, root, dict(os.environ))


def compile_templates_away(root: Path, dependencies: Path) -> None:
    """Put compiled pages and mails in place of their sources, by the Jinja in ``dependencies``, which ships."""
    folders = [str(root / "templates"), str(root / "compiled_templates"), f"{LAMBDA_ROOT}/templates"]
    # Jinja goes through sets, and is to write the same bytes each time. "-m" looks into the current folder first.
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "PYTHONHASHSEED": "0"}
    compiling = ["-B", "-X", "no_debug_ranges", "-m", "firstday.template_compiler", *folders]
    _run("Jinja", compiling, dependencies, environment)
    for path in [path for path in (root / "templates").rglob("*") if path.suffix in template_compiler.SUFFIXES]:
        path.unlink()


def write_settings(root: Path) -> None:
    """Put the settings as JSON in place of those in TOML, which takes longer to parse than to check."""
    written = root / "firstday.toml"
    values = tomllib.loads(written.read_text(encoding="utf-8-sig"))
    (root / "firstday.json").write_text(json.dumps(values, separators=(",", ":")), encoding="utf-8")
    written.unlink()


def write_zip(root: Path, zip_path: Path) -> None:
    """Zip what is under ``root``, the same bytes for the same files."""
    with zipfile.ZipFile(zip_path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for path in sorted(path for path in root.rglob("*") if path.is_file()):
            # ZipInfo's own date, 1980, and readable by the user that Lambda runs as.
            entry = zipfile.ZipInfo(path.relative_to(root).as_posix())
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, path.read_bytes(), compresslevel=9)


def _run(what: str, arguments: Sequence[str], folder: Path, environment: dict[str, str]) -> None:
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip()[-2000:]
        raise PackagingError(f"{what} could not make the package:\n{said}")
