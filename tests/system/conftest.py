"""Fixtures of the system tests: one embedded AWS and one whole sandbox for all of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from firstday.sandbox.run_sandbox import running
from firstday.sandbox.running_sandbox import as_record
from tests.system.embedded_aws import IDENTITY, REGION, TARGET, PlainMinistack
from tests.system.running_sandbox import Member, NewMember, RunningSandbox


@pytest.fixture(scope="session")
def aws() -> Iterator[EmbeddedAWS]:
    """An embedded AWS with the identity account and one target account, on free ports."""
    with EmbeddedAWS(accounts=(IDENTITY, TARGET), region=REGION, port=0, portal_port=0) as embedded:
        yield embedded


@pytest.fixture(scope="session")
def plain() -> Iterator[PlainMinistack]:
    """ministack without the layer, with AUTH=true, to compare the layer with."""
    with PlainMinistack() as ministack:
        yield ministack


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    """The whole product, as ``firstday sandbox`` runs it, on free ports."""
    with running(port=0, portal_port=0, member="dev-simple-user") as running_one:
        home = tmp_path_factory.mktemp("admin")
        yield RunningSandbox(as_record(running_one), home, running_one.aws)


@pytest.fixture
def new_member(sandbox: RunningSandbox, tmp_path: Path) -> NewMember:
    """Makes a member with a home directory, a browser and no phone yet."""
    return lambda user_name: Member(sandbox, user_name, tmp_path, sandbox.browser())
