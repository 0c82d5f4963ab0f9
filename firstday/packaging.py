"""The deployment package: the zip that Lambda runs, and the portal's template.

Chalice packages a copy of the project that holds exactly what ships, in a folder of its
own: its cache in ``.chalice/deployments`` would miss renamed files, and a compiled
``__pycache__`` beside the sources would ship. Each package is kept in
``.cache/``, under the contents of everything that went into it.
"""

import hashlib
import json
import os
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from chalicelib.aws import packaged_data
from chalicelib.settings.records import Settings
from chalicelib.settings.time_zones import PACKAGED, rules_of
from firstday import bundle, sbom, template_compiler, trimmed_botocore
from firstday.bundle import PackagingError
from firstday.runtimes import check_python, compiles, runtime_of, this_python
from firstday.stack.templates import STAGE, Template, portal_overlay
from firstday.stack.throttling import signed_methods

__all__ = ["Package", "PackagingError", "build", "merge"]

KEPT_IN_CACHE = 5


@dataclass(frozen=True, slots=True)
class Package:
    """The package to deploy: the portal's template, and its code in ``zip_path``.

    ``sbom_path`` is the list of its components. The package stays in the project's cache.
    """

    template: Template
    zip_path: Path
    sbom_path: Path


@dataclass(frozen=True, slots=True)
class _Goal:
    """The Python that the package is for."""

    runtime: str
    is_compiled: bool
    time_zone: str = ""


def build(
    project: Path, settings: Settings, directory: Path, settings_file: Path | None = None, stage: str = STAGE
) -> Package:
    """Package the app in ``project`` into ``directory``; raises PackagingError.

    ``settings`` are those of ``settings_file``, which ships with it: the project's ``firstday.toml`` by default.
    It takes some seconds the first time, and is instant while nothing changes.
    """
    python = this_python()
    check_python(settings, python)
    _check_links(project)
    goal = _Goal(runtime_of(settings, python), compiles(settings, python), settings.time_zone)
    inputs = _inputs(project, settings_file)
    cache, key = project / ".cache" / "packages", _digest(inputs, goal)
    made = _cached(cache, key, lambda to: _package(project, inputs, goal, to))
    directory.mkdir(parents=True, exist_ok=True)
    zip_path = directory / "deployment.zip"
    shutil.copyfile(made / "deployment.zip", zip_path)
    template = json.loads((made / "sam.json").read_text(encoding="utf-8"))
    merged = merge(template, portal_overlay(settings, stage, signed_methods(template)))
    (directory / "template.json").write_text(json.dumps(merged, indent=2), encoding="utf-8")
    return Package(merged, zip_path, made / sbom.FILE_NAME)


def merge(below: Mapping[str, Any], above: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    """``above`` over ``below``, table by table.

    Two lists at the same place raise ValueError: none of them has priority.
    """
    merged = dict(below)
    for key, value in above.items():
        place = f"{path}.{key}" if path else key
        if isinstance(value, list) and isinstance(below.get(key), list):
            raise ValueError(f"Both templates have a list at {place}.")
        is_deep = isinstance(value, Mapping) and isinstance(below.get(key), Mapping)
        merged[key] = merge(below[key], value, place) if is_deep else value
    return merged


def _package(project: Path, inputs: list[tuple[str, Path]], goal: _Goal, to: Path) -> None:
    """Put ``deployment.zip``, Chalice's template ``sam.json`` and the list of components into the folder ``to``."""
    with tempfile.TemporaryDirectory() as temporary:
        copy, root, made = Path(temporary, "copy"), Path(temporary, "root"), Path(temporary, "made")
        for name, path in inputs:
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy / name)
        # Chalice would download the requirements again after every change of the code.
        (copy / "requirements.txt").unlink()
        bundle.run_chalice(copy, STAGE, made)
        with zipfile.ZipFile(made / "deployment.zip") as packed:
            packed.extractall(root)
        if goal.is_compiled:
            for package in ("chalice", "chalicelib"):
                bundle.compile_away(root / package, root)
            bundle.compile_all(root)
        dependencies = _dependencies(project, goal)
        installed = dependencies / "installed"
        if goal.is_compiled:
            bundle.compile_templates_away(root, installed)
        bundle.write_settings(root)
        if rules := rules_of(goal.time_zone):
            (root / PACKAGED.name).write_bytes(rules)
        trimmed_botocore.write(root / packaged_data.FOLDER.name)
        shutil.copytree(installed, root, dirs_exist_ok=True)
        bundle.write_zip(root, to / "deployment.zip")
        shutil.copyfile(made / "sam.json", to / "sam.json")
        report = json.loads((dependencies / "report.json").read_text(encoding="utf-8"))
        digest = hashlib.sha256((to / "deployment.zip").read_bytes()).hexdigest()
        sbom.write(sbom.bill_of_materials(report, digest), to)


