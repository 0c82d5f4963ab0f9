"""What a member's first page imports and opens, in the package as Lambda runs it; never how long it takes."""

import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.deployed_package import PROJECT, DeployedPackage

VISIT = f"""
sys.path.append({str(PROJECT)!r})
from tests.helpers.cold_visit import visit
answer = visit("{{method}}", "{{path}}", is_proved={{is_proved}})
"""
# What only few visitors, other functions or packaging need.
UNWANTED = (
    "boto3",
    "chalicelib.admin",
    "chalicelib.aws.mail",
    "chalicelib.email_addresses",
    "chalicelib.journey.aws_console_password",
    "chalicelib.mail.",
    "chalicelib.members.passwords",
    "chalicelib.settings.mail",
    "chalicelib.web.api",
    "chalicelib.web.member.password_page",
    "tomllib",
    "chalicelib.audit_watcher",
    "chalicelib.aws.audit_table",
    "chalicelib.aws.census_table",
    "chalicelib.aws.console_table",
    "chalicelib.census_run",
    "chalicelib.aws.iam_administration",
    "chalicelib.aws.iam_belongings",
    "chalicelib.members.belongings",
    "chalicelib.members.iam_account_records",
    "chalicelib.key_ageing",
    "chalicelib.key_retirement",
    "chalicelib.members.key_ages",
    "chalicelib.members.list_filters",
    "chalicelib.scheduled",
    "chalicelib.suspension",
    "chalicelib.aws.suspensions_table",
    "chalicelib.members.last_day",
    "chalicelib.sweeper",
    "chalicelib.profiles.tools",
    "chalicelib.web.console",
    "chalicelib.web.member.tools_page",
    "firstday",
    "qrcode.image.svg",
)
# Python itself imports some modules of its own late.
OURS = ("botocore", "chalice", "jinja2", "qrcode", "urllib3")


@dataclass(frozen=True)
class Page:
    """A page of the member's, the calls of AWS that it costs, and the package's files that it opens by itself."""

    method: str
    path: str
    calls: tuple[str, ...] = ()
    is_proved: bool = False
    opens: tuple[str, ...] = ()


SCRIPTS = tuple(
    f"templates/scripts/{name}" for name in ("merge-config.sh", "merge-config.ps1", "own-page.sh", "own-page.ps1")
)
PAGES = (
    Page("GET", "start"),
    Page("GET", "register-device"),
    Page("POST", "register-device", ("UpdateItem", "CreateVirtualMFADevice")),
    Page("GET", "access-key", ("GetItem",), is_proved=True),
    Page("GET", "config", ("GetItem",), is_proved=True, opens=SCRIPTS),
)
EVERY_PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.method} {page.path}")


@pytest.fixture(scope="module")
def visits(deployed_copy: DeployedPackage) -> dict[Page, dict[str, Any]]:
    return {
        page: deployed_copy.run(
            VISIT.format(path=page.path, method=page.method, is_proved=page.is_proved), in_lambda=True
        )
        for page in PAGES
    }


@EVERY_PAGE
def test_a_cold_visit_is_answered_with_the_fewest_calls(page: Page, visits: dict[Page, dict[str, Any]]) -> None:
    assert visits[page]["status"] == 200
    assert tuple(visits[page]["calls"]) == page.calls


@EVERY_PAGE
def test_a_cold_visit_imports_nothing_that_it_does_not_need(page: Page, visits: dict[Page, dict[str, Any]]) -> None:
    found = [*visits[page]["modules"], *visits[page]["modules_late"]]
    assert [name for name in found if name.startswith(UNWANTED)] == []
    assert len(found) <= 470


@EVERY_PAGE
def test_a_request_finds_its_modules_imported_and_its_templates_read(
    page: Page, visits: dict[Page, dict[str, Any]], deployed_copy: DeployedPackage
) -> None:
    assert [name for name in visits[page]["modules_late"] if name.startswith(OURS)] == []
    opened = visits[page]["opened_late"]
    found = {name.removeprefix(f"{deployed_copy.folder}/") for name in opened if str(deployed_copy.folder) in name}
    assert found == set(page.opens)
    assert visits[page]["opened"] <= 400


def test_what_an_organisation_has_chosen_is_imported_while_starting(
    deployed_copy: DeployedPackage, tmp_path: Path
) -> None:
    chosen = replace(deployed_copy, folder=tmp_path / "package")
    shutil.copytree(deployed_copy.folder, chosen.folder)
    path = chosen.folder / "firstday.json"
    values = json.loads(path.read_text("utf-8")) | {"console_password": True}
    path.write_text(json.dumps(values), "utf-8")
    visited = chosen.run(VISIT.format(path="register-device", method="GET", is_proved=False), in_lambda=True)
    assert {"chalicelib.web.member.password_page", "chalicelib.members.passwords"} <= set(visited["modules"])


def test_the_tools_are_read_when_they_are_asked_for_without_a_call(deployed_copy: DeployedPackage) -> None:
    visited = deployed_copy.run(VISIT.format(path="tools", method="GET", is_proved=True), in_lambda=True)
    assert (visited["status"], visited["calls"]) == (200, [])
    assert {"chalicelib.profiles.tools", "chalicelib.web.member.tools_page"} <= set(visited["modules_late"])
    assert f"{deployed_copy.folder}/chalicelib/profiles/tools.toml" in visited["opened_late"]


@EVERY_PAGE
def test_garbage_is_looked_for_only_after_the_start(page: Page, visits: dict[Page, dict[str, Any]]) -> None:
    assert visits[page]["is_collecting"]
    assert visits[page]["is_frozen"]
