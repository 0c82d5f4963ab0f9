"""The admin API as an OpenAPI document, which ``python -m firstday.openapi`` writes to docs/openapi.json.

https://spec.openapis.org/oas/v3.1.1.html
"""

import json
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from chalicelib.aws_errors import AWSBusy, AWSDenied
from chalicelib.errors import FirstdayError, InvalidInput, NotYourTask, Refused, UnsupportedMediaType
from chalicelib.web.api.contract.json_values import UserName
from chalicelib.web.api.contract.outcome_records import Error, GatewayRefusal
from chalicelib.web.api.routing import MAXIMUM_BODY, MESSAGES
from firstday.openapi.described_routes import ROUTES, Errors, Route
from firstday.openapi.examples import EXAMPLES, MEMBER, PORTAL_URL
from firstday.openapi.json_schemas import Schema, components, expanded, schema

FILE = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"
JSON, HTML = "application/json", "text/html"
ALWAYS: Errors = (InvalidInput,)
# The meanings of those codes that have several messages.
MEANINGS = MESSAGES | {
    "denied": "A policy in AWS does not let the portal do it; the message has AWS's own sentence.",
    "group_limit": "IAM allows a user ten groups, and the member is in as many.",
    "invalid": "Something that was sent cannot be used; field says what.",
    "invited_already": "Somebody has invited the member already, or the member is active.",
    "member_unknown": "There is no such member.",
    "no_password_reset": "Members have no console password, or this one has no proved MFA device for a new one.",
    "obstacle": "Something that the portal may not do has to be done before, such as releasing a held member.",
    "user_elsewhere": "IAM has a user of this name under another path, which the portal does not touch.",
    "user_limit": "The account has no room for another IAM user.",
}
_AT_THE_HELP_DESK = "Also for the help desk."
DESCRIPTION = f"""\
Everything that the `firstday` command and the console do for an administrator.

Requests are signed with SigV4 (service `execute-api`) by a session of the admin role, or of a role that
`[administrators]` in the settings names; those of its help desk may call the routes that say so. Bodies are JSON
objects of at most {MAXIMUM_BODY:,} bytes, unless it says otherwise. An unknown field is refused, and so is an
unknown query parameter of a route that has some. In a query, a space is signed and sent as `%20`. Every call may be
repeated, and is to be repeated after 429, 503 and 504.
"""


def document() -> Schema:
    paths: dict[str, Schema] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    responses, parameters = _responses(), {"UserName": _user_name()}
    return {
        "openapi": "3.1.1",
        "info": {"title": "Firstday: the admin API", "version": version("firstday"), "description": DESCRIPTION},
        "servers": [{"url": PORTAL_URL, "description": "The address of your portal."}],
        "security": [{"sigv4": []}],
        "paths": paths,
        "components": {
            "schemas": components([paths, responses, parameters]),
            "responses": responses,
            "parameters": parameters,
            "securitySchemes": {"sigv4": _sigv4()},
        },
    }


def written() -> str:
    return json.dumps(document(), indent=2) + "\n"


def _operation(route: Route) -> Schema:
    in_path: list[Schema] = [{"$ref": "#/components/parameters/UserName"}] if "{user_name}" in route.path else []
    return {
        "operationId": route.name,
        "summary": route.summary,
        "description": _description(route),
        **({"parameters": [*in_path, *route.query]} if in_path or route.query else {}),
        **({"requestBody": _body(route.body)} if route.body else {}),
        "responses": dict(sorted(_answers(route).items())),
    }


def _description(route: Route) -> str:
    return " ".join(filter(None, (route.description, _AT_THE_HELP_DESK if route.is_for_help_desk else "")))


def _body(record: type) -> Schema:
    content = {"schema": expanded(record), "example": EXAMPLES[record.__name__]}
    return {"required": True, "content": {JSON: content}}


def _answers(route: Route) -> Schema:
    common = {
        "403": "Refused" if route.is_for_help_desk else "ForAdministrators",
        "404": "Unsigned",
        "429": "Throttled",
        "500": "Failed",
        "503": "Busy",
        "504": "Late",
    }
    of_bodies = {"413": "TooLong", "415": "NotJSON"} if route.body else {}
    answers: Schema = {"200": {"description": "Done.", "content": _json(route.answer)}}
    answers |= {status: _response_called(name) for status, name in (common | of_bodies).items()}
    errors = ALWAYS + route.errors
    for status in sorted({error.status for error in errors}):
        answers[str(status)] = _refusal(error for error in errors if error.status == status)
    if "404" in answers and "content" in answers["404"]:
        answers["404"]["content"] |= _responses()["Unsigned"]["content"]
    return answers


def _responses() -> dict[str, Schema]:
    """The answers of every route. API Gateway's own answers are pages, except to signed requests."""
    return {
        "Refused": _forbidden([Refused]),
        "ForAdministrators": _forbidden([Refused, NotYourTask]),
        "Unsigned": _page("The request is not signed: the answer does not tell what exists."),
        "TooLong": _page("The body is longer than API Gateway takes."),
        "NotJSON": _refusal([UnsupportedMediaType]),
        "Throttled": _page("There are too many requests: repeat this one later."),
        "Failed": _refusal([FirstdayError, AWSDenied]),
        "Busy": _refusal([AWSBusy]),
        "Late": _page("The portal did not answer in time: repeat the request, which may have been carried out."),
    }


def _forbidden(errors: Iterable[type[FirstdayError]]) -> Schema:
    """The portal's own answer, or API Gateway's."""
    refused = _refusal(errors)
    return refused | {"content": _json({"anyOf": [refused["content"][JSON]["schema"], schema(GatewayRefusal)]})}


def _refusal(errors: Iterable[type[FirstdayError]]) -> Schema:
    codes = sorted({error.code for error in errors})
    code = {"properties": {"error": {"properties": {"code": {"enum": codes}}}}}
    return {
        "description": " ".join(f"`{name}`: {MEANINGS[name]}" for name in codes),
        "content": _json({"allOf": [schema(Error), code]}),
    }


def _page(description: str) -> Schema:
    return {"description": description, "content": {HTML: {"schema": {"type": "string"}}}}


def _json(schema: Schema) -> Schema:
    return {JSON: {"schema": schema}}


def _response_called(name: str) -> Schema:
    return {"$ref": f"#/components/responses/{name}"}


def _user_name() -> Schema:
    return {
        "name": "user_name",
        "in": "path",
        "required": True,
        "description": "The member.",
        "schema": schema(UserName),
        "example": MEMBER,
    }


def _sigv4() -> Schema:
    """As API Gateway writes it into the documents that it exports."""
    return {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "description": "AWS Signature Version 4, by a session of an administrator's role.",
        "x-amazon-apigateway-authtype": "awsSigv4",
    }
