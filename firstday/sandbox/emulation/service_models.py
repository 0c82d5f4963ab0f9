"""ministack asks botocore's model of a service what its answers are called: here, only that part of it is read.

By itself it makes a session for each service, looks through the folders of all services, and reads a model whole.
"""

import gzip
import json
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import botocore
from ministack.core import responses

_DATA = Path(botocore.__file__).parent / "data"
_METADATA = '"metadata":'
# It is the second thing in each file.
_HEAD = 8192


def install() -> None:
    responses._service_model = _model


@cache
def _model(service: str) -> SimpleNamespace | None:
    """None for a service that botocore does not know."""
    files = sorted((_DATA / responses._BOTOCORE_NAME.get(service, service)).glob("*/service-2.json.gz"))
    return SimpleNamespace(metadata=metadata_in(files[-1])) if files else None


def metadata_in(path: Path) -> Any:
    """The metadata of the model in the file, such as its protocol."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        head = file.read(_HEAD)
    metadata, _ = json.JSONDecoder().raw_decode(head, head.index(_METADATA) + len(_METADATA))
    return metadata
