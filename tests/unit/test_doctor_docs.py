"""docs/doctor.md has every finding and the policies that the doctor needs.

``python -m tests.unit.test_doctor_docs`` writes them into it.
"""

import json
import re
from pathlib import Path

from firstday.doctor.catalogue import CHECKS
from firstday.doctor.findings import Severity
from firstday.doctor.permissions import doctor_permissions, target_permissions
from tests.helpers.settings_makers import example_settings

DOCUMENT = Path(__file__).parents[2] / "docs" / "doctor.md"
BLOCK = re.compile(r"```json\n.*?```", re.DOTALL)
ROWS = re.compile(r"(?<=\| severity \| findings \|\n\| --- \| --- \|\n)(\| .*\n)*")


def generated(document: str) -> str:
    """The document with its table and its policies as they have to be."""
    lines = [
        f"| {severity} | {', '.join(f'`{one.name}`' for one in CHECKS if one.severity is severity)} |\n"
        for severity in Severity
    ]
    blocks = iter(policies())
    return BLOCK.sub(lambda _: next(blocks), ROWS.sub(lambda _: "".join(lines), document, count=1))


def policies() -> list[str]:
    settings = example_settings()
    return [
        f"```json\n{written(policy)}\n```"
        for policy in (doctor_permissions(settings), target_permissions(settings, "210987654321"))
    ]


def written(policy: object) -> str:
    """A statement in two lines."""
    text = json.dumps(policy).replace('"Statement": [{', '"Statement": [\n  {').replace("}, {", "},\n  {")
    return text.replace(', "Resource"', ',\n   "Resource"')


def test_the_document_is_current() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text == generated(text), "Run: python -m tests.unit.test_doctor_docs"


def test_every_finding_is_named() -> None:
    table = DOCUMENT.read_text(encoding="utf-8").split("\n## Findings\n")[1].split("\n## ")[0]
    assert sorted(re.findall(r"`([a-z-]+)`[,|]? ?", table)) == sorted(check.name for check in CHECKS)


if __name__ == "__main__":
    DOCUMENT.write_text(generated(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
