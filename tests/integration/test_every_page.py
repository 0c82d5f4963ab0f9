"""Checks that every answer of the portal has to pass, on any page."""

import json

import pytest

from chalicelib.wiring import Portal
from firstday.verification.browser import Page
from tests.helpers.member_walk import Walk, secret_in
from tests.helpers.terminal_in_process import logged
from tests.helpers.worlds import ADMIN, MEMBER, PORTAL_URL, World, a_world, in_process, in_process_browser

OWN_ORIGIN = PORTAL_URL.removesuffix("/api")
FORM = {
    "Content-Type": "application/x-www-form-urlencoded",
    "Host": "abc123.execute-api.ap-northeast-1.amazonaws.com",
}


def every_page(world: World) -> list[Page]:
    walk = Walk(world.browser, world.invitation.token).to_the_end()
    refused = [in_process_browser().post("start", {"token": "wrong"}), in_process_browser().get("config")]
    return [*walk.pages, *refused]


def test_every_page_has_the_headers_that_keep_it_to_itself(world: World) -> None:
    for page in every_page(world):
        headers = page.answer.headers
        assert headers["cache-control"] == ["no-store"], page.heading
        assert headers["referrer-policy"] == ["same-origin"]
        assert headers["x-content-type-options"] == ["nosniff"]
        assert headers["strict-transport-security"] == ["max-age=63072000; includeSubDomains"]
        policy = headers["content-security-policy"][0]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy


def test_the_session_cookie_is_bound_to_the_host_and_hidden_from_scripts(world: World) -> None:
    fields = f"token={world.invitation.token}"
    answer = in_process("POST", "/api/start", {**FORM, "Sec-Fetch-Site": "same-origin"}, fields)
    (cookie,) = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-firstday-session=")
    assert cookie.endswith("; Path=/; HttpOnly; SameSite=Strict; Secure")
    assert answer.headers["location"][0].partition("?")[0] == "/api/register-device"


def test_on_loopback_the_cookie_does_without_tls(world: World) -> None:
    headers = {**FORM, "Host": "127.0.0.1:8000", "Sec-Fetch-Site": "same-origin"}
    answer = in_process("POST", "/start", headers, f"token={world.invitation.token}")
    (cookie,) = answer.headers["set-cookie"]
    assert cookie.startswith("firstday-session=")
    assert "Secure" not in cookie


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example.com"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {},
        # What contradicts itself.
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example.com"},
        {"Sec-Fetch-Site": "cross-site", "Origin": OWN_ORIGIN},
        {"Sec-Fetch-Site": "cross-site", "Referer": f"{PORTAL_URL}/start"},
        {"Origin": "https://evil.example.com", "Referer": f"{PORTAL_URL}/start"},
        {"Referer": "https://evil.example.com/"},
        {"Referer": f"https://evil.example.com/?{PORTAL_URL}/start"},
        {"Referer": f"{OWN_ORIGIN}.evil.example.com/start"},
        {"Referer": f"{OWN_ORIGIN}@evil.example.com/start"},
        {"Origin": "null", "Referer": "https://evil.example.com/"},
    ],
)
def test_a_form_sent_from_anywhere_else_is_refused(world: World, headers: dict[str, str]) -> None:
    answer = in_process("POST", "/api/start", {**FORM, **headers}, f"token={world.invitation.token}")
    assert answer.status == 403
    assert "set-cookie" not in answer.headers


def test_a_slash_too_many_does_no_harm(world: World) -> None:
    answer = in_process("GET", "/api/start/", {"Host": FORM["Host"]}, "")
    assert 'action="/api/start"' in answer.body
    assert world.invitation.token not in answer.body


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "same-origin", "Origin": OWN_ORIGIN},
        # Of a page from before this release, or by a privacy tool.
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
        {"Sec-Fetch-Site": "same-origin", "Referer": "https://search.example.com/"},
        # Older browsers, and proxies that strip what they do not know.
        {"Origin": OWN_ORIGIN},
        {"Origin": "null", "Referer": f"{PORTAL_URL}/start"},
        {"Referer": f"{PORTAL_URL}/start?lang=ja"},
        {"Referer": OWN_ORIGIN},
    ],
)
def test_the_portals_own_form_is_known_by_whatever_the_browser_says_of_it(
    world: World, headers: dict[str, str]
) -> None:
    answer = in_process("POST", "/api/start", {**FORM, **headers}, f"token={world.invitation.token}")
    assert answer.status == 303


@pytest.mark.parametrize("body", ["%ff%fe=1&token=%80", "&".join(f"a{n}=1" for n in range(50)), "ü=1"])
@pytest.mark.usefixtures("world")
def test_a_malformed_form_is_refused_in_words(body: str) -> None:
    answer = in_process("POST", "/api/start", {**FORM, "Sec-Fetch-Site": "same-origin"}, body)
    assert answer.status == 400