def _dependencies(project: Path, goal: _Goal) -> Path:
    """A folder with the requirements, ``installed``, and pip's report of that."""
    requirements = project / "requirements.txt"

    def install(to: Path) -> None:
        (to / "installed").mkdir()
        report = to / "report.json"
        bundle.install(requirements, to / "installed", report, goal.runtime, is_compiled=goal.is_compiled)

    return _cached(
        project / ".cache" / "dependencies", _digest([("requirements.txt", requirements)], goal), install
    )


def _check_links(project: Path) -> None:
    """Raises PackagingError where Git has written links as files with their targets in them, as on Windows."""
    vendor = project / "vendor"
    settings = vendor / "firstday.toml"
    is_text = settings.is_file() and settings.read_bytes().strip() == b"../firstday.toml"
    if is_text or not (vendor / "templates").is_dir():
        name = "vendor/firstday.toml" if is_text else "vendor/templates"
        raise PackagingError(
            f"{name} has to be a link, and Git has not made one: on Windows, it does so only if told to. Turn on "
            "Windows' developer mode, then run: git config core.symlinks true, and git checkout -- vendor"
        )


def _inputs(project: Path, settings_file: Path | None = None) -> list[tuple[str, Path]]:
    """The files that the package depends on: names in the project and the files, sorted."""
    files = [project / "app.py", project / "requirements.txt", *(project / ".chalice").glob("*.json")]
    for folder in ("chalicelib", "vendor"):
        # os.walk, because templates/ ships through a link under vendor/.
        for parent, _, names in os.walk(project / folder, followlinks=True):
            files += [Path(parent, name) for name in names]
    found = {path.relative_to(project).as_posix(): path for path in files}
    if settings_file:
        found["vendor/firstday.toml"] = settings_file
    return sorted((name, path) for name, path in found.items() if bundle.is_source(name) and bundle.ships(name))


def _digest(files: Iterable[tuple[str, Path]], goal: _Goal) -> str:
    """A digest of the files, of the tools that package them, and of the Python that they are for."""
    tools = [f"{tool} {version(tool)}" for tool in ("chalice", "botocore")]
    digest = hashlib.sha256(f"{sys.version} {tools} {goal}".encode())
    makers = (__file__, bundle.__file__, template_compiler.__file__, trimmed_botocore.__file__, sbom.__file__)
    for name, path in [*files, *(("", Path(maker)) for maker in makers)]:
        content = path.read_bytes()
        digest.update(f"\n{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:32]


def _cached(cache: Path, key: str, make: Callable[[Path], None]) -> Path:
    """The folder ``key`` in ``cache``, made if it is not there yet."""
    folder = cache / key
    if not folder.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache, prefix="unfinished-") as temporary:
            unfinished = Path(temporary, key)
            unfinished.mkdir()
            make(unfinished)
            # Another process that packages the same may have been faster.
            with suppress(OSError):
                unfinished.rename(folder)
        _forget_oldest(cache)
    return folder


def _forget_oldest(cache: Path) -> None:
    with suppress(FileNotFoundError):  # somebody else does the same
        newest_first = sorted(cache.iterdir(), key=lambda folder: folder.stat().st_mtime, reverse=True)
        for folder in newest_first[KEPT_IN_CACHE:]:
            shutil.rmtree(folder)
