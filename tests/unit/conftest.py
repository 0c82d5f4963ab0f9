"""What several unit tests begin with."""

from collections.abc import Iterator

import pytest

from tests.helpers import merging
from tests.helpers.merging import Home
from tests.helpers.own_page_shells import Computer, TestPortal, a_computer, serving


@pytest.fixture
def home() -> Iterator[Home]:
    with merging.home() as made:
        yield made


@pytest.fixture
def computer() -> Iterator[Computer]:
    with a_computer() as made:
        yield made


@pytest.fixture
def portal() -> Iterator[TestPortal]:
    with serving() as made:
        yield made
