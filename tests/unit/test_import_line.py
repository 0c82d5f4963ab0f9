"""Imports form a line: the picture in docs/architecture.md says in which order the packages stand in it.

A package of ``chalicelib``, or a module beside them, imports from those on its left only. Everything before the
log is pure.
"""

import ast
import subprocess
import sys
from collections.abc import Mapping
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
IMPURE = {
    "botocore",
    "boto3",
    "jinja2",
    "markupsafe",
    "chalice",
    "qrcode",
    "os",
    "time",
    "random",
    "socket",
    "logging",
}


def drawn_line() -> list[set[str]]:
    """The names in the picture, from left to right."""
    document = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    picture = document.split("\n## The import line\n")[1].split("```")[1]
    return [{name.strip() for name in level.split(",")} for level in picture.split("<-")]


def modules(package: str) -> dict[str, Path]:
    """The modules of a package, and the packages in it, by their dotted names in it."""
    paths = {
        ".".join(path.relative_to(ROOT / package).with_suffix("").parts): path
        for path in (ROOT / package).rglob("*.py")
    }
    return {name.removesuffix(".__init__"): path for name, path in paths.items() if name != "__init__"}


LINE = drawn_line()
MODULES = modules("chalicelib")
PURE = set().union(*LINE[: next(number for number, level in enumerate(LINE) if "logs" in level)])


def room(module: str) -> str:
    """The package that a module is in, or the module itself if it is beside them."""
    return module.partition(".")[0]


def graph(package: str) -> dict[str, set[str]]:
    """Which modules of the package each one imports."""
    known = modules(package)
    prefix = f"{package}."
    return {
        name: {target.removeprefix(prefix) for target in imported(path) if target.startswith(prefix)} & known.keys()
        for name, path in known.items()
    }


def between_rooms(arrows: Mapping[str, set[str]]) -> dict[str, set[str]]:
    rooms: dict[str, set[str]] = {}
    for name, targets in arrows.items():
        rooms.setdefault(room(name), set()).update({room(target) for target in targets} - {room(name)})
    return rooms


def imported(path: Path) -> set[str]:
    """Dotted names that a file imports, whether at its top or inside a function; types alone do not count."""
    tree = ast.parse(path.read_text("utf-8"))
    ignored = {
        node
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    names = set()
    for node in ast.walk(tree):
        if node in ignored:
            continue
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            names |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_the_picture_has_every_package_and_no_other() -> None:
    drawn = [name for level in LINE for name in level]
    assert sorted(drawn) == sorted({*map(room, MODULES), "app.py"})


@pytest.mark.parametrize("name", sorted({*map(room, MODULES)}))
def test_a_package_imports_only_from_what_stands_on_its_left(name: str) -> None:
    levels = {each: number for number, level in enumerate(LINE) for each in level}
    imported_rooms = between_rooms(graph("chalicelib"))[name]
    assert {target for target in imported_rooms if levels[target] >= levels[name]} == set()


@pytest.mark.parametrize("package", ["chalicelib", "firstday"])
def test_no_import_goes_round_in_a_circle(package: str) -> None:
    TopologicalSorter(graph(package)).prepare()
    TopologicalSorter(between_rooms(graph(package))).prepare()


@pytest.mark.parametrize("name", sorted(name for name in MODULES if room(name) in PURE))
def test_a_pure_module_knows_no_aws_no_page_and_no_clock(name: str) -> None:
    assert {target.partition(".")[0] for target in imported(MODULES[name])} & IMPURE == set()
    source = MODULES[name].read_text("utf-8")
    assert ".now(" not in source
    assert "utcnow" not in source


def test_what_lambda_runs_never_imports_the_command_line() -> None:
    for path in [ROOT / "app.py", *MODULES.values()]:
        assert not any(target.partition(".")[0] == "firstday" for target in imported(path)), path


def test_the_help_of_the_command_line_waits_for_no_sdk() -> None:
    """A command imports everything besides click when it is called."""
    code = (
        "import sys; from firstday.cli import main\ntry: main.main()\nfinally: print(sorted({*sys.modules} & SLOW))"
    )
    slow = {"boto3", "botocore", "chalice", "http.client", "jinja2", "ministack", "tomllib"}
    program = code.replace("SLOW", repr(slow))
    result = subprocess.run([sys.executable, "-c", program, "--help"], cwd=ROOT, capture_output=True, text=True)
    assert "Self-service onboarding" in result.stdout
    assert result.stdout.splitlines()[-1] == "[]"


def test_importing_the_app_needs_no_environment_and_makes_no_client() -> None:
    code = "import app, sys; print(app.app.app_name, 'botocore.client' in sys.modules, 'boto3' in sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={}, capture_output=True, text=True, check=True
    )
    assert result.stdout.split() == ["firstday", "False", "False"]


LAMBDA = """
import os, sys
from botocore.session import get_session
from chalicelib import wiring
from chalicelib.aws.clients import Clients
os.environ["AWS_ACCESS_KEY_ID"] = os.environ["AWS_SECRET_ACCESS_KEY"] = "nobody"
tables = {f"{name}_table": name for name in ("members", "audit", "console")}
clients = Clients(get_session(), "ap-northeast-1")
wiring.use(wiring.assemble(wiring.load(wiring.SETTINGS_FILE), clients, **tables))
os.environ |= {"AWS_LAMBDA_FUNCTION_NAME": "firstday", "AWS_REGION": "ap-northeast-1"}
from app import app
print(sorted(name for name in sys.modules if name.startswith(("chalicelib.admin.", "chalicelib.web.console"))))
before = set(app.routes)
event = {"requestContext": {"httpMethod": "GET", "resourcePath": "/console/nowhere"}, "headers": {}}
app(event, None)
first = {**app.routes}
app(event, None)
print(not any("console" in path for path in before), "/console/members" in first, first == app.routes)
"""


def test_a_members_cold_start_in_lambda_imports_nothing_of_the_administrators() -> None:
    """Their routes are there from their first request on."""
    result = subprocess.run([sys.executable, "-c", LAMBDA], cwd=ROOT, capture_output=True, text=True)
    shown = [line for line in result.stdout.splitlines() if not line.startswith("{")]
    assert shown == ["[]", "True True True"], result.stdout + result.stderr
