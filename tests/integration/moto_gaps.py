"""What moto 5.2 leaves out and the journey depends on, added through botocore's own events."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from moto.iam.models import iam_backends

from chalicelib.wiring import Portal

Parsed = dict[str, Any]
Refusal = tuple[SimpleNamespace, Parsed]


def fill(here: Portal) -> None:
    """Keep permissions boundaries; refuse to enable a missing device and to delete an assigned one."""
    boundaries: dict[str, str] = {}

    def keep_boundary(params: dict[str, Any], **_: Any) -> None:
        body = params["body"]
        boundaries[body["UserName"]] = body.get("PermissionsBoundary", "")

    def add_boundary(parsed: Parsed, **_: Any) -> None:
        user = parsed.get("User")
        if user and boundaries.get(user["UserName"]):
            user["PermissionsBoundary"] = {"PermissionsBoundaryArn": boundaries[user["UserName"]]}

    def refuse_missing(params: dict[str, Any], **_: Any) -> Refusal | None:
        return None if _device(params) else _refusal(404, "NoSuchEntity")

    def refuse_assigned(params: dict[str, Any], **_: Any) -> Refusal | None:
        device = _device(params)
        return _refusal(409, "DeleteConflict") if device and device.user else None

    here.iam._once.meta.events.register("before-call.iam.CreateUser", keep_boundary)
    events = here.iam._client.meta.events
    events.register("after-call.iam.GetUser", add_boundary)
    events.register("before-call.iam.EnableMFADevice", refuse_missing)
    events.register("before-call.iam.DeleteVirtualMFADevice", refuse_assigned)


def make_older() -> None:
    """Put what a journey made a day back: enabled devices and access keys."""
    day = timedelta(days=1)
    for user in iam_backends["123456789012"]["aws"].users.values():
        for device in user.mfa_devices.values():
            device.enable_date -= day
        for key in user.access_keys:
            key.create_date -= day


def _device(params: dict[str, Any]) -> Any:
    return iam_backends["123456789012"]["aws"].virtual_mfa_devices.get(params["body"]["SerialNumber"])


def _refusal(status: int, code: str) -> Refusal:
    error = {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return SimpleNamespace(status_code=status), error
