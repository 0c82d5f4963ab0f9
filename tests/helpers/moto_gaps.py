"""Adds to moto 5.2, through botocore's own events, what the portal depends on and moto lacks."""

from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from threading import RLock
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from moto.core.models import botocore_stubber
from moto.iam.models import iam_backends

from chalicelib.wiring import Portal

Parsed = dict[str, Any]
Refusal = tuple[SimpleNamespace, Parsed]


# Service-specific credentials, which moto has none of: (user name, id).
SERVICE_CREDENTIALS: set[tuple[str, str]] = set()
# The permissions boundary of each user, by name.
BOUNDARIES: dict[str, str] = {}
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
DEVICES_PER_USER = 8
CREDENTIAL_ID = "ServiceSpecificCredentialId"


# AWS changes one item, user or device at a time. moto looks at a condition and changes the item in two steps, and
# another thread may come in between.
_one_call = RLock()


def fill(here: Portal) -> None:
    """Keep permissions boundaries; refuse what IAM refuses: see the functions below. Add calls that are missing."""

    def keep_boundary(params: dict[str, Any], **_: Any) -> None:
        body = params["body"]
        if body["UserName"] not in (user.name for user in iam_backends["123456789012"]["aws"].users.values()):
            BOUNDARIES[body["UserName"]] = body.get("PermissionsBoundary", "")

    def add_boundary(parsed: Parsed, **_: Any) -> None:
        user = parsed.get("User")
        if user and BOUNDARIES.get(user["UserName"]):
            user["PermissionsBoundary"] = {"PermissionsBoundaryArn": BOUNDARIES[user["UserName"]]}

    def refuse_missing(params: dict[str, Any], **_: Any) -> Refusal | None:
        if _device(params) is None:
            return _refusal(404, "NoSuchEntity")
        user = _user(params)
        is_full = user is not None and len(user.mfa_devices) >= DEVICES_PER_USER
        return _refusal(409, "LimitExceeded") if is_full else None

    def refuse_assigned(params: dict[str, Any], **_: Any) -> Refusal | None:
        device = _device(params)
        return _refusal(409, "DeleteConflict") if device and device.user else None

    def add_boundaries(parsed: Parsed, **_: Any) -> None:
        for user in parsed.get("UserDetailList", []):
            add_boundary({"User": user})

    events = here.iam.client.meta.events
    events.register("before-call.iam.CreateUser", keep_boundary)
    events.register("after-call.iam.GetUser", add_boundary)
    events.register("after-call.iam.GetAccountAuthorizationDetails", add_boundaries)
    events.register("before-call.iam.EnableMFADevice", refuse_missing)
    events.register("before-call.iam.DeleteVirtualMFADevice", refuse_assigned)
    events.register("before-call.iam.DeleteUser", refuse_populated)
    for client in (here.iam.client, here.members.database.client):
        client.meta.events.unregister("before-send", botocore_stubber)
        client.meta.events.register("before-send", send)


def send(request: AWSPreparedRequest, event_name: str, **_: Any) -> Any:
    return answer(event_name.rpartition(".")[2], request)


def answer(operation: str, request: AWSPreparedRequest) -> Any:
    """moto's answer, or AWS's answer to a call that moto does not know."""
    with _one_call:
        return _answer(operation, request)


def _answer(operation: str, request: AWSPreparedRequest) -> Any:
    match operation:
        case "ResyncMFADevice":  # like any code, it would accept these
            return xml(request, "<ResyncMFADeviceResponse/>")
        case "ListServiceSpecificCredentials":
            ids = sorted(each for name, each in SERVICE_CREDENTIALS if name == _sent(request)["UserName"])
            members = "".join(f"<member><{CREDENTIAL_ID}>{each}</{CREDENTIAL_ID}></member>" for each in ids)
            listed = f"<ServiceSpecificCredentials>{members}</ServiceSpecificCredentials>"
            return xml(request, f"<R><{operation}Result>{listed}</{operation}Result></R>")
        case "PutUserPermissionsBoundary" | "DeleteUserPermissionsBoundary":
            return _with_boundary(request)
        case "GenerateServiceLastAccessedDetails":
            error = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>"
            return xml(request, f"<ErrorResponse>{error}</ErrorResponse>", 403)
        case "DeleteServiceSpecificCredential":
            sent = _sent(request)
            SERVICE_CREDENTIALS.discard((sent["UserName"], sent[CREDENTIAL_ID]))
            return xml(request, "<R/>")
    return botocore_stubber("before-send", request)


def _with_boundary(request: AWSPreparedRequest) -> AWSResponse:
    """A user gets another boundary, or none; of a user, a policy or a boundary that is missing, IAM says so."""
    sent, backend = _sent(request), iam_backends["123456789012"]["aws"]
    name, boundary = sent["UserName"], sent.get("PermissionsBoundary")
    is_there = boundary in backend.managed_policies if boundary else bool(BOUNDARIES.get(name))
    if name not in (user.name for user in backend.users.values()) or not is_there:
        error = "<Error><Code>NoSuchEntity</Code><Message>no</Message></Error>"
        return xml(request, f"<ErrorResponse>{error}</ErrorResponse>", 404)
    BOUNDARIES[name] = boundary or ""
    return xml(request, "<R/>")


def _sent(request: AWSPreparedRequest) -> dict[str, str]:
    body = request.body.decode() if isinstance(request.body, bytes) else str(request.body)
    return {name: values[0] for name, values in parse_qs(body).items()}


def xml(request: AWSPreparedRequest, text: str, status: int = 200) -> AWSResponse:
    return AWSResponse(request.url, status, {}, _Raw(text.encode()))


class _Raw(BytesIO):
    """The raw content that AWSResponse reads."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


def refuse_populated(params: dict[str, Any], **_: Any) -> Refusal | None:
    """IAM does not delete a user who still has anything; moto checks the policies only."""
    backend, name, user = iam_backends["123456789012"]["aws"], params["body"]["UserName"], _user(params)
    if user is None:
        return None
    left = [
        user.access_keys,
        user.mfa_devices,
        user.ssh_public_keys,
        user.signing_certificates,
        user.password,
        [group for group in backend.groups.values() if user in group.users],
        [owner for owner, _ in SERVICE_CREDENTIALS if owner == name],
    ]
    return _refusal(409, "DeleteConflict") if any(left) else None


def make_older() -> None:
    """Put what a journey made a day back: enabled devices and access keys."""
    day = timedelta(days=1)
    for user in iam_backends["123456789012"]["aws"].users.values():
        for device in user.mfa_devices.values():
            device.enable_date -= day
        for key in user.access_keys:
            key.create_date -= day


def _user(params: dict[str, Any]) -> Any:
    users = iam_backends["123456789012"]["aws"].users.values()
    return next((user for user in users if user.name == params["body"]["UserName"]), None)


def _device(params: dict[str, Any]) -> Any:
    return iam_backends["123456789012"]["aws"].virtual_mfa_devices.get(params["body"]["SerialNumber"])


def _refusal(status: int, code: str) -> Refusal:
    error = {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return SimpleNamespace(status_code=status), error
