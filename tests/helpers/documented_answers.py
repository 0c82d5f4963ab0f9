"""What the admin API answers in any test is what docs/openapi.json says: each field, and no other."""

import json
from functools import cache

from jsonschema_rs import Draft202012Validator

from firstday.openapi.document import document
from firstday.verification.browser import PageAnswer


@cache
def _validators(method: str, route: str) -> dict[int, Draft202012Validator]:
    """By status; none for a route that is not documented."""
    whole = document()
    components = whole["components"]
    responses = whole["paths"].get(route, {}).get(method.lower(), {}).get("responses", {})
    found = {}
    for status, response in responses.items():
        name = response.get("$ref", "").rpartition("/")[2]
        content = components["responses"].get(name, response)["content"]
        if schema := content.get("application/json", {}).get("schema"):
            resolved = {"components": components, **schema}
            found[int(status)] = Draft202012Validator(resolved, validate_formats=True)
    return found


def check_documented(method: str, route: str, answer: PageAnswer) -> None:
    """Fails for an answer that the document knows otherwise."""
    if validators := _validators(method, route):
        assert answer.status in validators, f"{method} {route} answers {answer.status}"
        mistakes = [error.message for error in validators[answer.status].iter_errors(json.loads(answer.body))]
        assert mistakes == [], f"{method} {route}: {mistakes}"
