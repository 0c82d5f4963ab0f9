"""The OpenAPI document matches the admin API: its routes, their parameters, and the format of these."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator

from app import app
from chalicelib.admin import signing_in
from chalicelib.audit import SWEEPER
from chalicelib.errors import InvalidInput
from chalicelib.members import invitations, record
from chalicelib.web.api import routing
from firstday.openapi import document as openapi
from tests.helpers.worlds import ADMIN, MEMBER, in_process

Schema = dict[str, Any]

DOCUMENT = openapi.document()
OPERATIONS = [(method.upper(), path) for path, item in DOCUMENT["paths"].items() for method in item]
each_operation = pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=" ".join)


def operation(method: str, path: str) -> Schema:
    found: Schema = DOCUMENT["paths"][path][method.lower()]
    return found


def refusal(method: str, path: str, body: object = None) -> str:
    """The API's message about a request, if that has a mistake."""
    text = "" if body is None else json.dumps(body)
    address = f"/api{path.replace('{user_name}', MEMBER)}"
    answer = in_process(method, address, {"Content-Type": "application/json"}, text, userArn=ADMIN)
    return str(json.loads(answer.body).get("error", {}).get("message", ""))


def known(message: str) -> set[str]:
    """The names in "... is unknown; there are: a, b."."""
    found = re.search(r"is unknown; there are: (.+)\.$", message)
    return set(found[1].split(", ")) if found else set()


def nodes(value: Any) -> Iterator[Schema]:
    """Every object within ``value``, itself included."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from nodes(item)


def test_the_file_is_current() -> None:
    assert openapi.FILE.read_text(encoding="utf-8") == openapi.written(), "Run: python -m firstday.openapi"


def test_the_document_has_the_routes_of_the_admin_api_and_no_other() -> None:
    routes = {(method, path) for path, methods in app.routes.items() for method in methods}
    assert {(method, path) for method, path in routes if path.startswith("/admin/")} == set(OPERATIONS)


@pytest.mark.usefixtures("world")
@each_operation
def test_a_route_knows_the_fields_and_parameters_that_are_documented(method: str, path: str) -> None:
    described = operation(method, path)
    query = {parameter["name"] for parameter in described.get("parameters", []) if parameter.get("in") == "query"}
    assert known(refusal(method, f"{path}?qqqq=0")) == query
    if "requestBody" in described:
        schema = described["requestBody"]["content"]["application/json"]["schema"]
        assert known(refusal(method, path, {"qqqq": 0})) == schema["properties"].keys()


@pytest.mark.usefixtures("world")
@each_operation
def test_a_route_requires_the_fields_that_are_documented_as_required(method: str, path: str) -> None:
    described = operation(method, path)
    if "requestBody" in described:
        content = described["requestBody"]["content"]["application/json"]
        for name in content["schema"]["required"]:
            rest = {key: value for key, value in content["example"].items() if key != name}
            assert refusal(method, path, rest) != "", name


@pytest.mark.parametrize("name", ["state", "limit"])
@pytest.mark.usefixtures("world")
def test_the_limits_of_a_parameter_are_those_that_the_api_tells(name: str) -> None:
    parameters = operation("GET", "/admin/members")["parameters"]
    (schema,) = (parameter["schema"] for parameter in parameters if parameter["name"] == name)
    message = refusal("GET", f"/admin/members?{name}=0")
    if name == "state":
        states = DOCUMENT["components"]["schemas"]["StateFilter"]["enum"]
        assert message.partition("There are: ")[2] == ", ".join(states) + "."
    else:
        assert message == f"limit has to be a number from {schema['minimum']} to {schema['maximum']}."


def test_every_error_that_is_documented_has_words_of_its_own() -> None:
    codes = {code for node in nodes(DOCUMENT) for code in node.get("code", {}).get("enum", [])}
    in_the_error_itself = {
        *("invalid", "invited_already", "member_unknown", "no_password_reset", "obstacle", "user_elsewhere"),
    }
    in_the_error_itself |= {"denied", "group_limit", "user_limit"}
    assert codes == routing.MESSAGES.keys() | in_the_error_itself


def test_every_example_is_what_its_schema_says() -> None:
    whole = {"components": DOCUMENT["components"]}
    compared = 0
    for node in nodes(DOCUMENT):
        schema = node.get("schema", node)
        for example in [*node.get("examples", []), *([node["example"]] if "example" in node else [])]:
            checker = Draft202012Validator(whole | schema, validate_formats=True)
            assert [error.message for error in checker.iter_errors(example)] == []
            compared += 1
    assert compared > 80


def test_every_field_says_what_it_means() -> None:
    """A comment that is not found behind or above its field would be missing here."""
    records = [
        node["properties"] for node in nodes(DOCUMENT) if "additionalProperties" in node and "properties" in node
    ]
    fields = [(name, field) for record in records for name, field in record.items() if "$ref" not in field]
    assert len(fields) > 80
    assert [name for name, field in fields if "description" not in field] == []
    told = [set(re.findall(r"[\w-]+", field["description"])) for name, field in fields if name == "actor"]
    assert all(SWEEPER in words for words in told)


def test_no_object_may_have_more_than_is_described() -> None:
    objects = [node for node in nodes(DOCUMENT) if node.get("type") == "object"]
    assert len(objects) > 20
    assert [node for node in objects if node.get("additionalProperties") in (None, True)] == []


ALPHABET = st.sampled_from("aZ0_+=,.@-/é٣ \n")


@given(st.text(ALPHABET, max_size=4) | st.text("a-", min_size=62, max_size=66))
def test_the_pattern_of_user_names_is_the_rule(text: str) -> None:
    assert is_valid("UserName", text) == record.is_user_name(text)


@given(st.text(ALPHABET, max_size=4) | st.text("a-_0", min_size=41, max_size=88))
def test_the_pattern_of_secrets_is_the_rule(text: str) -> None:
    assert is_valid("Secret", text) == invitations.is_secret(text)


@given(
    st.sampled_from(["", "https://", "http://127.0.0.1:", "http://localhost:", "http://[::1]:", "http://"]),
    st.text(st.characters(max_codepoint=0x100), max_size=6) | st.text("a", min_size=495, max_size=512),
)
def test_the_pattern_of_portal_addresses_is_the_rule(start: str, rest: str) -> None:
    body = operation("POST", "/admin/console-links")["requestBody"]["content"]["application/json"]
    checker = Draft202012Validator(body["schema"]["properties"]["portal_url"])
    try:
        signing_in._checked_url(start + rest)
        is_taken = True
    except InvalidInput:
        is_taken = False
    assert checker.is_valid(start + rest) == is_taken


def is_valid(name: str, text: str) -> bool:
    return Draft202012Validator(DOCUMENT["components"]["schemas"][name]).is_valid(text)
