"""The documents of the project, taken apart."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
ARCHITECTURE, DEPLOYMENT, MONITORING, OPERATIONS, POLICIES, RUNBOOKS, SECURITY, SETTINGS, THREATS, TRIAL = (
    ROOT / "docs" / f"{name}.md"
    for name in (
        *("architecture", "deployment", "monitoring", "operations", "policies", "runbooks", "security", "settings"),
        *("threat-model", "trial"),
    )
)

each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)


def text(document: Path) -> str:
    return document.read_text(encoding="utf-8")


def fences(document: Path, language: str = r"\w*") -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text(document), re.DOTALL | re.MULTILINE)


def prose(document: Path) -> str:
    """The document without its code."""
    return re.sub(r"^```.*?^```", "", text(document), flags=re.DOTALL | re.MULTILINE)


def anchors(document: Path) -> set[str]:
    """The targets of ``#...`` that GitHub makes from the headings."""
    headings = re.findall(r"^#+ (.*)", prose(document), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def rows(document: Path, heading: str) -> list[list[str]]:
    """The cells of the table under a heading, without its first two lines."""
    section = re.split(r"^##+ ", text(document).split(f"\n## {heading}\n")[1], flags=re.MULTILINE)[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]
