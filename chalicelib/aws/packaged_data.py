"""What botocore reads before its first call, as packaging has trimmed it: ``firstday/trimmed_botocore.py``.

botocore's own models hold all operations and their documentation, and it looks through the folders of all services
to find them: with the certificates, a third of what a cold start takes else. What the package does not have is read
from botocore's own data.
"""

import json
from pathlib import Path
from typing import Any

from botocore.loaders import Loader, instance_cache
from botocore.session import Session, get_session

# In the package only.
FOLDER = Path(__file__).resolve().parents[2] / "botocore_data"
ROOTS = "amazon-roots.pem"


class PackagedData(Loader):  # type: ignore[misc]  # botocore has no types
    """A loader that looks into ``folder`` first: ``endpoints.json``, and ``iam/service-2.json`` for a service."""

    def __init__(self, folder: Path = FOLDER) -> None:
        super().__init__()
        self._folder = folder

    def load_service_model(self, service_name: str, type_name: str, api_version: str | None = None) -> Any:
        path = self._folder / service_name / f"{type_name}.json"
        if path.is_file():
            return json.loads(path.read_bytes())
        return super().load_service_model(service_name, type_name, api_version)

    @instance_cache  # type: ignore[untyped-decorator]
    def load_data_with_path(self, name: str) -> tuple[Any, str]:
        path = self._folder / f"{name}.json"
        if path.is_file():
            return json.loads(path.read_bytes()), str(path)
        found: tuple[Any, str] = super().load_data_with_path(name)
        return found

    def is_builtin_path(self, path: str) -> bool:
        """Endpoints in the package are botocore's own, so that it goes by its rules for them."""
        return Path(path).is_relative_to(self._folder) or super().is_builtin_path(path)


def new_session(partition: str, folder: Path = FOLDER) -> Session:
    """A session of botocore that reads its data from ``folder``, where that is.

    It trusts Amazon's root certificates alone, unless ``AWS_CA_BUNDLE`` says otherwise or the partition is another:
    https://www.amazontrust.com/repository/
    """
    session = get_session()
    if folder.is_dir():
        session.register_component("data_loader", PackagedData(folder))
        if partition == "aws" and not session.get_config_variable("ca_bundle"):
            session.set_config_variable("ca_bundle", str(folder / ROOTS))
    return session
