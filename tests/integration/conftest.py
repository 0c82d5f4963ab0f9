"""What nearly every integration test begins with."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chalicelib.wiring import Portal
from firstday.packaging import Package, build
from firstday.verification.browser import Browser
from tests.helpers.console_administrator import signed_in
from tests.helpers.deployed_package import PROJECT, DeployedPackage, deployed_package
from tests.helpers.settings_makers import example_settings
from tests.helpers.terminal_in_process import Terminal
from tests.helpers.worlds import World, a_world, again, deployed


@pytest.fixture
def aws() -> Iterator[Portal]:
    with deployed() as here:
        yield here


@pytest.fixture
def world(aws: Portal) -> World:
    return again(a_world, aws)


@pytest.fixture
def admin(world: World) -> Browser:
    return signed_in(world.portal)


@pytest.fixture
def terminal(world: World, tmp_path: Path) -> Terminal:
    return Terminal(world, tmp_path)


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    return build(PROJECT, example_settings(), tmp_path_factory.mktemp("package"))


@pytest.fixture(scope="session")
def deployed_copy(package: Package, tmp_path_factory: pytest.TempPathFactory) -> DeployedPackage:
    return deployed_package(package.zip_path, tmp_path_factory.mktemp("deployed"))
