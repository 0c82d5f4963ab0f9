"""What the portal needs of botocore's data, for the package: the installed botocore's, without all else.

Service models have the operations that the portal's policy allows, and no documentation; endpoints, the two
services that it calls; certificates, the roots of Amazon.
"""

import json
import re
import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import botocore
from botocore.loaders import Loader

from chalicelib.aws import packaged_data
from firstday.stack.function_policies import portal_lambda

SERVICES = ("dynamodb", "iam")
# Which needs the permissions of the writes in it, and none of its own.
TRANSACTION = "TransactWriteItems"
RULES = "endpoint-rule-set-1"
# Those of https://www.amazontrust.com/repository/; "Starfield Services" is of before Amazon had its own.
ROOTS = (
    "Amazon Root CA 1",
    "Amazon Root CA 2",
    "Amazon Root CA 3",
    "Amazon Root CA 4",
    "Starfield Services Root Certificate Authority - G2",
)
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n", re.DOTALL)


def write(folder: Path) -> None:
    """Write everything into the new ``folder``; the same bytes for the same botocore."""
    loader = Loader()
    files = {"endpoints": endpoints(loader), "partitions": loader.load_data("partitions")}
    for service in SERVICES:
        files[f"{service}/service-2"] = service_model(loader, service)
        files[f"{service}/paginators-1"] = paginators(loader, service)
        files[f"{service}/{RULES}"] = loader.load_service_model(service, RULES)
    for name, data in files.items():
        path = folder / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(data, separators=(",", ":")), encoding="utf-8")
    (folder / packaged_data.ROOTS).write_text("".join(roots()), encoding="ascii")


def operations(service: str) -> frozenset[str]:
    """The operations that the portal may call, by what its policy allows."""
    statements: Any = portal_lambda()["Statement"]
    actions = {action for each in statements if each["Effect"] == "Allow" for action in each["Action"]}
    allowed = {action.removeprefix(f"{service}:") for action in actions if action.startswith(f"{service}:")}
    return frozenset(allowed | ({TRANSACTION} if service == "dynamodb" else set()))


def service_model(loader: Loader, service: str) -> dict[str, Any]:
    """botocore's model of ``service``, with the ``operations`` alone and the shapes that they are made of."""
    model = loader.load_service_model(service, "service-2")
    kept = {name: model["operations"][name] for name in sorted(operations(service))}
    shapes = {name: model["shapes"][name] for name in sorted(_reached(model["shapes"], kept))}
    trimmed: dict[str, Any] = _undocumented({**model, "operations": kept, "shapes": shapes})
    return trimmed


def paginators(loader: Loader, service: str) -> dict[str, Any]:
    pagination = loader.load_service_model(service, "paginators-1")["pagination"]
    return {"pagination": {name: pagination[name] for name in sorted(operations(service) & pagination.keys())}}


def endpoints(loader: Loader) -> dict[str, Any]:
    """botocore's table of regions, with the names of two services' hosts."""
    found = loader.load_data("endpoints")
    partitions = [
        {**each, "services": {name: each["services"][name] for name in SERVICES if name in each["services"]}}
        for each in found["partitions"]
    ]
    return {**found, "partitions": partitions}


def roots() -> Iterator[str]:
    """Amazon's root certificates among those that botocore trusts, as PEM; KeyError if one is not there."""
    known = (Path(botocore.__file__).parent / "cacert.pem").read_text(encoding="utf-8")
    by_name = {_common_name(pem): pem for pem in _PEM.findall(known)}
    return (by_name[name] for name in ROOTS)


def _common_name(pem: str) -> str:
    """Of the subject; an old root may have none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=pem)
    certificates: Any = context.get_ca_certs()
    names = dict(pair for certificate in certificates for (pair, *_) in certificate["subject"])
    return str(names.get("commonName", ""))


def _reached(shapes: Mapping[str, Any], operations: Mapping[str, Any]) -> set[str]:
    """The names of the shapes that ``operations`` take, answer and raise, and of what these consist of."""
    found, waiting = set[str](), [*_shape_names(operations)]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _shape_names(shapes[name])
    return found


def _shape_names(part: Any) -> Iterator[str]:
    """The names in all references to shapes: ``{"shape": NAME}``, however deep."""
    if isinstance(part, Mapping):
        if isinstance(part.get("shape"), str):
            yield part["shape"]
        for value in part.values():
            yield from _shape_names(value)
    elif isinstance(part, list):
        for value in part:
            yield from _shape_names(value)


def _undocumented(part: Any) -> Any:
    """Without documentation: texts under that name, for a member of a shape may have it too."""
    if isinstance(part, Mapping):
        return {
            name: _undocumented(value)
            for name, value in part.items()
            if not (name in ("documentation", "documentationUrl") and isinstance(value, str))
        }
    return [_undocumented(value) for value in part] if isinstance(part, list) else part
