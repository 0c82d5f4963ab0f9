"""Fixtures of the system tests: one embedded AWS for all of them."""

from collections.abc import Iterator

import pytest

from firstday.sandbox.aws import EmbeddedAWS
from tests.system.embedded_aws import IDENTITY, REGION, TARGET, PlainMinistack


@pytest.fixture(scope="session")
def aws() -> Iterator[EmbeddedAWS]:
    """An embedded AWS with the identity account and one target account, on free ports."""
    with EmbeddedAWS(accounts=(IDENTITY, TARGET), region=REGION, port=0, portal_port=0) as embedded:
        yield embedded


@pytest.fixture(scope="session")
def plain() -> Iterator[PlainMinistack]:
    """ministack as it comes, with AUTH=true: what the layer is measured against."""
    with PlainMinistack() as ministack:
        yield ministack
