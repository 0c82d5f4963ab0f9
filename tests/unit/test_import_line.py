"""Imports inside ``chalicelib`` form a line, and its pure modules stay pure."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# From the ground up: a module may import from its own level and from those before it.
LEVELS = (
    ("pure", {"words"}),
    ("pure", {"errors"}),
    ("pure", {"arns", "settings.lines", "settings.table"}),
    ("pure", {"settings.rules"}),
    ("pure", {"settings.statements", "settings.records"}),
    ("pure", {"settings.limits"}),
    ("pure", {"settings.reader"}),
    (
        "pure",
        {
            "members.record",
            "members.invitations",
            "members.mfa",
            "audit",
            "profiles.aws_config",
            "cursors",
            "members.csv_records",
            "members.import_list",
        },
    ),
    ("pure", {"members.versions"}),
    ("pure", {"members.passwords", "profiles.aws_console", "admin.policy_evaluation.conditions"}),
    ("pure", {"admin.policy_evaluation.callers"}),
    ("pure", {"admin.policy_evaluation.trust"}),
    ("pure", {"admin.policy_evaluation.trust_reasons"}),
    (
        "pure",
        {
            "ports",
            "members.invitation_message",
            "profiles.merge_scripts",
            "profiles.other_tools",
            "profiles.fetch_command",
            "members.new_users",
        },
    ),
    ("pure", {"admin.quarantine"}),
    (
        "pure",
        {
            "journey.onboarding",
            "journey.aws_console_password",
            "journey.access_keys",
            "admin.changing_groups",
            "admin.signing_in",
            "admin.import_plan",
            "admin.directory",
        },
    ),
    (
        "pure",
        {
            "journey.device_proof",
            "admin.inviting",
            "admin.resetting",
            "admin.offboarding",
            "admin.checking",
            "admin.sweeping",
        },
    ),
    ("edge", {"logs", "aws.errors", "aws.items", "aws.dynamodb"}),
    (
        "edge",
        {"aws.iam_denials", "aws.iam", "aws.iam_belongings", "aws.iam_admin", "aws.iam_checks", "aws.iam_sweeping"},
    ),
    ("edge", {"aws.journey_records", "aws.audit_table", "aws.console_table"}),
    ("edge", {"aws.members_table"}),
    ("edge", {"wiring"}),
    ("edge", {"sweeper", "audit_watcher"}),
    ("edge", {"qr", "web.bodies", "web.visits", "web.rendering", "web.headers", "web.serving", "web.steps"}),
    ("edge", {"web.pages"}),
    ("edge", {"web.merging"}),
    ("edge", {"web.config_page"}),
    ("edge", {"web.access_key_page"}),
    ("edge", {"web.member"}),
    ("edge", {"web.password_page", "web.check_page", "web.sign_out_page", "web.console_return"}),
    ("edge", {"web.answers", "web.api", "web.admin", "web.member_api"}),
    (
        "edge",
        {
            "web.console_errors",
            "web.console_upload",
            "web.console_groups",
            "web.console_changes",
            "web.console",
        },
    ),
    ("edge", {"web.front"}),
    ("edge", {"web.console_members", "web.console_invitations", "web.console_audit", "web.console_check"}),
    ("edge", {"web.console_import_work", "web.console_import"}),
)
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


def level_of(module: str) -> int:
    return next(number for number, (_, modules) in enumerate(LEVELS) if module in modules)


def modules() -> dict[str, Path]:
    package = ROOT / "chalicelib"
    paths = {".".join(path.relative_to(package).with_suffix("").parts): path for path in package.rglob("*.py")}
    return {name: path for name, path in paths.items() if path.name != "__init__.py"}


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


@pytest.mark.parametrize("name", sorted(modules()))
def test_a_module_imports_only_from_its_level_or_below(name: str) -> None:
    ours = {
        target.removeprefix("chalicelib.")
        for target in imported(modules()[name])
        if target.startswith("chalicelib.")
    }
    above = [target for target in ours & modules().keys() if level_of(target) > level_of(name)]
    assert above == []


@pytest.mark.parametrize("name", sorted(modules()))
def test_a_pure_module_knows_no_aws_no_page_and_no_clock(name: str) -> None:
    if LEVELS[level_of(name)][0] == "pure":
        assert {target.partition(".")[0] for target in imported(modules()[name])} & IMPURE == set()
        source = modules()[name].read_text("utf-8")
        assert ".now(" not in source
        assert "utcnow" not in source


def test_what_lambda_runs_never_imports_the_command_line() -> None:
    for path in [ROOT / "app.py", *modules().values()]:
        assert not any(target.partition(".")[0] == "firstday" for target in imported(path)), path


def test_the_help_of_the_command_line_waits_for_no_sdk() -> None:
    """What a command needs besides click is imported when it is called."""
    code = "import sys; from firstday.cli import main\ntry: main()\nfinally: print(sorted({*sys.modules} & SLOW))"
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
