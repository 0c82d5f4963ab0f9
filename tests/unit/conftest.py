"""What several unit tests begin with."""

from collections.abc import Iterator

import pytest

from tests.helpers import merging
from tests.helpers.merging import Home


@pytest.fixture
def home() -> Iterator[Home]:
    with merging.home() as made:
        yield made
