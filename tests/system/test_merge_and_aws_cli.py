"""The merge asks the AWS CLI: both major versions answer as the stand-in of the other tests does."""

import sys
from pathlib import Path

import pytest

from tests.helpers import merging
from tests.helpers.aws_clients import V2_PROGRAM
from tests.helpers.merging import CREDENTIALS, TEXT, posix
from tests.helpers.merging_cases import READABLE, UNREADABLE

# Version 1 belongs to these tests' Python, which may be one that others cannot run.
PROGRAMS = {"version 1": Path(sys.executable).with_name("aws"), "version 2": V2_PROGRAM}
in_both_versions = pytest.mark.parametrize("version", PROGRAMS)


@in_both_versions
def test_the_aws_cli_reads_what_is_merged(version: str) -> None:
    with merging.home() as home:
        home.programs["aws"] = str(PROGRAMS[version])
        home.is_nobody = False
        before, after = READABLE["all that there is"]
        home.write(before)
        outcome = home.run("--yes", script=posix(credentials=CREDENTIALS).file, LC_ALL="C.UTF-8")
        assert outcome.status == 0, outcome.said
        assert home.config.read_text() == after
        assert home.credentials.read_text() == CREDENTIALS
        assert TEXT in after


@in_both_versions
@pytest.mark.parametrize("name", ["words", "a section twice", "a byte order mark", "a Latin-1 byte"])
def test_the_aws_cli_refuses_what_it_cannot_read(version: str, name: str) -> None:
    with merging.home() as home:
        home.programs["aws"] = str(PROGRAMS[version])
        home.is_nobody = False
        before, line = UNREADABLE[name]
        home.write(before)
        outcome = home.run("--yes", LC_ALL="C.UTF-8")
        assert outcome.status == 1
        assert "the AWS CLI cannot read" in outcome.said
        assert line in outcome.said
        assert home.config.read_bytes() == before
