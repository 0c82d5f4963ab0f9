"""The documents for members have the command for their own page as it is.

``python -m tests.unit.test_own_page_docs`` writes it into them.
"""

import re
from pathlib import Path

import pytest

from tests.helpers.documents import ROOT, text
from tests.helpers.own_page_shells import a_place, posix, unchanged_powershell

DOCUMENTS = tuple(ROOT / "docs" / name for name in ("member.md", "member-ja.md"))
# What its reader replaces, in the lines at its beginning.
PLACE = a_place("https://abc123.execute-api.ap-northeast-1.amazonaws.com/prod")
COMMANDS = {"sh": posix(PLACE), "powershell": unchanged_powershell(PLACE)}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_the_command_for_ones_own_page_is_that_of_the_pages(document: Path) -> None:
    assert text(document) == filled(text(document)), "run: .venv/bin/python -m tests.unit.test_own_page_docs"


def filled(document: str) -> str:
    """The document with today's command in its two fences."""
    for language, command in COMMANDS.items():
        fence = f"```{language}\n{command}```\n"
        document, count = re.subn(rf"^```{language}\n.*?^```\n", lambda _: fence, document, flags=re.S | re.M)  # noqa: B023
        assert count == 1, language
    return document


if __name__ == "__main__":
    for each in DOCUMENTS:
        each.write_text(filled(text(each)), "utf-8")