@pytest.mark.parametrize("header", ["de, fr;q=0.5", "", ";;;,q=x", "*", "en;q=0", "JA-jp", "x" * 5000])
@pytest.mark.usefixtures("world")
def test_any_accept_language_gets_a_language_of_the_organisation(header: str) -> None:
    answer = in_process("GET", "/api/start", {"Accept-Language": header, "Host": FORM["Host"]}, "")
    assert answer.headers["content-language"][0] in {"ja", "en"}


def test_an_unforeseen_error_is_a_page_and_its_message_is_not_logged(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    page = world.browser.post("start", {"token": world.invitation.token})
    world.dynamodb.delete_table(TableName="members")
    page = world.browser.submit(page.form("register-device"))
    assert (page.status, page.heading) == (500, "Something went wrong on our side")
    logged = capsys.readouterr().out
    assert "ResourceNotFoundException" in logged
    assert "Traceback" not in page.text


def test_no_secret_is_logged_or_stored(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    walk = Walk(world.browser, world.invitation.token).to_the_end()
    seed = "".join(next(page for page in walk.pages if "secret-key" in page.by_id).by_id["secret-key"].split())
    session_token = world.browser.cookies["__Host-firstday-session"].partition(".")[2]
    secret_key = secret_in(walk.credentials)
    output = capsys.readouterr()
    stored = json.dumps(
        [world.dynamodb.scan(TableName=table)["Items"] for table in ("members", "audit", "console")]
    )
    for secret in (seed, session_token, secret_key, world.invitation.token):
        assert len(secret) > 16
        assert secret not in output.out + output.err
        assert secret not in stored


def test_each_request_is_one_json_line_in_the_log(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.browser.post("start", {"token": "wrong"})
    (line,) = logged(capsys)
    assert line.pop("duration_ms") >= 0
    assert line == {
        "level": "info",
        "request_id": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
        "actor": None,
        "action": "POST /start",
        "outcome": "not_found",
        "status": 400,
    }


def test_the_log_tells_who_acted_and_believes_no_cookie_that_nobody_checked(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.browser.submit(world.browser.get("start").form("start"), token=world.invitation.token)
    world.browser.submit(world.browser.get("register-device").form("register-device"))
    forger = world.another_browser()
    forger.cookies["__Host-firstday-session"] = f"{MEMBER}.{'A' * 43}"
    forger.get("register-device")
    forger.get("codes")
    shown = [(line["action"], line["actor"], line["outcome"]) for line in logged(capsys)]
    assert shown[-5:] == [
        ("GET /register-device", None, "ok"),
        ("GET /register-device", None, "ok"),
        ("POST /register-device", MEMBER, "ok"),
        ("GET /register-device", None, "ok"),
        ("GET /codes", None, "not_signed_in"),
    ]


def test_a_wrong_passcode_is_told_apart_in_the_log_from_one_that_is_asked_for(
    aws: Portal, capsys: pytest.CaptureFixture[str]
) -> None:
    world = a_world(aws, with_passcode=True)
    world.browser.post("start", {"token": world.invitation.token})
    world.browser.post("start", {"token": world.invitation.token, "passcode": "WRONG-ONE"})
    assert [line["outcome"] for line in logged(capsys)] == ["ok", "passcode"]


@pytest.mark.usefixtures("aws")
def test_what_an_administrator_asks_of_the_api_is_in_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    for caller in (ADMIN, "arn:aws:iam::123456789012:user/somebody"):
        in_process("GET", "/api/admin/members", {}, "", userArn=caller)
    shown = [(line["action"], line["actor"], line["outcome"], line["status"]) for line in logged(capsys)]
    assert shown == [
        ("GET /admin/members", "firstday-admin/admin", "ok", 200),
        ("GET /admin/members", None, "refused", 403),
    ]


def test_the_audit_trail_tells_the_whole_journey(world: World) -> None:
    world.browser.submit(world.browser.get("start").form("start"), token="wrong")
    Walk(world.browser, world.invitation.token).to_the_end()
    world.browser.submit(world.browser.get("access-key").form("access-key"))
    items = world.dynamodb.query(
        TableName="audit",
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"member#{MEMBER}"}},
    )["Items"]
    actions = [(item["actor"]["S"].rpartition("/")[2], item["action"]["S"]) for item in items]
    assert sorted(actions) == sorted(
        [
            ("admin", "user.created"),
            ("admin", "invitation.created"),
            (MEMBER, "invitation.opened"),
            (MEMBER, "mfa.enabled"),
            (MEMBER, "groups.granted"),
            (MEMBER, "access_key.issued"),
            (MEMBER, "access_key.deactivated"),
            (MEMBER, "access_key.issued"),
        ]
    )
