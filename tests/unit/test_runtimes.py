"""Which Python makes a package that Lambda can run, and the message to users of another one."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from chalicelib.settings.records import RUNTIMES
from firstday.bundle import PackagingError
from firstday.runtimes import Python, check_python, compiles, runtime_of
from tests.unit.settings_makers import example_settings

SETTINGS = example_settings()
NAMED = replace(SETTINGS, runtime="python3.13")
FINAL = Python("3.13.9", "python3.13", is_final=True, is_free_threaded=False)
UNFIT = [
    Python("3.15.0", "python3.15", is_final=True, is_free_threaded=False),
    Python("3.14.0rc2", "python3.14", is_final=False, is_free_threaded=False),
    Python("3.14.2", "python3.14", is_final=True, is_free_threaded=True),
    Python("3.10.14", "python3.10", is_final=True, is_free_threaded=False),
]
each_unfit = pytest.mark.parametrize("python", UNFIT, ids=lambda python: python.version)


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_final_release_that_lambda_has_is_the_runtime_and_compiles_for_it(runtime: str) -> None:
    python = replace(FINAL, runtime=runtime)
    check_python(SETTINGS, python)
    assert runtime_of(SETTINGS, python) == runtime
    assert compiles(SETTINGS, python)


@each_unfit
def test_any_other_is_refused_by_its_version_with_those_that_will_do_and_the_remedy(python: Python) -> None:
    with pytest.raises(PackagingError) as caught:
        check_python(SETTINGS, python)
    said = str(caught.value)
    assert said.startswith(f"This is Python {python.version}")
    assert ("(free-threaded)" in said) is python.is_free_threaded
    assert "a final release of Python 3.11, 3.12, 3.13 or 3.14: make clean, then make sandbox ARGS=--help" in said
    assert "PYTHON=/path/to/python3.14" in said
    assert 'runtime = "python3.14"' in said


@each_unfit
def test_with_a_runtime_of_its_own_any_python_packages_and_none_of_these_compiles(python: Python) -> None:
    check_python(NAMED, python)
    assert runtime_of(NAMED, python) == "python3.13"
    assert not compiles(NAMED, python)
    assert not compiles(replace(NAMED, runtime=RUNTIMES[-1]), python)


def test_bytecode_is_for_the_runtime_that_compiled_it_only() -> None:
    assert compiles(NAMED, FINAL)
    assert not compiles(NAMED, replace(FINAL, runtime="python3.12"))


def test_make_takes_the_pythons_that_lambda_has() -> None:
    makefile = (Path(__file__).parents[2] / "Makefile").read_text(encoding="utf-8")
    lowest, highest = re.findall(r"\((3, \d+)\)", makefile)
    versions = [f"python{text.replace(', ', '.')}" for text in (lowest, highest)]
    assert versions == [RUNTIMES[0], RUNTIMES[-1]]
    assert all(f" {runtime}" in makefile.partition("do \\")[0] for runtime in RUNTIMES)
