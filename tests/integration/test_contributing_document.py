"""The program in CONTRIBUTING.md that prepares moto for ``chalice local`` does what it says."""

import contextlib
import io
import json
import re
from pathlib import Path

import pytest
from moto import mock_aws

from chalicelib.wiring import use

DOCUMENT = Path(__file__).parents[2] / "CONTRIBUTING.md"
VARIABLE = re.compile(r"(\w+)=(\S+)")


def test_the_program_for_chalice_local_makes_the_tables_and_prints_a_link(monkeypatch: pytest.MonkeyPatch) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    for line in text.splitlines():
        for name, value in VARIABLE.findall(line) if line.startswith("    export ") else ():
            if name != "AWS_ENDPOINT_URL":
                monkeypatch.setenv(name, value)
    (program,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    printed = io.StringIO()
    try:
        with mock_aws(), contextlib.redirect_stdout(printed):
            exec(program, {"__name__": "__main__"})  # noqa: S102  # it is the document's own
    finally:
        use(None)
    *events, link = printed.getvalue().splitlines()
    assert re.fullmatch(r"http://127\.0\.0\.1:8001/start#0[a-z2-7]+1[a-z2-7]{52}", link)
    assert {json.loads(line)["level"] for line in events} == {"audit"}
