"""Fixtures of the embedded AWS's own tests: one for all of them, and plain ministack to compare it with."""

from collections.abc import Iterator
from typing import Any

import pytest

from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from tests.helpers import sample_tables
from tests.helpers.embedded_aws import IDENTITY, REGION, TARGET, PlainMinistack, root_client


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


@pytest.fixture
def iam(aws: EmbeddedAWS) -> Any:
    return root_client(aws, "iam")


@pytest.fixture(scope="module")
def dynamodb(aws: EmbeddedAWS) -> Any:
    return sample_tables.deployed(aws)


@pytest.fixture
def directory(dynamodb: Any) -> str:
    return sample_tables.new_directory(dynamodb)
