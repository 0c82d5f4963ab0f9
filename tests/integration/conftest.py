"""What nearly every integration test begins with."""

from collections.abc import Iterator

import pytest

from chalicelib.wiring import Portal
from tests.helpers.worlds import World, a_world, again, deployed


@pytest.fixture
def aws() -> Iterator[Portal]:
    with deployed() as here:
        yield here


@pytest.fixture
def world(aws: Portal) -> World:
    return again(a_world, aws)
