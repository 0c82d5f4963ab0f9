"""The work of the page with the QR code, as one writes it with boto3, Jinja and qrcode; each peer serves it."""

import gettext
import os
from datetime import UTC, datetime
from hashlib import sha256
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import quote

import boto3
import qrcode
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup
from qrcode.image.svg import SvgPathImage

HERE = Path(__file__).parent
TEMPLATES = HERE / "templates"
ORGANISATION = "Example Corp"
STEPS = ("start", "register", "codes", "access_key", "config", "done")

iam = boto3.client("iam")
dynamodb = boto3.client("dynamodb")

templates = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, extensions=["jinja2.ext.i18n"])
templates.install_gettext_translations(  # type: ignore[attr-defined]
    gettext.translation("messages", HERE / "locale", ["ja"]), newstyle=True
)
templates.globals.update(
    language="ja",
    organisation=ORGANISATION,
    contact="aws-admins@example.com",
    style=Markup((TEMPLATES / "style.css").read_text("utf-8")),  # noqa: S704 -- a file of our own
    script=Markup((TEMPLATES / "script.js").read_text("utf-8")),  # noqa: S704
    url=lambda page: f"/api/{page}",
    form_action=lambda page: f"/api/{page}",
)


def register_device(cookie_header: str) -> str:
    """The page for the member whose session is in the request's cookies."""
    user_name, _, token = SimpleCookie(cookie_header)["__Host-firstday-session"].value.rpartition(".")
    now = datetime.now(UTC).isoformat()
    dynamodb.update_item(
        TableName=os.environ["MEMBERS_TABLE"],
        Key={"directory": {"S": "members"}, "name": {"S": user_name}},
        UpdateExpression="SET registering_at = if_not_exists(registering_at, :now), last_seen_at = :now",
        ConditionExpression="session_hash = :session AND session_expires_at > :now",
        ExpressionAttributeValues={
            ":now": {"S": now},
            ":session": {"S": sha256(token.encode()).hexdigest()},
        },
        ReturnValues="ALL_NEW",
    )
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName=user_name, Path="/members/")
    return qr_code_page(user_name, device["VirtualMFADevice"]["Base32StringSeed"].decode())


def qr_code_page(user_name: str, seed: str) -> str:
    label = quote(f"{ORGANISATION}:{user_name}")
    uri = f"otpauth://totp/{label}?secret={seed}&issuer={quote(ORGANISATION)}"
    image = qrcode.make(uri, image_factory=SvgPathImage)
    return templates.get_template(
        "qr-code.html"
    ).render(
        page="qr-code",
        entry_name=user_name,
        provisioning_uri=uri,
        qr_svg=Markup(image.to_string(encoding="unicode")),  # noqa: S704 -- made of numbers only
        seed=seed,
        secret_key=" ".join(seed[start : start + 4] for start in range(0, len(seed), 4)),
        refusal=None,
        seconds_left=30 - datetime.now(UTC).second % 30,
        earlier_entry=None,
        can_sign_out=True,
        steps=[{"key": step, "state": "current" if step == "codes" else "todo"} for step in STEPS],
        switches=[
            {"code": "ja", "label": "日本語", "current": True},
            {"code": "en", "label": "English", "current": False},
        ],
        switch_form={"action": "/api/codes", "fields": {"seed": seed}, "method": "post", "of": None},
    )
