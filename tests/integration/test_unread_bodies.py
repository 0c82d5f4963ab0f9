"""The portal does not read the body of an unknown sender, or a body that is too long.

The tests count the characters and parts that are read: all of these requests are harmless.
"""

import base64
from itertools import product
from typing import Any

import pytest

from chalicelib.members.link_tokens import token_text
from chalicelib.web.bodies import MAXIMUM_BODY, MAXIMUM_FIRST_BODY
from firstday.verification.browser import Browser
from tests.helpers.aws_faults import Call, Fault, Wire, watched
from tests.helpers.console_administrator import CONSOLE_COOKIE, FORM, cookie, multipart, signed_in
from tests.helpers.worlds import ADMIN, MEMBER, World, answer_to, event_of, in_process_browser

FIRST = ("/start", "/console/sign-in", "/me")
SECRET = "A" * 43
MEMBER_COOKIE, OWN_COOKIE = "__Host-firstday-session", "__Host-firstday-own"
STRANGERS = {
    "no cookie": "",
    "cookies of no shape": f"{MEMBER_COOKIE}={MEMBER}.short; {CONSOLE_COOKIE}=short",
    "forged cookies": "; ".join(
        (f"{MEMBER_COOKIE}={MEMBER}.{SECRET}", f"{OWN_COOKIE}={MEMBER}.{SECRET}", f"{CONSOLE_COOKIE}={SECRET}")
    ),
    "a forged cookie of somebody unknown": f"{MEMBER_COOKIE}=nobody.{SECRET}; {OWN_COOKIE}=nobody.{SECRET}",
    "many cookies": "a=b; " * 3000,
}


class Counted(str):
    """A body that counts how many of its characters are looked at; its length may be asked for."""

    seen = 0

    def encode(self, *arguments: Any, **options: Any) -> bytes:
        self.seen += len(self)
        return super().encode(*arguments, **options)

    def __getitem__(self, key: Any) -> str:
        self.seen += len(self)
        return super().__getitem__(key)

    def __iter__(self) -> Any:
        self.seen += len(self)
        return super().__iter__()

    def __str__(self) -> str:
        self.seen += len(self)
        return super().__str__()


def forms() -> list[str]:
    """Every page that takes a form."""
    from app import app

    routes = [path for path, methods in app.routes.items() if "POST" in methods]
    return [path for path in routes if not path.startswith("/admin/")]


def sent(path: str, body: Counted, headers: dict[str, str], *, is_base64: bool = False, **identity: str) -> Any:
    return answer_to(event_of("POST", f"/api{path}", headers, "", **identity) | encoded(body, is_base64))


def encoded(body: Counted, is_base64: bool) -> dict[str, object]:
    return {"body": body, "isBase64Encoded": is_base64}


def in_base64(body: bytes) -> Counted:
    return Counted(base64.b64encode(body).decode())


@pytest.mark.parametrize("stranger", STRANGERS)
def test_no_byte_of_a_strangers_body_is_read(world: World, stranger: str) -> None:
    content_type, upload = multipart({"csv": "user_name\nfirst\n"}, b"user_name\nfirst\n")
    for path, (kind, plain, is_base64) in product(
        [path for path in forms() if path not in FIRST],
        [
            (FORM["Content-Type"], "lang=ja&tries=1&user_name=first", False),
            (FORM["Content-Type"], in_base64(b"lang=ja&tries=1"), True),
            (content_type, in_base64(upload.encode("latin-1")), True),
        ],
    ):
        body = Counted(plain)
        headers = FORM | {"Content-Type": kind, "Cookie": STRANGERS[stranger]}
        with watched(world.portal, Wire()) as wire:
            answer = sent(path, body, headers, is_base64=is_base64)
        assert answer.status in ({200, 415} if path.endswith("/sign-out") else {403, 415}), path
        assert body.seen == 0, path
        looked_up = "UpdateItem" if path in ("/register-device", "/access-key") else "GetItem"
        assert [call.operation for call in wire.calls] in ([], [looked_up]), path


def test_signing_out_reads_nothing(world: World) -> None:
    body = Counted("lang=ja")
    assert sent("/console/sign-out", body, FORM | cookie(signed_in(world.portal))).status == 200
    assert body.seen == 0


