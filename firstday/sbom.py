"""The package's list of components, as CycloneDX, to be compared with a list of known vulnerabilities.

It is made from pip's installation report. The same package has the same list: it contains no time, and its serial
number follows from the package.
https://cyclonedx.org/docs/1.6/json/
"""

import json
import uuid
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

FILE_NAME = "firstday.cdx.json"
Component = dict[str, Any]


def bill_of_materials(report: Mapping[str, Any], package_digest: str) -> dict[str, Any]:
    """The list for the package with the SHA-256 ``package_digest``.

    ``report`` is pip's, of the requirements; Chalice's runtime comes from the environment that packages.
    """
    installed = [_installed(each) for each in report.get("install", [])]
    runtime = _component("chalice", metadata.version("chalice"), metadata.metadata("chalice").json)
    components = sorted([*installed, runtime], key=lambda component: str(component["bom-ref"]))
    portal = {
        "type": "application",
        "bom-ref": "firstday",
        "name": "firstday",
        "version": metadata.version("firstday"),
        "hashes": [_hash(package_digest)],
    }
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, package_digest)}",
        "version": 1,
        "metadata": {"component": portal},
        "components": components,
        "dependencies": list(_dependencies(components)),
    }


def write(document: Mapping[str, Any], folder: Path) -> Path:
    """Put the list into ``folder``; its path."""
    path = folder / FILE_NAME
    path.write_text(json.dumps(document, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return path


def _installed(each: Mapping[str, Any]) -> Component:
    """One wheel of pip's report.

    https://pip.pypa.io/en/stable/reference/installation-report/
    """
    found = each["metadata"]
    digest = each["download_info"]["archive_info"]["hashes"]["sha256"]
    return {**_component(found["name"], found["version"], found), "hashes": [_hash(digest)]}


def _component(name: str, version: str, described: Mapping[str, Any]) -> Component:
    purl = f"pkg:pypi/{name.lower().replace('_', '-')}@{version}"
    component = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}
    return {**component, **_licences(described)}


def _licences(described: Mapping[str, Any]) -> Component:
    """The licence as the project declares it: an SPDX expression, or a name; some put the whole text there."""
    if expression := described.get("license_expression"):
        return {"licenses": [{"expression": expression}]}
    name = described.get("license") or ""
    names = [name] if name and "\n" not in name else _classified(described.get("classifier", []))
    return {"licenses": [{"license": {"name": name}} for name in names]}


def _classified(classifiers: Iterable[str]) -> Iterable[str]:
    return (each.rpartition(" :: ")[2] for each in classifiers if each.startswith("License :: "))


def _dependencies(components: Iterable[Component]) -> Iterable[dict[str, Any]]:
    """The package holds them all; which of them needs which is in requirements.txt."""
    references = [component["bom-ref"] for component in components]
    yield {"ref": "firstday", "dependsOn": references}


def _hash(digest: str) -> dict[str, str]:
    return {"alg": "SHA-256", "content": digest}
