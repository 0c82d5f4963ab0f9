"""Fixtures of the embedded AWS's own tests: one for all of them, and plain ministack to compare it with."""

from collections.abc import Iterator

import pytest

from firstday.sandbox.aws import EmbeddedAWS
from tests.helpers.embedded_aws import IDENTITY, REGION, TARGET, PlainMinistack


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