@pytest.mark.parametrize("path", FIRST)
@pytest.mark.usefixtures("world")
def test_a_form_that_begins_a_session_is_read_up_to_its_limit(path: str) -> None:
    whole = Counted("token=" + "x" * (MAXIMUM_FIRST_BODY - 6))
    sent(path, whole, FORM)
    assert whole.seen == len(whole)
    wrong = f"token={token_text('nobody', 'x' * 52)}+{token_text('', 'x' * 52)}".encode()
    assert sent(path, in_base64(wrong), FORM, is_base64=True).status in (403, 404)
    longer = Counted(whole + "x")
    declared = Counted("token=wrong")
    for body, more, is_base64 in (
        (longer, {}, False),
        (in_base64(longer.encode() + b"xx"), {}, True),
        (declared, {"Content-Length": str(MAXIMUM_FIRST_BODY * 2)}, False),
    ):
        body.seen = 0
        assert sent(path, body, FORM | more, is_base64=is_base64).status == 400
        assert body.seen == 0


@pytest.mark.parametrize("path", FIRST)
@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "text/plain", "application/json", ""])
@pytest.mark.usefixtures("world")
def test_a_form_that_begins_a_session_is_of_one_type(path: str, kind: str) -> None:
    body = Counted("token=x")
    answer = sent(path, body, FORM | {"Content-Type": kind})
    assert (answer.status, body.seen) == (415, 0)


@pytest.mark.usefixtures("world")
def test_a_form_from_elsewhere_is_not_read_either() -> None:
    for path in forms():
        body = Counted("token=x")
        assert sent(path, body, FORM | {"Sec-Fetch-Site": "cross-site"}).status == 403
        assert body.seen == 0


def test_an_administrators_form_is_measured_before_it_is_read(admin: Browser) -> None:
    body = Counted("user_name=" + "x" * MAXIMUM_BODY)
    assert sent("/console/new-member", body, FORM | cookie(admin)).status == 400
    content_type, upload = multipart({"csv": ""}, b"x" * 2_000_001)
    file = in_base64(upload.encode("latin-1"))
    headers = FORM | cookie(admin) | {"Content-Type": content_type}
    assert sent("/console/import-check", file, headers, is_base64=True).status == 400
    assert (body.seen, file.seen) == (0, 0)


def test_a_members_form_is_measured_before_it_is_read(world: World) -> None:
    world.browser.post("start", {"token": world.invitation.token})
    headers = FORM | {"Cookie": f"{MEMBER_COOKIE}={world.browser.cookies[MEMBER_COOKIE]}"}
    body = Counted("seed=" + "x" * MAXIMUM_BODY)
    assert sent("/codes", body, headers).status == 400
    assert body.seen == 0


def test_a_form_of_which_aws_does_not_say_whose_it_is_is_sent_again_unread(world: World) -> None:
    world.browser.post("start", {"token": world.invitation.token})
    headers = FORM | {"Cookie": f"{MEMBER_COOKIE}={world.browser.cookies[MEMBER_COOKIE]}"}
    for tries, status in (("", 307), ("?tries=1", 307), ("?tries=2", 503)):
        body = Counted("lang=ja&seed=x")
        with watched(world.portal, Wire(Call("GetItem", 1), Fault.THROTTLED)):
            answer = sent(f"/codes{tries}", body, headers)
        assert (answer.status, body.seen) == (status, 0)
    assert "location" not in answer.headers


def test_whoever_is_known_is_looked_up_once(world: World) -> None:
    world.browser.post("start", {"token": world.invitation.token})
    page = world.browser.submit(world.browser.get("register-device").form("register-device"))
    with watched(world.portal, Wire()) as wire:
        world.browser.submit(page.form("codes"), code1="1", code2="2")
    assert [call.operation for call in wire.calls] == ["GetItem"]


@pytest.mark.usefixtures("world")
def test_the_api_measures_a_body_after_the_caller_and_before_reading_it() -> None:
    headers = {"Content-Type": "application/json"}
    stranger, longer = Counted("{}"), Counted('{"user_name": "' + "x" * 9000)
    upload, text = in_base64(b"x" * 9000), Counted("{}")
    assert sent("/admin/members", stranger, headers).status == 403
    assert sent("/admin/members", longer, headers, userArn=ADMIN).status == 400
    assert sent("/admin/members", upload, headers, is_base64=True, userArn=ADMIN).status == 400
    assert sent("/admin/members", text, {"Content-Type": "text/plain"}, userArn=ADMIN).status == 415
    assert [body.seen for body in (stranger, longer, upload, text)] == [0, 0, 0, 0]


@pytest.mark.usefixtures("world")
def test_a_stranger_reads_the_refusal_in_the_language_of_the_address() -> None:
    for address, language in (("codes?lang=en", "en"), ("codes", "ja")):
        page = in_process_browser("ja").post(address, {"lang": "en"})
        assert (page.status, page.answer.headers["content-language"]) == (403, [language])
