"""Fixtures of the system tests: one whole sandbox for all of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from firstday.sandbox.run_sandbox import running
from firstday.sandbox.running_sandbox import as_record
from tests.helpers.chromium import launched
from tests.helpers.running_sandbox import Member, NewMember, RunningSandbox


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    """The product on free ports, as ``firstday sandbox`` runs it; tests run scheduled functions themselves."""
    with running(port=0, portal_port=0, member="dev-simple-user", runs_schedules=False) as running_one:
        home = tmp_path_factory.mktemp("admin")
        yield RunningSandbox(as_record(running_one), home, running_one.aws)


@pytest.fixture
def new_member(sandbox: RunningSandbox, tmp_path: Path) -> NewMember:
    """Makes a member with a home directory, a browser and no phone yet."""
    return lambda user_name: Member(sandbox, user_name, tmp_path, sandbox.browser())


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with launched() as browser:
        yield browser
