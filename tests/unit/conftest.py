"""What several unit tests begin with."""

from collections.abc import Iterator

import pytest

from tests.unit import merging
from tests.unit.merging import Home


@pytest.fixture
def home() -> Iterator[Home]:
    with merging.home() as made:
        yield made
