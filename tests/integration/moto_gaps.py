"""What moto 5.2 leaves out and the journey depends on, added through botocore's own events."""

from types import SimpleNamespace
from typing import Any

from moto.iam.models import iam_backends

from chalicelib.wiring import Portal

Parsed = dict[str, Any]


def fill(here: Portal) -> None:
    """Keep permissions boundaries, and refuse to enable a device that does not exist."""
    boundaries: dict[str, str] = {}

    def keep_boundary(params: dict[str, Any], **_: Any) -> None:
        body = params["body"]
        boundaries[body["UserName"]] = body.get("PermissionsBoundary", "")

    def add_boundary(parsed: Parsed, **_: Any) -> None:
        user = parsed.get("User")
        if user and boundaries.get(user["UserName"]):
            user["PermissionsBoundary"] = {"PermissionsBoundaryArn": boundaries[user["UserName"]]}

    def refuse_missing(params: dict[str, Any], **_: Any) -> tuple[SimpleNamespace, Parsed] | None:
        serial_number = params["body"]["SerialNumber"]
        if serial_number in iam_backends["123456789012"]["aws"].virtual_mfa_devices:
            return None
        error = {"Code": "NoSuchEntity", "Message": f"VirtualMFADevice {serial_number} does not exist."}
        return SimpleNamespace(status_code=404), {"Error": error, "ResponseMetadata": {"HTTPStatusCode": 404}}

    events = here.iam._client.meta.events
    events.register("before-call.iam.CreateUser", keep_boundary)
    events.register("after-call.iam.GetUser", add_boundary)
    events.register("before-call.iam.EnableMFADevice", refuse_missing)
