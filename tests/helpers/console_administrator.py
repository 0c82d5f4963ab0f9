"""An administrator at the console: signs in with a link, as ``firstday console`` fetches it."""

from typing import Any

from chalicelib.admin import signing_in
from chalicelib.wiring import Portal
from firstday.verification.browser import Browser
from tests.helpers.worlds import ADMIN, PORTAL_URL, in_process_browser

CONSOLE_COOKIE = "__Host-firstday-console"
FORM = {
    "Content-Type": "application/x-www-form-urlencoded",
    "Host": "abc123.execute-api.ap-northeast-1.amazonaws.com",
    "Sec-Fetch-Site": "same-origin",
}
BOUNDARY = "a-boundary"


def sign_in_token(here: Portal, portal_url: str = PORTAL_URL, actor: str = ADMIN) -> str:
    return signing_in.issue_link(here.console, actor=actor, portal_url=portal_url, now=here.now()).token


def signed_in(here: Portal, language: str = "en", portal_url: str = PORTAL_URL, actor: str = ADMIN) -> Browser:
    browser = in_process_browser(language)
    browser.submit(browser.get("console/sign-in").form("sign-in"), token=sign_in_token(here, portal_url, actor))
    assert CONSOLE_COOKIE in browser.cookies
    return browser


def cookie(browser: Browser) -> dict[str, str]:
    return {"Cookie": f"{CONSOLE_COOKIE}={browser.cookies[CONSOLE_COOKIE]}"}


def multipart(fields: dict[str, str], file: bytes | None) -> tuple[str, str]:
    """A form with a file (RFC 7578): its content type, and the body with a character for each byte."""
    heads = {f'form-data; name="{name}"': value.encode() for name, value in fields.items()}
    if file is not None:
        heads['form-data; name="file"; filename="メンバー.csv"'] = file
    parts = [
        f"--{BOUNDARY}\r\nContent-Disposition: {head}\r\n\r\n".encode() + value + b"\r\n"
        for head, value in heads.items()
    ]
    body = b"".join([*parts, f"--{BOUNDARY}--\r\n".encode()])
    return f"multipart/form-data; boundary={BOUNDARY}", body.decode("latin-1")


def stored(here: Portal) -> Any:
    """Everything in the tables."""
    client = here.members.database.client
    return {name: client.scan(TableName=name)["Items"] for name in ("members", "audit", "console")}
