"""The administrator's API: JSON over SigV4. Who may call it is an IAM policy on ``execute-api:Invoke``."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from chalice.app import Blueprint, IAMAuthorizer, Response

from chalicelib import inviting
from chalicelib.errors import FirstdayError, InvalidInput, Refused
from chalicelib.web.visits import log, log_unforeseen
from chalicelib.wiring import portal

api = Blueprint(__name__)
authorizer = IAMAuthorizer()

MAXIMUM_BODY = 8192
MESSAGES = {
    "busy": "AWS is busy; nothing is lost. Try again in a few seconds.",
    "group_missing": "A group that the portal needs does not exist in IAM. Deploy the portal again.",
    "internal": "The portal failed; its log tells more.",
    "refused": "No verified administrator made this request.",
}

Answer = dict[str, Any]


def _admin(path: str, method: str) -> Callable[[Callable[[str], Answer]], Callable[[], Response]]:
    """Serve JSON at ``path`` to callers that API Gateway has verified; the view gets the caller's ARN."""

    def register(view: Callable[[str], Answer]) -> Callable[[], Response]:
        @wraps(view)
        def handle() -> Response:
            try:
                return _json(200, view(_caller()))
            except FirstdayError as error:
                return _refusal(error)
            except Exception as error:
                log_unforeseen(error, str(api.current_request.context.get("requestId", "")))
                return _refusal(FirstdayError())

        api.route(path, methods=[method], authorizer=authorizer)(handle)
        return handle

    return register


@_admin("/admin/invitations", "POST")
def create_invitation(actor: str) -> Answer:
    """Body: ``user_name``, and optionally ``groups`` (list of names) and ``passcode`` (bool)."""
    here, body = portal(), _body("user_name", "groups", "passcode")
    new = inviting.invite(
        here.invitations,
        here.iam,
        here.settings,
        user_name=_field(body, "user_name", str, ""),
        groups=_names(_field(body, "groups", list, [])),
        with_passcode=_field(body, "passcode", bool, False),
        actor=actor,
        now=here.now(),
    )
    return {
        "user_name": new.invitation.user_name,
        "is_new": new.invitation.created_user,
        "groups": list(new.invitation.groups),
        "expires_at": new.invitation.expires_at.isoformat(timespec="seconds"),
        "organisation": here.settings.organisation,
        "token": new.token,
        "passcode": new.passcode,
    }


@_admin("/admin/invitations/revoke", "POST")
def revoke_invitation(actor: str) -> Answer:
    """Body: ``user_name``."""
    here, body = portal(), _body("user_name")
    name = _field(body, "user_name", str, "")
    revoked = inviting.revoke(here.invitations, user_name=name, actor=actor, now=here.now())
    return {"user_name": revoked.user_name}


def _caller() -> str:
    """The verified caller's ARN. ``chalice local`` and a route without an authorizer have none: refused."""
    identity = api.current_request.context.get("identity") or {}
    arn = identity.get("userArn")
    if not arn:
        raise Refused
    return str(arn)


def _body(*known: str) -> Answer:
    raw = api.current_request.raw_body
    if len(raw) > MAXIMUM_BODY:
        raise InvalidInput("body", "The request is too long.")
    try:
        body = json.loads(raw)
    except ValueError:
        raise InvalidInput("body", "The request is not JSON.") from None
    if not isinstance(body, dict):
        raise InvalidInput("body", "The request is not a JSON object.")
    if unknown := [name for name in body if name not in known]:
        raise InvalidInput(unknown[0], f"{unknown[0]} is unknown; there are: {', '.join(known)}.")
    return body


def _field(body: Answer, name: str, kind: type, default: object) -> Any:
    value = body.get(name, default)
    if not isinstance(value, kind):
        raise InvalidInput(name, f"{name} has to be of type {kind.__name__}.")
    return value


def _names(values: list[object]) -> list[str]:
    if not all(isinstance(value, str) for value in values):
        raise InvalidInput("groups", "groups has to be a list of names.")
    return [str(value) for value in values]


def _refusal(error: FirstdayError) -> Response:
    if error.status >= 500:
        log(level="warning", error=type(error).__name__, detail=str(error))
    body = {"code": error.code, "message": MESSAGES.get(error.code, MESSAGES["internal"]), "field": None}
    if isinstance(error, InvalidInput):
        body |= {"message": error.message, "field": error.field}
    return _json(error.status, {"error": body})


def _json(status: int, body: Answer) -> Response:
    headers: dict[str, str | list[str]] = {
        "Cache-Control": "no-store",
        "Content-Type": "application/json",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(json.dumps(body), headers, status)
