"""The records of the admin API as JSON schemas, made of their types, docstrings and comments."""

import json
import re
from inspect import getsource
from types import NoneType
from typing import Annotated, Any, NotRequired, get_args, get_origin, get_type_hints, is_typeddict

from chalicelib.web.api.contract import json_values, member_records, outcome_records
from firstday.openapi.examples import EXAMPLES, NOW

Schema = dict[str, Any]

_PRIMITIVES = {str: "string", bool: "boolean", int: "integer"}
_FIELD = re.compile(r"^(?:    # (?P<above>.+)\n)?    (?P<name>\w+): [^#\n]+?(?:  # (?P<behind>.+))?$", re.M)


def schema(hint: Any) -> Schema:
    """The schema of a type; records and values that the contract has a name for are referred to by it."""
    for name, named in _NAMED.items():
        if named is hint:
            return {"$ref": f"#/components/schemas/{name}"}
    return expanded(hint)


def expanded(hint: Any) -> Schema:
    """The same, written out."""
    if is_typeddict(hint):
        return _record(hint)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _annotated(*arguments)
    if origin is NotRequired:
        return schema(arguments[0])
    if origin is list:
        return {"type": "array", "items": schema(arguments[0])}
    if origin is dict:
        return {"type": "object", "additionalProperties": schema(arguments[1])}
    if NoneType in arguments:
        return _optional(schema(arguments[0]))
    return {"type": _PRIMITIVES[hint]}


def components(uses: object) -> dict[str, Schema]:
    """The named schemas that ``uses``, a document's paths and the like, or others of them refer to."""
    found = {name: _with_example(expanded(named), name) for name, named in _NAMED.items()}
    referring = json.dumps([uses, found])
    return {name: schema for name, schema in found.items() if f'/schemas/{name}"' in referring}


def _record(record: type) -> Schema:
    comments, required = _comments(record), record.__required_keys__  # type: ignore[attr-defined]
    properties = {
        name: _with_example(schema(hint) | comments.get(name, {}), f"{record.__name__}.{name}", name)
        for name, hint in get_type_hints(record, include_extras=True).items()
    }
    return {
        "type": "object",
        "description": record.__doc__,
        "properties": properties,
        "required": [name for name in properties if name in required],
        "additionalProperties": False,
    }


def _comments(record: type) -> dict[str, Schema]:
    """The descriptions of a record's fields, and of those that it inherits: comments behind or above them."""
    source = getsource(record)
    base = _NAMED.get(source.partition("(")[2].partition(")")[0])
    own = {found["name"]: found["above"] or found["behind"] for found in _FIELD.finditer(source)}
    inherited = _comments(base) if base else {}
    return inherited | {name: {"description": comment} for name, comment in own.items() if comment}


def _with_example(found: Schema, *names: str) -> Schema:
    """With the first example that there is for ``names``; what is referred to has its own."""
    if found.keys() & {"$ref", "anyOf", "properties"}:
        return found
    defaults = [True] if "boolean" in found["type"] else [NOW] if "format" in found else []
    examples = [EXAMPLES[name] for name in names if name in EXAMPLES] + defaults
    return found | ({"examples": examples[:1]} if examples else {})


def _annotated(hint: Any, *annotations: str | json_values.Keywords) -> Schema:
    found = schema(hint)
    for more in annotations:
        found |= {"description": more} if isinstance(more, str) else more.keywords
    return found


def _optional(found: Schema) -> Schema:
    if "$ref" in found:
        return {"anyOf": [found, {"type": "null"}]}
    return found | {"type": [found["type"], "null"]}


def _has_name(value: object) -> bool:
    is_described = any(isinstance(annotation, str) for annotation in getattr(value, "__metadata__", ()))
    return is_typeddict(value) or is_described


_NAMED: dict[str, Any] = {
    name: value
    for module in (json_values, member_records, outcome_records)
    for name, value in vars(module).items()
    if _has_name(value)
}
